namespace NeuralNet.Kernels;

/// <summary>A formula of two values, one after the other of two spans: (y, d) → (y − d)². <c>Reduction.SumOf</c> adds up
/// what it gives, <c>Elementwise.Map</c> stores it.</summary>
internal interface IPairFormula
{
    TVector Value<TVector>(TVector a, TVector b) where TVector : struct, ISimdVector<TVector>;
}

/// <summary>a + b.</summary>
internal readonly struct PairSum : IPairFormula
{
    public TVector Value<TVector>(TVector a, TVector b) where TVector : struct, ISimdVector<TVector> => a + b;
}

/// <summary>a + share · (b − a): a moves towards b, and where they are equal it stays as it is, to the bit.</summary>
internal readonly struct PairFollow(float share) : IPairFormula
{
    public TVector Value<TVector>(TVector a, TVector b) where TVector : struct, ISimdVector<TVector> =>
        TVector.FusedMultiplyAdd(TVector.Broadcast(share), b - a, a);
}

/// <summary>a · b.</summary>
internal readonly struct PairProduct : IPairFormula
{
    public TVector Value<TVector>(TVector a, TVector b) where TVector : struct, ISimdVector<TVector> => a * b;
}
