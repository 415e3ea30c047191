using System.Text;

namespace NeuralNet;

/// <summary>Which tensor of a file is which of those that are expected; what does not fit is reported all at once.</summary>
internal sealed class TensorMatch
{
    // A file with more of them is another network's, or made to fill the memory.
    private const int MaxListed = 1000;

    // Behind the name that a rule gives: the file has the transposed matrix. A shape alone would not tell, where it is square.
    private const string Turned = ".T";

    private readonly Dictionary<string, (FileTensor? Tensor, NamedValues? Extra)> expected = [];
    private readonly Dictionary<string, TensorEntry> found = [];
    private readonly BlockLayout layout;
    private readonly ILookup<int, string> tensorsOf;
    private readonly Findings missing = new("Missing"), extra = new("Not in the network"), wrong = new("Of another shape or type");

    /// <summary>Begins without a tensor of the file.</summary>
    /// <param name="layers">The layers of the network.</param>
    /// <param name="layout">Where its blocks lie, and which are tied.</param>
    /// <param name="extras">Tensors that are not the network's.</param>
    public TensorMatch(IReadOnlyList<Layer> layers, BlockLayout layout, IReadOnlyList<NamedValues> extras)
    {
        this.layout = layout;
        List<FileTensor> tensors = TorchLayout.Of(layers);
        tensorsOf = TorchLayout.NamesByBlock(layout.Ties.Count > 0 ? tensors : []);
        foreach (FileTensor tensor in tensors)
            expected.Add(tensor.Name, (tensor, null));
        foreach (NamedValues tensor in extras)
            expected.Add(tensor.Name, (null, tensor));
    }

    /// <summary>Takes a tensor of the file, under the name that it is to have.</summary>
    /// <param name="name">That name.</param>
    /// <param name="entry">The tensor.</param>
    /// <param name="isByRules">Whether rules have made the name, which may say that a matrix is transposed.</param>
    public void Add(string name, TensorEntry entry, bool isByRules = false)
    {
        string shown = Printable.Text(name) + (name == entry.Name ? "" : $" (\"{Printable.Text(entry.Name)}\" in the file)");
        bool isTurned = isByRules && name.EndsWith(Turned, StringComparison.Ordinal) && !entry.Name.EndsWith(Turned, StringComparison.Ordinal)
            && !expected.ContainsKey(name);
        if (isTurned)
            name = name[..^Turned.Length];
        if (!expected.TryGetValue(name, out (FileTensor? Tensor, NamedValues? Extra) place))
        {
            if (IsCountOfBatches(name, entry))
                return;
            extra.Add($"{shown} {entry.Type} {entry.Shape}");
            return;
        }

        if (!found.TryAdd(name, entry))
        {
            wrong.Add($"{shown} comes twice, also as \"{Printable.Text(found[name].Name)}\"");
            return;
        }

        if (isTurned && Dimensions(name).Count > 2)
        {
            wrong.Add($"{shown} is to be turned over, but has more than two dimensions: {Turned} is for matrices");
            return;
        }

        if (isTurned)
            expected[name] = (place.Tensor!.Transposed(), null);
        IEnumerable<long> dimensions = Dimensions(name).Select(dimension => (long)dimension);
        if (!entry.Dimensions.SequenceEqual(dimensions))
        {
            string remedy = !isByRules || entry.Dimensions.Length != 2 || !entry.Dimensions.Reverse().SequenceEqual(dimensions) ? ""
                : isTurned ? $" ({Turned} is for what the file has transposed, and this it has not)"
                : $" (if the file has it transposed, make \"{Printable.Text(name)}{Turned}\" of its name by a rule)";
            wrong.Add($"{shown} is {entry.Shape} instead of [{string.Join(", ", dimensions)}]{remedy}");
        }
        else if (!TensorType.IsReal(entry.Type))
            wrong.Add($"{shown} is of type {entry.Type} instead of F32, F64, F16 or BF16");
    }

    /// <summary>Whether the file has that tensor, or another one with values of the same blocks, or of those that are tied to them.</summary>
    public bool Has(string name) => found.ContainsKey(name) || (expected[name].Tensor is { } tensor && tensor.Parts.All(part =>
        tensorsOf.Any(block => layout.FirstOf(block.Key) == layout.FirstOf(part.Block) && block.Any(found.ContainsKey))));

    /// <summary>Whether the file has values of a block, or of one that is tied to it: a file writes several that are one under one name.</summary>
    public bool HasSomeOf(int block) => found.Keys.Any(name => expected[name].Tensor is { } tensor
        && tensor.Parts.Any(part => layout.FirstOf(part.Block) == layout.FirstOf(block)));

    /// <summary>One report of every tensor that is missing, too many, or of another shape or type.</summary>
    /// <exception cref="InvalidDataException">There is any.</exception>
    public void ThrowIfIncomplete(bool allowMissing = false)
    {
        // What a file has under the name of one of several tied blocks, it need not have under another.
        HashSet<int> complete = [.. tensorsOf.Where(block => block.All(found.ContainsKey)).Select(block => layout.FirstOf(block.Key))];
        bool IsElsewhere(string name) => expected[name].Tensor is { } tensor
            && tensor.Parts.All(part => complete.Contains(layout.FirstOf(part.Block)) && !tensorsOf[part.Block].Any(found.ContainsKey));

        foreach (string name in expected.Keys.Where(name => !allowMissing && !found.ContainsKey(name) && !IsElsewhere(name)))
            missing.Add($"{name} [{string.Join(", ", Dimensions(name))}]");
        if (missing.Count + extra.Count + wrong.Count > 0)
            throw new InvalidDataException($"the tensors are not those of the network.{missing}{extra}{wrong}");
    }

    /// <summary>Reads all that has been found, in the order of the file; the rest of the network stays as it is.</summary>
    public void ReadInto(Network network, Stream stream, SafetensorsHeader header, out uint checksum)
    {
        // PyTorch stores two biases, and the block is their sum. It starts at −0, because adding −0 changes no bit.
        var blocks = new LoadedBlocks(network);
        foreach (TensorPart part in found.Keys.SelectMany(name => expected[name].Tensor?.Addends() ?? []))
            blocks.Of(part.Block).Slice(part.First, part.Rows).Fill(-0f);

        var reader = new TensorReader(stream, header);
        Dictionary<TensorEntry, string> names = found.ToDictionary(pair => pair.Value, pair => pair.Key);
        foreach (TensorEntry entry in header.Tensors)
        {
            if (!names.TryGetValue(entry, out string? name))
                reader.Skip(entry.End - entry.Start);
            else if (expected[name] is { Tensor: { } tensor })
                reader.Read(entry, tensor, blocks);
            else
                reader.Read(entry, expected[name].Extra!.Values.Span);
        }

        reader.End();
        blocks.Join();
        checksum = reader.Checksum;
    }

    // PyTorch's BatchNorm counts its batches beside the running statistics, which only a momentum of None would need.
    private bool IsCountOfBatches(string name, TensorEntry entry)
    {
        const string Count = "num_batches_tracked", Beside = "running_var";
        return entry is { Type: "I64", Dimensions.Length: 0 } && name.EndsWith("." + Count, StringComparison.Ordinal)
            && expected.ContainsKey(string.Concat(name.AsSpan(0, name.Length - Count.Length), Beside));
    }

    private IReadOnlyList<int> Dimensions(string name) => expected[name].Tensor?.Dimensions ?? expected[name].Extra!.Dimensions;

    private sealed class Findings(string title)
    {
        private readonly StringBuilder listed = new();

        public int Count { get; private set; }

        public void Add(string finding)
        {
            if (Count++ < MaxListed)
                listed.Append(Count > 1 ? "; " : "").Append(finding);
        }

        public override string ToString() => Count == 0 ? "" : $"\n{title}: {listed}{(Count > MaxListed ? $"; and {Count - MaxListed} more" : "")}.";
    }
}
