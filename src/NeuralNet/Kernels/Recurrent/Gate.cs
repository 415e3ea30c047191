using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>
/// The gates of recurrent cells. Each is a loop of its own: with two transcendental functions in one method the JIT stops
/// inlining, and what goes through here lies in the first-level cache.
/// </summary>
internal static unsafe class Gate
{
    /// <summary>z ← σ(z + term).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Sigmoid<TVector>(float* z, float* term, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int i = 0; i < n; i += TVector.Count)
            VectorTail.Store(VectorMath.Sigmoid(VectorTail.Load<TVector>(z + i, n - i) + VectorTail.Load<TVector>(term + i, n - i)), z + i, n - i);
    }

    /// <summary>z ← tanh(z + term).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Tanh<TVector>(float* z, float* term, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int i = 0; i < n; i += TVector.Count)
            VectorTail.Store(VectorMath.Tanh(VectorTail.Load<TVector>(z + i, n - i) + VectorTail.Load<TVector>(term + i, n - i)), z + i, n - i);
    }

    /// <summary>∇y · y (1 − y): back through a sigmoid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector SigmoidBack<TVector>(TVector dy, TVector y)
        where TVector : struct, ISimdVector<TVector> => dy * (y * (TVector.One - y));

    /// <summary>∇y · (1 − y)(1 + y): back through a tanh.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector TanhBack<TVector>(TVector dy, TVector y)
        where TVector : struct, ISimdVector<TVector> => dy * ((TVector.One - y) * (TVector.One + y));
}
