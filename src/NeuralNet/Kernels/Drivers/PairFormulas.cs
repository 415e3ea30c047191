namespace NeuralNet.Kernels;

/// <summary>a + b.</summary>
internal readonly struct PairSum : IPairFormula
{
    public TVector Value<TVector>(TVector a, TVector b)
        where TVector : struct, ISimdVector<TVector> => a + b;
}

/// <summary>a · b.</summary>
internal readonly struct PairProduct : IPairFormula
{
    public TVector Value<TVector>(TVector a, TVector b)
        where TVector : struct, ISimdVector<TVector> => a * b;
}
