using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <content>Windows, biases by distance, and groups of heads that share their keys.</content>
public partial class AttentionKernelsTests
{
    // rows, heads, heads of keys, d, steps, causal, mask, lengths, window, slopes: windows within a block of queries, as large, and larger.
    public static TheoryData<int, int, int, int, int, bool, bool, bool, int, bool> Options => new()
    {
        { 1, 1, 1, 1, 1, false, false, false, 1, true },
        { 2, 2, 2, 3, 40, false, false, false, 1, false },
        { 2, 2, 2, 3, 40, true, false, false, 1, false },
        { 1, 2, 2, 16, 70, false, false, false, 5, false },
        { 1, 2, 2, 16, 70, true, false, false, 5, true },
        { 2, 1, 1, 7, 50, true, false, true, 16, false },
        { 2, 1, 1, 7, 50, false, false, true, 17, true },
        { 1, 1, 1, 20, 100, true, false, false, 40, false },
        { 1, 1, 1, 20, 100, false, false, false, 40, false },
        { 3, 2, 2, 5, 60, true, true, false, 3, false },
        { 3, 2, 2, 5, 60, false, true, false, 3, true },
        { 3, 1, 1, 5, 60, false, true, true, 20, false },
        { 2, 3, 3, 4, 33, false, false, false, 0, true },
        { 3, 2, 2, 4, 33, true, true, true, 0, true },
        { 2, 4, 2, 5, 20, false, false, false, 0, false },
        { 3, 4, 1, 8, 70, true, false, true, 0, false },
        { 3, 6, 3, 3, 33, false, true, false, 0, true },
        { 3, 4, 2, 6, 90, true, true, false, 7, true },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void With_options_results_are_those_of_the_equations_at_the_same_bits_everywhere(
        int rows, int heads, int keyHeads, int d, int steps, bool causal, bool mask, bool lengths, int window, bool slopes)
    {
        Case Make(Workers? workers = null) =>
            new(rows, heads, d, steps, steps, causal, mask, lengths, keyHeads, window, slopes) { Workers = workers ?? Workers.Alone };
        Case one = Make(), by256 = Make(), by128 = Make();
        one.Run<Simd512>();
        by256.Run<Simd256>();
        by128.Run<Simd128>();
        (double[] o, double[] dq, double[] dk, double[] dv) = one.InDouble();
        Near(one.O, o, "o");
        Near(one.QGradient, dq, "∇q");
        Near(one.KGradient, dk, "∇k");
        Near(one.VGradient, dv, "∇v");
        by256.ShouldBe(one, "256");
        by128.ShouldBe(one, "128");

        float[] withSums = [.. one.O];
        Array.Fill(one.O, float.NaN);
        AttentionKernels.Forward(one.Pass, default, one.O);
        one.O.ShouldHaveTheBitsOf(withSums, "without sums");
    }

    [Theory]
    [InlineData(2, 40, false, false, false, 0)]
    [InlineData(1, 70, true, false, true, 0)]
    [InlineData(2, 33, true, true, false, 0)]
    [InlineData(1, 60, false, true, true, 0)]
    [InlineData(2, 60, true, true, false, 7)]
    [InlineData(1, 50, false, false, false, 17)]
    public void With_dropout_a_weight_is_dropped_by_its_head_and_steps_alone(
        int keyHeads, int steps, bool causal, bool mask, bool lengths, int window)
    {
        Case Make(Workers? workers = null) => new(3, 4, 6, steps, steps, causal, mask, lengths, keyHeads, window, slopes: true, dropout: 0.3f)
        {
            Workers = workers ?? Workers.Alone,
        };
        using var two = new Workers(2);
        Case one = Make(), by128 = Make(), shared = Make(two);
        one.Run<Simd512>();
        by128.Run<Simd128>();
        shared.Run();
        (double[] o, double[] dq, double[] dk, double[] dv) = one.InDouble();
        Near(one.O, o, "o");
        Near(one.QGradient, dq, "∇q");
        Near(one.KGradient, dk, "∇k");
        Near(one.VGradient, dv, "∇v");
        by128.ShouldBe(one, "128");
        shared.ShouldBe(one, "two threads");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void With_options_any_number_of_threads_gives_the_same_bits(int threads)
    {
        using var workers = new Workers(threads);
        foreach ((bool causal, bool mask, int keyHeads, int window) in new[]
            { (false, false, 2, 0), (true, true, 1, 0), (true, false, 3, 20), (false, true, 6, 9) })
        {
            Case alone = new(5, 6, 16, 45, 45, causal, mask, false, keyHeads, window, slopes: true),
                shared = new(5, 6, 16, 45, 45, causal, mask, false, keyHeads, window, slopes: true) { Workers = workers };
            alone.Run<Simd512>();
            shared.Run();
            shared.ShouldBe(alone, $"{threads} {causal} {mask} {keyHeads} {window}");
        }
    }

    // With a window that leaves out nothing, all numbers are those without.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_window_as_long_as_the_row_has_the_bits_of_none(bool causal)
    {
        Case without = new(2, 2, 16, 50, 50, causal, false, false), with = new(2, 2, 16, 50, 50, causal, false, false, window: 50);
        without.Run<Simd512>();
        with.Run<Simd512>();
        with.ShouldBe(without, "window");
    }

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 3)]
    [InlineData(false, 30)]
    [InlineData(true, 30)]
    public void Not_even_a_NaN_gets_into_a_window_from_outside(bool causal, int window)
    {
        const int Steps = 70, At = 33;
        Case clean = new(1, 2, 4, Steps, Steps, causal, false, false, window: window, slopes: true),
            bad = new(1, 2, 4, Steps, Steps, causal, false, false, window: window, slopes: true);
        bad.K.AsSpan(At * 8, 8).Fill(float.NaN);
        bad.V.AsSpan(At * 8, 8).Fill(float.PositiveInfinity);
        AttentionKernels.Forward(clean.Pass, default, clean.O);
        AttentionKernels.Forward(bad.Pass, default, bad.O);
        for (int query = 0; query < Steps; query++)
        {
            if (bad.Sees(0, query, At))
                bad.O.AsSpan(query * 8, 8).ToArray().Should().OnlyContain(value => float.IsNaN(value));
            else
                bad.O.AsSpan(query * 8, 8).ShouldHaveTheBitsOf(clean.O.AsSpan(query * 8, 8), $"query {query}");
        }
    }
}
