using System.Globalization;

namespace NeuralNet;

/// <summary>Normalization by the root mean square: y = g ⊙ x / √(mean x² + ε), over the features of each vector.</summary>
/// <remarks><para>forward: x̂ = x / √(mean x² + ε), y = g ⊙ x̂.</para>
/// <para>backward: ∇x̂ = g ⊙ ∇y; ∇x = (∇x̂ − x̂ mean(∇x̂ ⊙ x̂)) / √(mean x² + ε); ∇g += Σ ∇y ⊙ x̂ over the vectors.</para>
/// <para>Parameters: "weight" [features], g, which starts at 1. Of a sequence every step is a vector, and of an image every
/// pixel, along its channels. Unlike <see cref="LayerNorm"/> it leaves the mean where it is, and takes less time. The values
/// may be as large as floats are: nothing overflows. A NaN makes NaN of its vector; an infinity becomes NaN, and what is
/// finite beside it 0. B. Zhang, R. Sennrich: "Root mean square layer normalization", 2019.</para></remarks>
public sealed class RmsNorm : Layer, ILayerKind
{
    private const int Weight = 0;

    private readonly Normalization normalization;

    /// <summary>Makes a normalization by the root mean square.</summary>
    /// <param name="input">The shape of an input row, which is the output's too; an integer stands for that many features.</param>
    /// <param name="epsilon">ε, from 10⁻³⁰ to 10³⁰.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">ε is outside of that range, or NaN; or a row has more vectors than can be kept.</exception>
    public RmsNorm(Shape input, float epsilon = 1e-6f)
        : base(input, input)
    {
        normalization = new Normalization(input, epsilon, centers: false);
        Epsilon = epsilon;
        Blocks = [new("weight", BlockRole.Scale, [input.FeatureCount], Initializer.Ones)];
        Cache = normalization.Cache;
        BackwardReads = BackwardReads.Input;
        IsStreamable = true;
    }

    /// <summary>ε.</summary>
    public float Epsilon { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("epsilon", Epsilon);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new RmsNorm(input, settings.GetSingle("epsilon"));

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => normalization.Forward(pass, pass.Parameter(Weight), default);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) =>
        normalization.Backward(pass, pass.Parameter(Weight), pass.ParameterGradient(Weight), default);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {Input}, ε = {Epsilon}");
}
