using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NeuralNet;

/// <summary>A tensor of a row file: some values of each row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Start">Where it begins in the file.</param>
/// <param name="Each">How many values a row has.</param>
internal sealed record RowColumn(string Name, string Type, long Start, int Each)
{
    public const string Byte = "U8", Int = "I32", Long = "I64";

    // Whole numbers that are converted at a time, on the stack.
    private const int Some = 256;

    private readonly int size = TensorType.Bits(Type) / 8;

    /// <summary>Reads floats, or bytes as numbers from 0 to 1.</summary>
    public void Read(SafeFileHandle file, string path, long row, Span<float> values)
    {
        if (Type == Byte)
        {
            Fill(file, path, row * Each, ByteValues.Place(values));
            ByteValues.Expand(values);
            return;
        }

        Fill(file, path, row * Each, MemoryMarshal.AsBytes(values));
        Swap(MemoryMarshal.Cast<float, int>(values));
    }

    /// <summary>Reads whole numbers; one that no int holds becomes the least one.</summary>
    public void Read(SafeFileHandle file, string path, long row, Span<int> values) => Read(file, path, row, 0, values);

    /// <summary>Reads whole numbers from an element on, counted from the first one of a row.</summary>
    public void Read(SafeFileHandle file, string path, long row, int first, Span<int> values)
    {
        Span<byte> bytes = stackalloc byte[Some * sizeof(long)];
        for (int at = 0; at < values.Length; at += Some)
        {
            int count = Math.Min(Some, values.Length - at);
            Fill(file, path, (row * Each) + first + at, bytes[..(count * size)]);
            for (int i = 0; i < count; i++)
                values[at + i] = Whole(bytes[(i * size)..]);
        }
    }

    /// <summary>Writes values whose bits are those of the file.</summary>
    public void Write(SafeFileHandle file, long row, Span<int> values)
    {
        Swap(values);
        RandomAccess.Write(file, MemoryMarshal.AsBytes(values), Start + (row * Each * size));
        Swap(values);
    }

    private int Whole(ReadOnlySpan<byte> bytes) => Type switch
    {
        Byte => bytes[0],
        Int => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadInt64LittleEndian(bytes) is >= int.MinValue and <= int.MaxValue and var whole ? (int)whole : int.MinValue,
    };

    private void Fill(SafeFileHandle file, string path, long element, Span<byte> bytes)
    {
        for (long at = Start + (element * size); !bytes.IsEmpty;)
        {
            int read = RandomAccess.Read(file, bytes, at);
            if (read == 0)
                throw new InvalidDataException($"{path}: the file ends within \"{Name}\"; it has become shorter since it was opened.");
            bytes = bytes[read..];
            at += read;
        }
    }

    private static void Swap(Span<int> values)
    {
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(values, values);
    }
}
