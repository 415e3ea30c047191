namespace NeuralNet;

// A divergence that is written for many vectors, most often over another's.
internal abstract class ManyAtOnce : Divergence
{
    internal abstract override void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values);

    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => ValueAndGradient(y, desired, 0, default);

    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        ValueAndGradient(y, desired, weight, gradient);

    protected override double ValueAndGradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
    {
        double value = 0;
        Values(y, desired, weight, gradient, new Span<double>(ref value));
        return value;
    }
}
