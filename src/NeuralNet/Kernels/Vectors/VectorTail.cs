using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>The next vector of a span, of which <c>left</c> elements remain: a whole one, or what is left of one.</summary>
/// <remarks>A loop over these has its body once, and not once more for the tail. The branches are always predicted, and the JIT,
/// which stops inlining when a method has grown to many times its own size, has half as much to do.</remarks>
internal static unsafe class VectorTail
{
    /// <summary>Loads up to a vector; what is past the end is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector>(float* from, int left) where TVector : struct, ISimdVector<TVector>
        => left >= TVector.Count ? TVector.Load(from) : TVector.LoadPartial(from, left);

    /// <summary>Loads up to a vector; what is past the end is a value of the caller's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TVector>(float* from, int left, float otherwise) where TVector : struct, ISimdVector<TVector>
        => left >= TVector.Count
            ? TVector.Load(from)
            : TVector.Select(TVector.FirstLanes(left), TVector.LoadPartial(from, left), TVector.Broadcast(otherwise));

    /// <summary>Stores up to a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<TVector>(TVector value, float* to, int left) where TVector : struct, ISimdVector<TVector>
    {
        if (left >= TVector.Count)
            TVector.Store(value, to);
        else
            TVector.StorePartial(value, to, left);
    }

    /// <summary>0 in place of what is past the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Keep<TVector>(TVector value, int left) where TVector : struct, ISimdVector<TVector>
        => left >= TVector.Count ? value : TVector.BitAnd(TVector.FirstLanes(left), value);
}
