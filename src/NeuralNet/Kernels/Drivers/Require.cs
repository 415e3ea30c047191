using System.Diagnostics.CodeAnalysis;

namespace NeuralNet.Kernels;

/// <summary>
/// The last check before pointers. Callers have said in their users' words what was wrong long before; this one keeps a
/// mistake of the library's own from writing into memory that is not its own.
/// </summary>
internal static class Require
{
    public static void SameLength(int length, int expected)
    {
        if (length != expected)
            Throw(length, expected);
    }

    /// <summary>A length for each row, none beyond the steps; or none at all.</summary>
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
