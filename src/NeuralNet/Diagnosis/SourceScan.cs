using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>One reading of a source: what a <see cref="DataCheck"/> remembers of it.</summary>
internal sealed class SourceScan
{
    private const int BlockValues = 1 << 18;
    private readonly List<ulong> inputs = [];
    private readonly List<uint> desired = [];
    private readonly ColumnScan columns;
    private bool isSorted;

    /// <summary>Reads it.</summary>
    /// <param name="source">The source.</param>
    /// <param name="samples">Whether some rows are to be kept.</param>
    public SourceScan(IRowSource source, bool samples)
    {
        (Format, IsDataset) = (source.Format, source is Dataset);
        columns = new ColumnScan(Format.InputShape.FeatureCount);
        ClassRows = HasLabels ? new long[Format.Classes] : [];
        Sample = new RowSample(samples ? Format : null);
        using var blocks = new RowBlocks(source, Math.Clamp(BlockValues / Format.InputWidth, 1, 4096));
        int before = -1;
        while (blocks.MoveNext())
        {
            Batch rows = blocks.Rows;
            for (int row = 0; row < rows.Rows; row++)
            {
                ReadOnlySpan<float> x = rows.Inputs.Slice(row * Format.InputWidth, Format.InputWidth);
                ReadOnlySpan<float> d = rows.Desired.Slice(row * Format.OutputWidth, Format.OutputWidth);
                int length = rows.Lengths.IsEmpty ? 0 : rows.Lengths[row];
                columns.Add(length == 0 ? x : x[..Format.InputShape.SizeAt(length)]);
                inputs.Add(Hash(x, (ulong)length));
                desired.Add((uint)Hash(d, 0));
                int label = LabelOf(d);
                if (label >= 0)
                {
                    ClassRows[label]++;
                    LabelChanges += before >= 0 && label != before ? 1 : 0;
                    before = label;
                }

                Sample.Offer(Rows++, x, label);
            }
        }
    }

    public RowFormat Format { get; }

    public bool IsDataset { get; }

    public long Rows { get; private set; }

    public long[] ClassRows { get; }

    /// <summary>How many rows have another class than the one before.</summary>
    public long LabelChanges { get; }

    public RowSample Sample { get; }

    private bool HasLabels => Format.Classes > 0 && (Format.HasClassIds ? Format.OutputWidth == 1 : Format.OutputWidth == Format.Classes);

    public InputColumn[] Columns() => columns.Columns();

    /// <summary>How many rows have the inputs of an earlier one, and how many those of another one with which something else is desired.</summary>
    public (long Repeated, long Contradicting) Repeats()
    {
        ReadOnlySpan<ulong> sorted = Sorted();
        long repeated = 0, contradicting = 0;
        for (int first = 0, end; first < sorted.Length; first = end)
        {
            end = first + 1;
            bool differs = false;
            for (; end < sorted.Length && sorted[end] == sorted[first]; end++)
                differs |= desired[end] != desired[first];
            repeated += end - first - 1;
            contradicting += differs ? end - first : 0;
        }

        return (repeated, contradicting);
    }

    /// <summary>How many rows have the inputs of a row of another source.</summary>
    public long RowsIn(SourceScan other)
    {
        ReadOnlySpan<ulong> sorted = other.Sorted();
        long found = 0;
        foreach (ulong hash in inputs)
            found += sorted.BinarySearch(hash) >= 0 ? 1 : 0;
        return found;
    }

    /// <summary>A checksum of values: multiplied by 2⁶⁴ / φ, an odd number, and mixed, after each value.</summary>
    public static ulong Hash(ReadOnlySpan<float> values, ulong hash)
    {
        foreach (float value in values)
        {
            hash = (hash ^ BitConverter.SingleToUInt32Bits(value + 0f)) * 0x9E3779B97F4A7C15; // −0 is 0
            hash ^= hash >> 29;
        }

        return hash ^ (hash >> 32);
    }

    // In place: the order of the rows is not needed any more.
    private ReadOnlySpan<ulong> Sorted()
    {
        Span<ulong> all = CollectionsMarshal.AsSpan(inputs);
        if (!isSorted)
            all.Sort(CollectionsMarshal.AsSpan(desired));
        isSorted = true;
        return all;
    }

    private int LabelOf(ReadOnlySpan<float> d)
    {
        if (!HasLabels)
            return -1;
        int label = -1;
        if (Format.HasClassIds)
            label = (int)d[0];
        else if (d.Contains(1f))
            label = d.IndexOf(1f);
        return label < Format.Classes ? label : -1;
    }
}
