namespace NeuralNet.Tests.Generating;

/// <summary>The likeliest texts.</summary>
public sealed class BeamSearchTests
{
    private const int Count = 4, Stop = 2, Tokens = 4;

    [Theory]
    [InlineData("gpt")]
    [InlineData("lstm")]
    [InlineData("mean")]
    public void One_beam_takes_the_likeliest_token_each_time(string kind)
    {
        Network network = WritingNetworks.Of(kind);
        BeamText text = Generation.BeamSearch(network, WritingNetworks.Prompt, count: 6, beams: 1).Single();
        text.Tokens.Should().Equal(Generation.Sample(network, WritingNetworks.Prompt, temperature: 0).Take(6));
        text.IsEnded.Should().BeFalse();
        text.LogProbability.Should().BeApproximately(LogProbability(network, WritingNetworks.Prompt, [.. text.Tokens]), 1e-5);
        text.Score.Should().BeApproximately(text.LogProbability / 6, 1e-12);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.7f, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 4)]
    public void With_as_many_beams_as_texts_the_best_one_is_found(float power, int seed)
    {
        Network network = Small(seed);
        (int[] Text, bool IsEnded, double Score)[] all = [.. Texts(network, [], power).OrderByDescending(text => text.Score)];
        var options = new GenerationOptions { Stops = [Stop] };
        IReadOnlyList<BeamText> found = Generation.BeamSearch(network, [0], Count, beams: 256, power, options);
        for (int k = 0; k < 20; k++)
        {
            found[k].Score.Should().BeApproximately(all[k].Score, 1e-5);
            found[k].Tokens.Should().Equal(all[k].Text);
            found[k].IsEnded.Should().Be(all[k].IsEnded);
        }

        // A narrow search finds texts that there are, the best first, and not a better one.
        IReadOnlyList<BeamText> some = Generation.BeamSearch(network, [0], Count, beams: 3, power, options);
        some.Should().HaveCountLessThanOrEqualTo(3).And.BeInDescendingOrder(text => text.Score);
        foreach (BeamText text in some)
        {
            all.Should().Contain(
                one => one.Text.SequenceEqual(text.Tokens) && one.IsEnded == text.IsEnded && Math.Abs(one.Score - text.Score) < 1e-5);
        }

        some[0].Score.Should().BeLessThanOrEqualTo(all[0].Score + 1e-5);
    }

    [Fact]
    public void Threads_change_nothing_and_the_context_may_end_the_search()
    {
        Network network = WritingNetworks.Of("gpt");
        IReadOnlyList<BeamText> one = Generation.BeamSearch(network, WritingNetworks.Prompt, count: 100),
            two = Generation.BeamSearch(network, WritingNetworks.Prompt, count: 100, options: new GenerationOptions { Threads = 2 });
        two.Select(text => text.Score).Should().Equal(one.Select(text => text.Score));
        one.Should().OnlyContain(text => text.Tokens.Count == WritingNetworks.Steps - WritingNetworks.Prompt.Length + 1);
        Generation.BeamSearch(network, WritingNetworks.Prompt, count: 30, options: new GenerationOptions { ContextEnd = ContextEnd.Slide })
            .Should().OnlyContain(text => text.Tokens.Count == 30);
        BeamText full = Generation.BeamSearch(network, new int[WritingNetworks.Steps], count: 5)[0];
        full.Tokens.Should().Equal(Generation.Sample(network, new int[WritingNetworks.Steps], temperature: 0));
        full.Score.Should().Be(full.LogProbability).And.BeNegative();
        one[0].ToString().Should().MatchRegex(@"^8 tokens, log p -[\d.]+, score -[\d.]+, not ended$");
    }

    private static Network Small(int seed) => Network.Create(Shape.Sequence(9, 1)).Embedding(Tokens, 6).Gru(9)
        .Dense(Tokens, Activation.Softmax, new VarianceScaling(8, FanMode.In, isNormal: true)).Build(seed);

    // All that may follow, with what it scores.
    private static IEnumerable<(int[] Text, bool IsEnded, double Score)> Texts(Network network, int[] begin, float power)
    {
        if (begin.Length == Count)
        {
            yield return (begin, false, LogProbability(network, [0], begin) / Math.Pow(Count, power));
            yield break;
        }

        yield return (begin, true, LogProbability(network, [0], [.. begin, Stop]) / Math.Pow(begin.Length + 1, power));
        foreach (int token in (int[])[0, 1, 3])
        {
            foreach ((int[], bool, double) text in Texts(network, [.. begin, token], power))
                yield return text;
        }
    }

    private static double LogProbability(Network network, int[] prompt, int[] text)
    {
        int vocabulary = network.Output.FeatureCount, steps = prompt.Length + text.Length - 1;
        float[] y = new float[network.Output.Kind == ShapeKind.Sequence ? steps * vocabulary : vocabulary];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        double sum = 0;
        for (int k = 0; k < text.Length; k++)
        {
            float[] x = [.. prompt.Concat(text[..k]).Select(token => (float)token)];
            Span<float> some = y.AsSpan(0, network.Output.Kind == ShapeKind.Sequence ? x.Length * vocabulary : vocabulary);
            network.Predict(new Batch { Rows = 1, Steps = x.Length, Inputs = x }, some, workspace);
            sum += Math.Log(some[^vocabulary..][text[k]]);
        }

        return sum;
    }
}
