using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The vector at length 1, a vector activation: y = z / max(‖z‖, ε); ∂yⱼ/∂zᵢ = (δᵢⱼ − yᵢ yⱼ) / ‖z‖, so
/// ∇z = (∇y − y ⟨y, ∇y⟩) / ‖z‖.
/// </summary>
/// <remarks>
/// A vector shorter than ε is divided by ε, and so is its gradient: ∇z = ∇y / ε; the zero vector stays 0. ‖z‖ = √Σ zᵢ² is
/// computed so that no square overflows or vanishes, for any finite z. A NaN anywhere in z makes all of y NaN; beside ±∞, which
/// becomes NaN, finite elements become 0.
/// </remarks>
public sealed class L2Normalize : Activation, IActivationKind
{
    /// <summary>Makes a normalization.</summary>
    /// <param name="epsilon">ε, below which a length counts as ε; above 0 and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">ε is not positive, infinite or NaN.</exception>
    public L2Normalize(float epsilon = 1e-12f) => Epsilon = Guard.Positive(epsilon, nameof(epsilon), "ε");

    /// <summary>ε, below which a length counts as ε.</summary>
    public float Epsilon { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("epsilon", Epsilon);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new L2Normalize(settings.GetSingle("epsilon"));

    /// <inheritdoc/>
    public override BackwardReads BackwardReads => L2NormalizeKernel.Reads;

    /// <inheritdoc/>
    public override bool WorksInPlace => true;

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass) => VectorPasses.Forward(new L2NormalizeKernel(Epsilon), pass);

    /// <inheritdoc/>
    public override void Backward(in ActivationBackwardPass pass) => VectorPasses.Backward(new L2NormalizeKernel(Epsilon), pass);

    /// <inheritdoc/>
    public override string ToString() => Epsilon == 1e-12f ? Kind : string.Create(CultureInfo.InvariantCulture, $"{Kind}({Epsilon})");

    /// <inheritdoc/>
    protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y) =>
        Forward(new ActivationForwardPass { Vectors = 1, Z = z, Y = y });

    /// <inheritdoc/>
    protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) =>
        Backward(new ActivationBackwardPass { Vectors = 1, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
}
