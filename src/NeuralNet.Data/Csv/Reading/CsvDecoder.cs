using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace NeuralNet;

/// <summary>The characters of a file.</summary>
internal sealed class CsvDecoder
{
    private static readonly SearchValues<char> notInLatin1 =
        SearchValues.Create(['\0', .. Enumerable.Range(0x80, 0x20).Select(code => (char)code)]);

    private readonly CsvFile file;
    private readonly Decoder? decoder;
    private readonly bool isLatin1;
    private readonly byte[] bytes = new byte[1 << 16];
    private int start, end;
    private bool ended;

    public CsvDecoder(CsvFile file, Encoding? encoding)
    {
        this.file = file;
        if (CsvKind.Of(file.Start) is { } kind)
            throw file.Refuse($"expected text in columns, but it seems to be {kind}.");
        Encoding? marked = file.Start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]) ? Encoding.UTF32
            : file.Start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? Encoding.Unicode
            : file.Start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? Encoding.BigEndianUnicode
            : file.Start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? Encoding.UTF8 : null;
        encoding ??= marked;
        if (encoding is null && file.Start.Contains((byte)0))
        {
            throw file.Refuse("expected text, but there are bytes 0 at its beginning: it is something else, or UTF-16 without a byte order mark, "
                + "which CsvOptions { Encoding = Encoding.Unicode } reads.");
        }

        if (marked is not null && encoding!.Preamble.SequenceEqual(marked.Preamble))
            file.Read(stackalloc byte[marked.Preamble.Length]);
        if (encoding is not null and not UTF8Encoding)
        {
            var strict = (Encoding)encoding.Clone();
            strict.DecoderFallback = DecoderFallback.ExceptionFallback;
            decoder = strict.GetDecoder();
            isLatin1 = encoding is { IsSingleByte: true, WebName: "iso-8859-1" };
        }
    }

    /// <summary>What is wrong with the bytes behind the last character that was read; null: nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads the next characters.</summary>
    /// <returns>How many; 0 at the end, or at a <see cref="Problem"/>.</returns>
    public int Read(Span<char> text)
    {
        while (Problem is null)
        {
            if (start < end || ended)
            {
                int read = decoder is null ? ReadUtf8(text) : ReadOther(text);
                if (read > 0)
                    return UpToProblem(text[..read]);
                if (Problem is not null || (ended && start == end))
                    return read;
            }

            bytes.AsSpan(start, end - start).CopyTo(bytes);
            (start, end) = (0, end - start);
            int some = file.Read(bytes.AsSpan(end));
            ended = some < bytes.Length - end;
            end += some;
        }

        return 0;
    }

    // A file that was cut off by a crash often ends with zeros, and the euro sign of Windows-1252 is a control character in Latin-1.
    private int UpToProblem(ReadOnlySpan<char> read)
    {
        int at = isLatin1 ? read.IndexOfAny(notInLatin1) : read.IndexOf('\0');
        if (at < 0)
            return read.Length;
        Problem = read[at] == '\0' ? "there is a character 0, which no text has: the file is damaged, or is no text in columns."
            : $"the byte 0x{(int)read[at]:X2} is no letter or sign in Latin-1: the file seems to be in Windows-1252, which "
                + "CsvOptions { Encoding = CodePagesEncodingProvider.Instance.GetEncoding(1252) } reads.";
        return at;
    }

    private int ReadUtf8(Span<char> text)
    {
        OperationStatus status = Utf8.ToUtf16(
            bytes.AsSpan(start, end - start), text, out int used, out int read, replaceInvalidSequences: false, isFinalBlock: ended);
        start += used;
        if (status == OperationStatus.InvalidData)
        {
            Problem = $"the byte 0x{bytes[start]:X2} is not part of a character in UTF-8: if the file is in Latin-1 or in Windows-1252, as Excel "
                + "writes it, CsvOptions { Encoding = CodePagesEncodingProvider.Instance.GetEncoding(1252) } "
                + "or { Encoding = Encoding.Latin1 } reads it.";
        }

        return read;
    }

    private int ReadOther(Span<char> text)
    {
        try
        {
            decoder!.Convert(bytes.AsSpan(start, end - start), text, flush: ended, out int used, out int read, out _);
            start += used;
            return read;
        }
        catch (DecoderFallbackException)
        {
            Problem = "there are bytes that are no characters of the encoding that was stated, or of the byte order mark.";
            return 0;
        }
    }
}
