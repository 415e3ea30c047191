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

    [DoesNotReturn]
    private static void Throw(int length, int expected)
        => throw new ArgumentException($"The spans of one kernel call have one length: {expected} elements were expected and {length} came.");
}
