using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace NeuralNet;

/// <summary>The header of a safetensors file: 8 bytes of length, and as many of JSON that say what tensors follow.</summary>
/// <remarks>A file from anywhere is read, so everything is checked before anything is believed: the length against the file and
/// against 100,000,000; UTF-8; JSON, without duplicate names; types; that the tensors lie one after the other from 0 to the
/// very end; that each has as many bytes as its shape asks for.</remarks>
internal sealed class SafetensorsHeader
{
    public const int MaxBytes = 100_000_000, LengthBytes = 8;

    // More than other programs take; without a limit a header could hold tens of millions.
    public const int MaxDimensions = 64;

    public const string MetadataName = "__metadata__";

    private readonly string file;

    private SafetensorsHeader(string file) => this.file = file;

    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>The tensors as they lie in the file, the first one first.</summary>
    public List<TensorEntry> Tensors { get; } = [];

    /// <summary>How many bytes the tensors take.</summary>
    public long DataLength { get; private set; }

    /// <summary>Reads a header; the stream is left where the data begin.</summary>
    /// <param name="stream">The file, from its beginning.</param>
    /// <param name="file">What messages call it.</param>
    /// <exception cref="InvalidDataException">Something is wrong with it; the message says what.</exception>
    public static SafetensorsHeader Read(Stream stream, string file)
    {
        var header = new SafetensorsHeader(file);
        long? left = stream.CanSeek ? stream.Length - stream.Position : null;
        byte[] json = header.ReadJson(stream, left);
        header.Parse(json);
        header.CheckLayout();
        if (left is { } bytes && bytes != LengthBytes + json.Length + header.DataLength)
            throw header.Refuse($"the header tells of {header.DataLength} bytes of data, but got {bytes - LengthBytes - json.Length}.");
        return header;
    }

    public InvalidDataException Refuse(string what, Exception? cause = null) => new($"{file}: {what}", cause);

    /// <summary>Whether a refusal says already which file it is about.</summary>
    public bool IsNamedIn(InvalidDataException refusal) => refusal.Message.StartsWith(file + ": ", StringComparison.Ordinal);

    public InvalidDataException Fewer() => Refuse($"the header tells of {DataLength} bytes of data, but got fewer.");

    private byte[] ReadJson(Stream stream, long? left)
    {
        Span<byte> start = stackalloc byte[FileKind.Bytes], length = start[..LengthBytes];
        int actual = stream.ReadAtLeast(length, LengthBytes, throwOnEndOfStream: false);
        if (actual < LengthBytes)
            throw Refuse($"the file ends after {actual} bytes; a safetensors file begins with {LengthBytes} bytes of length.");
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (size > MaxBytes)
            throw NoSafetensors($"the header is said to have {size} bytes; at most {MaxBytes} were expected.", start, stream);
        if (left is { } bytes && (long)size > bytes - LengthBytes)
            throw NoSafetensors($"the header is said to have {size} bytes, and only {bytes - LengthBytes} follow.", start, stream);

        // Where the file's length is not known, memory follows what comes, not what is said.
        byte[] json = new byte[left is null ? Math.Min((int)size, 1 << 20) : (int)size];
        for (int at = 0; at < (int)size;)
        {
            if (at == json.Length)
                Array.Resize(ref json, (int)Math.Min((long)size, 2L * json.Length));
            int read = stream.Read(json, at, json.Length - at);
            if (read == 0)
                throw NoSafetensors($"the header is said to have {size} bytes, and only {at} follow.", start, new MemoryStream(json, 0, at));
            at += read;
        }

        if (json.Length == 0 || json[0] != (byte)'{')
            throw NoSafetensors("the header does not begin with \"{\".", start, new MemoryStream(json));
        return Utf8.IsValid(json) ? json : throw Refuse("the header is not UTF-8.");
    }

    // What the file is instead, if that can be told by its beginning.
    private InvalidDataException NoSafetensors(string what, Span<byte> start, Stream rest)
    {
        int more = rest.ReadAtLeast(start[LengthBytes..], start.Length - LengthBytes, throwOnEndOfStream: false);
        start = start[..(LengthBytes + more)];
        string words = !FileKind.IsSafetensors(start) ? FileKind.Words(start)
            : BinaryPrimitives.ReadUInt64LittleEndian(start) <= MaxBytes ? " The file has been cut off: copy or download it again." : "";
        return Refuse($"{what}{(words.Length > 0 ? words : " Is it a safetensors file?")}");
    }

    private void Parse(byte[] json)
    {
        try
        {
            // Blanks may follow the object, to make the length a multiple of 8; anything else is refused by the last Read.
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
            var names = new HashSet<string>();
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                if (!names.Add(name))
                    throw Refuse($"\"{Printable.Text(name)}\" stands in the header twice.");
                reader.Read();
                if (name == MetadataName)
                    ParseMetadata(ref reader);
                else
                    Tensors.Add(ParseTensor(ref reader, name));
            }

            reader.Read();
        }
        catch (JsonException wrong)
        {
            throw Refuse($"the header is not valid JSON: {wrong.Message}", wrong);
        }
        catch (InvalidOperationException wrong)
        {
            // Half of a surrogate pair, written as an escape.
            throw Refuse($"a text of the header is not Unicode: {wrong.Message}", wrong);
        }
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        Expect(reader, JsonTokenType.StartObject, $"\"{MetadataName}\": an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            Expect(reader, JsonTokenType.String, $"\"{MetadataName}\", \"{Printable.Text(name)}\": a text");
            if (!Metadata.TryAdd(name, reader.GetString()!))
                throw Refuse($"\"{Printable.Text(name)}\" stands in \"{MetadataName}\" twice.");
        }
    }

    private TensorEntry ParseTensor(ref Utf8JsonReader reader, string name)
    {
        ExpectOf(reader, JsonTokenType.StartObject, "an object");
        string? type = null;
        long[]? dimensions = null, offsets = null;
        HashSet<string>? others = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string property = reader.GetString()!;
            bool isFirst = property switch
            {
                "dtype" => type is null,
                "shape" => dimensions is null,
                "data_offsets" => offsets is null,
                _ => (others ??= []).Add(property),
            };
            if (!isFirst)
                throw Refuse($"{Tensor(name)}: \"{Printable.Text(property)}\" stands there twice.");
            reader.Read();
            switch (property)
            {
                case "dtype":
                    ExpectOf(reader, JsonTokenType.String, "a text as \"dtype\"");
                    type = reader.GetString()!;
                    break;
                case "shape":
                    dimensions = ParseNumbers(ref reader, name, property, MaxDimensions);
                    break;
                case "data_offsets":
                    offsets = ParseNumbers(ref reader, name, property, max: 2);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (type is null || dimensions is null || offsets is not [long start, long end])
            throw Refuse($"{Tensor(name)}: \"dtype\", \"shape\" and two \"data_offsets\" were expected.");
        return TensorType.Bits(type) > 0
            ? new TensorEntry(name, type, dimensions, start, end)
            : throw Refuse($"{Tensor(name)}: the type \"{Printable.Text(type)}\" is unknown.");

        void ExpectOf(in Utf8JsonReader reader, JsonTokenType token, string what)
        {
            if (reader.TokenType != token)
                Expect(reader, token, $"{Tensor(name)}: {what}");
        }
    }

    private long[] ParseNumbers(ref Utf8JsonReader reader, string name, string property, int max)
    {
        var numbers = new List<long>();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Wrong($"{reader.TokenType}");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (numbers.Count == max)
                throw Wrong("more numbers");

            // −0 would be read as 0.
            long number = 0;
            if (reader.TokenType != JsonTokenType.Number || reader.ValueSpan[0] == (byte)'-' || !reader.TryGetInt64(out number))
                throw Wrong(reader.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(reader.ValueSpan) : $"{reader.TokenType}");
            numbers.Add(number);
        }

        return [.. numbers];

        InvalidDataException Wrong(string actual) => Refuse(
            $"{Tensor(name)}: as \"{property}\" a list of at most {max} whole numbers, from 0 to 2⁶³ − 1, was expected, but got " +
            $"{Printable.Text(actual)}.");
    }

    private void CheckLayout()
    {
        Tensors.Sort((left, right) => (left.Start, left.End).CompareTo((right.Start, right.End)) is not 0 and var order
            ? order
            : string.CompareOrdinal(left.Name, right.Name));
        long end = 0;
        foreach (TensorEntry tensor in Tensors)
        {
            if (tensor.Start != end || tensor.End < tensor.Start)
                throw Refuse(
                    $"{Tensor(tensor.Name)} lies from {tensor.Start} to {tensor.End}; it was expected to begin at {end}, where the one before ends.");

            CheckSize(tensor);
            end = tensor.End;
        }

        DataLength = end;
    }

    private void CheckSize(TensorEntry tensor)
    {
        long bits = TensorType.Bits(tensor.Type);
        try
        {
            foreach (long dimension in tensor.Dimensions)
                bits = checked(bits * dimension);
        }
        catch (OverflowException)
        {
            throw Refuse($"{Tensor(tensor.Name)}: {tensor.Type} {tensor.Shape} would have 2⁶³ bits or more.");
        }

        if (bits % 8 != 0 || bits / 8 != tensor.End - tensor.Start)
            throw Refuse(string.Create(
                CultureInfo.InvariantCulture,
                $"{Tensor(tensor.Name)}: {tensor.Type} {tensor.Shape} takes {bits / 8.0} bytes, and {tensor.End - tensor.Start} are given."));
    }

    private static string Tensor(string name) => $"tensor \"{Printable.Text(name)}\"";

    private void Expect(in Utf8JsonReader reader, JsonTokenType type, string what)
    {
        if (reader.TokenType != type)
            throw Refuse($"{what} was expected, but got {reader.TokenType}.");
    }
}
