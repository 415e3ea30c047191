namespace NeuralNet.Tests.Kernels;

/// <summary>What the kernels' tests share: numbers, comparisons to the bit, and spans with guards around them.</summary>
internal static class Floats
{
    /// <summary>Where kernels usually fail first.</summary>
    public static readonly float[] Special =
    [
        0f, -0f, 1f, -1f, 0.5f, -0.5f, float.Epsilon, -float.Epsilon, 1.17549435e-38f, -1.17549435e-38f, 1e-20f, -1e-20f,
        0.625f, -0.625f, 2f, -2f, 9.5f, -9.5f, 20f, -20f, 87.5f, -87.5f, 88.722839f, 88.72284f, -103.5f, -103.98f, 200f, -200f,
        1e30f, -1e30f, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN,
    ];

    /// <summary>Numbers in (−scale, scale).</summary>
    public static float[] Random(int n, int seed, float scale = 1f)
    {
        var random = new Random(seed);
        var values = new float[n];
        for (int i = 0; i < n; i++)
            values[i] = ((2f * random.NextSingle()) - 1f) * scale;
        return values;
    }

    /// <summary>Σ x in the order of the kernels, spelled out: 16 lanes, then a tree.</summary>
    public static float SumInLanes(float[] x)
    {
        var lanes = new float[16];
        for (int i = 0; i < x.Length; i++)
            lanes[i % 16] += x[i];
        for (int half = 8; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        }

        return lanes[0];
    }

    public static bool SameBits(float a, float b)
        => BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b));

    /// <summary>Every element the same to the last bit (one NaN is like another).</summary>
    public static void ShouldHaveTheBitsOf(this ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what)
    {
        if (actual.Length != expected.Length)
            Assert.Fail($"{what}: {actual.Length} elements, expected {expected.Length}");
        for (int i = 0; i < actual.Length; i++)
        {
            if (!SameBits(actual[i], expected[i]))
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}");
        }
    }

    public static void ShouldHaveTheBitsOf(this Span<float> actual, ReadOnlySpan<float> expected, string what)
        => ((ReadOnlySpan<float>)actual).ShouldHaveTheBitsOf(expected, what);

    public static void ShouldHaveTheBitsOf(this float[] actual, ReadOnlySpan<float> expected, string what)
        => ((ReadOnlySpan<float>)actual).ShouldHaveTheBitsOf(expected, what);

    public static void ShouldHaveTheBitsOf(this float actual, float expected, string what)
    {
        if (!SameBits(actual, expected))
            Assert.Fail($"{what}: {actual:R}, expected {expected:R}");
    }

    /// <summary>|actual − expected| ≤ tolerance · max(|expected|, floor).</summary>
    public static void ShouldBeNear(this float actual, double expected, double tolerance, string what, double floor = 1e-30)
    {
        if (!(Math.Abs(actual - expected) <= tolerance * Math.Max(Math.Abs(expected), floor)))
            Assert.Fail($"{what}: {actual:R}, expected {expected:R}");
    }
}

/// <summary>A span between two walls of NaN, at any offset: whoever reads past it gets NaN, whoever writes is found out.</summary>
internal readonly struct Guarded
{
    private const int Wall = 24;
    private readonly float[] all;
    private readonly int start;
    private readonly int length;

    public Guarded(ReadOnlySpan<float> content, int offset = 0)
    {
        start = Wall + offset;
        length = content.Length;
        all = new float[start + length + Wall];
        all.AsSpan().Fill(Sentinel);
        content.CopyTo(Span);
    }

    /// <summary>A NaN with a pattern of its own.</summary>
    private static float Sentinel => BitConverter.Int32BitsToSingle(0x7FC12345);

    public Span<float> Span => all.AsSpan(start, length);

    public void ShouldBeIntact(string what)
    {
        for (int i = 0; i < all.Length; i++)
        {
            bool outside = i < start || i >= start + length;
            if (outside && BitConverter.SingleToInt32Bits(all[i]) != BitConverter.SingleToInt32Bits(Sentinel))
                Assert.Fail($"{what}: wrote at {i - start} of {length}");
        }
    }
}
