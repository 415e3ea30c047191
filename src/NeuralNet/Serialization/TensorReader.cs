using System.Buffers.Binary;
using System.Numerics.Tensors;
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

    /// <summary>CRC-32C of what has been read.</summary>
    public uint Checksum => checksum.Value;

    /// <summary>Reads a tensor into the blocks that it stands for.</summary>
    public void Read(TensorEntry entry, FileTensor tensor, LoadedBlocks blocks)
    {
        foreach (TensorPart part in tensor.Parts)
        {
            Span<float> block = blocks.Of(part.Block);
            if (tensor.Columns > 1)
                ReadTransposed(entry.Type, tensor, part, block);
            else if (tensor.HasAddend || part.IsAddend)
                ReadAddend(entry.Type, block.Slice(part.First, part.Rows));
            else
                Read(entry.Type, block.Slice(part.First, part.Rows));
            if (tensor is { Columns: 1, RowOrder: { } order })
                PutInOrder(block, order.Features(block.Length));
        }
    }

    /// <summary>Reads the next values.</summary>
    public void Read(string type, Span<float> values)
    {
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

    private void ReadTransposed(string type, FileTensor tensor, TensorPart part, Span<float> block)
    {
        int columns = tensor.Columns;
        int[]? rowsOf = tensor.RowOrder?.Features(part.Rows), columnsOf = tensor.ColumnOrder?.Features(columns);
        int limit = BufferBytes / sizeof(float) / columns;
        limit = limit >= 16 ? limit / 16 * 16 : Math.Max(limit, 1); // whole cache lines, where several rows fit
        for (int row = 0; row < part.Rows; row += limit)
        {
            int rows = Math.Min(limit, part.Rows - row);
            Span<float> some = Band(rows * columns);
            Read(type, some);
            for (int at = 0; at < rows && columnsOf is not null; at++)
                PutInOrder(some.Slice(at * columns, columns), columnsOf);
            for (int at = 0; at < rows && rowsOf is not null; at++)
                TransposeKernels.RowsToColumns(some.Slice(at * columns, columns), columns, block, part.Stride, part.First + rowsOf[row + at]);
            if (rowsOf is null)
                TransposeKernels.RowsToColumns(some, columns, block, part.Stride, part.First + row);
        }
    }

    // Values in the order of the file, in that of the network.
    private static void PutInOrder(Span<float> values, int[] order)
    {
        float[] before = values.ToArray();
        for (int i = 0; i < order.Length; i++)
            values[order[i]] = before[i];
    }

    private void ReadAddend(string type, Span<float> sum)
    {
        for (int at = 0; at < sum.Length; at += BufferBytes / sizeof(float))
        {
            Span<float> some = sum.Slice(at, Math.Min(sum.Length - at, BufferBytes / sizeof(float))), addend = Band(some.Length);
            Read(type, addend);
            TensorPrimitives.Add(some, addend, some);
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

    private static void Convert(string type, ReadOnlySpan<byte> raw, Span<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = type switch
            {
                TensorType.Double => (float)BinaryPrimitives.ReadDoubleLittleEndian(raw[(i * 8)..]),
                TensorType.Half => (float)BinaryPrimitives.ReadHalfLittleEndian(raw[(i * 2)..]),
                // bfloat16: the upper half of a float
                _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(raw[(i * 2)..]) << 16),
            };
        }
    }
}
