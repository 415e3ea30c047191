using System.Globalization;
using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>Reads a source and checks what it gives, whoever wrote it: as many rows as it says, finite numbers, weights and lengths that can be.
/// </summary>
internal sealed class RowCursor : IDisposable
{
    private readonly IRowReader reader;
    private readonly RowFormat format;
    private readonly long? all;

    public RowCursor(IRowSource source, long seed, int epoch, long firstRow)
    {
        (format, all) = (source.Format, source.Rows);
        reader = source.Open(seed, epoch, firstRow);
        Position = firstRow;
    }

    /// <summary>The row that comes next.</summary>
    public long Position { get; private set; }

    /// <summary>Reads the next rows; fewer than there is room for only at the end.</summary>
    /// <exception cref="InvalidDataException">A row has a value that it may not have.</exception>
    public int Read(in RowSpans rows)
    {
        int read = reader.Read(rows);
        if (read < 0 || read > rows.Rows)
            throw new InvalidOperationException(
                $"The reader of the source ({reader.GetType().Name}) was asked for {rows.Rows} rows and says that it has read {read}.");
        if (read > 0 && Position + read > all)
            throw new InvalidDataException(FormattableString.Invariant($"The source says that it has {all} rows, but gave more."));
        if (read < rows.Rows && Position + read < all)
            throw new InvalidDataException(
                FormattableString.Invariant($"The source says that it has {all} rows, but it ended after {Position + read}."));
        RowSpans some = rows.Slice(0, read);
        CheckFinite(some.Inputs, format.InputWidth, "input");
        CheckFinite(some.Desired, format.OutputWidth, "desired value");
        for (int i = 0; i < some.Weights.Length; i++)
        {
            if (!(some.Weights[i] >= 0 && float.IsFinite(some.Weights[i])))
                throw Wrong(i / format.WeightsPerRow, $"the weight is {Text(some.Weights[i])}; a finite one of at least 0 was expected.");
        }

        for (int row = 0; row < some.Lengths.Length; row++)
        {
            int most = format.MaxLength;
            if (some.Lengths[row] < 1 || some.Lengths[row] > most)
                throw Wrong(row, FormattableString.Invariant($"the length is {some.Lengths[row]}; 1 to {most} was expected."));
        }

        Position += read;
        return read;
    }

    /// <summary>Passes over the next rows.</summary>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
    public void Skip(long rows)
    {
        long passed = rows == 0 ? 0 : reader.Skip(rows);
        if (passed != rows)
            throw new InvalidDataException(FormattableString.Invariant(
                $"The source says that it has {all} rows, but it ended after {Position + passed}."));
        Position += rows;
    }

    public void Dispose() => reader.Dispose();

    private void CheckFinite(ReadOnlySpan<float> values, int width, string what)
    {
        if (values.IsEmpty || TensorPrimitives.IsFiniteAll(values))
            return;
        int i = 0;
        while (float.IsFinite(values[i]))
            i++;
        throw Wrong(i / width, FormattableString.Invariant($"{what} {i % width} is {Text(values[i])}; a finite number was expected."));
    }

    private InvalidDataException Wrong(int row, string problem) =>
        new(FormattableString.Invariant($"Row {Position + row} of the source: {problem}"));

    private static string Text(float value) => value.ToString(CultureInfo.InvariantCulture);
}
