using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A cache or a scratch as one piece after the other.</summary>
internal static class SpanCutter
{
    /// <summary>Takes so many floats from the beginning of what is left.</summary>
    public static Span<float> Take(scoped ref Span<float> rest, int count)
    {
        Span<float> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    /// <summary>Takes so many floats from the beginning of what is left.</summary>
    public static ReadOnlySpan<float> Take(scoped ref ReadOnlySpan<float> rest, int count)
    {
        ReadOnlySpan<float> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    /// <summary>The same, and the next piece begins at a cache line, if this one does.</summary>
    public static Span<float> TakeLines(scoped ref Span<float> rest, int count)
    {
        Span<float> taken = rest[..count];
        rest = rest[RoundUp(count, rest.Length)..];
        return taken;
    }

    /// <summary>The same, and the next piece begins at a cache line, if this one does.</summary>
    public static ReadOnlySpan<float> TakeLines(scoped ref ReadOnlySpan<float> rest, int count)
    {
        ReadOnlySpan<float> taken = rest[..count];
        rest = rest[RoundUp(count, rest.Length)..];
        return taken;
    }

    // The last piece may end within a line.
    private static int RoundUp(int count, int most) => Math.Min(most, (count + (Workers.Line - 1)) & -Workers.Line);
}
