using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralNet.Kernels;

/// <summary>What a cross-entropy with label smoothing ε and class weights w takes in place of d: tᵢ = wᵢ ((1 − ε) dᵢ + ε Σ d / K). Then
/// D = −Σ tᵢ log yᵢ is a cross-entropy again.</summary>
/// <typeparam name="TVectors">Where d is from.</typeparam>
/// <param name="smoothing">ε.</param>
/// <param name="weights">w, null: 1 each; in memory that the garbage collector does not move.</param>
internal readonly unsafe struct ClassTargets<TVectors>(float smoothing, float[]? weights) : IDesired where TVectors : struct, IDesiredVectors
{
    private readonly float kept = 1 - smoothing;

    public static int WidthOf(int n) => TVectors.WidthOf(n);

    public float ShareOf<TVector>(float* d, int n) where TVector : struct, ISimdVector<TVector> =>
        smoothing == 0 ? 0 : (float)((double)smoothing * TVectors.SumOf<TVector>(d, n) / n);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Load<TVector>(float* d, int i, int left, float share) where TVector : struct, ISimdVector<TVector>
    {
        TVector loaded = default(TVectors).Load<TVector>(d, i, left, 0);
        TVector target = TVector.FusedMultiplyAdd(TVector.Broadcast(kept), loaded, TVector.Broadcast(share));
        if (weights is not null)
            target = VectorTail.Load<TVector>((float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(weights)) + i, left) * target;
        GC.KeepAlive(weights); // memory that does not move can still be collected, and a pointer does not prevent it
        return VectorTail.Keep(target, left);
    }

    public void LoadColumns<TVector>(float* d, int n, int count, float* columns, float* half) where TVector : struct, ISimdVector<TVector>
    {
        default(TVectors).LoadColumns<TVector>(d, n, count, columns, half);
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
}

/// <summary>The targets of a cross-entropy: d itself, or made of d or of class ids, each with a path of its own.</summary>
/// <param name="Smoothing">ε.</param>
/// <param name="ClassWeights">w, null: 1 each; <see cref="Pinned"/>.</param>
/// <param name="ByIds">Whether d is one class id for each vector.</param>
internal readonly record struct ClassTargets(float Smoothing, float[]? ClassWeights, bool ByIds)
{
    public static float[]? Pinned(float[]? weights)
    {
        if (weights is null)
            return null;
        float[] pinned = GC.AllocateUninitializedArray<float>(weights.Length, pinned: true);
        weights.CopyTo(pinned, 0);
        return pinned;
    }

    /// <summary>Whether the targets are what is desired, unchanged: d, or the one-hot vector of an id.</summary>
    public bool ArePlain => Smoothing == 0 && ClassWeights is null;

    public void CheckWidth(int width)
    {
        if (ClassWeights is not null && ClassWeights.Length != width)
            throw new ArgumentException($"The divergence has {ClassWeights.Length} class weights, but the outputs are {width} classes wide.");
    }

    /// <inheritdoc cref="DivergencePasses.Run"/>
    public void Run<TFormula>(
        TFormula formula, ReadOnlySpan<float> y, ReadOnlySpan<float> d, float weight, Span<float> gradient, Span<double> values)
        where TFormula : struct, IDivergenceFormula
    {
        if (ByIds)
            DivergencePasses.Run(formula, new ClassTargets<OneHotOfIds>(Smoothing, ClassWeights), y, d, weight, gradient, values);
        else if (ArePlain)
            DivergencePasses.Run(formula, default(PlainDesired), y, d, weight, gradient, values);
        else
            DivergencePasses.Run(formula, new ClassTargets<PlainDesired>(Smoothing, ClassWeights), y, d, weight, gradient, values);
    }

    /// <inheritdoc cref="SoftmaxCrossEntropy.Run"/>
    public void RunThroughSoftmax(
        float temperature, ReadOnlySpan<float> z, ReadOnlySpan<float> d, float weight, Span<float> dz, Span<double> values, Workers? workers = null)
    {
        if (ByIds && ArePlain)
            SoftmaxCrossEntropy.Run(default(OneHotOfIds), temperature, z, d, weight, dz, values, workers);
        else if (ByIds)
            SoftmaxCrossEntropy.Run(new ClassTargets<OneHotOfIds>(Smoothing, ClassWeights), temperature, z, d, weight, dz, values, workers);
        else if (ArePlain)
            SoftmaxCrossEntropy.Run(default(PlainDesired), temperature, z, d, weight, dz, values, workers);
        else
            SoftmaxCrossEntropy.Run(new ClassTargets<PlainDesired>(Smoothing, ClassWeights), temperature, z, d, weight, dz, values, workers);
    }
}
