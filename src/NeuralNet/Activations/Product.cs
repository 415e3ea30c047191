namespace NeuralNet;

/// <summary>The multiplicative combination, a vector activation: oᵢ = yⱼ · yₗ over declared pairs (j, l) of its arguments;
/// ∂oᵢ/∂yⱼ = yₗ, ∂oᵢ/∂yₗ = yⱼ.</summary>
/// <remarks>Pairs may share arguments: then the gradient of an argument is the sum over the pairs that it is in (the distributed chain
/// rule), and a pair (j, j) squares. An argument in no pair has the gradient 0. Products of neighbours are second-order units: C. Giles,
/// T. Maxwell: "Learning, invariance, and generalization in high-order neural networks", 1987.</remarks>
public sealed class Product : Activation, IActivationKind
{
    private readonly (int First, int Second)[] pairs;

    /// <summary>Multiplies neighbours: oᵢ = y₂ᵢ · y₂ᵢ₊₁, for any number of outputs.</summary>
    public Product() => pairs = [];

    /// <summary>Multiplies the pairs that are given: oᵢ is the product of pair i.</summary>
    /// <param name="inputs">How many arguments there are.</param>
    /// <param name="pairs">The two arguments of each output, from 0 to inputs − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no arguments, or a pair names one that there is not.</exception>
    /// <exception cref="ArgumentException">There is no pair.</exception>
    public Product(int inputs, params (int First, int Second)[] pairs)
    {
        Guard.Count(inputs, nameof(inputs));
        ArgumentNullException.ThrowIfNull(pairs);
        if (pairs.Length == 0)
            throw new ArgumentException("At least one pair was expected, but got none; new Product() multiplies neighbours.", nameof(pairs));
        for (int i = 0; i < pairs.Length; i++)
        {
            (int first, int second) = pairs[i];
            if ((uint)first >= (uint)inputs || (uint)second >= (uint)inputs)
                throw Guard.OutOfRange(
                    nameof(pairs), (uint)first < (uint)inputs ? second : first,
                    FormattableString.Invariant($"Pair {i} is ({first}, {second}); of {inputs} inputs 0 to {inputs - 1} were expected."));
        }

        Inputs = inputs;
        this.pairs = [.. pairs];
    }

    /// <summary>How many arguments there are; null where neighbours are multiplied: twice as many as outputs.</summary>
    public int? Inputs { get; }

    /// <summary>The two arguments of each output; empty where neighbours are multiplied.</summary>
    public IReadOnlyList<(int First, int Second)> Pairs => Array.AsReadOnly(pairs);

    /// <inheritdoc/>
    public override KindSettings Settings => Inputs is { } inputs
        ? new KindSettings().Set("inputs", inputs).Set("pairs", (int[])[.. pairs.SelectMany(pair => new[] { pair.First, pair.Second })])
        : new KindSettings();

    static Activation IActivationKind.FromSettings(KindSettings settings) => settings.Contains("inputs")
        ? new Product(settings.GetInt32("inputs"), PairsOf(settings.GetInt32s("pairs")))
        : new Product();

    /// <inheritdoc/>
    public override BackwardReads BackwardReads => BackwardReads.Input;

    /// <summary>How wide z must be for y to have so many outputs.</summary>
    /// <param name="outputs">The width of y: the number of pairs, if they are declared.</param>
    /// <returns>The width of z.</returns>
    /// <exception cref="ArgumentException">There are pairs, and not so many.</exception>
    public override int InputWidth(int outputs) =>
        Inputs is not { } inputs ? Times(outputs, 2)
        : outputs == pairs.Length ? inputs
        : throw new ArgumentException($"{Kind} has {pairs.Length} pairs, so as many outputs were expected, but got {outputs}.", nameof(outputs));

    /// <summary>How wide y is where z has so many values.</summary>
    /// <param name="inputs">The width of z.</param>
    /// <returns>The number of pairs, if they are declared; otherwise half.</returns>
    /// <exception cref="ArgumentException">There are pairs of another number of arguments, or the number is odd.</exception>
    public override int OutputWidth(int inputs) =>
        Inputs is not { } declared ? base.OutputWidth(inputs)
        : inputs == declared ? pairs.Length
        : throw new ArgumentException($"{Kind} multiplies pairs of {declared} values, so as many were expected, but got {inputs}.", nameof(inputs));

    /// <inheritdoc/>
    public override string ToString() => Inputs is { } inputs ? $"{Kind}({pairs.Length} pairs of {inputs})" : Kind;

    /// <inheritdoc/>
    protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y)
    {
        for (int i = 0; i < y.Length; i++)
        {
            (int j, int l) = Pair(i);
            y[i] = z[j] * z[l];
        }
    }

    /// <inheritdoc/>
    protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
    {
        dz.Clear();
        for (int i = 0; i < dy.Length; i++)
        {
            (int j, int l) = Pair(i);
            dz[j] += dy[i] * z[l];
            dz[l] += dy[i] * z[j];
        }
    }

    private (int First, int Second) Pair(int i) => pairs.Length == 0 ? (2 * i, (2 * i) + 1) : pairs[i];

    private static (int First, int Second)[] PairsOf(int[] numbers) => numbers.Length % 2 == 0
        ? [.. numbers.Chunk(2).Select(pair => (pair[0], pair[1]))]
        : throw new ArgumentException($"\"pairs\" has {numbers.Length} numbers; two for each pair were expected.");
}
