namespace NeuralNet;

/// <summary>
/// A vector activation y = f(z), every output a function of every input, as its two loops over one vector, written once for all registers.
/// </summary>
/// <remarks>Implement it as a small readonly struct and hand it to a <see cref="VectorActivation{TFormula}"/>. A loop goes over the elements in
/// steps of <c>TVector.Count</c>; the last step takes care of itself.</remarks>
public interface IVectorFormula
{
    /// <summary>What <see cref="Backward"/> reads: y, z or both. What is not named here may be an empty span.</summary>
    static abstract BackwardReads Reads { get; }

    /// <summary>y = f(z) for one vector.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <inheritdoc cref="Activation.ForwardVector"/>
    void Forward<TVector>(ReadOnlySpan<float> z, Span<float> y) where TVector : struct, IVectorLanes<TVector>;

    /// <summary>∇zᵢ = Σⱼ ∇yⱼ ∂yⱼ/∂zᵢ for one vector.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <inheritdoc cref="Activation.BackwardVector"/>
    void Backward<TVector>(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
        where TVector : struct, IVectorLanes<TVector>;
}
