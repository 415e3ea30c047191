using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>What stands for d in a divergence: d itself, or targets made of d where a kernel loads it.</summary>
internal unsafe interface IDesired
{
    /// <summary>How many floats of d belong to a vector of n outputs.</summary>
    static abstract int WidthOf(int n);

    /// <summary>Whether one target of a vector is 1, that of the class whose id d is, and all others are 0.</summary>
    static virtual bool IsOneHot => false;

    /// <summary>What <see cref="Load"/> adds to each element, a function of the whole vector.</summary>
    float ShareOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector>;

    /// <summary>The targets from i on, of which so many are left; 0 past the end.</summary>
    TVector Load<TVector>(float* d, int i, int left, float share) where TVector : struct, ISimdVector<TVector>;

    /// <summary>The same for several short vectors at once, at most as many as a register has lanes: their targets as columns.</summary>
    void LoadColumns<TVector>(float* d, int n, int count, float* columns, float* half) where TVector : struct, ISimdVector<TVector>;
}

/// <summary>Vectors that targets are made of: loaded as they are, with a share of 0.</summary>
internal unsafe interface IDesiredVectors : IDesired
{
    /// <summary>Σ d of one vector.</summary>
    static abstract float SumOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector>;
}

/// <summary>d itself.</summary>
internal readonly unsafe struct PlainDesired : IDesiredVectors
{
    public static int WidthOf(int n) => n;

    public static float SumOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector>
    {
        TVector sum = TVector.Zero;
        for (int i = 0; i < n; i += TVector.Count)
            sum += VectorTail.Load<TVector>(d + i, n - i);
        return TVector.SumLanes(sum);
    }

    public float ShareOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector> => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Load<TVector>(float* d, int i, int left, float share)
        where TVector : struct, ISimdVector<TVector> => VectorTail.Load<TVector>(d + i, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoadColumns<TVector>(float* d, int n, int count, float* columns, float* half) where TVector : struct, ISimdVector<TVector> =>
        MatrixPanel.CopyTransposed(d, n, columns, TVector.Count, n, count);
}

/// <summary>One class id for each vector: what is loaded is its one-hot vector, which is nowhere in memory.</summary>
internal readonly unsafe struct OneHotOfIds : IDesiredVectors
{
    public static bool IsOneHot => true;

    public static int WidthOf(int n) => 1;

    public static float SumOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector> => 1;

    public float ShareOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector> => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Load<TVector>(float* d, int i, int left, float share) where TVector : struct, ISimdVector<TVector>
    {
        int hot = (int)*d - i;
        return (uint)hot < (uint)TVector.Count
            ? TVector.BitAnd(TVector.FirstLanes(hot + 1), TVector.One) - TVector.BitAnd(TVector.FirstLanes(hot), TVector.One)
            : TVector.Zero;
    }

    public void LoadColumns<TVector>(float* d, int n, int count, float* columns, float* half) where TVector : struct, ISimdVector<TVector>
    {
        new Span<float>(columns, n * TVector.Count).Clear();
        for (int lane = 0; lane < count; lane++)
            columns[((int)d[lane] * TVector.Count) + lane] = 1;
    }
}
