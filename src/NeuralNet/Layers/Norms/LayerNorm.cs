using System.Globalization;

namespace NeuralNet;

/// <summary>Layer normalization: y = g ⊙ (x − μ) / √(σ² + ε) + b, with mean and variance of the features of each vector.</summary>
/// <remarks><para>forward: μ = mean x, σ² = mean (x − μ)², x̂ = (x − μ) / √(σ² + ε), y = g ⊙ x̂ + b.</para>
/// <para>backward: ∇x̂ = g ⊙ ∇y; ∇x = (∇x̂ − mean ∇x̂ − x̂ mean(∇x̂ ⊙ x̂)) / √(σ² + ε); ∇g += Σ ∇y ⊙ x̂, ∇b += Σ ∇y over the vectors.</para>
/// <para>Parameters: "weight" [features], g, which starts at 1, and unless left out "bias" [features], b, at 0. Of a sequence every step is a
/// vector, and of an image every pixel, along its channels. No row knows of another, so training and inference are the
/// same. The values may lie far from 0 beside their spread, and may be as large as floats are: nothing overflows. A NaN
/// or an infinity makes NaN of its vector. J. Ba, J. Kiros, G. Hinton: "Layer normalization", 2016.</para>
/// <para>A value further from the mean than 3.4e38, so that the difference is no float, makes NaN or 0 of the values beside it.</para></remarks>
public sealed class LayerNorm : Layer, ILayerKind
{
    private const int Weight = 0, Bias = 1;

    private readonly Normalization normalization;

    /// <summary>Makes a layer normalization.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="epsilon">ε, from 10⁻³⁰ to 10³⁰.</param>
    /// <param name="bias">Whether there is b.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">ε is outside of that range, or NaN; or a row has more vectors than can be kept.</exception>
    public LayerNorm(Shape input, float epsilon = 1e-5f, bool bias = true)
        : base(input, input)
    {
        normalization = new Normalization(input, epsilon, centers: true);
        (Epsilon, HasBias) = (epsilon, bias);
        Block gain = new("weight", BlockRole.Scale, [input.FeatureCount], Initializer.Ones);
        Blocks = bias ? [gain, new("bias", BlockRole.Bias, [input.FeatureCount], Initializer.Zeros)] : [gain];
        Cache = normalization.Cache;
        BackwardReads = BackwardReads.Input;
        IsStreamable = true;
    }

    /// <summary>ε.</summary>
    public float Epsilon { get; }

    /// <summary>Whether there is b.</summary>
    public bool HasBias { get; }

    /// <inheritdoc/>
    public override KindSettings Settings
    {
        get
        {
            KindSettings settings = new KindSettings().Set("epsilon", Epsilon);
            return HasBias ? settings : settings.Set("bias", false);
        }
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new LayerNorm(input, settings.GetSingle("epsilon"), !settings.Contains("bias") || settings.GetBoolean("bias"));

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) =>
        normalization.Forward(pass, pass.Parameter(Weight), HasBias ? pass.Parameter(Bias) : default);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) => normalization.Backward(
        pass, pass.Parameter(Weight), pass.ParameterGradient(Weight), HasBias ? pass.ParameterGradient(Bias) : default);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Kind} {Input}, ε = {Epsilon}{(HasBias ? "" : ", no bias")}");
}
