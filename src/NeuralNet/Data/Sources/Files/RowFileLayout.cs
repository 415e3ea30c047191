using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>What a row file has, and where: the tensors of a safetensors file, each with one entry for every row.</summary>
internal sealed class RowFileLayout
{
    public const string InputsName = "inputs", DesiredName = "desired", LabelsName = "labels", IdsName = "ids", WeightsName = "weights",
        LengthsName = "lengths", ClassesName = "classes", ClassNamesName = "class_names";

    // What floats count exactly.
    private const int MostClasses = 1 << 24;

    private static readonly string[] whole = [RowColumn.Int, RowColumn.Long, RowColumn.Byte];

    private readonly SafetensorsHeader header;
    private long rows = -1;

    private RowFileLayout(SafetensorsHeader header, long fileLength)
    {
        this.header = header;
        (FileLength, DataStart) = (fileLength, fileLength - header.DataLength);
        Inputs = Find(InputsName, TensorType.Single, RowColumn.Byte) ?? throw Refuse($"there is no tensor \"{InputsName}\".");
        Shape inputs = ShapeOf(Entry(InputsName)!);
        IReadOnlyList<string> names = ClassNames();
        RowColumn?[] desired = [Find(DesiredName, TensorType.Single), Find(LabelsName, whole), Find(IdsName, whole)];
        if (desired.Count(one => one is not null) != 1)
            throw Refuse($"one of the tensors \"{DesiredName}\", \"{LabelsName}\" and \"{IdsName}\" was expected.");
        Desired = desired.First(one => one is not null)!;
        Weights = Find(WeightsName, TensorType.Single);
        Lengths = Find(LengthsName, whole);
        IsOneHot = Desired.Name == LabelsName;
        bool hasIds = Desired.Name == IdsName;
        if (IsOneHot && Desired.Each != 1)
            throw Refuse($"\"{LabelsName}\" has {Desired.Each} numbers for each row; 1 was expected. Those of steps are \"{IdsName}\".");
        if ((IsOneHot || hasIds) && names.Count == 0)
            throw Refuse($"with \"{Desired.Name}\" the metadata must say how many classes there are: \"{ClassesName}\", or \"{ClassNamesName}\".");
        if (!hasIds && !IsOneHot && names.Count > 0 && names.Count != Desired.Each)
            throw Refuse($"the metadata tell of {names.Count} classes, but \"{DesiredName}\" has {Desired.Each} values for each row.");
        (RowFormat.Part[] parts, int vectors) = RowFileOutputs.Read(header, Desired.Each);
        if (parts.Length > 0 && (Desired.Name != DesiredName || names.Count > 0))
            throw Refuse($"with \"{RowFileOutputs.OutputsName}\" in the metadata the tensor \"{DesiredName}\" was expected, and the classes of each "
                + "in that list.");
        if (Lengths is { Each: not 1 })
            throw Refuse($"\"{LengthsName}\" has {Lengths.Each} numbers for each row; 1 was expected.");
        foreach (TensorEntry other in header.Tensors)
        {
            if (other.Name is not (InputsName or DesiredName or LabelsName or IdsName or WeightsName or LengthsName))
                throw Refuse($"there is a tensor \"{Printable.Text(other.Name)}\", which a file of rows does not have; leave it out. Known are "
                    + $"\"{InputsName}\", \"{DesiredName}\", \"{LabelsName}\", \"{IdsName}\", \"{WeightsName}\" and \"{LengthsName}\".");
        }

        Format = new RowFormat(inputs, IsOneHot ? names.Count : Desired.Each)
        {
            ClassNames = names,
            HasClassIds = hasIds,
            HasLengths = Lengths is not null,
            WeightsPerRow = Weights?.Each ?? 0,
            Parts = parts,
            OutputVectors = vectors,
        };
    }

    public RowFormat Format { get; }

    public long Rows => rows;

    public long FileLength { get; }

    /// <summary>Where the header ends.</summary>
    public long DataStart { get; }

    public RowColumn Inputs { get; }

    /// <summary>What is desired: values, labels or class ids.</summary>
    public RowColumn Desired { get; }

    public RowColumn? Weights { get; }

    public RowColumn? Lengths { get; }

    /// <summary>Whether what is desired are labels, of which one-hot vectors are to be made.</summary>
    public bool IsOneHot { get; }

    /// <summary>Looks at a header.</summary>
    /// <exception cref="InvalidDataException">The file is no file of rows; the message says why.</exception>
    public static RowFileLayout Of(SafetensorsHeader header, long fileLength) =>
        NetworkFile.Guarded(header, () => new RowFileLayout(header, fileLength));

    /// <summary>What the metadata of a file say about its classes and outputs.</summary>
    public static (string Name, string Text)[] Metadata(RowFormat format)
    {
        if (format.Parts.Count > 0)
            return RowFileOutputs.Metadata(format);
        if (format.Classes == 0)
            return [];
        return AreNumbers(format.ClassNames) ? [(ClassesName, Number(format.Classes))]
            : [(ClassNamesName, List(ClassNamesName, writer => Write(writer, format.ClassNames)))];
    }

    /// <summary>Whether classes are called "0", "1" and so on.</summary>
    public static bool AreNumbers(IReadOnlyList<string> names) => names is NumberNames || names.Index().All(name => name.Item == Number(name.Index));

    /// <summary>Writes the names of classes.</summary>
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<string> names)
    {
        foreach (string name in names)
            writer.WriteStringValue(StructureWriter.Checked(name, "a class name"));
    }

    /// <summary>A list alone, as JSON, which is what a person writes in Python.</summary>
    public static string List(string name, Action<Utf8JsonWriter> write)
    {
        string text = StructureWriter.Json(writer =>
        {
            writer.WriteStartArray(name);
            write(writer);
            writer.WriteEndArray();
        });
        return text[text.IndexOf('[', StringComparison.Ordinal)..^1];
    }

    /// <summary>The names of classes in a list.</summary>
    public static IReadOnlyList<string> Names(SafetensorsHeader header, JsonElement list) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? Array.AsReadOnly([.. list.EnumerateArray().Select(name => name.GetString()!)])
            : throw header.Refuse($"\"{ClassNamesName}\" in the metadata is no list of texts, such as [\"cat\", \"dog\"].");

    /// <summary>The names of so many classes.</summary>
    public static IReadOnlyList<string> Numbers(SafetensorsHeader header, string number) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int classes) && classes is >= 2 and <= MostClasses
            ? new NumberNames(classes)
            : throw header.Refuse(
                $"\"{ClassesName}\" in the metadata is \"{Printable.Text(number)}\"; a number from 2 to {MostClasses} was expected.");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private TensorEntry? Entry(string name) => header.Tensors.Find(tensor => tensor.Name == name);

    private RowColumn? Find(string name, params ReadOnlySpan<string> types)
    {
        if (Entry(name) is not { } entry)
            return null;
        if (!types.Contains(entry.Type))
            throw Refuse($"\"{name}\" has elements of type {entry.Type}; {string.Join(" or ", types.ToArray())} was expected.");
        if (entry.Dimensions.Length == 0 || entry.Dimensions[0] == 0)
            throw Refuse($"\"{name}\" has the shape {entry.Shape}; [rows, …] was expected, of at least 1 row.");
        if (rows >= 0 && entry.Dimensions[0] != rows)
            throw Refuse(FormattableString.Invariant($"\"{name}\" has {entry.Dimensions[0]} rows; {rows} were expected, as \"{InputsName}\" has."));
        rows = entry.Dimensions[0];
        long each = (entry.End - entry.Start) / (TensorType.Bits(entry.Type) / 8) / rows;
        return each is > 0 and <= int.MaxValue / sizeof(float)
            ? new RowColumn(name, entry.Type, DataStart + entry.Start, (int)each)
            : throw Refuse(FormattableString.Invariant(
                $"\"{name}\" has {each} values for each row; 1 to {int.MaxValue / sizeof(float)} were expected."));
    }

    private Shape ShapeOf(TensorEntry inputs)
    {
        int[] sizes = [.. inputs.Dimensions.Skip(1).Select(size => (int)size)];
        return sizes.Length switch
        {
            0 => Shape.Features(1),
            1 => Shape.Features(sizes[0]),
            2 => Shape.Sequence(sizes[0], sizes[1]),
            3 => Shape.Image(sizes[0], sizes[1], sizes[2]),
            _ => throw Refuse($"\"{InputsName}\" has the shape {inputs.Shape}; [rows, inputs], [rows, steps, features] or "
                + "[rows, height, width, channels] was expected."),
        };
    }

    private IReadOnlyList<string> ClassNames() =>
        header.Metadata.TryGetValue(ClassNamesName, out string? text) ? Names(header, StructureReader.Parse($"\"{ClassNamesName}\"", text))
        : header.Metadata.TryGetValue(ClassesName, out string? number) ? Numbers(header, number) : [];

    private InvalidDataException Refuse(string what) => header.Refuse(what);
}
