using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The softmax, a vector activation: yᵢ = e^zᵢ / Σⱼ e^zⱼ; ∂yⱼ/∂zᵢ = yᵢ (δᵢⱼ − yⱼ), so ∇zᵢ = yᵢ (∇yᵢ − Σⱼ ∇yⱼ yⱼ).
/// </summary>
/// <remarks>
/// The maximum of the vector is subtracted first, which changes nothing in exact arithmetic and avoids every overflow.
/// A NaN or +∞ anywhere in z makes all of y NaN.
/// </remarks>
public sealed class Softmax : Activation
{
    /// <inheritdoc/>
    public override BackwardReads BackwardReads => BackwardReads.Output;

    /// <inheritdoc/>
    public override bool WorksInPlace => true;

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass)
    {
        if (pass.Vectors > 1 && pass.Y.Length / pass.Vectors <= SoftmaxRows.MostColumns)
            SoftmaxRows.Forward(pass.Z, pass.Y, pass.Vectors, pass.Y.Length / pass.Vectors);
        else
            base.Forward(pass);
    }

    /// <inheritdoc/>
    protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y) => SoftmaxKernels.Forward(z, y);

    /// <inheritdoc/>
    protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) =>
        SoftmaxKernels.Backward(y, dy, dz);
}
