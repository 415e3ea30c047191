using System.Globalization;

namespace NeuralNet;

/// <summary>Instance normalization: y = (x − μ) / √(σ² + ε), with mean and variance of each channel over all pixels, or real steps, of the row.
/// </summary>
/// <remarks><para>forward: for each row and channel μ = mean x, σ² = mean (x − μ)² over all places of the row; x̂ = (x − μ) / √(σ² + ε); y = x̂, or
/// y = g ⊙ x̂ + b if it is affine.</para>
/// <para>backward: ∇x̂ = g ⊙ ∇y; ∇x = (∇x̂ − mean ∇x̂ − x̂ mean(∇x̂ ⊙ x̂)) / √(σ² + ε), means over the same values; ∇g += Σ ∇y ⊙ x̂, ∇b += Σ ∇y
/// over the places, row by row.</para>
/// <para>It is <see cref="GroupNorm"/> with one channel in each group, and, as in PyTorch, without parameters unless it is made affine: then "weight"
/// [channels], g, starts at 1 and "bias" [channels], b, at 0. No row knows of another, and there are no running statistics, so training and
/// inference are the same. Steps behind a row's length are not read; of a sequence of one real step y = b, and ∇x = 0. It needs the whole row, so a
/// row cannot come in pieces. D. Ulyanov, A. Vedaldi, V. Lempitsky: "Instance normalization: the missing ingredient for fast stylization", 2016.
/// </para>
/// <para>A value further from the mean than 3.4e38, so that the difference is no float, makes NaN or 0 of the values beside it.</para></remarks>
public sealed class InstanceNorm : Layer, ILayerKind
{
    private const int Weight = 0, Bias = 1;

    private readonly GroupNormalization normalization;

    /// <summary>Makes an instance normalization.</summary>
    /// <param name="input">The shape of an input row, a sequence or an image, which is the output's too.</param>
    /// <param name="epsilon">ε, from 10⁻³⁰ to 10³⁰.</param>
    /// <param name="affine">Whether each channel is scaled and shifted by learned numbers.</param>
    /// <exception cref="ArgumentException">The shape is empty, or has one step or pixel.</exception>
    /// <exception cref="ArgumentOutOfRangeException">ε is outside of that range, or NaN.</exception>
    public InstanceNorm(Shape input, float epsilon = 1e-5f, bool affine = false)
        : base(GroupNormalization.Check(input, Math.Max(1, input.FeatureCount), "use LayerNorm or BatchNorm"), input)
    {
        int channels = input.FeatureCount;
        normalization = new GroupNormalization(input, channels, epsilon);
        Epsilon = epsilon;
        IsAffine = affine;
        if (affine)
            Blocks = [new("weight", BlockRole.Scale, [channels], Initializer.Ones), new("bias", BlockRole.Bias, [channels], Initializer.Zeros)];
        Cache = normalization.Cache;
        BackwardReads = BackwardReads.Input;
        IsStreamable = input.Kind != ShapeKind.Sequence;
    }

    /// <summary>ε.</summary>
    public float Epsilon { get; }

    /// <summary>Whether each channel is scaled and shifted by learned numbers.</summary>
    public bool IsAffine { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("epsilon", Epsilon).Set("affine", IsAffine);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new InstanceNorm(input, settings.GetSingle("epsilon"), settings.GetBoolean("affine"));

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) =>
        normalization.Forward(pass, IsAffine ? pass.Parameter(Weight) : default, IsAffine ? pass.Parameter(Bias) : default);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) => normalization.Backward(
        pass, IsAffine ? pass.Parameter(Weight) : default, IsAffine ? pass.ParameterGradient(Weight) : default,
        IsAffine ? pass.ParameterGradient(Bias) : default);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind} {Input}{(IsAffine ? ", affine" : "")}, ε = {Epsilon}");
}
