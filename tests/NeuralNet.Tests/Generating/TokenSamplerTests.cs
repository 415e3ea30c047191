namespace NeuralNet.Tests.Generating;

/// <summary>A token chosen by the scores of all.</summary>
public sealed class TokenSamplerTests
{
    private static readonly float[] scores = [0.5f, 2, -1, 2, 0, 1.5f, float.NegativeInfinity, -0.5f];

    [Fact]
    public void Draws_are_distributed_as_softmax_says()
    {
        foreach (float temperature in (float[])[0.5f, 1, 3])
        {
            float[] p = new float[scores.Length];
            new Softmax(temperature).Forward(scores, p);
            ShouldBeDistributed(new GenerationOptions { Temperature = temperature, Seed = 7 }, [.. p.Select(one => (double)one)]);
        }
    }

    [Fact]
    public void The_highest_stay()
    {
        // 1 and 3 are equal: of two both stay, of one the lower id.
        int[] all = [0, 1, 2, 3, 4, 5, 7];
        foreach ((int k, int[] stay) in new[] { (1, new[] { 1 }), (2, [1, 3]), (3, [1, 3, 5]), (8, all), (100, all) })
            ShouldBeDistributed(new GenerationOptions { TopK = k, Seed = 7 }, Among(stay));
    }

    [Fact]
    public void The_likeliest_that_together_are_enough_stay()
    {
        // p: 0.323 of 1 and of 3, 0.196 of 5, 0.072 of 0, 0.044 of 4, 0.027 of 7, 0.016 of 2
        foreach ((float p, int[] stay) in new[]
        {
            (0.001f, new[] { 1 }), (0.32f, [1]), (0.33f, [1, 3]), (0.64f, [1, 3]), (0.65f, [1, 3, 5]), (0.84f, [1, 3, 5]), (0.85f, [0, 1, 3, 5]),
            (1f, [0, 1, 2, 3, 4, 5, 7]),
        })
        {
            ShouldBeDistributed(new GenerationOptions { TopP = p, Seed = 7 }, Among(stay));
        }

        // Of the three highest alone 1 and 3 are 0.77.
        ShouldBeDistributed(new GenerationOptions { TopK = 3, TopP = 0.75f, Seed = 7 }, Among([1, 3]));
        ShouldBeDistributed(new GenerationOptions { TopK = 3, TopP = 0.8f, Seed = 7 }, Among([1, 3, 5]));
    }

    [Fact]
    public void The_likeliest_of_many_are_those_that_sorting_finds()
    {
        float[] many = TestData.Normal(5000, seed: 3, deviation: 3), p = WritingNetworks.Softmax(many);
        int[] order = [.. Enumerable.Range(0, many.Length).OrderByDescending(token => p[token]).ThenBy(token => token)];
        foreach (float enough in (float[])[0.1f, 0.5f, 0.9f, 0.999f])
        {
            double sum = 0;
            var stay = new HashSet<int>(order.TakeWhile(token => (sum += p[token]) - p[token] < enough * p.Sum(one => (double)one)));
            var sampler = new TokenSampler(many.Length, new GenerationOptions { TopP = enough });
            Enumerable.Range(0, 3000).Select(at => sampler.Pick(many, [], position: at)).Should().OnlyContain(token => stay.Contains(token));
            if (stay.Count < 100)
                Enumerable.Range(0, 30_000).Select(at => sampler.Pick(many, [], position: at)).Distinct().Should().HaveCount(stay.Count);
        }
    }

    [Fact]
    public void The_likeliest_stays_however_little_is_enough()
    {
        for (int tokens = 2; tokens < 60; tokens++)
            new TokenSampler(tokens, new GenerationOptions { TopP = 1e-8f }).Pick(new float[tokens], []).Should().Be(0);
    }

    [Fact]
    public void What_repeats_becomes_less_likely()
    {
        var options = new GenerationOptions { Repetition = 2, Seed = 7 };
        float[] changed = [.. scores];
        (changed[1], changed[2], changed[4]) = (1, -2, 0);
        ShouldBeDistributed(options, [.. WritingNetworks.Softmax(changed).Select(one => (double)one)], before: [1, 2, 1, 4, 1, 900, -5]);
        new TokenSampler(8, new GenerationOptions { Repetition = 2, Temperature = 0 }).Pick(scores, [1, 3]).Should().Be(5);
    }

    [Fact]
    public void Without_temperature_the_likeliest_is_taken()
    {
        var sampler = new TokenSampler(8, new GenerationOptions { Temperature = 0, TopK = 3, TopP = 0.2f });
        for (int position = 0; position < 50; position++)
            sampler.Pick(scores, [], position: position).Should().Be(1);
    }

    [Fact]
    public void A_draw_is_a_function_of_seed_row_and_position()
    {
        int[] Texts(long seed, int row) =>
            [.. Enumerable.Range(0, 60).Select(at => new TokenSampler(8, new GenerationOptions { Seed = seed }).Pick(scores, [], row, at))];
        Texts(1, 0).Should().Equal(Texts(1, 0)).And.NotEqual(Texts(2, 0)).And.NotEqual(Texts(1, 1));
        var sampler = new TokenSampler(8);
        sampler.Pick(scores, [1, 2, 3]).Should().Be(sampler.Pick(scores, [], position: 3), "the position is how many tokens are before");
    }

    [Fact]
    public void Scores_that_are_none_are_refused()
    {
        var sampler = new TokenSampler(3);
        sampler.Pick([float.NegativeInfinity, -1e30f, float.NegativeInfinity], []).Should().Be(1);
        sampler.Pick([-1e30f, 1e30f, 0], []).Should().Be(1);
        ((Action)(() => sampler.Pick([0, float.NaN, 0], []))).Should().Throw<ArgumentException>().WithMessage("The score of token 1 is NaN; finite*");
        ((Action)(() => sampler.Pick([0, 0, float.PositiveInfinity], []))).Should().Throw<ArgumentException>().WithMessage("The score of token 2*");
        float none = float.NegativeInfinity;
        ((Action)(() => sampler.Pick([none, none, none], []))).Should().Throw<ArgumentException>().WithMessage("The scores of all tokens are −∞*");
        ((Action)(() => sampler.Pick([0, 0], []))).Should().Throw<ArgumentException>().WithMessage("There are 2 scores; 3 were expected*");
        ((Func<object>)(() => new TokenSampler(0))).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (Func<GenerationOptions> make in new Func<GenerationOptions>[]
        {
            () => new() { Temperature = -1 }, () => new() { Temperature = float.NaN }, () => new() { TopK = -1 }, () => new() { TopP = 0 },
            () => new() { TopP = 1.1f }, () => new() { Repetition = 0 }, () => new() { Stops = [1, -1] }, () => new() { Threads = 0 },
            () => new() { ContextEnd = (ContextEnd)3 },
        })
        {
            make.Should().Throw<ArgumentOutOfRangeException>();
        }

        new GenerationOptions { Temperature = 0.8f, TopK = 40, TopP = 0.9f, Seed = 3, Repetition = 1.2f, Stops = [1, 2] }.ToString()
            .Should().Be("temperature 0.8, the 40 highest, the likeliest of together 0.9, repetition 1.2, seed 3, until 1 or 2");
        new GenerationOptions { Temperature = 0, TopK = 4 }.ToString().Should().Be("the likeliest token");
    }

    private static double[] Among(int[] stay)
    {
        float[] p = WritingNetworks.Softmax(scores);
        double sum = stay.Sum(token => (double)p[token]);
        return [.. p.Select((one, token) => stay.Contains(token) ? one / sum : 0)];
    }

    // Each token's number is within five deviations of what its probability says.
    private static void ShouldBeDistributed(GenerationOptions options, double[] p, int[]? before = null)
    {
        const int Draws = 40_000;
        var sampler = new TokenSampler(p.Length, options);
        int[] drawn = new int[p.Length];
        for (int at = 0; at < Draws; at++)
            drawn[sampler.Pick(scores, before, row: at % 7, position: at)]++;
        for (int token = 0; token < p.Length; token++)
        {
            double deviation = Math.Sqrt(p[token] * (1 - p[token]) / Draws);
            ((double)drawn[token] / Draws).Should().BeApproximately(p[token], 5 * deviation, $"token {token}, {options}");
            if (p[token] > 0)
                drawn[token].Should().BePositive();
        }
    }
}
