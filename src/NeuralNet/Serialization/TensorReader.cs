using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The data of a file, tensor after tensor, straight to their places: beside the network's own memory there is one buffer.</summary>
internal sealed class TensorReader(Stream stream, SafetensorsHeader header)
{
    // 1 MB: few calls, and what has been read is still in the cache when it is moved to its place.
    private const int BufferBytes = 1 << 20;

    private readonly byte[] bytes = new byte[Math.Clamp(header.DataLength, 1, BufferBytes)];
    private float[] band = [];
    private Checksum checksum = new();
    private TensorEntry current = new("", TensorType.Single, [], 0, 0);
    private long element; // of the current tensor, the next one

    /// <summary>CRC-32C of what has been read.</summary>
    public uint Checksum => checksum.Value;

    /// <summary>Reads a tensor into the blocks that it stands for.</summary>
    public void Read(TensorEntry entry, FileTensor tensor, LoadedBlocks blocks)
    {
        (current, element) = (entry, 0);
        if (tensor.IsTransposed)
        {
            ReadRows(tensor, blocks);
            return;
        }

        foreach (TensorPart part in tensor.Parts)
        {
            Span<float> block = blocks.Of(part.Block);
            if (tensor.Columns > 1)
                ReadTransposed(tensor, part, block);
            else if (tensor.HasAddend || part.IsAddend)
                ReadAddend(block.Slice(part.First, part.Rows));
            else
                Read(block.Slice(part.First, part.Rows));
            if (tensor is { Columns: 1, RowOrder: { } order })
                PutInOrder(block, order.Features(block.Length));
        }
    }

    /// <summary>Reads a tensor whose values lie in memory as they do in the file.</summary>
    public void Read(TensorEntry entry, Span<float> values)
    {
        (current, element) = (entry, 0);
        Read(values);
    }

    private void Read(Span<float> values)
    {
        string type = current.Type;
        int size = TensorType.Bits(type) / 8;
        while (!values.IsEmpty)
        {
            Span<float> some = values[..Math.Min(values.Length, BufferBytes / size)];
            if (type == TensorType.Single)
            {
                Fill(MemoryMarshal.AsBytes(some));
                if (!BitConverter.IsLittleEndian)
                    BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(some), MemoryMarshal.Cast<float, int>(some));
            }
            else
            {
                Span<byte> raw = bytes.AsSpan(0, some.Length * size);
                Fill(raw);
                Convert(type, raw, some);
            }

            element += some.Length;
            values = values[some.Length..];
        }
    }

    /// <summary>Reads the next bytes and leaves them where they are.</summary>
    public void Skip(long count)
    {
        for (; count > 0; count -= Math.Min(count, BufferBytes))
            Fill(bytes.AsSpan(0, (int)Math.Min(count, BufferBytes)));
    }

    /// <summary>Refuses a stream with more than the header tells of.</summary>
    public void End()
    {
        if (stream.ReadAtLeast(bytes.AsSpan(0, 1), 1, throwOnEndOfStream: false) > 0)
            throw header.Refuse($"the header tells of {header.DataLength} bytes of data, but got more.");
    }

    private void ReadTransposed(FileTensor tensor, TensorPart part, Span<float> block)
    {
        int columns = tensor.Columns;
        int[]? rowsOf = tensor.RowOrder?.Features(part.Rows), columnsOf = tensor.ColumnOrder?.Features(columns);
        int limit = BufferBytes / sizeof(float) / columns;
        limit = limit >= 16 ? limit / 16 * 16 : Math.Max(limit, 1); // whole cache lines, where several rows fit
        for (int row = 0; row < part.Rows; row += limit)
        {
            int rows = Math.Min(limit, part.Rows - row);
            Span<float> some = Band(rows * columns);
            Read(some);
            for (int at = 0; at < rows && columnsOf is not null; at++)
                PutInOrder(some.Slice(at * columns, columns), columnsOf);
            for (int at = 0; at < rows && rowsOf is not null; at++)
                TransposeKernels.RowsToColumns(some.Slice(at * columns, columns), columns, block, part.Stride, part.First + rowsOf[row + at]);
            if (rowsOf is null)
                TransposeKernels.RowsToColumns(some, columns, block, part.Stride, part.First + row);
        }
    }

    // Of a file that has the transposed matrix: each row has a row of every part's block, one behind the other.
    private void ReadRows(FileTensor tensor, LoadedBlocks blocks)
    {
        int width = tensor.Parts.Sum(part => part.Rows), limit = Math.Max(1, BufferBytes / sizeof(float) / width);
        int[]? rowsOf = tensor.ColumnOrder?.Features(tensor.Columns), columnsOf = tensor.RowOrder?.Features(width);
        for (int row = 0; row < tensor.Columns; row += limit)
        {
            int rows = Math.Min(limit, tensor.Columns - row);
            Span<float> some = Band(rows * width);
            Read(some);
            for (int at = 0; at < rows; at++)
            {
                Span<float> values = some.Slice(at * width, width);
                if (columnsOf is not null)
                    PutInOrder(values, columnsOf);
                foreach (TensorPart part in tensor.Parts)
                {
                    int place = rowsOf is null ? row + at : rowsOf[row + at];
                    values[..part.Rows].CopyTo(blocks.Of(part.Block)[((place * part.Stride) + part.First)..]);
                    values = values[part.Rows..];
                }
            }
        }
    }

    // Values in the order of the file, in that of the network.
    private static void PutInOrder(Span<float> values, int[] order)
    {
        float[] before = values.ToArray();
        for (int i = 0; i < order.Length; i++)
            values[order[i]] = before[i];
    }

    private void ReadAddend(Span<float> total)
    {
        for (int at = 0; at < total.Length; at += BufferBytes / sizeof(float))
        {
            Span<float> some = total.Slice(at, Math.Min(total.Length - at, BufferBytes / sizeof(float))), addend = Band(some.Length);
            Read(addend);
            for (int i = 0; i < some.Length; i++)
            {
                float sum = some[i] + addend[i];
                if (float.IsInfinity(sum) && float.IsFinite(some[i]) && float.IsFinite(addend[i]))
                    throw TooLarge(element - some.Length + i, (double)some[i] + addend[i], "with the bias that is to be added ");
                some[i] = sum;
            }
        }
    }

    private Span<float> Band(int length)
    {
        if (band.Length < length)
            band = new float[length];
        return band.AsSpan(0, length);
    }

    private void Fill(Span<byte> part)
    {
        int actual = stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false);
        if (actual < part.Length)
            throw header.Fewer();
        checksum.Add(part);
    }

    // The place by its indexes, because a message about the flat index would have to be counted out.
    private InvalidDataException TooLarge(long index, double value, string what = "")
    {
        var place = new long[current.Dimensions.Length];
        for (int i = place.Length - 1; i >= 0; index /= current.Dimensions[i--])
            place[i] = index % current.Dimensions[i];
        return header.Refuse(string.Create(
            CultureInfo.InvariantCulture, $"tensor \"{Printable.Text(current.Name)}\", element [{string.Join(", ", place)}]: {what}a number within "
            + $"±{float.MaxValue} was expected, which a float can hold, but got {value}."));
    }

    private void Convert(string type, ReadOnlySpan<byte> raw, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = type switch
            {
                TensorType.Double => Single(BinaryPrimitives.ReadDoubleLittleEndian(raw[(i * 8)..]), i),
                TensorType.Half => (float)BinaryPrimitives.ReadHalfLittleEndian(raw[(i * 2)..]),
                // bfloat16: the upper half of a float
                _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(raw[(i * 2)..]) << 16),
            };
        }
    }

    // NaN and infinities stay what they are; a finite number that would become infinite is another matter.
    private float Single(double value, int at) => (float)value is var single && float.IsInfinity(single) && double.IsFinite(value)
        ? throw TooLarge(element + at, value)
        : single;
}
