using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>What is summed of a column: two terms of each element.</summary>
internal interface IColumnTerms
{
    /// <summary>Whether the terms are made of ∇z too.</summary>
    static abstract bool ReadsSlopes { get; }

    /// <summary>Adds the terms of some elements, one in each lane.</summary>
    /// <param name="x">The elements.</param>
    /// <param name="origin">A number near the mean of each one's column.</param>
    /// <param name="slope">∇z; 0 unless it is read.</param>
    /// <param name="first">The first sums.</param>
    /// <param name="second">The second sums.</param>
    void Add<TVector>(TVector x, TVector origin, TVector slope, ref TVector first, ref TVector second) where TVector : struct, ISimdVector<TVector>;
}

/// <summary>Σ s x, with a power of 2 as s.</summary>
internal readonly struct MeanTerms(float scale) : IColumnTerms
{
    public static bool ReadsSlopes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TVector>(TVector x, TVector origin, TVector slope, ref TVector first, ref TVector second)
        where TVector : struct, ISimdVector<TVector> => TVector.MultiplyAdd(ref first, x, TVector.Broadcast(scale));
}

/// <summary>Σ d and Σ d², with d = s (x − o) and a power of 2 as s.</summary>
internal readonly struct MomentTerms(float scale) : IColumnTerms
{
    public static bool ReadsSlopes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TVector>(TVector x, TVector origin, TVector slope, ref TVector first, ref TVector second)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector distance = (x - origin) * TVector.Broadcast(scale);
        first += distance;
        TVector.MultiplyAdd(ref second, distance, distance);
    }
}

/// <summary>Σ ∇z and Σ ∇z (x − o).</summary>
internal readonly struct SlopeTerms : IColumnTerms
{
    public static bool ReadsSlopes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TVector>(TVector x, TVector origin, TVector slope, ref TVector first, ref TVector second)
        where TVector : struct, ISimdVector<TVector>
    {
        first += slope;
        TVector.MultiplyAdd(ref second, slope, x - origin);
    }
}
