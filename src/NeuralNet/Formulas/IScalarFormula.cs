namespace NeuralNet;

/// <summary>A scalar activation y = f(z) as its two formulas, value and derivative, written once for every vector width.</summary>
/// <remarks>Implement it as a small readonly struct and hand it to a <c>ScalarActivation</c>:
/// the compiler then makes one fused loop of it for each direction.</remarks>
public interface IScalarFormula
{
    /// <summary>What <see cref="Derivative"/> uses: y, z or both. What is not named here is not given (its elements are 0).</summary>
    static abstract BackwardReads Reads { get; }

    /// <summary>y = f(z).</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <param name="z">The argument.</param>
    /// <returns>The value.</returns>
    TVector Value<TVector>(TVector z) where TVector : struct, IVector<TVector>;

    /// <summary>dy/dz, or a subgradient where f has a kink.</summary>
    /// <typeparam name="TVector">The kind of vector.</typeparam>
    /// <param name="z">The argument of forward; 0 unless <see cref="Reads"/> names the input.</param>
    /// <param name="y">The value of forward; 0 unless <see cref="Reads"/> names the output.</param>
    /// <returns>The derivative.</returns>
    TVector Derivative<TVector>(TVector z, TVector y) where TVector : struct, IVector<TVector>;
}
