namespace NeuralNet.CSharp;

/// <content>Where the named inputs and outputs lie in x and y, for callers.</content>
internal sealed partial class SourceExport
{
    private void WriteNames(SourceText file, string className)
    {
        WriteNames(file, network.Inputs, network.Input, "input", "x", className);
        WriteNames(file, network.Outputs, network.Output, "output", "y", className);
    }

    // A single part that is called as the whole row is adds nothing to it.
    private static void WriteNames(SourceText file, NamedParts parts, Shape row, string what, string of, string className)
    {
        if (parts.Count == 1 && parts[0].Name == what)
            return;
        string type = what == "input" ? "Inputs" : "Outputs";
        string[] names = SourceName.MembersOf(parts.Select(part => part.Name), type);
        int width = row.FeatureCount, vectors = row.Size / width;
        string range = $"[{className}.{type}.{names[0]}]", use = vectors == 1 ? $"Where the {what}s lie in {of}, by their names: <c>{of}{range}</c>."
            : $"Where the {what}s lie in each of the {Text(vectors)} vectors of {of}, by their names: in vector v at\n"
            + $"/// <c>{of}.Slice({Text(width)} * v, {Text(width)}){range}</c>.";
        file.Lines($"\n/// <summary>{use}</summary>\n/// <remarks>Of a span a range is a view, of an array a copy.</remarks>", 4);
        file.Lines($"public static class {type}\n{{", 4);
        foreach ((int k, NamedPart part) in parts.Index())
        {
            string apart = vectors == 1 && part.Count > part.Shape.FeatureCount ? ", vector after vector" : "";
            file.Lines($"{(k > 0 ? "\n" : "")}/// <summary>\"{SourceText.Escape(part.Name)}\": {part.Shape}{apart}.</summary>", 8);
            file.Lines($"public static Range {names[k]} => {Text(part.First)}..{Text(part.First + part.Count)};", 8);
        }

        file.Lines("}", 4);
    }
}
