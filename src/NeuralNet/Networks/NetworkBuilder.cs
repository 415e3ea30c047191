namespace NeuralNet;

/// <summary>Puts a network together, layer by layer; each takes the shape that the one before it gives.</summary>
public sealed partial class NetworkBuilder
{
    private readonly List<Layer> layers = [];
    private readonly List<Tie> ties = [];
    private readonly Shape inputs;
    private readonly int depth; // how many builders this one is within
    private readonly NamedParts? named; // the inputs, where they have names
    private NetworkOutputs? outputs;

    internal NetworkBuilder(Shape inputs, int depth = 0)
    {
        this.inputs = Guard.NotEmpty(inputs, nameof(inputs));
        this.depth = depth;
    }

    internal NetworkBuilder(NamedParts named, int depth = 0)
        : this(named.Row, depth) => this.named = named;

    /// <summary>The shape that the next layer takes.</summary>
    public Shape Shape => layers.Count == 0 ? inputs : layers[^1].Output;

    /// <summary>The shape of the rows that the network takes; null in a branch, which takes what the layers before it give.</summary>
    internal Shape? Rows => depth == 0 ? inputs : null;

    /// <summary>What the layers so far make of the network's rows; null if there are none yet.</summary>
    internal Network? SoFar => layers.Count == 0 ? null
        : new Network(new Chain(layers), [], RandomPurpose.Of(0, RandomPurpose.Initialization), named, outputs: null);

    /// <summary>Adds a fully connected layer: z = W y₋ + b, y = f(z).</summary>
    /// <inheritdoc cref="NeuralNet.Dense.Dense(Shape, int, Activation, Initializer, bool)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Dense(int outputs, Activation? activation = null, Initializer? initializer = null, bool bias = true) =>
        Add(shape => new Dense(shape, outputs, activation, initializer, bias));

    /// <summary>Adds a rectifier with learned slopes: y = x for x &gt; 0, otherwise a x.</summary>
    /// <inheritdoc cref="NeuralNet.Prelu.Prelu(Shape, bool, float)" path="/param"/>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Prelu(bool shared = false, float slope = 0.25f) => Add(shape => new Prelu(shape, shared, slope));

    /// <summary>
    /// Adds a maxout layer, a fully connected one with <see cref="Max"/>: z = W y₋ + b, yⱼ the largest of the pieces of z that belong to j.
    /// </summary>
    /// <remarks>I. Goodfellow et al.: "Maxout networks", 2013.</remarks>
    /// <param name="outputs">The width of y; W has that many times the pieces.</param>
    /// <param name="pieces">How many linear pieces each output chooses from.</param>
    /// <param name="initializer">How W is initialized; the activation's own choice unless given.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <inheritdoc cref="Add" path="/returns|/exception"/>
    public NetworkBuilder Maxout(int outputs, int pieces = 2, Initializer? initializer = null, bool bias = true) =>
        Add(shape => new Dense(shape, outputs, new Max(pieces), initializer, bias));

    /// <summary>Adds a residual block: y = x + F(x).</summary>
    /// <param name="layers">Adds the layers of F to the builder that it is given, and returns it; they must keep the shape.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layers do not fit, the message says which layer, and why; or more than 256 composites would be within
    /// one another.</exception>
    public NetworkBuilder Residual(Func<NetworkBuilder, NetworkBuilder> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return Add(shape => Branches.Residual(Branch("F", shape, layers)));
    }

    /// <summary>Adds branches side by side: the same x goes into each, and their outputs are merged.</summary>
    /// <param name="merge">What becomes of their outputs: their sum, their product, or all of them side by side.</param>
    /// <param name="branches">Each adds the layers of one branch to the builder that it is given, and returns it; without any (<c>b => b</c>) the
    /// branch is the identity, a skip connection.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layers do not fit, the message says which layer, and why; or more than 256 composites would be within
    /// one another.</exception>
    public NetworkBuilder Parallel(Merge merge, params Func<NetworkBuilder, NetworkBuilder>[] branches)
    {
        ArgumentNullException.ThrowIfNull(branches);
        return Add(shape => new Branches([.. branches.Select((branch, m) => Branch($"Branch {m}", shape, branch))], merge));
    }

    /// <summary>Adds a layer of any kind, your own included.</summary>
    /// <param name="layer">Makes the layer from the shape that it takes.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The layer does not fit; the message says which layer, and why.</exception>
    public NetworkBuilder Add(Func<Shape, Layer> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (outputs is not null)
            throw new ArgumentException(
                $"Layer {layers.Count} would be behind the named outputs ({outputs.Names}), which end the network: put it before them, or into them.",
                nameof(layer));
        Layer made = Made(
            $"Layer {layers.Count}", () => layer(Shape) ?? throw new ArgumentException("the function gave null instead of a layer", nameof(layer)));

        if (made.Input != Shape)
        {
            string before = layers.Count == 0 ? "the network's input is" : $"layer {layers.Count - 1} ({layers[^1].Kind}) gives";
            throw new ArgumentException($"Layer {layers.Count} ({made.Kind}) takes {made.Input}, but {before} {Shape}.", nameof(layer));
        }

        layers.Add(made);
        return this;
    }

    /// <summary>Ties two blocks of parameters: the second is the first, as it is or transposed, so that they are learned as one.</summary>
    /// <remarks><para>∇W = ∇W₁ + ∇W₂, or ∇W₁ + ∇W₂ᵀ: the distributed chain rule. The first block has the values; it is initialized, counted, decayed,
    /// priced and saved once, under its own name, and moved by the sum of both gradients. It is not sparse (<see cref="Block.IsSparse"/>).</para>
    /// <para>A transposed block is a copy that every call makes in its own workspace, which costs as much as reading the values once more.</para>
    /// <para>An <see cref="NeuralNet.Embedding"/> that is also the matrix of the last layer should start small, with
    /// <see cref="Initializer.TruncatedNormal"/>: from N(0, 1) logits would begin as large as √width. Its padding id gives 0 as before; in the last
    /// layer the id's vector is that of a class like any other, which the gradient moves.</para>
    /// <para>O. Press, L. Wolf: "Using the output embedding to improve language models", 2017.</para></remarks>
    /// <param name="block">The block that has the values, by position and name: "0.weight".</param>
    /// <param name="to">The block that becomes the same: "13.weight".</param>
    /// <param name="transposed">Whether the second is the first transposed, [n, m] of [m, n].</param>
    /// <returns>This builder. What cannot be tied is refused by <see cref="Build"/>, which knows all layers.</returns>
    public NetworkBuilder Tie(string block, string to, bool transposed = false)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(to);
        ties.Add(new Tie(block, to, transposed));
        return this;
    }

    /// <summary>Builds the network and initializes its parameters.</summary>
    /// <param name="seed">The same seed gives the same parameters, bit for bit, on every machine.</param>
    /// <returns>The network.</returns>
    /// <exception cref="InvalidOperationException">No layer has been added.</exception>
    /// <exception cref="ArgumentException">The parameters would be 2³¹ floats or more, two blocks of a layer have one name, or blocks that were tied
    /// cannot be: the message says which, and why.</exception>
    public Network Build(long seed = 0)
    {
        if (layers.Count == 0)
            throw new InvalidOperationException("The network has no layer; add one before Build.");
        return new Network(new Chain(layers), ties, RandomPurpose.Of(seed, RandomPurpose.Initialization), named, outputs);
    }

    private Layer Branch(string place, Shape shape, Func<NetworkBuilder, NetworkBuilder>? add)
    {
        // Each is a chain within branches. Composites are made from the inside outwards, so they would see what is too deep when the stack, on which
        // people's functions call one another until then, has long ended.
        if (depth >= ChildPlan.MaxDepth / 2)
            throw new ArgumentException($"{place} would be within too many branches: {ChildPlan.Nesting}");
        return Made(place, () => BranchOf(
            named is not null && layers.Count == 0 ? new NetworkBuilder(named, depth + 1) : new NetworkBuilder(shape, depth + 1), shape, add));
    }

    private static Layer BranchOf(NetworkBuilder builder, Shape shape, Func<NetworkBuilder, NetworkBuilder>? add)
    {
        if (add is null || add(builder) != builder)
            throw new ArgumentException("a function that returns the builder that it is given was expected", nameof(add));
        if (builder.ties.Count > 0)
            throw new ArgumentException("ties name blocks by their positions in the whole network; state them on its own builder", nameof(add));
        if (builder.outputs is not null)
            throw new ArgumentException($"outputs ({builder.outputs.Names}) are the whole network's; state them on its own builder", nameof(add));
        return builder.layers.Count == 0 ? new Skip(shape) : new Chain(builder.layers);
    }

    // Puts the place before the words of a refusal; not where there are too many places to be of help.
    private static Layer Made(string place, Func<Layer> make)
    {
        try
        {
            return make();
        }
        catch (ArgumentOutOfRangeException refusal)
        {
            throw new ArgumentOutOfRangeException($"{place}: {refusal.Message}", refusal);
        }
        catch (ArgumentException refusal) when (!refusal.Message.EndsWith(ChildPlan.Nesting, StringComparison.Ordinal))
        {
            throw new ArgumentException($"{place}: {refusal.Message}", refusal);
        }
    }
}
