namespace NeuralNet;

/// <summary>Memory for rows of a format.</summary>
internal sealed class RowMemory
{
    private readonly AlignedBuffer inputs, desired;
    private readonly float[] weights;
    private readonly int[] lengths;
    private readonly RowFormat format;

    public RowMemory(RowFormat format, int rows)
    {
        (this.format, Rows) = (format, rows);
        inputs = Values(format.InputWidth);
        desired = Values(format.OutputWidth);
        weights = new float[Guard.Size((Int128)rows * format.WeightsPerRow, nameof(rows), $"The weights of {rows} rows would be")];
        lengths = new int[format.HasLengths ? rows : 0];

        AlignedBuffer Values(int width) => new(Guard.Size((Int128)rows * width, nameof(rows), $"{rows} rows of {width} values would have"));
    }

    public int Rows { get; }

    public ReadOnlySpan<float> Inputs => inputs.Span;

    public ReadOnlySpan<int> Lengths => lengths;

    public RowSpans Slice(int first, int rows) => new()
    {
        Rows = rows,
        Inputs = inputs.Span.Slice(first * format.InputWidth, rows * format.InputWidth),
        Desired = desired.Span.Slice(first * format.OutputWidth, rows * format.OutputWidth),
        Weights = weights.AsSpan(first * format.WeightsPerRow, rows * format.WeightsPerRow),
        Lengths = lengths.Length == 0 ? default : lengths.AsSpan(first, rows),
    };

    public Batch Batch(int first, int rows)
    {
        RowSpans spans = Slice(first, rows);
        return new Batch
        {
            Rows = rows,
            Inputs = spans.Inputs,
            Desired = spans.Desired,
            Weights = spans.Weights,
            Lengths = spans.Lengths,
        };
    }

    /// <summary>Moves rows to a place before them.</summary>
    public void Move(int from, int to, int rows)
    {
        if (from == to)
            return;
        Slice(from, rows).CopyTo(Slice(to, rows));
    }
}
