using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet.CSharp;

/// <summary>
/// A network as C# source: a method for each layer, one that calls them, the values, and the functions that all these need.
/// </summary>
/// <remarks>
/// What is passed from layer to layer lies in one memory, in which places are given as on a stack: of a chain two, which its
/// layers write in turn; of branches one, for those that cannot write where they are wanted.
/// </remarks>
internal sealed partial class SourceExport(Network network)
{
    // A compiler takes some 20 µs and 2 KB for each: so many are 20 seconds and 2 GB.
    private const int MaxValues = 1 << 20;

    private readonly SourceText run = new(), methods = new(), values = new();
    private readonly HashSet<string> written = [];
    private readonly Dictionary<Layer, bool> moveNothing = [];
    private int top, most;
    private long valueCount;

    public string Write(string className, string? namespaceName)
    {
        WriteInto(new Chain(network.Layers), "", "x", "y");
        string ids = CheckOfIds();
        var parts = new SourceText();
        parts.Lines($"// All layers, for one row; memory has room for {Text(most)} values.");
        parts.Lines("public static void Run(ReadOnlySpan<float> x, Span<float> y, Span<float> memory)\n{");
        parts.Lines(run.ToString(), 4).Lines("}").Lines(methods.ToString());
        foreach (string piece in SourcePieces.NeededBy(ids + parts))
            parts.Lines("\n" + piece);

        string body = parts.ToString();
        SourceText file = Head(className, namespaceName, body);
        WritePredict(file, className, ids);
        WriteNames(file, className);
        WriteMetadata(file);
        file.Lines("\nprivate static class Parts\n{", 4).Lines(body, 8).Lines("}", 4);
        if (values.Length > 0)
            file.Lines("\nprivate static class Values\n{", 4).Lines(values.ToString()).Lines("}", 4);
        return file.Lines("}").ToString();
    }

    // Like a network, the class refuses wrong ids in x before anything is written.
    private string CheckOfIds()
    {
        ReadOnlySpan<int> ids = network.InputIds;
        if (ids.IsEmpty)
            return "";
        if (!ids.ContainsAnyExcept(ids[0]))
            return $"CheckIds(x, [{Text(ids[0])}]);";
        Count(ids.Length, "A table of which inputs are ids");
        values.Data("int", "Ids", ids.ToArray().Select(Text), 8);
        return "CheckIds(x, Values.Ids);";
    }

    // What layer makes of x, in y. Both are names in Run.
    private void WriteInto(Layer layer, string path, string x, string y)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (MovesNothing(layer))
            run.Lines($"{x}.CopyTo({y});{(path.Length > 0 ? $" // {path}: {layer}" : "")}");
        else if (layer is Chain own)
            WriteChain(own, path, x, y);
        else if (layer is Branches branches)
            WriteBranches(branches, path, x, y);
        else
            WriteLayer(layer, path, x, y);
    }

    private void WriteChain(Chain own, string path, string x, string y)
    {
        int[] writers = [.. Enumerable.Range(0, own.Layers.Count).Where(k => !MovesNothing(own.Layers[k]))];
        int before = top;
        Span<int> sizes = stackalloc int[2], places = stackalloc int[2];
        for (int i = 0; i + 1 < writers.Length; i++)
            sizes[i & 1] = Math.Max(sizes[i & 1], own.Layers[writers[i]].Output.Size);
        (places[0], places[1]) = (Take(sizes[0]), Take(sizes[1]));

        for (int i = 0; i < writers.Length; i++)
        {
            Layer layer = own.Layers[writers[i]];
            string at = Within(path, writers[i]), made = y;
            if (i + 1 < writers.Length)
                run.Lines($"Span<float> {made = Name("y", at)} = memory.Slice({Text(places[i & 1])}, {Text(layer.Output.Size)});");
            WriteInto(layer, at, x, made);
            x = made;
        }

        top = before;
    }

    // y = Σₘ yₘ, Πₘ yₘ or [y₀, y₁, …]
    private void WriteBranches(Branches branches, string path, string x, string y)
    {
        int column = 0, columns = branches.Output.FeatureCount;
        run.Lines($"// {(path.Length > 0 ? path : "all")}: {branches}");
        for (int m = 0; m < branches.Layers.Count; m++)
        {
            Layer branch = branches.Layers[m];
            string at = Within(path, m), made = Name("y", at);
            int before = top, width = branch.Output.FeatureCount;
            if (branches.Merge != Merge.Concat && m == 0)
            {
                WriteInto(branch, at, x, y);
                continue;
            }

            if (branches.Merge == Merge.Concat && branch.Output.Size == width)
            {
                run.Lines($"Span<float> {made} = {y}.Slice({Text(column)}, {Text(width)});");
                WriteInto(branch, at, x, made);
            }
            else
            {
                if (MovesNothing(branch))
                {
                    made = x;
                }
                else
                {
                    run.Lines($"Span<float> {made} = memory.Slice({Text(Take(branch.Output.Size))}, {Text(branch.Output.Size)});");
                    WriteInto(branch, at, x, made);
                }

                run.Lines(branches.Merge switch
                {
                    Merge.Sum => $"Add({y}, {made}, {y});",
                    Merge.Product => $"Multiply({y}, {made}, {y});",
                    _ => $"CopyColumns({made}, {Text(width)}, 0, {y}, {Text(columns)}, {Text(column)}, {Text(width)});",
                });
            }

            column += width;
            top = before;
        }
    }

    private void WriteLayer(Layer layer, string path, string x, string y)
    {
        var body = new Body();
        WriteFormulas(layer, path, body);
        string name = Name("Layer", path), arguments = body.Memory == 0 ? "" : ", Span<float> memory";
        methods.Lines($"\n// {path}: {layer}\npublic static void {name}(ReadOnlySpan<float> x, Span<float> y{arguments})\n{{");
        methods.Lines(body.Text.ToString(), 4).Lines("}");
        int before = top;
        string memory = body.Memory == 0 ? "" : $", memory.Slice({Text(Take(body.Memory))}, {Text(body.Memory)})";
        run.Lines($"{name}({x}, {y}{memory}); // {layer}");
        top = before;
    }

    // The values of a block, which is written where it is first asked for; one that is tied as it is, under the other's name.
    // Behind a narrow matrix are zeros: vectors read beyond it.
    private string Value(string path, string block, int columns = 16)
    {
        string name = $"{path}.{block}";
        if (network.Ties.FirstOrDefault(tie => tie.To == name && !tie.Transposed) is not { } tie)
            return Data(path, block, WithRoom(network.CopyParameter(name), columns));
        int end = tie.Block.LastIndexOf('.');
        return Value(tie.Block[..end], tie.Block[(end + 1)..], columns);
    }

    private static float[] WithRoom(float[] matrix, int columns) => [.. matrix, .. new float[Math.Max(0, 16 - columns)]];

    private string Data(string path, string name, ReadOnlySpan<float> data)
    {
        string property = PropertyOf(path, name);
        if (written.Add(property))
        {
            Count(data.Length, $"With {path}.{name}");
            float[] copy = data.ToArray();
            values.Data("float", property, copy.Select(SourceText.Literal), 8);
        }

        return $"Values.{property}";
    }

    private string Data(string path, string name, int[] data)
    {
        Count(data.Length, $"With {path}.{name}");
        string property = PropertyOf(path, name);
        values.Data("int", property, data.Select(Text), 8);
        return $"Values.{property}";
    }

    private static string PropertyOf(string path, string name) =>
        Name(string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..])), path);

    private void Count(int more, string what)
    {
        valueCount += more;
        if (valueCount <= MaxValues)
            return;
        string message = string.Create(CultureInfo.InvariantCulture, $"{what} there would be {valueCount:N0} values or more in the source");
        string limit = string.Create(CultureInfo.InvariantCulture, $"at most {MaxValues:N0} are supported, for compilers hardly take more");
        throw new NotSupportedException($"{message}; {limit}. Save the network to a file instead.");
    }

    private int Take(int size)
    {
        int place = top;
        top = checked(top + size);
        most = Math.Max(most, top);
        return place;
    }

    // Layers in whose place their input does as well. Chains ask again and again for those within them.
    private bool MovesNothing(Layer layer)
    {
        if (moveNothing.TryGetValue(layer, out bool known))
            return known;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return moveNothing[layer] = layer switch
        {
            Skip or Flatten or Reshape or Dropout or ChannelDropout => true,
            ActivationLayer { Activation: Identity } => true,
            Chain own => own.Layers.All(MovesNothing),
            Branches branches => branches.Layers.Count == 1 && MovesNothing(branches.Layers[0]),
            _ => false,
        };
    }

    private static string Within(string path, int index) => path.Length == 0 ? Text(index) : $"{path}.{Text(index)}";

    private static string Name(string name, string path) => name + path.Replace('.', '_');

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // A method's lines, and how much memory it needs for itself.
    private sealed class Body
    {
        public SourceText Text { get; } = new();

        public int Memory { get; private set; }

        public void Line(string lines) => Text.Lines(lines);

        // A span of the method's own.
        public string Span(string name, long size)
        {
            int place = Memory;
            Memory = checked((int)(Memory + size));
            Text.Lines(FormattableString.Invariant($"Span<float> {name} = memory.Slice({place}, {size});"));
            return name;
        }
    }
}
