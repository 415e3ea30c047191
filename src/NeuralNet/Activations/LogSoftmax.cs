using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The logarithm of the softmax, a vector activation: yᵢ = zᵢ − log Σⱼ e^zⱼ; ∂yⱼ/∂zᵢ = δᵢⱼ − e^yᵢ, so
/// ∇zᵢ = ∇yᵢ − e^yᵢ Σⱼ ∇yⱼ.
/// </summary>
/// <remarks>
/// Computed as yᵢ = (zᵢ − m) − log Σⱼ e^(zⱼ − m) with the largest element m, finite for |z| up to 10³⁰, and as log(1 + the
/// others) to keep its digits where one element is far above the others and its y all but 0. −∞ beside a finite element
/// gives −∞; a NaN or +∞ anywhere in z makes all of y NaN.
/// </remarks>
public sealed class LogSoftmax : Activation
{
    /// <inheritdoc/>
    public override BackwardReads BackwardReads => LogSoftmaxKernel.Reads;

    /// <inheritdoc/>
    public override bool WorksInPlace => true;

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass) => VectorPasses.Forward(default(LogSoftmaxKernel), pass);

    /// <inheritdoc/>
    public override void Backward(in ActivationBackwardPass pass) => VectorPasses.Backward(default(LogSoftmaxKernel), pass);

    /// <inheritdoc/>
    protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y) =>
        Forward(new ActivationForwardPass { Vectors = 1, Z = z, Y = y });

    /// <inheritdoc/>
    protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) =>
        Backward(new ActivationBackwardPass { Vectors = 1, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
}
