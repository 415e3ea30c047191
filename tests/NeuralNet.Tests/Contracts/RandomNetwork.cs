namespace NeuralNet.Tests.Contracts;

/// <summary>A network of layers drawn at random, the library's and people's own within one another, and a batch for it: rows of one or of many
/// lengths, of all steps or fewer, with weights or without.</summary>
internal sealed class RandomNetwork
{
    private const int Vocabulary = 7;

    private static readonly Activation[] activations =
        [Activation.Identity, Activation.Relu, Activation.Tanh, Activation.Sigmoid, Activation.Gelu, Activation.Softmax];

    private readonly Random random;

    private RandomNetwork(int seed)
    {
        random = new Random(seed);
        bool readsIds = Draws(5);
        Shape input = readsIds || !Draws(2) ? Shape.Sequence(random.Next(1, 8), readsIds ? 1 : random.Next(1, 5))
            : Draws(2) ? Shape.Features(random.Next(1, 6))
            : Shape.Image(random.Next(1, 4), random.Next(1, 4), random.Next(1, 4));
        List<Layer> layers = readsIds ? [new Embedding(input, Vocabulary, random.Next(1, 5))] : [];
        layers.AddRange(Some(layers.Count > 0 ? layers[0].Output : input, random.Next(1, 6), depth: 0));
        Chain = new Chain(layers);
        Network = new Network(Chain, [], new RandomStream(seed));
        foreach (ref float parameter in Network.Parameters)
            parameter += 0.4f * (random.NextSingle() - 0.5f);

        bool hasSteps = input.Kind == ShapeKind.Sequence;
        Rows = random.Next(2, 7);
        Steps = hasSteps ? random.Next(1, input.Steps + 1) : 1;
        Inputs = new float[Rows * input.SizeAt(Steps)];
        foreach (ref float x in Inputs.AsSpan())
            x = readsIds ? random.Next(Vocabulary) : (4 * random.NextSingle()) - 2;
        Lengths = hasSteps && Draws(2) ? [.. Enumerable.Range(0, Rows).Select(_ => Draws(3) ? Steps : random.Next(1, Steps + 1))] : [];
        Weights = Draws(2) ? [.. Enumerable.Range(0, Rows).Select(_ => Draws(3) ? 0 : random.NextSingle() + 0.1f)] : [];
        if (Weights.Length > 0)
            (Weights[0], Weights[1]) = (1, 0.5f); // a variance takes two rows
    }

    public Network Network { get; }

    public Chain Chain { get; }

    public int Rows { get; }

    public int Steps { get; }

    public float[] Inputs { get; }

    public int[] Lengths { get; }

    public float[] Weights { get; }

    public int InputSize => Inputs.Length / Rows;

    /// <summary>The values of an output row of the batch.</summary>
    public int OutputSize => Network.Output.SizeAt(Chain.OutputSteps(Steps));

    /// <summary>Networks that take their batch: where steps are summed in pairs or halved, a row may be too short.</summary>
    /// <param name="count">How many are drawn.</param>
    public static IEnumerable<RandomNetwork> Draw(int count)
    {
        for (int seed = 0; seed < count; seed++)
        {
            RandomNetwork drawn;
            try
            {
                drawn = new RandomNetwork(seed);
                drawn.Network.CheckStepsBehind(drawn.Steps, drawn.Lengths, 0, nameof(Lengths));
            }
            catch (ArgumentException)
            {
                continue;
            }

            yield return drawn;
        }
    }

    /// <summary>Some of the batch's rows, to train on.</summary>
    /// <param name="desired">What is desired of all rows.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="totalWeight">Σ w of all rows; 0: these are all.</param>
    public Batch Part(float[] desired, int first, int rows, double totalWeight = 0) => new()
    {
        Rows = rows,
        Inputs = Inputs.AsSpan(first * InputSize, rows * InputSize),
        Desired = desired.AsSpan(first * (desired.Length / Rows), rows * (desired.Length / Rows)),
        Lengths = Lengths.Length == 0 ? default : Lengths.AsSpan(first, rows),
        Weights = Weights.Length == 0 ? default : Weights.AsSpan(first, rows),
        Steps = Network.Input.Kind == ShapeKind.Sequence ? Steps : 0,
        FirstRow = first,
        TotalWeight = totalWeight,
        Stream = new RandomStream(3),
    };

    public override string ToString() =>
        $"{Network.Input}: {string.Join(", ", Chain.Layers)}; {Rows} rows of {Steps}, lengths [{string.Join(", ", Lengths)}]";

    private bool Draws(int oneOf) => random.Next(oneOf) == 0;

    private List<Layer> Some(Shape input, int count, int depth)
    {
        var layers = new List<Layer>();
        for (Shape shape = input; layers.Count < count && shape.Size <= 200; shape = layers[^1].Output)
            layers.Add(One(shape, depth));
        return layers;
    }

    private Layer One(Shape input, int depth)
    {
        int width = random.Next(1, 5);
        Activation activation = activations[random.Next(activations.Length)];

        // Of one output softmax is always 1, which a trainer refuses.
        if (activation is Softmax && (width == 1 || input.FeatureCount == 1))
            activation = Activation.Sigmoid;
        if (input.Kind == ShapeKind.Sequence && Draws(2))
            return OfSteps(input, width);
        return random.Next(13) switch
        {
            0 => new LayerNorm(input),
            1 => new Dropout(input, 0.3f),
            2 => new ActivationLayer(input, activation),
            3 when input.FeatureCount > 1 => new Slice(input, 0, input.FeatureCount - 1),
            4 when input.Kind == ShapeKind.Image => new Flatten(input),
            5 when input.Kind == ShapeKind.Features => new BatchStatistics(input.FeatureCount),
            6 => new Highway(new Dense(input, input.FeatureCount, activation), new Dense(input, input.FeatureCount, Activation.Sigmoid)),
            9 when input.Kind != ShapeKind.Image => new Scaled(new Dense(input, input.FeatureCount, activation)),
            7 when depth < 3 => Residual(new Chain(Some(input, random.Next(1, 3), depth + 1))),
            8 when depth < 3 => new Branches(
                [new Chain(Some(input, random.Next(1, 3), depth + 1)), new Chain(Some(input, random.Next(1, 3), depth + 1))], Merge.Concat),
            _ => new Dense(input, width, activation),
        };
    }

    private Layer OfSteps(Shape input, int width) => random.Next(13) switch
    {
        0 => new Lstm(input, width, lastStep: Draws(3)),
        1 => new Lstm(input, width, lastStep: Draws(3), gates: Activation.Softsign, activation: Activation.Silu),
        2 => new Gru(input, width, lastStep: Draws(3)),
        3 => new Gru(input, width, lastStep: Draws(3), resetsBefore: true),
        4 => new Rnn(input, width),
        5 when input.FeatureCount % 2 == 0 => new MultiHeadAttention(input, heads: 2, causal: Draws(2)),
        6 => new LastStep(input),
        7 => new MeanOverSteps(input),
        8 => new Reverse(input),
        9 when input.Steps > 1 => new EverySecond(input),
        10 when input.Steps > 2 => new PairSums(input),
        11 => new ZeroFirst(input),
        _ => new Gain(input),
    };

    private static Layer Residual(Chain chain) => chain.Output == chain.Input ? Branches.Residual(chain) : chain;
}
