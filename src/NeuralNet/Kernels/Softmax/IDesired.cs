using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>What stands for d in a divergence: d itself, or targets made of d where a kernel loads it.</summary>
internal unsafe interface IDesired
{
    /// <summary>What <see cref="Load"/> adds to each element, a function of the whole vector.</summary>
    float ShareOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector>;

    /// <summary>The targets from i on, of which so many are left; 0 past the end.</summary>
    TVector Load<TVector>(float* d, int i, int left, float share) where TVector : struct, ISimdVector<TVector>;

    /// <summary>The same for several short vectors, transposed: columns of d become columns of targets.</summary>
    void Replace<TVector>(float* columns, int n, float* half) where TVector : struct, ISimdVector<TVector>;
}

/// <summary>d itself.</summary>
internal readonly unsafe struct PlainDesired : IDesired
{
    public float ShareOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector> => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Load<TVector>(float* d, int i, int left, float share)
        where TVector : struct, ISimdVector<TVector> => VectorTail.Load<TVector>(d + i, left);

    public void Replace<TVector>(float* columns, int n, float* half) where TVector : struct, ISimdVector<TVector>
    {
    }
}
