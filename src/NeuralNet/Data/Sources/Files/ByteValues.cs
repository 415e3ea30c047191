using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Bytes that stand for numbers from 0 to 1, each divided by 255, read into the memory that the numbers are to have.</summary>
internal static class ByteValues
{
    private static readonly float[] values = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];

    /// <summary>Where the bytes are to be read to: the last quarter of the memory.</summary>
    public static Span<byte> Place(Span<float> numbers) => MemoryMarshal.AsBytes(numbers)[(3 * numbers.Length)..];

    /// <summary>Makes the numbers: none is written where a byte is that has not been looked at.</summary>
    public static void Expand(Span<float> numbers)
    {
        Span<byte> bytes = Place(numbers);
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = values[bytes[i]];
    }
}
