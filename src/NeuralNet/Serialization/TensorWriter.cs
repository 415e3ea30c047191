using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The data of a file, tensor after tensor, straight from a network; the opposite of <see cref="TensorReader"/>.</summary>
internal sealed class TensorWriter(Stream stream)
{
    private const int BufferFloats = 1 << 18;

    private float[] band = [];
    private Checksum checksum = new();

    /// <summary>CRC-32C of what has been written.</summary>
    public uint Checksum => checksum.Value;

    /// <summary>Writes a tensor from the blocks that it stands for.</summary>
    public void Write(FileTensor tensor, Network network)
    {
        foreach (TensorPart part in tensor.Parts)
        {
            Span<float> block = network.Values(part.Block);
            if (tensor.Columns > 1)
                WriteTransposed(block, part, tensor.Columns);
            else if (part.IsAddend)
                WriteNothing(part.Rows);
            else
                Write(block.Slice(part.First, part.Rows));
        }
    }

    /// <summary>Writes values as they are.</summary>
    public void Write(ReadOnlySpan<float> values)
    {
        while (!values.IsEmpty)
        {
            ReadOnlySpan<float> some = values[..Math.Min(values.Length, BufferFloats)];
            values = values[some.Length..];
            if (!BitConverter.IsLittleEndian)
            {
                Span<int> reversed = new int[some.Length];
                BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<float, int>(some), reversed);
                some = MemoryMarshal.Cast<int, float>(reversed);
            }

            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(some);
            checksum.Add(bytes);
            stream.Write(bytes);
        }
    }

    private void WriteTransposed(ReadOnlySpan<float> block, TensorPart part, int columns)
    {
        int most = BufferFloats / columns;
        most = most >= 16 ? most / 16 * 16 : Math.Max(most, 1);
        for (int row = 0; row < part.Rows; row += most)
        {
            Span<float> some = Band(Math.Min(most, part.Rows - row) * columns);
            TransposeKernels.ColumnsToRows(block, part.Stride, part.First + row, some, columns);
            Write(some);
        }
    }

    private void WriteNothing(int count)
    {
        Span<float> some = Band(count);
        some.Fill(-0f);
        Write(some);
    }

    private Span<float> Band(int length)
    {
        if (band.Length < length)
            band = new float[length];
        return band.AsSpan(0, length);
    }
}
