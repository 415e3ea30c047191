using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralNet.Kernels;

/// <summary>What a cross-entropy with label smoothing ε and class weights w takes in place of d: tᵢ = wᵢ ((1 − ε) dᵢ + ε Σ d / K). Then
/// D = −Σ tᵢ log yᵢ is a cross-entropy again.</summary>
/// <param name="smoothing">ε.</param>
/// <param name="weights">w, null: 1 each; copied into memory that the garbage collector does not move.</param>
internal readonly unsafe struct ClassTargets(float smoothing, float[]? weights) : IDesired
{
    private readonly float kept = 1 - smoothing;
    private readonly float[]? weights = Pinned(weights);

    public ReadOnlySpan<float> Weights => weights;

    public void CheckWidth(int width)
    {
        if (weights is not null && weights.Length != width)
            throw new ArgumentException($"The divergence has {weights.Length} class weights, but the outputs are {width} classes wide.");
    }

    public float ShareOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector>
    {
        TVector sum = TVector.Zero;
        for (int i = 0; i < n && smoothing != 0; i += TVector.Count)
            sum += VectorTail.Load<TVector>(d + i, n - i);
        return (float)((double)smoothing * TVector.SumLanes(sum) / n);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Load<TVector>(float* d, int i, int left, float share) where TVector : struct, ISimdVector<TVector>
    {
        TVector target = TVector.FusedMultiplyAdd(TVector.Broadcast(kept), VectorTail.Load<TVector>(d + i, left), TVector.Broadcast(share));
        if (weights is not null)
            target = VectorTail.Load<TVector>((float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(weights)) + i, left) * target;
        GC.KeepAlive(weights); // memory that does not move can still be collected, and a pointer does not prevent it
        return VectorTail.Keep(target, left);
    }

    public void Replace<TVector>(float* columns, int n, float* half) where TVector : struct, ISimdVector<TVector>
    {
        float* shares = stackalloc float[TVector.Count];
        TVector.Store(SoftmaxRows.Sum<TVector>(columns, n, half), shares);
        for (int lane = 0; lane < TVector.Count; lane++)
            shares[lane] = smoothing == 0 ? 0 : (float)((double)smoothing * shares[lane] / n);
        for (int k = 0; k < n; k++)
        {
            float* column = columns + (k * TVector.Count);
            TVector target = TVector.FusedMultiplyAdd(TVector.Broadcast(kept), TVector.Load(column), TVector.Load(shares));
            TVector.Store(weights is null ? target : TVector.Broadcast(weights[k]) * target, column);
        }
    }

    private static float[]? Pinned(float[]? weights)
    {
        if (weights is null)
            return null;
        float[] pinned = GC.AllocateUninitializedArray<float>(weights.Length, pinned: true);
        weights.CopyTo(pinned, 0);
        return pinned;
    }
}
