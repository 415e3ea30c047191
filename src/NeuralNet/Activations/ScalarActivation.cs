using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A scalar activation: yᵢ = f(zᵢ), so that the Jacobian is diagonal and ∇zᵢ = f′(zᵢ) ∇yᵢ.</summary>
/// <remarks>The simplest way to write your own: derive and give the two formulas. To have them run at vector speed derive from
/// <see cref="ScalarActivation{TFormula}"/> instead.</remarks>
public abstract class ScalarActivation : Activation
{
    /// <inheritdoc/>
    public override bool WorksInPlace => true;

    /// <summary>y = f(z).</summary>
    /// <param name="z">The argument.</param>
    /// <returns>The value.</returns>
    public abstract float Value(float z);

    /// <summary>f′, or a subgradient where f has a kink.</summary>
    /// <param name="z">The argument of forward; NaN unless <see cref="Activation.BackwardReads"/> names the input.</param>
    /// <param name="y">The value of forward; NaN unless <see cref="Activation.BackwardReads"/> names the output.</param>
    /// <returns>dy/dz.</returns>
    public abstract float Derivative(float z, float y);

    /// <inheritdoc/>
    protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y)
    {
        for (int i = 0; i < z.Length; i++)
            y[i] = Value(z[i]);
    }

    /// <inheritdoc/>
    protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
    {
        for (int i = 0; i < dz.Length; i++)
            dz[i] = Derivative(z.IsEmpty ? float.NaN : z[i], y.IsEmpty ? float.NaN : y[i]) * dy[i];
    }
}

/// <summary>A scalar activation whose formula is written once for every vector width, and runs as one fused loop.</summary>
/// <typeparam name="TFormula">Value and derivative, side by side.</typeparam>
/// <param name="formula">The formula with its settings.</param>
public abstract class ScalarActivation<TFormula>(TFormula formula) : ScalarActivation where TFormula : struct, IScalarFormula
{
    /// <inheritdoc/>
    public sealed override BackwardReads BackwardReads => TFormula.Reads;

    /// <inheritdoc/>
    public sealed override float Value(float z) => Elementwise.Value(formula, z);

    /// <inheritdoc/>
    public sealed override float Derivative(float z, float y)
    {
        float derivative = default;
        Elementwise.Backward(formula, [z], [y], [1f], new Span<float>(ref derivative));
        return derivative;
    }

    /// <inheritdoc/>
    public sealed override void Forward(in ActivationForwardPass pass) => Elementwise.Forward(formula, pass.Z, pass.Y, pass.Workers);

    /// <inheritdoc/>
    public sealed override void Backward(in ActivationBackwardPass pass) =>
        Elementwise.Backward(formula, pass.Z, pass.Y, pass.OutputGradient, pass.InputGradient, pass.Workers);

    /// <inheritdoc/>
    protected sealed override void ForwardVector(ReadOnlySpan<float> z, Span<float> y) => Elementwise.Forward(formula, z, y);

    /// <inheritdoc/>
    protected sealed override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz) =>
        Elementwise.Backward(formula, z, y, dy, dz);
}
