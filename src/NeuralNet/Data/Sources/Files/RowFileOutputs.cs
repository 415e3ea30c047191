using System.Globalization;
using System.Text.Json;

namespace NeuralNet;

/// <summary>Several named outputs in a file of rows: what is desired of all lies in one tensor, and the metadata say what of it belongs to which.
/// </summary>
internal static class RowFileOutputs
{
    public const string OutputsName = "outputs", VectorsName = "vectors";

    private const string Name = "name", Values = "values", Ids = "ids";

    /// <summary>What the metadata of a file say about its outputs.</summary>
    public static (string Name, string Text)[] Metadata(RowFormat format)
    {
        string outputs = RowFileLayout.List(OutputsName, writer =>
        {
            foreach (RowFormat.Part part in format.Parts)
            {
                writer.WriteStartObject();
                writer.WriteString(Name, StructureWriter.Checked(part.Name, "an output's name"));
                writer.WriteNumber(Values, part.Count);
                if (part.HasClassIds)
                    writer.WriteBoolean(Ids, true);
                if (part.Classes > 0 && RowFileLayout.AreNumbers(part.ClassNames))
                {
                    writer.WriteNumber(RowFileLayout.ClassesName, part.Classes);
                }
                else if (part.Classes > 0)
                {
                    writer.WriteStartArray(RowFileLayout.ClassNamesName);
                    RowFileLayout.Write(writer, part.ClassNames);
                    writer.WriteEndArray();
                }

                writer.WriteEndObject();
            }
        });
        return format.OutputVectors == 1 ? [(OutputsName, outputs)]
            : [(OutputsName, outputs), (VectorsName, format.OutputVectors.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>The outputs that the metadata of a file name; none: it has one.</summary>
    /// <exception cref="InvalidDataException">They are not those of a row.</exception>
    public static (RowFormat.Part[] Parts, int Vectors) Read(SafetensorsHeader header, int values)
    {
        if (!header.Metadata.TryGetValue(OutputsName, out string? text))
            return header.Metadata.ContainsKey(VectorsName)
                ? throw header.Refuse($"the metadata have \"{VectorsName}\" but no \"{OutputsName}\", whose vectors they would be.") : ([], 1);
        int vectors = 1;
        if (header.Metadata.TryGetValue(VectorsName, out string? number)
            && !(int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out vectors) && vectors >= 1))
            throw header.Refuse($"\"{VectorsName}\" in the metadata is \"{Printable.Text(number)}\"; a number of at least 1 was expected.");
        JsonElement list = StructureReader.Parse($"\"{OutputsName}\"", text);
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is var count && (count == 0 || count > values))
            throw header.Refuse($"\"{OutputsName}\" in the metadata is no list of 1 to {values} outputs, such as "
                + $"[{{\"{Name}\": \"size\", \"{Values}\": 1}}].");
        var parts = new RowFormat.Part[list.GetArrayLength()];
        long width = 0;
        for (int k = 0; k < parts.Length; k++)
        {
            parts[k] = Part(header, list[k], (int)width, values, vectors)
                ?? throw header.Refuse(FormattableString.Invariant($"output {k} in \"{OutputsName}\" of the metadata is ")
                    + $"{StructureReader.Short(list[k])}; its \"{Name}\" and how many \"{Values}\" of a vector are desired of it were expected, "
                    + $"and of classes \"{RowFileLayout.ClassesName}\" or \"{RowFileLayout.ClassNamesName}\", as many as values unless it has "
                    + $"\"{Ids}\": true.");
            width = Math.Min(width + parts[k].Count, int.MaxValue);
        }

        if (width * vectors != values)
            throw header.Refuse(FormattableString.Invariant($"the outputs in the metadata have {width} values of each of {vectors} vectors, ")
                + FormattableString.Invariant($"but \"{RowFileLayout.DesiredName}\" has {values} values for each row."));
        try
        {
            NamedParts.CheckNames([.. parts.Select(part => part.Name)], OutputsName);
        }
        catch (ArgumentException wrong)
        {
            throw header.Refuse($"the names in \"{OutputsName}\" of the metadata cannot be: {wrong.Message}", wrong);
        }

        return (parts, vectors);
    }

    /// <summary>The first class id of some rows that cannot be, with its row, or null.</summary>
    public static (int Row, string Words)? WrongId(RowFormat format, ReadOnlySpan<float> desired)
    {
        int width = format.OutputWidth / format.OutputVectors;
        for (int k = 0; k < format.Parts.Count; k++)
        {
            RowFormat.Part part = format.Parts[k];
            for (int v = 0; v < desired.Length && part.HasClassIds; v += width)
            {
                foreach (float id in desired.Slice(v + part.First, part.Count))
                {
                    if (!(id >= -1 && id < part.Classes && id == MathF.Floor(id)))
                        return (v / format.OutputWidth, FormattableString.Invariant(
                            $"the class id {id} of the output \"{part.Name}\"; −1 to {part.Classes - 1} was expected."));
                }
            }
        }

        return null;
    }

    // Null: it is none.
    private static RowFormat.Part? Part(SafetensorsHeader header, JsonElement output, int first, int values, int vectors)
    {
        if (output.ValueKind != JsonValueKind.Object
            || !output.TryGetProperty(Name, out JsonElement name) || name.ValueKind != JsonValueKind.String
            || !output.TryGetProperty(Values, out JsonElement number) || number.ValueKind != JsonValueKind.Number
            || !number.TryGetInt32(out int count) || count < 1 || count > values)
            return null;
        bool hasIds = output.TryGetProperty(Ids, out JsonElement ids) && ids.ValueKind == JsonValueKind.True;
        IReadOnlyList<string> names = [];
        if (output.TryGetProperty(RowFileLayout.ClassNamesName, out JsonElement list))
            names = RowFileLayout.Names(header, list);
        else if (output.TryGetProperty(RowFileLayout.ClassesName, out JsonElement classes))
            names = RowFileLayout.Numbers(header, classes.GetRawText());
        bool fits = hasIds ? names.Count > 0 : names.Count == 0 || names.Count == count || names.Count == (long)count * vectors;
        return fits ? new RowFormat.Part(name.GetString()!, first, count, names, hasIds) : null;
    }
}
