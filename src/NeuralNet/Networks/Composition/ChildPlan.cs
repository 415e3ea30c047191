using System.Globalization;

namespace NeuralNet;

// Lays out the children of a composite as they are added: their blocks, caches (with the outputs that are kept) and states lie one
// after the other; they share the scratch, because one child works at a time.
internal sealed class ChildPlan(string noun)
{
    /// <summary>How many composites may be within one another, the network's own chain among them. Every pass calls itself for each of them, and so
    /// many are safe on a stack of 1 MB, the smallest that a system gives to a thread unless it is asked for less.</summary>
    public const int MaxDepth = 256;

    /// <summary>What may be within one another, in words: the end of the refusal of more.</summary>
    public static readonly string Nesting = $"at most {MaxDepth} composites (chains, branches and those of your own) can be within one another, the "
        + "network among them, because each takes some of the stack. Put layers one after the other instead.";

    private readonly List<Block> blocks = [];

    public List<Child> Children { get; } = [];

    public IReadOnlyList<Block> Blocks => [.. blocks];

    public BufferSize Cache { get; private set; }

    public BufferSize Scratch { get; private set; }

    public int StatePerRow { get; private set; }

    /// <summary>How many composites are within one another, the one that is planned included.</summary>
    public int Depth { get; private set; } = 1;

    /// <summary>The first of the layers that are to be children.</summary>
    /// <exception cref="ArgumentException">There is none, or one is null.</exception>
    public static Layer First(IReadOnlyList<Layer> layers, string composite, string noun)
    {
        ArgumentNullException.ThrowIfNull(layers);
        for (int k = 0; k < layers.Count; k++)
        {
            if (layers[k] is null)
                throw new ArgumentException($"{noun} {k} is null.", nameof(layers));
        }

        return layers.Count > 0 ? layers[0]
            : throw new ArgumentException($"A {composite} needs at least one {noun.ToLowerInvariant()}.", nameof(layers));
    }

    /// <summary>Adds a child.</summary>
    /// <param name="layer">The child.</param>
    /// <param name="kept">What the composite keeps of the child's output while training.</param>
    /// <param name="lengthLevel">Which lengths are those of the child's input (<see cref="Child.LengthsOf"/>); −1: none.</param>
    /// <exception cref="ArgumentException">The layer declares what cannot be.</exception>
    /// <exception cref="OverflowException">A row would need 2³¹ floats or more.</exception>
    public void Add(Layer layer, BufferSize kept, int lengthLevel)
    {
        int index = Children.Count;
        CheckDeclarations(index, layer);
        Depth = Math.Max(Depth, 1 + DepthOf($"{noun} {index} ({layer.Kind})", layer, MaxDepth));
        if (Depth > MaxDepth)
            throw TooDeep(index, layer);
        BufferSize outputStart = Cache + layer.Cache.Aligned();
        Children.Add(new Child(layer, index, blocks.Count, Cache, outputStart, StatePerRow, lengthLevel));
        Cache = outputStart + kept.Aligned();
        Scratch = BufferSize.Max(Scratch, layer.Scratch);
        StatePerRow = checked(StatePerRow + layer.StatePerRow);
        blocks.AddRange(layer.Blocks.Select(block => block.Within(index)));
    }

    /// <summary>What to say where <see cref="Add"/>, or what the composite adds to it, overflows.</summary>
    public ArgumentException TooLarge(int index, Layer layer) =>
        new($"{noun} {index} ({layer.Kind}) and those before it would need 2³¹ floats or more for a row.");

    // The library's composites know it; layers of people's own may have children without being one, in any number within one another.
    private static int DepthOf(string place, Layer layer, int left)
    {
        if (layer.Depth > 0 || left == 0)
            return layer.Depth;
        CheckNulls(place, layer);
        int depth = 0;
        for (int k = 0; k < layer.Children.Count; k++)
            depth = Math.Max(depth, 1 + DepthOf($"{place}, child {k} ({layer.Children[k].Kind})", layer.Children[k], left - 1));
        return depth;
    }

    private static void CheckNulls(string composite, Layer layer)
    {
        if (layer.Children is null || layer.Children.Any(child => child is null))
            throw new ArgumentException($"{composite} declares children, or one, that are null.");
    }

    private ArgumentException TooDeep(int index, Layer layer) => new($"{noun} {index} ({layer.Kind}) would be within too many others: {Nesting}");

    private void CheckFinalActivations(int index, Layer layer)
    {
        int next = 0, width = layer.Output.FeatureCount;
        foreach ((Activation activation, int first, int count) in layer.FinalActivations
            ?? throw new ArgumentException($"{noun} {index} ({layer.Kind}) declares final activations that are null."))
        {
            if (activation is null || first < next || count < 1 || count > width - first)
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{noun} {index} ({layer.Kind}) declares {activation?.ToString() ?? "null"} as the final activation of {count} columns from "
                    + $"{first} on; an activation was expected, and columns from {next} to {width - 1}, in ascending order."));

            if (activation.IsRandom || activation.InputWidth(count) != count)
                throw new ArgumentException(
                    $"{noun} {index} ({layer.Kind}) declares {activation} as a final activation, which cannot be left out: "
                    + "one that draws no random numbers, and whose z is as wide as y, was expected.");
            next = first + count;
        }
    }

    // A custom layer may declare what cannot be; here it can still be refused by name.
    private void CheckDeclarations(int index, Layer layer)
    {
        BufferSize cache = layer.Cache, scratch = layer.Scratch;
        if (cache.Fixed < 0 || cache.PerRow < 0 || scratch.Fixed < 0 || scratch.PerRow < 0 || layer.StatePerRow < 0)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"{noun} {index} ({layer.Kind}) declares a negative size: cache {cache}, scratch {scratch}, state {layer.StatePerRow}."));

        if (layer.InputIds is < 0 or > Ids.Max)
            throw new ArgumentException(
                FormattableString.Invariant($"{noun} {index} ({layer.Kind}) declares {layer.InputIds} ids; 0 to {Ids.Max:N0} were expected."));
        CheckFinalActivations(index, layer);
        if (layer.Blocks is null || layer.Blocks.Any(block => block is null))
            throw new ArgumentException($"{noun} {index} ({layer.Kind}) declares a block that is null.");
        if (layer is not ILayerKind)
            CheckChildren($"{noun} {index} ({layer.Kind})", layer);
    }

    // Files, summaries and rates find the blocks and the state of a composite's children by this order, which the library's composites have.
    private static void CheckChildren(string composite, Layer layer)
    {
        CheckNulls(composite, layer);
        int block = 0, state = 0;
        for (int k = 0; k < layer.Children.Count; state = checked(state + layer.Children[k].StatePerRow), k++)
        {
            foreach (Block own in layer.Children[k].Blocks)
            {
                Block expected = own.Within(k);
                Block? actual = block < layer.Blocks.Count ? layer.Blocks[block] : null;
                if (actual is null || actual.Name != expected.Name || actual.Role != expected.Role
                    || !actual.Dimensions.SequenceEqual(expected.Dimensions))
                    throw new ArgumentException(
                        $"{composite} has children, whose blocks come first, but it declares {actual?.ToString() ?? "none"} as block {block}; "
                        + $"{expected}, of child {k}, was expected. Put blocks of its own behind them: Blocks = [.. Blocks, new Block(…)].");
                block++;
            }
        }

        if (layer.StatePerRow < state)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"{composite} has children, whose state comes first, but it declares {layer.StatePerRow} floats of state; at least {state}, as many "
                + $"as they have, were expected. Add state of its own to them: StatePerRow += …."));
    }
}
