using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A vector activation that is written for many vectors at once: forward and backward of a pass.</summary>
/// <remarks>For one that is written for a single vector derive from <see cref="Activation"/>, and to have that run at vector speed, on several
/// threads, from <see cref="VectorActivation{TFormula}"/>.</remarks>
public abstract class VectorActivation : Activation
{
    /// <inheritdoc/>
    public abstract override void Forward(in ActivationForwardPass pass);

    /// <inheritdoc/>
    public abstract override void Backward(in ActivationBackwardPass pass);

    /// <inheritdoc/>
    protected sealed override void ForwardVector(ReadOnlySpan<float> z, Span<float> y) =>
        Forward(new ActivationForwardPass { Vectors = 1, Z = z, Y = y });

    /// <inheritdoc/>
    protected sealed override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) =>
        Backward(new ActivationBackwardPass { Vectors = 1, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
}

/// <summary>A vector activation whose formula is written once for all registers; threads take whole vectors.</summary>
/// <typeparam name="TFormula">Forward and backward of one vector, side by side.</typeparam>
/// <param name="formula">The formula with its settings.</param>
public abstract class VectorActivation<TFormula>(TFormula formula) : VectorActivation where TFormula : struct, IVectorFormula
{
    /// <inheritdoc/>
    public sealed override BackwardReads BackwardReads => TFormula.Reads;

    /// <inheritdoc/>
    public override void Forward(in ActivationForwardPass pass) => VectorPasses.Forward(formula, pass);

    /// <inheritdoc/>
    public override void Backward(in ActivationBackwardPass pass) => VectorPasses.Backward(formula, pass);
}
