namespace NeuralNet.Kernels;

/// <summary>a · b.</summary>
internal readonly struct ProductOfTwo : IPairFormula
{
    public TVector Value<TVector>(TVector a, TVector b)
        where TVector : struct, ISimdVector<TVector> => a * b;
}
