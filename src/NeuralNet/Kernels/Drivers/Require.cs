using System.Diagnostics.CodeAnalysis;

namespace NeuralNet.Kernels;

/// <summary>The last check before pointers are used. Callers check what users give them, with better messages; this check keeps a mistake
/// within the library from writing into other memory.</summary>
internal static class Require
{
    public static void SameLength(int length, int expected)
    {
        if (length != expected)
            Throw(length, expected);
    }

    public static void AtLeast(int length, int expected)
    {
        if (length < expected)
            throw new ArgumentException($"At least {expected} elements were expected, but got {length}.");
    }

    /// <summary>Either no lengths, or one for each row, from 1 to the number of steps.</summary>
    public static void Lengths(ReadOnlySpan<int> lengths, int rows, int steps)
    {
        if (lengths.IsEmpty)
            return;
        SameLength(lengths.Length, rows);
        foreach (int length in lengths)
        {
            if (length < 1 || length > steps)
                throw new ArgumentException($"Lengths of 1 to {steps} steps were expected, but got {length}.");
        }
    }

    [DoesNotReturn]
    private static void Throw(int length, int expected)
        => throw new ArgumentException($"The spans of one kernel call have one length: {expected} elements were expected, but got {length}.");
}
