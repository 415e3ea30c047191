namespace NeuralNet;

/// <summary>A divergence that is a sum over groups of columns of y, at the end of heads side by side: each of z in the columns of activations that
/// it has a form for, and of y in all others.</summary>
internal class ByColumns : Divergence
{
    private readonly Part[] parts;

    protected ByColumns(Part[] parts) => this.parts = parts;

    public override string Kind => $"{Whole} of heads ({string.Join(", ", parts.Select(part => $"{part.Count} × {part.Of.Kind}"))})";

    internal ReadOnlySpan<Part> Parts => parts;

    private string Whole { get; init; } = "Sum";

    // A form of the same parts.
    public static ByColumns Of(Part[] parts, string whole) => new(parts) { Whole = whole };

    /// <summary>The form of a divergence; null: it has one for none of the activations.</summary>
    public static Divergence? Of(Divergence divergence, ReadOnlySpan<FinalActivation> activations, int width, Span<bool> taken)
    {
        var parts = new List<Part>();
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
        return parts is [var only] ? only.Of : Of([.. parts], divergence.Kind);

        // Neighbours of the same form are one part where that is a sum over columns too: one call for all of a vector.
        void Add(Divergence of, int first, int count)
        {
            if (parts is [.., var last] && last.Of == of && of.IsSumOverColumns)
                parts[^1] = new Part(of, last.First, last.Count + count, last.First, last.Count + count);
            else if (count > 0)
                parts.Add(new Part(of, first, count, first, count));
        }
    }

    public override int DesiredWidth(int outputs) => parts[^1].FirstDesired + parts[^1].DesiredCount;

    protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => ValueOf(y, desired);

    protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
        ValueOf(y, desired, weight, gradient);

    protected override void Values(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient, Span<double> values)
    {
        int width = y.Length / values.Length, each = desired.Length / values.Length;
        for (int vector = 0; vector < values.Length; vector++)
        {
            double sum = 0;
            foreach (ref readonly Part part in parts.AsSpan())
            {
                int at = (vector * width) + part.First;
                ReadOnlySpan<float> d = desired.Slice((vector * each) + part.FirstDesired, part.DesiredCount);
                sum += part.Run(y.Slice(at, part.Count), d, weight, gradient.IsEmpty ? gradient : gradient.Slice(at, part.Count));
            }

            values[vector] = sum;
        }
    }

    /// <summary>Some columns with a divergence of their own.</summary>
    /// <param name="Of">The divergence.</param>
    /// <param name="First">The first column of y.</param>
    /// <param name="Count">How many there are.</param>
    /// <param name="FirstDesired">The first column of what is desired.</param>
    /// <param name="DesiredCount">How many there are.</param>
    internal readonly record struct Part(Divergence Of, int First, int Count, int FirstDesired, int DesiredCount)
    {
        /// <summary>What its share in the sum is multiplied by; where it is 0 nothing is looked at.</summary>
        public float Weight { get; init; } = 1;

        /// <summary>How many vectors lie one after the other in the columns; the divergence is the mean over them.</summary>
        public int Vectors { get; init; } = 1;

        // A sum over columns is one over those of all vectors too.
        private int Pieces => Of.IsSumOverColumns ? 1 : Vectors;

        public double Run(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient)
        {
            if (Weight == 0)
            {
                gradient.Clear();
                return 0;
            }

            double share = (double)Weight / Vectors, sum = 0;
            float own = (float)(weight * share);
            bool byIds = Of.TakesIds;
            int pieces = Pieces, width = y.Length / pieces, each = desired.Length / pieces;
            for (int v = 0; v < pieces; v++)
            {
                ReadOnlySpan<float> d = desired.Slice(v * each, each);
                Span<float> dy = gradient.IsEmpty ? gradient : gradient.Slice(v * width, width);
                if (byIds && d[0] == -1)
                    dy.Clear();
                else
                    sum += Of.ValueOf(y.Slice(v * width, width), d, own, dy);
            }

            return share * sum;
        }
    }
}
