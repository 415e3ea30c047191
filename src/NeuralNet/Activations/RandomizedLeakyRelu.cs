using System.Globalization;
using System.Numerics.Tensors;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The randomized leaky rectifier: y = z for z &gt; 0, otherwise a z; dy/dz = 1 for z &gt; 0, otherwise a. While training a is
/// drawn for each element from U(lower, upper); in inference it is their mean.</summary>
/// <remarks>B. Xu, N. Wang, T. Chen, M. Li: "Empirical evaluation of rectified activations in convolutional network", 2015. A slope is
/// keyed by the row of the whole batch and the element in it, so backward draws what forward drew. At the kink z = 0
/// backward gives the slope a, which is a subgradient for slopes up to 1. NaN stays NaN.</remarks>
public sealed class RandomizedLeakyRelu : ScalarActivation, IActivationKind
{
    // So many slopes are made at a time, on the stack.
    private const int MaxAtOnce = 512;

    private readonly LeakyRelu.Formula mean;

    /// <summary>Makes a randomized leaky rectifier.</summary>
    /// <param name="lower">The smallest slope for z ≤ 0, at least 0 (so that the sign of y tells that of z).</param>
    /// <param name="upper">The largest slope for z ≤ 0, finite, at least the smallest.</param>
    /// <exception cref="ArgumentOutOfRangeException">A slope is negative, infinite or NaN, or the lower is above the upper.</exception>
    public RandomizedLeakyRelu(float lower = 1f / 8, float upper = 1f / 3)
    {
        if (!(lower >= 0 && float.IsFinite(lower)))
            throw Guard.OutOfRange(nameof(lower), lower, "The lower slope must be a finite number of at least 0.");
        if (!(upper >= lower && float.IsFinite(upper)))
            throw Guard.OutOfRange(
                nameof(upper), upper,
                string.Create(CultureInfo.InvariantCulture, $"The upper slope must be a finite number of at least the lower, {lower}."));
        (Lower, Upper) = (lower, upper);
        mean = new LeakyRelu.Formula((lower / 2) + (upper / 2));
    }

    /// <summary>The smallest slope for z ≤ 0.</summary>
    public float Lower { get; }

    /// <summary>The largest slope for z ≤ 0.</summary>
    public float Upper { get; }

    /// <inheritdoc/>
    public override ValueRange OutputRange => ValueRange.Any;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("lower", Lower).Set("upper", Upper);

    static Activation IActivationKind.FromSettings(KindSettings settings) =>
        new RandomizedLeakyRelu(settings.GetSingle("lower"), settings.GetSingle("upper"));

    /// <inheritdoc/>
    public override BackwardReads BackwardReads => BackwardReads.Output;

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override IReadOnlyList<float> Kinks => [0f];

    /// <inheritdoc/>
    public override Initializer DefaultInitializer => Initializer.HeUniform;

    /// <summary>y = f(z), with the mean slope.</summary>
    /// <param name="z">The argument.</param>
    /// <returns>The value.</returns>
    public override float Value(float z) => Elementwise.Value(mean, z);

    /// <summary>f′, with the mean slope.</summary>
    /// <param name="z">Not used.</param>
    /// <param name="y">The value of forward.</param>
    /// <returns>dy/dz.</returns>
    public override float Derivative(float z, float y)
    {
        float derivative = default;
        Elementwise.Backward(mean, default, [y], [1f], new Span<float>(ref derivative));
        return derivative;
    }

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass)
    {
        if (pass.Stream is not { } stream)
        {
            Elementwise.Forward(mean, pass.Z, pass.Y, pass.Workers);
            return;
        }

        Span<float> slopes = stackalloc float[MaxAtOnce];
        int size = RowSize(pass.Y.Length, pass.Vectors, pass.VectorsPerRow);
        for (int at = 0; at < pass.Y.Length;)
        {
            Span<float> drawn = slopes[..CountAt(at, size, pass.Y.Length)];
            stream.Uniform(pass.FirstRow + (at / size), at % size, drawn);
            Elementwise.Map(new RandomSlope(Lower, Upper), drawn, pass.Z.Slice(at, drawn.Length), pass.Y.Slice(at, drawn.Length));
            at += drawn.Length;
        }
    }

    /// <inheritdoc/>
    public override void Backward(in ActivationBackwardPass pass)
    {
        if (pass.Stream is not { } stream)
        {
            Elementwise.Backward(mean, default, pass.Y, pass.OutputGradient, pass.InputGradient, pass.Workers);
            return;
        }

        Span<float> slopes = stackalloc float[MaxAtOnce];
        int size = RowSize(pass.Y.Length, pass.Vectors, pass.VectorsPerRow);
        for (int at = 0; at < pass.Y.Length;)
        {
            Span<float> drawn = slopes[..CountAt(at, size, pass.Y.Length)];
            stream.Uniform(pass.FirstRow + (at / size), at % size, drawn);
            Elementwise.Map(new RandomDerivative(Lower, Upper), drawn, pass.Y.Slice(at, drawn.Length), drawn);
            TensorPrimitives.Multiply(drawn, pass.OutputGradient.Slice(at, drawn.Length), pass.InputGradient.Slice(at, drawn.Length));
            at += drawn.Length;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}({Lower}, {Upper})");

    private static int RowSize(int length, int vectors, int vectorsPerRow) => length / vectors * Math.Max(vectorsPerRow, 1);

    // Up to the end of the row, and of what has been given: the steps of a short row are fewer.
    private static int CountAt(int at, int rowSize, int length) => Math.Min(MaxAtOnce, Math.Min(rowSize - (at % rowSize), length - at));

    // y from u, drawn uniformly from [0, 1), and z
    private readonly struct RandomSlope(float lower, float upper) : IPairFormula
    {
        public TVector Value<TVector>(TVector u, TVector z) where TVector : struct, ISimdVector<TVector>
        {
            TVector slope = TVector.FusedMultiplyAdd(u, TVector.Broadcast(upper - lower), TVector.Broadcast(lower));
            return TVector.Select(TVector.LessThanOrEqual(z, TVector.Zero), slope * z, z);
        }
    }

    // dy/dz from u and y
    private readonly struct RandomDerivative(float lower, float upper) : IPairFormula
    {
        public TVector Value<TVector>(TVector u, TVector y) where TVector : struct, ISimdVector<TVector>
        {
            TVector slope = TVector.FusedMultiplyAdd(u, TVector.Broadcast(upper - lower), TVector.Broadcast(lower));
            return TVector.Select(TVector.LessThanOrEqual(y, TVector.Zero), slope, TVector.One);
        }
    }
}
