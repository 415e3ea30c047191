namespace NeuralNet;

/// <summary>Memory for some rows of a source, flat and row-major.</summary>
public readonly ref struct RowSpans
{
    /// <summary>How many rows there is room for.</summary>
    public required int Rows { get; init; }

    /// <summary>The inputs, [rows, <see cref="RowFormat.InputWidth"/>].</summary>
    public required Span<float> Inputs { get; init; }

    /// <summary>What is desired, [rows, <see cref="RowFormat.OutputWidth"/>].</summary>
    public required Span<float> Desired { get; init; }

    /// <summary>How much each row counts, or each vector of a row, [rows, <see cref="RowFormat.WeightsPerRow"/>]; empty where the format has none.
    /// </summary>
    public Span<float> Weights { get; init; }

    /// <summary>How many steps of each row are real, [rows]; empty where the format has none.</summary>
    public Span<int> Lengths { get; init; }

    /// <summary>The memory of some of the rows.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="rows">Their number.</param>
    /// <returns>A part of this memory.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public RowSpans Slice(int first, int rows)
    {
        if (first < 0 || rows < 0 || first > Rows - rows)
            throw Guard.OutOfRange(nameof(first), first, $"Expected {rows} rows within 0 … {Rows - 1}, but got a start at {first}.");
        return new RowSpans
        {
            Rows = rows,
            Inputs = Of(Inputs, first, rows),
            Desired = Of(Desired, first, rows),
            Weights = Of(Weights, first, rows),
            Lengths = Of(Lengths, first, rows),
        };
    }

    /// <summary>Copies the rows to other memory for as many.</summary>
    internal void CopyTo(in RowSpans target)
    {
        Inputs.CopyTo(target.Inputs);
        Desired.CopyTo(target.Desired);
        Weights.CopyTo(target.Weights);
        Lengths.CopyTo(target.Lengths);
    }

    /// <summary>Refuses memory that is not for rows of a format.</summary>
    internal void Check(RowFormat format)
    {
        if (Inputs.Length != (long)Rows * format.InputWidth || Desired.Length != (long)Rows * format.OutputWidth
            || Weights.Length != (long)Rows * format.WeightsPerRow || Lengths.Length != (format.HasLengths ? Rows : 0))
            throw Wrong(format);
    }

    private ArgumentException Wrong(RowFormat format) => new(FormattableString.Invariant(
        $"Memory for {Rows} rows of {format} was expected, each of {format.InputWidth} inputs, {format.OutputWidth} desired values, ")
        + FormattableString.Invariant($"{format.WeightsPerRow} weights and {(format.HasLengths ? 1 : 0)} lengths; but got {Inputs.Length} inputs, ")
        + FormattableString.Invariant($"{Desired.Length} desired values, {Weights.Length} weights and {Lengths.Length} lengths."));

    private Span<T> Of<T>(Span<T> all, int first, int rows)
    {
        int each = Rows == 0 ? 0 : all.Length / Rows;
        return all.Slice(first * each, rows * each);
    }
}
