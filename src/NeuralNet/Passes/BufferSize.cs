using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>How many floats something needs: a fixed number and a number for each row.</summary>
/// <remarks>A sequence's share is counted at the full number of steps of its shape.</remarks>
/// <param name="Fixed">What is needed whatever the rows.</param>
/// <param name="PerRow">What each row needs.</param>
public readonly record struct BufferSize(int Fixed, int PerRow)
{
    /// <summary>The number of floats for so many rows: Fixed + PerRow · rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <returns>The number of floats.</returns>
    /// <exception cref="OverflowException">It would be 2³¹ or more.</exception>
    public int At(int rows) => checked(Fixed + (PerRow * rows));

    /// <summary>The size rounded up so that what comes after it begins at a multiple of 64 bytes, whatever the rows.</summary>
    /// <returns>The rounded size.</returns>
    public BufferSize Aligned() => new(RoundUp(Fixed), RoundUp(PerRow));

    /// <summary>What two things need together.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="OverflowException">A number would be 2³¹ or more.</exception>
    public static BufferSize operator +(BufferSize left, BufferSize right) => checked(new(left.Fixed + right.Fixed, left.PerRow + right.PerRow));

    /// <summary>What suffices for either of two things.</summary>
    /// <param name="left">The first.</param>
    /// <param name="right">The second.</param>
    /// <returns>The larger part of each.</returns>
    public static BufferSize Max(BufferSize left, BufferSize right) => new(Math.Max(left.Fixed, right.Fixed), Math.Max(left.PerRow, right.PerRow));

    private static int RoundUp(int count) => checked(count + (Workers.Line - 1)) & -Workers.Line;
}
