namespace NeuralNet.Tests.Generating;

/// <summary>Texts that networks write.</summary>
public sealed class GenerationTests
{
    private const int Vocabulary = WritingNetworks.Vocabulary, Steps = WritingNetworks.Steps;

    private static readonly int[] prompt = WritingNetworks.Prompt;

    [Theory]
    [InlineData("gpt")]
    [InlineData("window")]
    [InlineData("lstm")]
    [InlineData("both ways")]
    [InlineData("more ids")]
    public void Sample_draws_each_token_by_what_the_text_before_gives(string kind)
    {
        Network network = WritingNetworks.Of(kind);
        var options = new GenerationOptions { Temperature = 0.7f, TopK = 6, TopP = 0.95f, Repetition = 1.3f, Seed = 5 };
        var sampler = new TokenSampler(Vocabulary, options);
        List<int> text = [.. prompt];
        for (int i = prompt.Length; i < Steps; i++)
        {
            text.Add(sampler.Pick(Scores(network, [.. text]), [.. text]));
        }

        IEnumerable<int> written = Generation.Sample(network, prompt, options).Take(Steps - prompt.Length);
        written.Should().Equal(text[prompt.Length..]);
        written.Should().Equal(text[prompt.Length..], "going through it once more gives the same");
    }

    [Fact]
    public void The_short_form_is_the_long_one()
    {
        Network network = WritingNetworks.Of("gpt");
        Generation.Sample(network, prompt, temperature: 0.8f, topK: 4, topP: 0.9f, seed: 1).Should().Equal(
            Generation.Sample(network, prompt, new GenerationOptions { Temperature = 0.8f, TopK = 4, TopP = 0.9f, Seed = 1, Threads = 2 }));
        Generation.Sample(network, prompt, contextEnd: ContextEnd.Slide).Take(50).Should().HaveCount(50);
        Generation.Sample(network, prompt, seed: 1).Should().NotEqual(Generation.Sample(network, prompt, seed: 2));
    }

    [Fact]
    public void A_text_ends_where_the_steps_are_used_up_or_a_token_says_so()
    {
        Network network = WritingNetworks.Of("gpt");
        int[] text = [.. Generation.Sample(network, prompt)];
        text.Should().HaveCount(Steps - prompt.Length + 1, "the last one need not be read");
        int stop = text[3];
        int[] ended = [.. Generation.Sample(network, prompt, new GenerationOptions { Stops = [stop] })];
        ended.Should().Equal(text.TakeWhile(token => token != stop));
    }

    [Theory]
    [InlineData("gpt", ContextEnd.Stop)]
    [InlineData("gpt", ContextEnd.Slide)]
    [InlineData("lstm", ContextEnd.Stop)]
    [InlineData("mean", ContextEnd.Halve)]
    public void Texts_together_have_the_tokens_that_each_has_alone(string kind, ContextEnd end)
    {
        Network network = WritingNetworks.Of(kind);
        int[][] prompts =
            [.. Enumerable.Range(0, 50).Select(k => Enumerable.Range(0, 1 + (k * 5 % Steps)).Select(i => (i * k) % Vocabulary).ToArray())];
        var options = new GenerationOptions { Seed = 3, Stops = [2], ContextEnd = end, Repetition = 1.1f };
        int[][] all = Generation.SampleAll(network, prompts, count: 9, options);
        var sampler = new TokenSampler(Vocabulary, options);
        for (int k = 0; k < prompts.Length; k++)
        {
            using var generator = new Generator(network, contextEnd: end);
            generator.Append(0, prompts[k]);
            var alone = new List<int>();
            while (alone.Count < 9 && sampler.Pick(generator.ScoresOf(0), generator.TokensOf(0), k, generator.CountOf(0)) is var token and not 2)
            {
                alone.Add(token);
                if (generator.IsFull(0))
                    break;
                generator.Append(0, token);
            }

            all[k].Should().Equal(alone, $"text {k}");
        }

        all.Select(text => text.Length).Distinct().Count().Should().BeGreaterThan(3, "texts end at different times");
        all[0].Should().Equal(Generation.Sample(network, prompts[0], options).Take(9), "alone a text is row 0");
        Generation.SampleAll(network, prompts, 9, new GenerationOptions { Seed = 3, Stops = [2], ContextEnd = end, Repetition = 1.1f, Threads = 2 })
            .Should().BeEquivalentTo(all, exactly => exactly.WithStrictOrdering());
    }

    [Fact]
    public void Texts_begin_with_states_of_their_own()
    {
        Network network = WritingNetworks.Of("lstm");
        float[] states = TestData.Normal(3 * network.StatePerRow, deviation: 2);
        var options = new GenerationOptions { Temperature = 0, State = states };
        int[][] all = Generation.SampleAll(network, [[1], [1], [1]], count: 8, options);
        for (int k = 0; k < 3; k++)
        {
            float[] own = states[(k * network.StatePerRow)..((k + 1) * network.StatePerRow)];
            Generation.Sample(network, [1], new GenerationOptions { Temperature = 0, State = own }).Take(8).Should().Equal(all[k]);
        }

        all.Select(text => string.Join(' ', text)).Distinct().Should().HaveCountGreaterThan(1);
        ((Action)(() => Generation.SampleAll(network, [[1], [1]], 8, options))).Should().Throw<ArgumentException>().WithMessage("*state*");
        ((Action)(() => Generation.Sample(network, [1], options))).Should().Throw<ArgumentException>().WithMessage("*state*values*expected*");
    }

    [Fact]
    public void What_cannot_be_written_on_is_refused_at_once()
    {
        Network network = WritingNetworks.Of("gpt");
        Refused(() => Generation.Sample(network, []), "A prompt has no token*");
        Refused(() => Generation.Sample(network, [1, 11]), "Token 11 is none of the network's*");
        Refused(() => Generation.Sample(network, new int[13]), "A text has 0 tokens and is given 13; the network has steps for 12*");
        Refused(() => Generation.Sample(network, [1], new GenerationOptions { Stops = [11] }), "Token 11 is to end the text, but*");
        Refused(() => Generation.SampleAll(network, [], 3), "There is no prompt*");
        Refused(() => Generation.SampleAll(network, [[1], []], 3), "A prompt has no token*");
        Refused(() => Generation.SampleAll(network, [[1]], 0), "*");
        Refused(() => Generation.BeamSearch(network, [1], 0), "*");
        Refused(() => Generation.BeamSearch(network, [1], 3, beams: 0), "*");
        Refused(() => Generation.BeamSearch(network, [1], 3, lengthPower: -1), "*");
        Refused(() => Generation.Sample(Network.Create(3).Dense(3).Build(), [1]), "The network cannot write*");
        Refused(() => Generation.Sample(null!, [1]), "*");
        Generation.Sample(network, new int[13], contextEnd: ContextEnd.Slide).Take(3).Should().HaveCount(3);
        Generation.Sample(network, new int[12]).Should().HaveCount(1);

        static void Refused(Action act, string words) => act.Should().Throw<ArgumentException>().WithMessage(words);
    }

    // z, as a generator gives it.
    private static float[] Scores(Network network, int[] text)
    {
        using var generator = new Generator(network);
        generator.Append(0, text);
        return generator.ScoresOf(0).ToArray();
    }
}
