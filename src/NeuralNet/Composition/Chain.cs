namespace NeuralNet;

/// <summary>
/// Layers one after the other: the composition y = f_n(… f₂(f₁(x))), and the chain rule through it, layer by layer backward.
/// </summary>
/// <remarks>
/// <para>A network is a chain with values; a branch of a composite is a chain too. Its children's blocks are its own, with
/// the child's index before the name: "1.weight".</para>
/// <para>Memory: while training, each child's cache and output are kept side by side; in inference outputs alternate
/// between two buffers, and so do gradients in backward.</para>
/// </remarks>
public sealed class Chain : Layer
{
    // A pass keeps a number for each on the stack.
    private const int MostLayers = 4096;

    private readonly Link[] links;
    private readonly BufferSize passing;

    /// <summary>Composes layers.</summary>
    /// <param name="layers">The layers, the first one first; each takes the shape that the one before it gives.</param>
    /// <exception cref="ArgumentException">There is no layer or more than 4096, a layer does not fit the one before it, or it declares what cannot be.</exception>
    public Chain(IReadOnlyList<Layer> layers)
        : base(First(layers).Input, layers[^1].Output)
    {
        links = new Link[layers.Count];
        var blocks = new List<Block>();
        BufferSize cache = default, childScratch = default, widest = default, scratch = default;
        int state = 0;
        bool lengthsReach = true;
        for (int k = 0; k < layers.Count; k++)
        {
            Layer layer = layers[k];
            if (k > 0 && layer.Input != layers[k - 1].Output)
                throw new ArgumentException($"Layer {k} ({layer.Kind}) takes {layer.Input}, but layer {k - 1} ({layers[k - 1].Kind}) gives {layers[k - 1].Output}.", nameof(layers));
            CheckDeclarations(k, layer);

            try
            {
                BufferSize cacheStart = cache, outputStart = cacheStart + layer.Cache.Aligned();
                links[k] = new Link(layer, blocks.Count, cacheStart, outputStart, state, TakesLengths: lengthsReach);
                BufferSize output = k + 1 < layers.Count ? new BufferSize(0, layer.Output.Size).Aligned() : default;
                cache = outputStart + output;
                widest = BufferSize.Max(widest, output);
                childScratch = BufferSize.Max(childScratch, layer.Scratch);
                scratch = widest + widest + childScratch;
                state = checked(state + layer.StatePerRow);
            }
            catch (OverflowException)
            {
                throw new ArgumentException($"The layers up to {k} ({layer.Kind}) would need 2³¹ floats or more for a row.", nameof(layers));
            }

            lengthsReach &= layer.HandsOnLengths;
            int child = k;
            blocks.AddRange(layer.Blocks.Select(block => block.Within(child)));
        }

        Layers = [.. layers];
        Blocks = [.. blocks];
        HandsOnLengths = lengthsReach;
        Cache = cache;
        passing = widest;
        Scratch = scratch;
        StatePerRow = state;
        BackwardReads = (layers[0].BackwardReads & BackwardReads.Input) | (layers[^1].BackwardReads & BackwardReads.Output);
        IsRandom = layers.Any(layer => layer.IsRandom);
        FinalActivation = layers[^1].FinalActivation;
    }

    /// <summary>The layers, the first one first.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <inheritdoc/>
    public override bool HandsOnLengths { get; }

    /// <inheritdoc/>
    public override int OutputSteps(int steps)
    {
        foreach (ref readonly Link link in links.AsSpan())
            steps = link.StepsAfter(steps);
        return steps;
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        ForwardPass child = pass;
        ReadOnlySpan<float> x = pass.Input;
        int steps = pass.Steps;
        for (int k = 0; k < links.Length; k++)
        {
            ref readonly Link link = ref links[k];
            bool last = k == links.Length - 1;
            int outputSteps = link.StepsAfter(steps);
            Span<float> y = last ? pass.Output
                : pass.Training ? Kept(pass.Cache, link, pass.Rows, outputSteps)
                : Passing(pass.Scratch, k, pass.Rows, link.OutputSizeAt(outputSteps));

            child.ownSteps = steps;
            child.ownLengths = link.TakesLengths ? pass.Lengths : default;
            child.ownInput = x;
            child.ownOutput = y;
            child.ownOmitActivation = last && pass.OmitActivation;
            child.ownStream = pass.Stream?.Fork(k);
            child.ownCache = pass.Training ? link.CacheIn(pass.Cache, pass.Rows) : default;
            child.ownScratch = pass.Scratch.Slice(2 * passing.At(pass.Rows), link.Scratch.At(pass.Rows));
            child.ownState = pass.State.IsEmpty ? default : pass.State.Slice(link.StateStart * pass.Rows, link.StatePerRow * pass.Rows);
            child.ownBlocks = pass.Blocks.Slice(link.FirstBlock, link.BlockCount);
            link.Layer.Forward(child);
            x = y;
            steps = outputSteps;
        }
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        // The steps that each layer takes.
        Span<int> steps = stackalloc int[links.Length];
        steps[0] = pass.Steps;
        for (int k = 1; k < links.Length; k++)
            steps[k] = links[k - 1].StepsAfter(steps[k - 1]);

        BackwardPass child = pass;
        ReadOnlySpan<float> dy = pass.OutputGradient;
        for (int k = links.Length - 1; k >= 0; k--)
        {
            ref readonly Link link = ref links[k];
            bool last = k == links.Length - 1;
            Span<float> dx = k == 0 ? pass.InputGradient
                : Passing(pass.Scratch, k, pass.Rows, link.Layer.Input.SizeAt(steps[k]));

            child.ownSteps = steps[k];
            child.ownLengths = link.TakesLengths ? pass.Lengths : default;
            child.ownInput = k == 0 ? pass.Input : Kept(pass.Cache, links[k - 1], pass.Rows, steps[k]);
            child.ownOutput = last ? pass.Output : Kept(pass.Cache, link, pass.Rows, steps[k + 1]);
            child.ownOutputGradient = dy;
            child.ownInputGradient = dx;
            child.ownOmitActivation = last && pass.OmitActivation;
            child.ownStream = pass.Stream?.Fork(k);
            child.ownCache = link.CacheIn(pass.Cache, pass.Rows);
            child.ownScratch = pass.Scratch.Slice(2 * passing.At(pass.Rows), link.Scratch.At(pass.Rows));
            child.ownBlocks = pass.Blocks.Slice(link.FirstBlock, link.BlockCount);
            child.ownGradientBlocks = pass.GradientBlocks.Slice(link.FirstBlock, link.BlockCount);
            link.Layer.Backward(child);
            dy = dx;
        }
    }

    /// <inheritdoc/>
    public override void UpdateStatistics(in StatisticsPass pass)
    {
        int steps = pass.Steps;
        foreach (ref readonly Link link in links.AsSpan())
        {
            link.Layer.UpdateStatistics(pass with
            {
                Steps = steps,
                Lengths = link.TakesLengths ? pass.Lengths : default,
                Cache = link.CacheIn(pass.Cache, pass.Rows),
                Blocks = pass.Blocks.Slice(link.FirstBlock, link.BlockCount),
            });
            steps = link.StepsAfter(steps);
        }
    }

    // A layer of a person's own may declare what cannot be; that is best said here, by name.
    private static void CheckDeclarations(int k, Layer layer)
    {
        BufferSize cache = layer.Cache, scratch = layer.Scratch;
        if (cache.Fixed < 0 || cache.PerRow < 0 || scratch.Fixed < 0 || scratch.PerRow < 0 || layer.StatePerRow < 0)
            throw new ArgumentException($"Layer {k} ({layer.Kind}) declares a negative size: cache {cache}, scratch {scratch}, state {layer.StatePerRow}.");
        if (layer.Blocks is null || layer.Blocks.Any(block => block is null))
            throw new ArgumentException($"Layer {k} ({layer.Kind}) declares a block that is null.");
    }

    private static Layer First(IReadOnlyList<Layer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        for (int k = 0; k < layers.Count; k++)
        {
            if (layers[k] is null)
                throw new ArgumentException($"Layer {k} is null.", nameof(layers));
        }

        if (layers.Count > MostLayers)
            throw new ArgumentException($"A chain has at most {MostLayers} layers, {layers.Count} came; nest chains.", nameof(layers));
        return layers.Count > 0 ? layers[0] : throw new ArgumentException("A chain needs at least one layer.", nameof(layers));
    }

    // The output of a layer that is not the last, kept in the cache while training.
    private static Span<float> Kept(Span<float> cache, in Link link, int rows, int steps) =>
        cache.Slice(link.OutputStart.At(rows), link.OutputSizeAt(steps) * rows);

    private static ReadOnlySpan<float> Kept(ReadOnlySpan<float> cache, in Link link, int rows, int steps) =>
        cache.Slice(link.OutputStart.At(rows), link.OutputSizeAt(steps) * rows);

    // One of two buffers between neighbouring layers: what layer k writes never lies where it reads.
    private Span<float> Passing(Span<float> scratch, int k, int rows, int size) =>
        scratch.Slice((k & 1) * passing.At(rows), size * rows);

    // A layer's place in the chain. What is asked for in every call is kept beside it: asking the layer takes an interface
    // call or three multiplications, which a tiny network would notice.
    private readonly record struct Link(Layer Layer, int FirstBlock, BufferSize CacheStart, BufferSize OutputStart, int StateStart, bool TakesLengths)
    {
        private readonly BufferSize cache = Layer.Cache;
        private readonly bool givesSequence = Layer.Output.Kind == ShapeKind.Sequence;
        private readonly int outputSize = Layer.Output.Size, outputFeatures = Layer.Output.FeatureCount, mostOutputSteps = Layer.Output.Steps;

        public int BlockCount { get; } = Layer.Blocks.Count;

        public BufferSize Scratch { get; } = Layer.Scratch;

        public int StatePerRow { get; } = Layer.StatePerRow;

        public int OutputSizeAt(int steps) => givesSequence ? steps * outputFeatures : outputSize;

        public Span<float> CacheIn(Span<float> all, int rows) => all.Slice(CacheStart.At(rows), cache.At(rows));

        public ReadOnlySpan<float> CacheIn(ReadOnlySpan<float> all, int rows) => all.Slice(CacheStart.At(rows), cache.At(rows));

        // Everything is laid out for the output's own number of steps at most.
        public int StepsAfter(int steps)
        {
            if (mostOutputSteps == 1)
                return 1;
            int after = Layer.OutputSteps(steps);
            return after >= 1 && after <= mostOutputSteps ? after
                : throw new InvalidOperationException($"{Layer.Kind} says that {steps} steps become {after}; 1 to {mostOutputSteps} were expected.");
        }
    }
}
