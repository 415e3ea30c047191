using System.Globalization;
using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The transformation of I. Yeo and R. Johnson, which makes skewed features more like a normal distribution: a power of x + 1 for each
/// feature, or its logarithm, on both sides of 0; or back.</summary>
/// <remarks><para>forward: y = ((x + 1)^λ − 1) / λ for x ≥ 0, with its limit log(1 + x) at λ = 0; y = −((1 − x)^(2 − λ) − 1) / (2 − λ) for
/// x &lt; 0, with its limit −log(1 − x) at λ = 2. backward: ∇x = ∇y (|x| + 1)^(λ − 1) for x ≥ 0, ∇x = ∇y (|x| + 1)^(1 − λ) for x &lt; 0.</para>
/// <para>inverse: x = (1 + λ y)^(1/λ) − 1 for y ≥ 0, e^y − 1 at λ = 0; x = 1 − (1 − (2 − λ) y)^(1/(2 − λ)) for y &lt; 0, 1 − e^−y at λ = 2. Its
/// gradient is ∇y = ∇x (|x| + 1)^(1 − λ) for y ≥ 0, ∇y = ∇x (|x| + 1)^(λ − 1) for y &lt; 0.</para>
/// <para>With λ = 1 a feature is handed on as it is, to the bit. λ = 0 is the logarithm of amounts and counts, which are not negative; λ = ½ is near
/// to a square root. Every x has a y, and y grows with x; one that is no float any more is ±∞. Not every y has an x: forward gives none of −1/λ or
/// more for λ &lt; 0, and none of −1/(λ − 2) or less for λ &gt; 2. There the inverse is ±∞, as it is near to there, and so is its gradient. NaN stays
/// NaN. Both ways are computed from log(1 + |x|) and e^t − 1, so that small values keep their digits; the error is at most 8 + 4 |t| units in the
/// last place, with t = λ log(1 + x) or (2 − λ) log(1 − x).</para>
/// <para>Statistics: "lambda" [features], λ: what the layer was made with, or what a file has; no seed, no training and no average changes it. Every
/// step of a sequence, and every pixel of an image, has the λ of its feature or channel. Steps behind a row's length are not read, and stay 0. I.
/// Yeo, R. Johnson: "A new family of power transformations to improve normality or symmetry", 2000. Before <see cref="Standardize"/>, as
/// scikit-learn's <c>PowerTransformer</c> has it.</para></remarks>
/// <example>
/// <code>
/// // The second column is a skewed amount.
/// Network network = Network.Create(2).PowerTransform([1, 0]).Standardize(train).Dense(16, Activation.Relu).Dense(1).Build(seed: 1);
/// </code>
/// </example>
public sealed class PowerTransform : Layer, ILayerKind
{
    private const int Lambda = 0;

    private readonly FeatureLines lines;

    /// <summary>Makes a transformation that changes nothing until its statistics are written: λ = 1.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="inverse">Whether y is given and x is made of it.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    public PowerTransform(Shape input, bool inverse = false)
        : this(input, Initializer.Ones, inverse)
    {
    }

    /// <summary>Makes a transformation with known powers.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="lambdas">λ of each feature, finite as a float; copied.</param>
    /// <param name="inverse">Whether y is given and x is made of it.</param>
    /// <exception cref="ArgumentException">The shape is empty, there are not as many numbers as features, or one is infinite or NaN.</exception>
    public PowerTransform(Shape input, ReadOnlySpan<double> lambdas, bool inverse = false)
        : this(input, GivenValues.Of(input, lambdas, nameof(lambdas), "power", "a finite power", value => float.IsFinite(value)), inverse)
    {
    }

    private PowerTransform(Shape input, Initializer lambdas, bool inverse)
        : base(input, input)
    {
        IsInverse = inverse;
        lines = new FeatureLines(input);
        Blocks = [new("lambda", BlockRole.Statistic, [input.FeatureCount], lambdas) { IsGiven = true }];
        Scratch = lines.Scratch;
        BackwardReads = BackwardReads.Input;
        IsStreamable = true;
    }

    /// <summary>Whether y is given and x is made of it.</summary>
    public bool IsInverse { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("inverse", IsInverse);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new PowerTransform(input, settings.GetBoolean("inverse"));

    internal override string? Detail => IsInverse ? "inverse" : null;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        if (IsInverse)
            lines.Forward<Inverse>(pass, Lambda, Lambda);
        else
            lines.Forward<Power>(pass, Lambda, Lambda);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (IsInverse)
            lines.Backward<InverseGradient>(pass, Lambda, Lambda);
        else
            lines.Backward<PowerGradient>(pass, Lambda, Lambda);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Input}{(IsInverse ? ", inverse" : "")}");

    // Both sides of 0 are one formula of |x|, with the power λ on the one and 2 − λ on the other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector PowerOf<TVector>(TVector x, TVector lambda) where TVector : struct, ISimdVector<TVector> =>
        TVector.Select(TVector.LessThan(x, TVector.Zero), TVector.Broadcast(2f) - lambda, lambda);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector WithSign<TVector>(TVector magnitude, TVector x) where TVector : struct, ISimdVector<TVector> =>
        TVector.Select(TVector.LessThan(x, TVector.Zero), -magnitude, magnitude);

    // log(1 + a) for any a of at least −1: above 2⁶⁴, where the 1 does not count, of the 2⁴⁰th part.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Log1p<TVector>(TVector a) where TVector : struct, ISimdVector<TVector>
    {
        TVector isLarge = TVector.LessThan(TVector.Broadcast(18446744073709551616f), a);
        TVector log = TVector.Log1p(TVector.Select(isLarge, a * TVector.Broadcast(1f / 1099511627776f), a));
        return TVector.Select(isLarge, log + TVector.Broadcast(27.7258872f), log);
    }

    // |t| < 2⁻²⁵, where (e^t − 1) / t and log(1 + t) / t are 1 as floats.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector IsTiny<TVector>(TVector t) where TVector : struct, ISimdVector<TVector> =>
        TVector.LessThan(TVector.Abs(t), TVector.Broadcast(1f / 33554432f));

    // log(1 + m a) / m, which is log(1 + |x|) for the |y| = a; at or past the end of the domain it is ∞.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector LogOfInverse<TVector>(TVector a, TVector m) where TVector : struct, ISimdVector<TVector>
    {
        TVector t = m * a;
        TVector log = Log1p(TVector.Select(TVector.LessThan(t, TVector.Broadcast(-1f)), TVector.Broadcast(-1f), t)) / m;
        return TVector.Select(IsTiny(t), a, TVector.Select(TVector.Equal(m, TVector.Zero), a, log));
    }

    private readonly struct Power : IFeatureFormula
    {
        public static bool ReadsInput => true;

        public static bool ReadsSlope => false;

        public static TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q) where TVector : struct, ISimdVector<TVector>
        {
            TVector m = PowerOf(x, p), log = Log1p(TVector.Abs(x)), t = m * log;
            TVector power = TVector.Expm1(t) / m;
            power = TVector.Select(IsTiny(t), log, TVector.Select(TVector.Equal(m, TVector.Zero), log, power));
            return TVector.Select(TVector.Equal(m, TVector.One), x, WithSign(power, x));
        }
    }

    private readonly struct PowerGradient : IFeatureFormula
    {
        public static bool ReadsInput => true;

        public static bool ReadsSlope => true;

        public static TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q) where TVector : struct, ISimdVector<TVector>
        {
            TVector m = PowerOf(x, p);
            TVector derivative = TVector.Exp((m - TVector.One) * Log1p(TVector.Abs(x)));
            return slope * TVector.Select(TVector.Equal(m, TVector.One), TVector.One, derivative);
        }
    }

    private readonly struct Inverse : IFeatureFormula
    {
        public static bool ReadsInput => true;

        public static bool ReadsSlope => false;

        public static TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q) where TVector : struct, ISimdVector<TVector>
        {
            TVector m = PowerOf(x, p);
            TVector inverse = TVector.Expm1(LogOfInverse(TVector.Abs(x), m));
            return TVector.Select(TVector.Equal(m, TVector.One), x, WithSign(inverse, x));
        }
    }

    private readonly struct InverseGradient : IFeatureFormula
    {
        public static bool ReadsInput => true;

        public static bool ReadsSlope => true;

        public static TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q) where TVector : struct, ISimdVector<TVector>
        {
            TVector m = PowerOf(x, p);
            TVector derivative = TVector.Exp((TVector.One - m) * LogOfInverse(TVector.Abs(x), m));
            return slope * TVector.Select(TVector.Equal(m, TVector.One), TVector.One, derivative);
        }
    }
}
