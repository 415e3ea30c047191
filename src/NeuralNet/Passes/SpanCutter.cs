using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Takes one buffer after the other from a layer's cache or scratch.</summary>
internal static class SpanCutter
{
    /// <summary>Takes so many floats from the beginning of what is left.</summary>
    public static Span<float> Take(scoped ref Span<float> rest, int count)
    {
        Span<float> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    /// <inheritdoc cref="Take(ref Span{float}, int)"/>
    public static ReadOnlySpan<float> Take(scoped ref ReadOnlySpan<float> rest, int count)
    {
        ReadOnlySpan<float> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    /// <summary>The same; if the taken span begins at a cache line, so does the next one.</summary>
    public static Span<float> TakeLines(scoped ref Span<float> rest, int count)
    {
        Span<float> taken = rest[..count];
        rest = rest[RoundUp(count, rest.Length)..];
        return taken;
    }

    /// <inheritdoc cref="TakeLines(ref Span{float}, int)"/>
    public static ReadOnlySpan<float> TakeLines(scoped ref ReadOnlySpan<float> rest, int count)
    {
        ReadOnlySpan<float> taken = rest[..count];
        rest = rest[RoundUp(count, rest.Length)..];
        return taken;
    }

    // The last span may end within a line.
    private static int RoundUp(int count, int max) => Math.Min(max, (count + (Workers.Line - 1)) & -Workers.Line);
}
