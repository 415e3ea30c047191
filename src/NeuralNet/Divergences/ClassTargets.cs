using NeuralNet.Kernels;

namespace NeuralNet;

// What a cross-entropy with label smoothing ε and class weights w asks for in place of d: tᵢ = wᵢ ((1 − ε) dᵢ + ε Σ d / K).
// As D = −Σ tᵢ log yᵢ is a cross-entropy again, nothing else need know.
internal sealed class ClassTargets
{
    private readonly float smoothing;
    private readonly float[]? weights;

    // Of each thread, because a divergence may serve several: as large as the largest that it has needed.
    [ThreadStatic]
    private static float[]? room;

    public ClassTargets(float labelSmoothing, float[]? classWeights)
    {
        if (!(labelSmoothing >= 0 && labelSmoothing < 1))
            throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, "The label smoothing must be at least 0 and below 1.");
        for (int i = 0; i < classWeights?.Length; i++)
        {
            if (!(classWeights[i] >= 0 && float.IsFinite(classWeights[i])))
                throw new ArgumentOutOfRangeException(nameof(classWeights), classWeights[i], $"The weight of class {i} must be finite and at least 0.");
        }

        if (classWeights is not null && !classWeights.AsSpan().ContainsAnyExcept(0f))
            throw new ArgumentException($"None of {classWeights.Length} class weights is above 0; at least one class must count.", nameof(classWeights));
        (smoothing, weights) = (labelSmoothing, (float[]?)classWeights?.Clone());
    }

    public ReadOnlySpan<float> Weights => weights;

    public void CheckWidth(int width)
    {
        if (weights is not null && weights.Length != width)
            throw new ArgumentException($"The divergence has {weights.Length} class weights, but the outputs are {width} classes wide.");
    }

    // Of one vector, or of several of a width; good until the thread asks again.
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> desired, int width)
    {
        if (room is null || room.Length < desired.Length)
            room = new float[desired.Length];
        for (int at = 0; at < desired.Length; at += width)
        {
            ReadOnlySpan<float> d = desired.Slice(at, width);
            Span<float> t = room.AsSpan(at, width);
            double share = smoothing == 0 ? 0 : (double)smoothing * Reduction.SumOf(default(First), d, d) / width;
            if (weights is null)
                Elementwise.Map(new Smoothed(1 - smoothing, (float)share), d, d, t);
            else
                Elementwise.Map(new SmoothedAndWeighted(1 - smoothing, (float)share), d, weights, t);
        }

        return room.AsSpan(0, desired.Length);
    }

    private readonly struct First : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => a;
    }

    private readonly struct Smoothed(float kept, float share) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> =>
            TVector.FusedMultiplyAdd(TVector.Broadcast(kept), a, TVector.Broadcast(share));
    }

    private readonly struct SmoothedAndWeighted(float kept, float share) : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> =>
            b * TVector.FusedMultiplyAdd(TVector.Broadcast(kept), a, TVector.Broadcast(share));
    }
}
