using System.Globalization;
using Google.Protobuf;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>The names of classes that a file has beside an output, for a network's metadata.</summary>
internal static class ClassNames
{
    /// <summary>Under which name the metadata have them.</summary>
    public const string Key = "classes";

    private const int MaxClasses = 100_000;

    /// <summary>The names, in the order of the output's features, with commas between them, or with line ends where a name has a comma; null if the
    /// file has none.</summary>
    /// <param name="graph">The whole graph: the names mostly stand beside another output.</param>
    /// <param name="output">The output.</param>
    /// <param name="features">How many classes it has.</param>
    public static string? Of(GraphProto graph, string output, int features)
    {
        foreach (NodeProto node in graph.Node)
        {
            string[]? names = node switch
            {
                { OpType: "ZipMap" } when node.Output.Contains(output) || node.Input.Contains(output) =>
                    Named(node, "classlabels_strings", "classlabels_int64s"),
                { OpType: "LinearClassifier" } when Reaches(graph, node, output) => Named(node, "classlabels_strings", "classlabels_ints"),
                { OpType: "ArrayFeatureExtractor", Input.Count: 2 } when IsBest(graph, node.Input[1], output) => Named(graph, node.Input[0]),
                _ => null,
            };
            if (names is { Length: > 1 and <= MaxClasses } && names.Length == features && !Array.Exists(names, name => name.Contains('\n')))
                return string.Join(Array.Exists(names, name => name.Contains(',')) ? '\n' : ',', names);
        }

        return null;
    }

    // The class of the largest probability.
    private static bool IsBest(GraphProto graph, string name, string output) =>
        graph.Node.Any(node => node.OpType == "ArgMax" && node.Output.Contains(name) && node.Input.Contains(output));

    // Its scores are the output, or pass through what changes their size alone.
    private static bool Reaches(GraphProto graph, NodeProto node, string output)
    {
        string name = node.Output.Count > 1 ? node.Output[1] : "";
        for (int depth = 0; depth < 8 && name.Length > 0; depth++)
        {
            if (name == output)
                return true;
            name = graph.Node.FirstOrDefault(next => next.OpType is "Normalizer" or "Identity" or "ZipMap" && next.Input.Contains(name))
                ?.Output.FirstOrDefault() ?? "";
        }

        return false;
    }

    private static string[]? Named(NodeProto node, string texts, string numbers)
    {
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (attribute.Name == texts && attribute.Strings.Count > 0)
                return Texts(attribute.Strings);
            if (attribute.Name == numbers && attribute.Ints.Count > 0)
                return Numbers(attribute.Ints);
        }

        return null;
    }

    private static string[]? Named(GraphProto graph, string constant)
    {
        TensorProto? tensor = graph.Initializer.FirstOrDefault(initializer => initializer.Name == constant);
        if (tensor is null || tensor.Dims.Count > 2)
            return null;
        if (tensor.StringData.Count > 0)
            return Texts(tensor.StringData);
        if (tensor.DataLocation != TensorProto.Types.DataLocation.Default || tensor.Dims.Any(size => size > MaxClasses))
            return null;
        try
        {
            Tensor read = TensorReader.Read(tensor, "", null);
            return read.IsInteger ? Numbers([.. Enumerable.Range(0, (int)read.Count).Select(i => read.Integer(i))]) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static string[]? Texts(IEnumerable<ByteString> texts)
    {
        string[] names = [.. texts.Select(text => text.ToStringUtf8())];
        return Array.Exists(names, name => name.Contains('\uFFFD')) ? null : names;
    }

    private static string[] Numbers(IEnumerable<long> numbers) => [.. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture))];
}
