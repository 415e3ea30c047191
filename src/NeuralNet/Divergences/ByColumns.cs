namespace NeuralNet;

/// <summary>A divergence that is a sum over the columns of y, at the end of heads side by side: of z in the columns of the activations that it
/// has a form for, and of y in all others.</summary>
internal sealed class ByColumns : Divergence
{
    private readonly Divergence whole;
    private readonly List<(Divergence Of, int First, int Count)> parts;

    private ByColumns(Divergence whole, List<(Divergence Of, int First, int Count)> parts) => (this.whole, this.parts) = (whole, parts);

    public override string Kind => $"{whole.Kind} of heads ({string.Join(", ", parts.Select(part => $"{part.Count} × {part.Of.Kind}"))})";

    /// <summary>The form of a divergence; null: it has one for none of the activations.</summary>
    public static Divergence? Of(Divergence divergence, ReadOnlySpan<FinalActivation> activations, int width, Span<bool> taken)
    {
        var parts = new List<(Divergence Of, int First, int Count)>();
        int end = 0;
        for (int i = 0; i < activations.Length; i++)
        {
            (Activation activation, int first, int count) = activations[i];
            if (divergence.Through(activation) is not { TakesIds: false } form || form.DesiredWidth(count) != count)
                continue;
            form.CheckWidth(count);
            taken[i] = true;
            Add(divergence, end, first - end);
            Add(form, first, count);
            end = first + count;
        }

        if (parts.Count == 0)
            return null;
        Add(divergence, end, width - end);
        return parts is [var only] ? only.Of : new ByColumns(divergence, parts);

        // Neighbours of the same form are one part where that is a sum over columns too: one call for all of a vector.
        void Add(Divergence of, int first, int count)
        {
            if (parts is [.., var last] && last.Of == of && of.IsSumOverColumns)
                parts[^1] = last with { Count = last.Count + count };
            else if (count > 0)
                parts.Add((of, first, count));
        }
    }

    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => ValueOf(y, desired);

    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        ValueOf(y, desired, weight, gradient);

    protected override void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
    {
        int width = y.Length / values.Length;
        for (int vector = 0; vector < values.Length; vector++)
        {
            values[vector] = 0;
            foreach ((Divergence of, int first, int count) in parts)
            {
                int at = (vector * width) + first;
                values[vector] += of.ValueOf(
                    y.Slice(at, count), desired.Slice(at, count), weight, gradient.IsEmpty ? gradient : gradient.Slice(at, count));
            }
        }
    }
}
