using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace NeuralNet;

/// <summary>A network: layers one after the other (<see cref="Chain"/>), and the values of all their parameters.</summary>
/// <remarks><para>All parameters lie in one flat buffer, <see cref="Parameters"/>, and a gradient is another of the same layout.
/// Predicting and computing gradients only read them: any number of threads may do so at once, each with a workspace of its
/// own, while nothing writes. While one thread trains, others predict on a <see cref="Clone"/>.</para></remarks>
public sealed partial class Network
{
    private readonly Chain chain;
    private readonly AlignedBuffer parameters, statistics;
    private readonly BlockLayout layout;
    private readonly int[] inputIds;
    private readonly Func<int, int>? lengthBehind;
    private readonly int outputVectors; // of a row; 0: as many as steps
    private readonly int outputWidth;
    private readonly int rowsInCache; // that one thread predicts at a time

    internal Network(Chain chain, IReadOnlyList<Tie> ties, RandomStream stream, NamedParts? inputs = null, NetworkOutputs? outputs = null)
        : this(chain, new BlockLayout(chain.Blocks, ties), inputs, outputs)
    {
        // Numbers that are given draw nothing: a network begins with the same weights whether it scales its inputs or not.
        for (int i = 0, drawn = 0; i < chain.Blocks.Count; drawn += chain.Blocks[i].IsGiven ? 0 : 1, i++)
        {
            if (layout.TieOf(i) is null)
                chain.Blocks[i].Initializer.Fill(Values(i), chain.Blocks[i], stream.Fork(drawn));
        }
    }

    // Names of inputs and outputs, if there are any, are those of the chain's rows.
    internal Network(Chain chain, BlockLayout layout, NamedParts? inputs = null, NetworkOutputs? outputs = null)
    {
        this.chain = chain;
        this.layout = layout;
        parameters = new AlignedBuffer(layout.ParameterCount);
        statistics = new AlignedBuffer(layout.StatisticCount);
        inputIds = Tracing.InputIds(chain);
        lengthBehind = chain.ChangesSteps ? chain.OutputSteps : null;
        outputVectors = Output.Kind == ShapeKind.Sequence ? 0 : Output.VectorsAt(1);
        outputWidth = Output.FeatureCount;
        rowsInCache = RowsInCache(chain, layout.ParameterCount);
        (rowsOfPart, mostOfPart) = RowsOfPart(chain, layout.ParameterCount, layout.LearnsStatistics);
        finals = [.. chain.FinalActivations];
        widestFinal = finals.Length == 0 ? 0 : finals.Max(final => final.Count);
        Inputs = inputs ?? NamedParts.Single("input", Input);
        Outputs = outputs ?? NetworkOutputs.Single(Output);
    }

    /// <summary>The shape of an input row.</summary>
    public Shape Input => chain.Input;

    /// <summary>The shape of an output row.</summary>
    public Shape Output => chain.Output;

    /// <summary>The inputs by name, as they lie in an input row (<see cref="Create(ValueTuple{string, Shape}[])"/>); one, "input", unless they have
    /// names.</summary>
    public NamedParts Inputs { get; }

    /// <summary>The outputs by name, as they lie in an output row (<see cref="NetworkBuilder.Outputs"/>); one, "output", unless they have names.
    /// </summary>
    public NetworkOutputs Outputs { get; }

    /// <summary>The layers, the first one first.</summary>
    public IReadOnlyList<Layer> Layers => chain.Layers;

    /// <summary>The blocks of all layers, in order, named by position: "0.weight". Without those that are tied to others (<see cref="Ties"/>):
    /// these have no values of their own.</summary>
    public IReadOnlyList<Block> Blocks => layout.Blocks;

    /// <summary>The floats of state that a row carries from batch to batch; 0 for most networks.</summary>
    public int StatePerRow => chain.StatePerRow;

    /// <summary>Of how many steps a batch with state must have a multiple, as the strides of the layers need it; 1 for most networks.</summary>
    public int PieceSteps => chain.PieceSteps;

    /// <summary>All parameters, block after block; writable.</summary>
    public Span<float> Parameters => parameters.Span;

    /// <summary>All statistics, such as running means, block after block; writable.</summary>
    public Span<float> Statistics => statistics.Span;

    /// <summary>The multiply-adds of predicting one row, all its steps: those of the layers (<see cref="Layer.MultiplyAdds"/>) together.</summary>
    public long MultiplyAdds => chain.MultiplyAdds;

    /// <summary>Where the <see cref="Blocks"/> lie.</summary>
    internal ReadOnlySpan<BlockPlace> Places => layout.Places;

    internal BlockLayout Layout => layout;

    /// <summary> For each input value of a row the number of ids that it ranges over, or 0 if it is an ordinary number; empty if none is an id.
    /// </summary>
    public ReadOnlySpan<int> InputIds => inputIds;

    internal AlignedBuffer AllParameters => parameters;

    internal AlignedBuffer AllStatistics => statistics;

    internal Chain Chain => chain;

    internal bool KeepsLengths => chain.KeepsLengths;

    /// <summary>Begins a network.</summary>
    /// <param name="inputs">The shape of an input row; an integer stands for that many features.</param>
    /// <returns>A builder, to which layers are added.</returns>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    [OverloadResolutionPriority(1)]
    public static NetworkBuilder Create(Shape inputs) => new(inputs);

    /// <summary>Begins a network of several inputs: <c>Network.Create(("image", Shape.Image(8, 8, 1)), ("extra", 3))</c>.</summary>
    /// <remarks>They are one row, in which each has its place (<see cref="Inputs"/>), side by side or one after the other (<see cref="NamedParts"/>).
    /// A branch that begins with <see cref="NetworkBuilder.Input"/> takes one of them.</remarks>
    /// <param name="inputs">The name and the shape of each; an integer stands for that many features. Names are unique, and have no points, quotes
    /// or line ends.</param>
    /// <returns>A builder, to which layers are added.</returns>
    /// <exception cref="ArgumentException">There are none, a name is none or is given twice, a shape is empty, or a row would have 2³¹ values or
    /// more.</exception>
    public static NetworkBuilder Create(params (string Name, Shape Shape)[] inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return new NetworkBuilder(NamedParts.Of(inputs, nameof(inputs)));
    }

    /// <summary>The values of one block of parameters or statistics, as a view.</summary>
    /// <param name="name">Position and name: "0.weight" is [inputs, outputs], row-major; "0.bias". Of a block that is tied to another as it is, the
    /// values are the other's.</param>
    /// <returns>The values, writable.</returns>
    /// <exception cref="ArgumentException">There is no such block, and the message lists those that there are; or it is another one transposed, so
    /// that its values lie nowhere in its own order.</exception>
    public Span<float> Parameter(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int block = layout.IndexOf(name);
        return layout.TieOf(block) is { Tie: { Transposed: true } tie }
            ? throw new ArgumentException(
                $"{tie}, so it has no values of its own: write to \"{tie.Block}\", or read a copy, CopyParameter(\"{name}\").", nameof(name))
            : Values(block);
    }

    /// <summary>Makes the memory that calls need.</summary>
    /// <param name="maxRows">The largest number of rows of a call, at least 1.</param>
    /// <param name="threads">How many threads share the work of a call, the caller's included, at most 1024; at 1 none is started.</param>
    /// <param name="training">Whether to make the memory that backward needs; predictions need less.</param>
    /// <returns>A new workspace.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A number is not positive, there are more than 1024 threads, or the memory would be 2³¹ floats or more.
    /// </exception>
    public Workspace CreateWorkspace(int maxRows, int threads = 1, bool training = true) =>
        new(chain, Output.Size, chain.Cache, chain.Scratch, layout.CopyCount, GradientLength - layout.ParameterCount, maxRows, threads, training);

    /// <summary>A network with the same layers and metadata, and a copy of the values.</summary>
    /// <returns>The copy.</returns>
    public Network Clone()
    {
        var copy = new Network(chain, layout, Inputs, Outputs) { metadata = metadata };
        Parameters.CopyTo(copy.Parameters);
        Statistics.CopyTo(copy.Statistics);
        return copy;
    }

    /// <summary>Sets the state of one row to 0, in all layers: its series has ended, and the next one begins.</summary>
    /// <param name="state">State as a batch carries it (<see cref="Batch.State"/>), <see cref="StatePerRow"/> · <paramref name="rows"/>.</param>
    /// <param name="rows">The rows of those batches, at least 1.</param>
    /// <param name="row">The row to clear, 0 … <paramref name="rows"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive, or there is no such row.</exception>
    /// <exception cref="ArgumentException">The length of <paramref name="state"/> does not fit.</exception>
    public void ClearState(Span<float> state, int rows, int row)
    {
        Guard.Count(rows, nameof(rows));
        if ((uint)row >= (uint)rows)
            throw Guard.OutOfRange(nameof(row), row, FormattableString.Invariant($"Expected a row 0 … {rows - 1}, but got {row}."));
        long expected = (long)rows * StatePerRow;
        if (state.Length != expected)
            throw new ArgumentException($"{rows} rows need {expected} values of state, but got {state.Length}.", nameof(state));
        state.Slice(row * StatePerRow, StatePerRow).Clear();
    }

    /// <summary>A table of the layers with their outputs (features; steps × features; height × width × channels), numbers of parameters, and
    /// multiply-adds for one row (<see cref="Layer.MultiplyAdds"/>). Below a composite are its children, with the numbers that their blocks' names
    /// begin with.</summary>
    /// <returns>The table, a line for each layer: no wider than 50 columns unless layers have long names or numbers.</returns>
    public string Summary()
    {
        var rows = new List<string[]>();
        rows.Add(["#", "layer", "output", "params", "mul-adds"]);
        rows.Add(["", "input", Sizes(Input), "", ""]);
        Name(Inputs, "input", rows);
        Describe(Layers, "", rows);
        Name(Outputs, "output", rows);
        rows.Add(["", "total", "", Number(Parameters.Length), Number(MultiplyAdds)]);
        int[] widths = [.. Enumerable.Range(0, 5).Select(column => rows.Max(row => row[column].Length))];
        var table = new StringBuilder();
        foreach (string[] row in rows)
        {
            IEnumerable<string> cells = row.Select((text, column) => column < 3 ? text.PadRight(widths[column]) : text.PadLeft(widths[column]));
            table.Append($"{cells.First()} {string.Join("  ", cells.Skip(1))}".TrimEnd()).Append('\n');
        }

        return table.ToString();

        static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

        static string Sizes(Shape shape) => shape.Kind switch
        {
            ShapeKind.Sequence => FormattableString.Invariant($"{shape.Steps}×{shape.FeatureCount}"),
            ShapeKind.Image => FormattableString.Invariant($"{shape.Height}×{shape.Width}×{shape.FeatureCount}"),
            _ => shape.Size.ToString(CultureInfo.InvariantCulture),
        };

        static void Name(NamedParts parts, string what, List<string[]> rows)
        {
            foreach (NamedPart part in parts.Where(_ => parts.AreNamed))
                rows.Add(["", $"{what} \"{part.Name}\"", Sizes(part.Shape), "", ""]);
        }

        // What a composite's children have is counted there, and in its own line what it has beside them. Parameters of a tied block are counted
        // where they lie.
        void Describe(IReadOnlyList<Layer> layers, string within, List<string[]> rows)
        {
            for (int k = 0; k < layers.Count; k++)
            {
                Layer layer = layers[k];
                Block[] own = [.. layer.OwnBlocks];
                string kind = layer.Detail is { } detail ? $"{layer.Kind}, {detail}" : layer.Kind;
                string indent = new(' ', 2 * within.Count(letter => letter == '.')), position = within + k.ToString(CultureInfo.InvariantCulture);
                long count = 0;
                foreach (Block block in own.Where(block => block.Role != BlockRole.Statistic))
                {
                    BlockLayout.Tied? tied = layout.TieOf(layout.IndexOf($"{position}.{block.Name}"));
                    count += tied is null ? block.Length : 0;
                    kind += tied is null ? "" : $", {block.Name} is {tied.Tie.Source}";
                }

                long products = layer.MultiplyAdds - layer.Children.Sum(child => child.MultiplyAdds);
                bool isComposite = layer.Children.Count > 0;
                rows.Add(
                [
                    position, indent + kind, Sizes(layer.Output), isComposite && own.Length == 0 ? "" : Number(count),
                    isComposite && products == 0 ? "" : Number(products),
                ]);
                Describe(layer.Children, position + ".", rows);
            }
        }
    }

    /// <summary>The shapes and the number of parameters.</summary>
    /// <returns>The network in a line.</returns>
    public override string ToString() => $"Network {Input} → {Output}, {Layers.Count} layers, {Parameters.Length} parameters";

    // The values of a block that the layers declare, by its index in the chain; not of one that is another transposed.
    internal Span<float> Values(int block)
    {
        BlockPlace place = layout.PassPlaces[block];
        return (chain.Blocks[block].Role == BlockRole.Statistic ? Statistics : Parameters).Slice(place.Start, place.Length);
    }
}
