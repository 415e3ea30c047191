using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Scaling by known numbers: y = (x − μ) / σ with the mean and the deviation of each feature, or back, y = σ x + μ.</summary>
/// <remarks><para>forward: y = (x − μ) / σ; inverse: y = σ x + μ.</para>
/// <para>backward: ∇x = ∇y / σ; inverse: ∇x = σ ∇y.</para>
/// <para>Statistics: "mean" [features], μ, and "deviation" [features], σ. They are what the layer was made with, or what a file has: no seed, no
/// training and no average changes them. Every step of a sequence, and every pixel of an image, has the numbers of its feature or channel. Steps
/// behind a row's length are not read, and stay 0. A feature with μ = 0 and σ = 1 is handed on as it is, to the bit: ids and masks may stand beside
/// numbers. NaN stays NaN.</para>
/// <para>As the first layer, learned from the training part (<see cref="Scaling.Standardize(NetworkBuilder, IRowSource)"/>), it makes a network that
/// takes numbers as they were measured, and a file that needs no other beside it. With <see cref="IsInverse"/> it stands behind a network that was
/// trained on scaled targets, and gives what it predicts in the targets' own unit (<c>Network.Concat</c>).</para>
/// <para>x − μ is rounded to a float, as x is: of a column that varies by less than 2⁻¹² of its size (seconds since 1970) few digits are left. Take
/// an offset from such a column in double, before it becomes a row.</para></remarks>
/// <example>
/// <code>
/// Network network = Network.Create(train.InputShape).Standardize(train).Dense(32, Activation.Relu).Dense(3, Activation.Softmax).Build(seed: 1);
/// Network unscaled = Network.Concat(trained, Network.Create(1).Standardize([mean], [deviation], inverse: true).Build());
/// </code>
/// </example>
public sealed class Standardize : Layer, ILayerKind
{
    private const int Mean = 0, Deviation = 1;

    private readonly FeatureLines lines;

    /// <summary>Makes a scaling that changes nothing until its statistics are written: μ = 0, σ = 1.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="inverse">Whether y = σ x + μ instead of (x − μ) / σ.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    public Standardize(Shape input, bool inverse = false)
        : this(input, Initializer.Zeros, Initializer.Ones, inverse)
    {
    }

    /// <summary>Makes a scaling by known numbers.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="means">μ of each feature, finite as a float; copied.</param>
    /// <param name="deviations">σ of each feature, positive and finite as a float; copied.</param>
    /// <param name="inverse">Whether y = σ x + μ instead of (x − μ) / σ.</param>
    /// <exception cref="ArgumentException">The shape is empty, there are not as many numbers as features, or a number is not as stated.</exception>
    public Standardize(Shape input, ReadOnlySpan<double> means, ReadOnlySpan<double> deviations, bool inverse = false)
        : this(input, Means(input, means), Deviations(input, deviations), inverse)
    {
    }

    private Standardize(Shape input, Initializer means, Initializer deviations, bool inverse)
        : base(input, input)
    {
        IsInverse = inverse;
        int features = input.FeatureCount;
        lines = new FeatureLines(input);
        Blocks =
        [
            new("mean", BlockRole.Statistic, [features], means) { IsGiven = true },
            new("deviation", BlockRole.Statistic, [features], deviations) { IsGiven = true },
        ];
        Scratch = lines.Scratch;
        BackwardReads = BackwardReads.None;
        IsStreamable = true;
    }

    /// <summary>Whether y = σ x + μ, which undoes the scaling, instead of (x − μ) / σ.</summary>
    public bool IsInverse { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("inverse", IsInverse);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Standardize(input, settings.GetBoolean("inverse"));

    internal override string? Detail => IsInverse ? "inverse" : null;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        if (IsInverse)
            lines.Forward<Unscaled>(pass, Mean, Deviation);
        else
            lines.Forward<Scaled>(pass, Mean, Deviation);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (IsInverse)
            lines.Backward<UnscaledGradient>(pass, Mean, Deviation);
        else
            lines.Backward<ScaledGradient>(pass, Mean, Deviation);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Input}{(IsInverse ? ", inverse" : "")}");

    private static GivenValues Means(Shape input, ReadOnlySpan<double> means) =>
        GivenValues.Of(input, means, nameof(means), "mean", "a finite mean", value => float.IsFinite(value));

    private static GivenValues Deviations(Shape input, ReadOnlySpan<double> deviations) => GivenValues.Of(
        input, deviations, nameof(deviations), "deviation", "a positive, finite deviation", value => value > 0 && float.IsFinite(value));

    private readonly struct Scaled : IFeatureFormula
    {
        public static bool ReadsInput => true;

        public static bool ReadsSlope => false;

        public static TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q)
            where TVector : struct, ISimdVector<TVector> => (x - p) / q;
    }

    // −(σ (−x) − μ), which gives −0 for −0 where μ = 0, and otherwise the bits of σ x + μ.
    private readonly struct Unscaled : IFeatureFormula
    {
        public static bool ReadsInput => true;

        public static bool ReadsSlope => false;

        public static TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q)
            where TVector : struct, ISimdVector<TVector> => -TVector.FusedMultiplyAdd(-x, q, -p);
    }

    private readonly struct ScaledGradient : IFeatureFormula
    {
        public static bool ReadsInput => false;

        public static bool ReadsSlope => true;

        public static TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q)
            where TVector : struct, ISimdVector<TVector> => slope / q;
    }

    private readonly struct UnscaledGradient : IFeatureFormula
    {
        public static bool ReadsInput => false;

        public static bool ReadsSlope => true;

        public static TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q)
            where TVector : struct, ISimdVector<TVector> => slope * q;
    }
}
