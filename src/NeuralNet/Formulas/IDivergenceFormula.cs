namespace NeuralNet;

/// <summary>A divergence D = Σᵢ value(yᵢ, dᵢ) as its two formulas, value and derivative, written once for every vector width.</summary>
/// <remarks>Implement it as a small readonly struct and hand it to a <see cref="Divergence{TFormula}"/>: the compiler then makes one fused loop
/// of both. A method of more than a few operations wants <c>[MethodImpl(MethodImplOptions.AggressiveInlining)]</c>.</remarks>
public interface IDivergenceFormula
{
    /// <summary>The term of one output in D.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <param name="y">The output.</param>
    /// <param name="d">What is desired.</param>
    /// <returns>The term.</returns>
    TVector Value<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>;

    /// <summary>∂D/∂y, or a subgradient where D has a kink.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <param name="y">The output.</param>
    /// <param name="d">What is desired.</param>
    /// <returns>The derivative.</returns>
    TVector Derivative<TVector>(TVector y, TVector d) where TVector : struct, IVector<TVector>;
}
