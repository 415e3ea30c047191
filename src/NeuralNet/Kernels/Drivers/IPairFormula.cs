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

/// <summary>A formula of a value and of numbers that belong to its feature: <c>Elementwise.Features</c> goes along the features with it.</summary>
internal interface IFeatureFormula
{
    /// <summary>Whether x is read; where it is not, none need be given.</summary>
    static abstract bool ReadsInput { get; }

    /// <summary>Whether ∇y is read: the formula then gives ∇x.</summary>
    static abstract bool ReadsSlope { get; }

    /// <summary>The result.</summary>
    /// <param name="x">The values; 0 where they are not read.</param>
    /// <param name="slope">∇y; 0 where it is not read.</param>
    /// <param name="p">The first number of the feature.</param>
    /// <param name="q">The second number of the feature.</param>
    static abstract TVector Value<TVector>(TVector x, TVector slope, TVector p, TVector q) where TVector : struct, ISimdVector<TVector>;
}
