namespace NeuralNet.Tests.Divergences;

/// <summary>A person's own divergence of two heads side by side, of public types only: D = D₀(y₀, d₀) + D₁(y₁, d₁), where y₀ is the first columns
/// of y. It takes z where one of the two has a form.</summary>
internal sealed class TwoHeads(Divergence first, int columns, Divergence second) : Divergence
{
    private TwoHeads? form;

    public override Divergence? Through(ReadOnlySpan<FinalActivation> activations, int width, Span<bool> taken)
    {
        Divergence onFirst = first, onSecond = second;
        for (int i = 0; i < activations.Length; i++)
        {
            (Activation activation, int start, int count) = activations[i];
            if (start == 0 && count == columns && first.Through(activation) is { } zero)
                (onFirst, taken[i]) = (zero, true);
            if (start == columns && count == width - columns && second.Through(activation) is { } one)
                (onSecond, taken[i]) = (one, true);
        }

        if (onFirst == first && onSecond == second)
            return null;
        if (form is null || form.First != onFirst || form.Second != onSecond)
            form = new TwoHeads(onFirst, columns, onSecond);
        return form;
    }

    private Divergence First => first;

    private Divergence Second => second;

    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) =>
        (double)first.Forward(y[..columns], desired[..columns], 1) + second.Forward(y[columns..], desired[columns..], 1);

    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
    {
        first.Backward(y[..columns], desired[..columns], gradient[..columns], 1);
        second.Backward(y[columns..], desired[columns..], gradient[columns..], 1);
        foreach (ref float one in gradient)
            one *= weight;
    }
}
