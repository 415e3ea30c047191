using System.Globalization;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <content>A data set is a source of its rows, in their own order.</content>
public sealed partial class Dataset
{
    long? IRowSource.Rows => Rows;

    bool IRowSource.OpensAnywhere => true;

    string IRowSource.Signature
    {
        get
        {
            var checksum = new Checksum();
            checksum.Add(MemoryMarshal.AsBytes(Inputs));
            checksum.Add(MemoryMarshal.AsBytes(Desired));
            checksum.Add(MemoryMarshal.AsBytes(Lengths));
            checksum.Add(MemoryMarshal.AsBytes(Weights));
            return checksum.Value.ToString("x8", CultureInfo.InvariantCulture);
        }
    }

    IRowReader IRowSource.Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        return new Reader(this, Math.Min(firstRow, Rows));
    }

    /// <summary>Some rows that follow each other, where they lie.</summary>
    internal Batch Batch(int first, int rows) => new()
    {
        Rows = rows,
        Inputs = Inputs.Slice(first * InputWidth, rows * InputWidth),
        Desired = Desired.Slice(first * OutputWidth, rows * OutputWidth),
        Weights = Weights.Slice(first * Format.WeightsPerRow, rows * Format.WeightsPerRow),
        Lengths = Format.HasLengths ? Lengths.Slice(first, rows) : default,
    };

    private sealed class Reader(Dataset data, long next) : ISeekingReader
    {
        private long next = next;

        public int Read(in RowSpans rows)
        {
            rows.Check(data.Format);
            int read = (int)Math.Min(rows.Rows, data.Rows - next);
            if (read == 0)
                return 0;
            Batch from = data.Batch((int)next, read);
            from.Inputs.CopyTo(rows.Inputs);
            from.Desired.CopyTo(rows.Desired);
            from.Weights.CopyTo(rows.Weights);
            from.Lengths.CopyTo(rows.Lengths);
            next += read;
            return read;
        }

        public long Skip(long rows)
        {
            long skipped = Math.Clamp(rows, 0, data.Rows - next);
            next += skipped;
            return skipped;
        }

        public bool TrySeek(long row)
        {
            next = Math.Min(row, data.Rows);
            return true;
        }

        public void Dispose()
        {
        }
    }
}
