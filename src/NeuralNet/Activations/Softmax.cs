using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The softmax, a vector activation: yᵢ = e^(zᵢ/T) / Σⱼ e^(zⱼ/T); ∂yⱼ/∂zᵢ = yᵢ (δᵢⱼ − yⱼ) / T, so
/// ∇zᵢ = yᵢ (∇yᵢ − Σⱼ ∇yⱼ yⱼ) / T.
/// </summary>
/// <remarks>
/// The temperature T is 1 unless given; a higher one evens the outputs out (G. Hinton, O. Vinyals, J. Dean: "Distilling the
/// knowledge in a neural network", 2015). The maximum of the vector is subtracted first, which changes nothing in exact
/// arithmetic and avoids every overflow. A NaN or +∞ anywhere in z makes all of y NaN.
/// </remarks>
public sealed class Softmax : Activation, IActivationKind
{
    /// <summary>Makes a softmax.</summary>
    /// <param name="temperature">T, from 10⁻³⁰ to 10³⁰.</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is outside of that range, or NaN.</exception>
    public Softmax(float temperature = 1) => Temperature = Guard.Moderate(temperature, nameof(temperature), "The temperature");

    /// <summary>T.</summary>
    public float Temperature { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("temperature", Temperature);

    static Activation IActivationKind.FromSettings(KindSettings settings) => new Softmax(settings.GetSingle("temperature"));

    /// <inheritdoc/>
    public override BackwardReads BackwardReads => BackwardReads.Output;

    /// <inheritdoc/>
    public override bool WorksInPlace => true;

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass)
    {
        if (pass.Vectors > 1 && pass.Y.Length / pass.Vectors <= SoftmaxRows.MaxColumns)
            SoftmaxRows.Forward(pass.Z, pass.Y, pass.Vectors, pass.Y.Length / pass.Vectors, Temperature);
        else if (Temperature != 1)
            VectorPasses.Forward(new TemperedSoftmaxKernel(Temperature), pass);
        else
            base.Forward(pass);
    }

    /// <inheritdoc/>
    public override void Backward(in ActivationBackwardPass pass)
    {
        if (Temperature != 1)
            VectorPasses.Backward(new TemperedSoftmaxKernel(Temperature), pass);
        else
            base.Backward(pass);
    }

    /// <inheritdoc/>
    public override string ToString() => Temperature == 1 ? Kind : string.Create(CultureInfo.InvariantCulture, $"{Kind}({Temperature})");

    // One vector of the passes above at T = 1; at another T the kernel takes them all.

    /// <inheritdoc/>
    protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y) => SoftmaxKernels.Forward(z, y);

    /// <inheritdoc/>
    protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) =>
        SoftmaxKernels.Backward(y, dy, dz);
}
