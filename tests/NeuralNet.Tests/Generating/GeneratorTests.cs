using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Generating;

/// <summary>Tokens read into networks, and the scores of what comes next.</summary>
public sealed class GeneratorTests
{
    private static readonly int[] text = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];

    [Theory]
    [InlineData("gpt", true, WritingNetworks.Steps)]
    [InlineData("rotary", true, WritingNetworks.Steps)]
    [InlineData("window", true, 1 << 24)]
    [InlineData("lstm", true, null)]
    [InlineData("last step", true, null)]
    [InlineData("one-hot", true, null)]
    [InlineData("pairs", true, null)]
    [InlineData("convolution", true, null)]
    [InlineData("both ways", false, WritingNetworks.Steps)]
    [InlineData("mean", false, WritingNetworks.Steps)]
    public void Scores_have_the_bits_that_the_whole_text_gives(string kind, bool carries, int? most)
    {
        Network network = WritingNetworks.Of(kind);
        for (int threads = 1; threads <= 2; threads++)
        {
            using var generator = new Generator(network, threads: threads);
            generator.MaxTokens.Should().Be(most);
            generator.ToString().Contains("state carried", StringComparison.Ordinal).Should().Be(carries);
            generator.Append(0, text.AsSpan(0, 4));
            for (int count = 4; count < text.Length; count++)
            {
                ShouldHaveScores(generator, 0, network, text.AsSpan(0, count));
                generator.Append(0, text[count]);
            }

            generator.CountOf(0).Should().Be(text.Length);
            generator.TokensOf(0).ToArray().Should().Equal(text);
        }
    }

    [Fact]
    public void A_tied_output_gives_the_same_bits()
    {
        Network network = WritingNetworks.Tied();
        using var generator = new Generator(network);
        generator.Append(0, text);
        ShouldHaveScores(generator, 0, network, text);
    }

    [Theory]
    [InlineData("softmax", 1)]
    [InlineData("log", 1)]
    [InlineData("none", 1)]
    [InlineData("warm", 2)]
    public void Scores_are_what_the_last_activation_is_given(string last, float temperature)
    {
        Activation activation = last switch
        {
            "softmax" => Activation.Softmax,
            "log" => Activation.LogSoftmax,
            "warm" => new Softmax(2),
            _ => Activation.Identity,
        };
        Network Ending(Activation end) => Network.Create(Shape.Sequence(4, 1)).Embedding(5, 3).Gru(6).Dense(5, end).Build(1);
        using var generator = new Generator(Ending(activation));
        generator.Append(0, 2, 4);
        float[] z = Ending(Activation.Identity).Predict([2, 4, 0, 0])[5..10];
        generator.ScoresOf(0).ToArray().Should().Equal(z.Select(one => one / temperature));
    }

    [Theory]
    [InlineData("gpt")]
    [InlineData("lstm")]
    [InlineData("mean")]
    public void Texts_side_by_side_do_not_know_of_each_other(string kind)
    {
        Network network = WritingNetworks.Of(kind);
        using var generator = new Generator(network, maxRows: 3);
        generator.Append(1, text.AsSpan(5, 2));
        generator.Append(0, text.AsSpan(0, 5));
        generator.Append(2, 7);
        generator.AppendToEach([1, 2, 3]);
        generator.AppendToEach([4, 5]);
        int[][] all = [[.. text[..5], 1, 4], [.. text[5..7], 2, 5], [7, 3]];
        for (int row = 0; row < 3; row++)
        {
            ShouldHaveScores(generator, row, network, all[row]);
            generator.TokensOf(row).ToArray().Should().Equal(all[row]);
        }

        // 2, 0, 0: texts are copied, and go on by themselves.
        generator.Rearrange([2, 0, 0]);
        generator.AppendToEach([6, 7, 8]);
        int[][] moved = [[.. all[2], 6], [.. all[0], 7], [.. all[0], 8]];
        for (int row = 0; row < 3; row++)
            ShouldHaveScores(generator, row, network, moved[row]);

        generator.Begin(1);
        generator.CountOf(1).Should().Be(0);
        generator.Append(1, text);
        ShouldHaveScores(generator, 1, network, text);
    }

    [Theory]
    [InlineData("gpt", ContextEnd.Halve)]
    [InlineData("gpt", ContextEnd.Slide)]
    [InlineData("mean", ContextEnd.Halve)]
    [InlineData("mean", ContextEnd.Slide)]
    public void At_the_end_of_the_context_a_text_goes_on_from_its_last_tokens(string kind, ContextEnd end)
    {
        Network network = WritingNetworks.Of(kind);
        const int Steps = WritingNetworks.Steps;
        int[] longText = [.. Enumerable.Range(0, 40).Select(i => (i * i) % WritingNetworks.Vocabulary)];
        using var generator = new Generator(network, maxRows: 2, end);
        generator.Append(0, longText.AsSpan(0, 3));
        generator.Append(1, longText.AsSpan(0, 5));
        int has = 3, readsOther = 5;
        for (int count = 3; count < longText.Length - 2; count++)
        {
            ShouldHaveScores(generator, 0, network, longText.AsSpan(count - has, has));
            generator.IsFull(0).Should().BeFalse();
            generator.AppendToEach([longText[count], longText[count + 2]]);
            (has, readsOther) = (Next(has), Next(readsOther));
        }

        ShouldHaveScores(generator, 1, network, longText.AsSpan(40 - readsOther, readsOther));
        int Next(int steps) => steps < Steps ? steps + 1 : end == ContextEnd.Slide ? Steps : Steps / 2;

        // A prompt that is longer than the network.
        generator.Begin(0);
        generator.Append(0, longText);
        int kept = end == ContextEnd.Slide ? Steps : Steps / 2;
        ShouldHaveScores(generator, 0, network, longText.AsSpan(40 - kept));
        generator.CountOf(0).Should().Be(40);
    }

    [Fact]
    public void A_text_that_stops_at_the_end_refuses_more()
    {
        using var generator = new Generator(WritingNetworks.Of("gpt"), maxRows: 2);
        generator.Append(0, text.AsSpan(0, 11));
        generator.Append(1, 1);
        generator.IsFull(0).Should().BeFalse();
        float[] before = generator.ScoresOf(0).ToArray();
        generator.Invoking(one => one.Append(0, 1, 2)).Should().Throw<InvalidOperationException>()
            .WithMessage("Text 0 has 11 tokens and is given 2; the network has steps for 12. Give fewer, or let ContextEnd.Halve*");
        generator.ScoresOf(0).ToArray().Should().Equal(before);
        generator.Append(0, text[11]);
        generator.IsFull(0).Should().BeTrue();
        generator.IsFull(1).Should().BeFalse();
        generator.Invoking(one => one.AppendToEach([1, 2])).Should().Throw<InvalidOperationException>().WithMessage("Text 0 has 12 tokens*");
        generator.CountOf(1).Should().Be(1, "nothing has changed");
    }

    [Fact]
    public void An_endless_text_remembers_its_last_tokens()
    {
        using var generator = new Generator(WritingNetworks.Of("lstm"));
        int[] longText = [.. Enumerable.Range(0, 3000).Select(i => (i * i) % WritingNetworks.Vocabulary)];
        generator.Append(0, longText.AsSpan(0, 1000));
        generator.Append(0, longText.AsSpan(1000, 1990));
        foreach (int token in longText.AsSpan(2990))
            generator.Append(0, token);
        generator.CountOf(0).Should().Be(3000);
        generator.TokensOf(0).ToArray().Should().Equal(longText[^1024..]);
    }

    [Fact]
    public void Tokens_may_come_from_the_generator_itself()
    {
        Network network = WritingNetworks.Of("gpt");
        using var generator = new Generator(network, maxRows: 2, ContextEnd.Halve);
        generator.Append(0, text);
        generator.Append(1, text.AsSpan(0, 3));
        generator.AppendToEach(generator.TokensOf(0)[..2]);
        generator.TokensOf(1).ToArray().Should().Equal([.. text[..3], text[1]]);
        ShouldHaveScores(generator, 1, network, [.. text[..3], text[1]]);
        ReadOnlySpan<int> last = generator.TokensOf(0)[^8..];
        int[] copy = last.ToArray();
        generator.Begin(0);
        generator.Append(0, last);
        generator.TokensOf(0).ToArray().Should().Equal(copy);
        ShouldHaveScores(generator, 0, network, copy);
    }

    [Fact]
    public void A_text_goes_on_from_a_state_with_positions()
    {
        Network network = WritingNetworks.Of("gpt");
        float[] state = new float[network.StatePerRow], y = new float[7 * WritingNetworks.Vocabulary];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        float[] read = [.. text.Take(7).Select(token => (float)token)];
        network.Predict(new Batch { Rows = 1, Steps = 7, Inputs = read, State = state }, y, workspace);
        using var generator = new Generator(network);
        generator.Begin(0, state);
        generator.Append(0, text.AsSpan(7, 4));
        ShouldHaveScores(generator, 0, network, text.AsSpan(0, 11));
        generator.Append(0, text[11]);
        generator.IsFull(0).Should().BeTrue("7 tokens were in the state");
        Generation.Sample(network, [1], new GenerationOptions { State = state }).Should().HaveCount(5);
        ((Func<object>)(() => Generation.Sample(network, new int[6], new GenerationOptions { State = state }))).Should().Throw<ArgumentException>()
            .WithMessage("A text has 7 tokens and is given 6; the network has steps for 12*");
        state[0] = 3.5f;
        generator.Invoking(one => one.Begin(0, state)).Should().Throw<ArgumentException>()
            .WithMessage("The state that a text begins with has positions that are not one and the same whole number from 0 to 12*");
    }

    [Fact]
    public void A_text_begins_with_the_state_that_an_encoder_left()
    {
        Network network = WritingNetworks.Of("lstm");
        float[] state = TestData.Normal(network.StatePerRow), carried = [.. state], y = new float[WritingNetworks.Vocabulary];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        network.Predict(new Batch { Rows = 1, Steps = 1, Inputs = [4], State = carried }, y, workspace);
        using var generator = new Generator(network, maxRows: 2);
        generator.Begin(1, state);
        generator.Append(1, 4);
        WritingNetworks.Softmax(generator.ScoresOf(1)).ShouldHaveTheBitsOf(y, "state");
        generator.Invoking(one => one.Begin(0, new float[3])).Should().Throw<ArgumentException>()
            .WithMessage($"The state that a text begins with has 3 values, but {network.StatePerRow} were expected.*");
        using var none = new Generator(WritingNetworks.Of("mean"));
        none.Invoking(one => one.Begin(0, new float[3])).Should().Throw<ArgumentException>()
            .WithMessage("*0 were expected: the network carries none*");
        Network attends = WritingNetworks.Of("gpt");
        using var sliding = new Generator(attends, contextEnd: ContextEnd.Slide);
        sliding.Invoking(one => one.Begin(0, new float[attends.StatePerRow])).Should().Throw<ArgumentException>()
            .WithMessage("With ContextEnd.Slide a text begins anew*use ContextEnd.Stop.*");
    }

    [Theory]
    [InlineData("gpt", ContextEnd.Stop)]
    [InlineData("window", ContextEnd.Stop)]
    [InlineData("gpt", ContextEnd.Halve)]
    [InlineData("mean", ContextEnd.Slide)]
    public void A_token_allocates_nothing(string kind, ContextEnd end)
    {
        using var generator = new Generator(WritingNetworks.Of(kind), maxRows: 3, end);
        var sampler = new TokenSampler(WritingNetworks.Vocabulary, new GenerationOptions { TopK = 7, TopP = 0.9f, Repetition = 1.1f });
        int[] next = new int[3];
        long bytes = Allocations.Of(() =>
        {
            for (int row = 0; row < 3; row++)
            {
                generator.Begin(row);
                generator.Append(row, 1);
            }

            Write(end == ContextEnd.Stop ? 2 : 20);
            return () => Write(end == ContextEnd.Stop ? 8 : 30);
        });
        bytes.Should().Be(0);

        void Write(int tokens)
        {
            for (int i = 0; i < tokens; i++)
            {
                for (int row = 0; row < 3; row++)
                    next[row] = sampler.Pick(generator.ScoresOf(row), generator.TokensOf(row), row, generator.CountOf(row));
                generator.AppendToEach(next);
                generator.Rearrange([1, 0, 2]);
            }
        }
    }

    [Fact]
    public void Networks_that_cannot_write_are_refused()
    {
        Refused(Network.Create(4).Dense(3, Activation.Softmax), "*takes Features(4); a sequence of tokens was expected*");
        Refused(Network.Create(Shape.Sequence(5, 3)).Dense(4, Activation.Softmax), "*ids were expected, as an Embedding takes them, or one-hot*");
        Refused(Network.Create(Shape.Sequence(5, 1)).Embedding(3, 2).Dense(4, Activation.Softmax), "*gives scores of 4 tokens but takes only 3*");
        Refused(Network.Create(Shape.Sequence(5, 1)).Embedding(4, 2).Dense(4, Activation.Sigmoid), "*ends with Sigmoid; softmax or log-softmax*");
        Refused(
            Network.Create(Shape.Sequence(6, 1)).Embedding(4, 2).Conv(3, 2, stride: 2).Dense(4, Activation.Softmax),
            "*gives Sequence(3, 4) of Sequence(6, 1); scores of the next token were expected*");
        Refused(
            Network.Create(Shape.Sequence(6, 1)).Embedding(4, 2)
                .Parallel(Merge.Concat, b => b.Dense(2, Activation.Softmax), b => b.Dense(2, Activation.Softmax)),
            "*ends with Softmax, Softmax;*");
        ((Func<object>)(() => new Generator(Network.Create(Shape.Sequence(6, 1)).Embedding(4, 2).MaxPool(2).Upsample(2).Dense(4).Build())))
            .Should().Throw<ArgumentException>().WithMessage("The batch has 1 steps: layer 1 (MaxPool)*");
        ((Func<object>)(() => new Generator(Network.Create(Shape.Sequence(6, 1)).Embedding(4, 2).Conv(3, 3).GlobalMaxPool().Dense(4).Build())))
            .Should().Throw<ArgumentException>().WithMessage("The batch has 1 steps: layer 1 (Conv)*");
        ((Func<object>)(() => new Generator(WritingNetworks.Of("gpt"), contextEnd: (ContextEnd)7))).Should().Throw<ArgumentOutOfRangeException>();
        ((Func<object>)(() => new Generator(null!))).Should().Throw<ArgumentNullException>();
        ((Func<object>)(() => new Generator(WritingNetworks.Of("gpt"), maxRows: 0))).Should().Throw<ArgumentOutOfRangeException>();
        ((Func<object>)(() => new Generator(WritingNetworks.Of("gpt"), maxRows: 100_000_000))).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("What texts need would have * values*");

        static void Refused(NetworkBuilder layers, string words) =>
            ((Func<object>)(() => new Generator(layers.Build()))).Should().Throw<ArgumentException>()
                .WithMessage("The network cannot write: it " + words);
    }

    [Fact]
    public void Wrong_calls_are_refused()
    {
        using var generator = new Generator(WritingNetworks.Of("more ids"), maxRows: 2);
        generator.InputVocabulary.Should().Be(WritingNetworks.Vocabulary + 2);
        generator.Append(0, WritingNetworks.Vocabulary + 1);
        generator.Invoking(one => one.Append(0, 1, 13)).Should().Throw<ArgumentException>()
            .WithMessage("Token 13 is none of the network's; tokens from 0 to 12 were expected.*");
        generator.Invoking(one => one.Append(0, -1)).Should().Throw<ArgumentException>();
        generator.Invoking(one => one.Append(0)).Should().Throw<ArgumentException>().WithMessage("At least one token was expected*");
        generator.Invoking(one => one.Append(2, 1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("A text from 0 to 1 was expected.*");
        generator.Invoking(one => one.ScoresOf(1)).Should().Throw<InvalidOperationException>().WithMessage("Text 1 has no token yet*");
        generator.Invoking(one => one.AppendToEach([1, 2, 3])).Should().Throw<ArgumentException>().WithMessage("There are 3 tokens; 1 to 2*");
        generator.Invoking(one => one.AppendToEach([])).Should().Throw<ArgumentException>();
        generator.Invoking(one => one.Rearrange([0, 2])).Should().Throw<ArgumentOutOfRangeException>();
        generator.Invoking(one => one.Rearrange([0, 1, 1])).Should().Throw<ArgumentException>().WithMessage("There are 3 places; at most 2*");
        generator.CountOf(0).Should().Be(1);
        generator.Dispose();
        generator.Invoking(one => one.Append(0, 1)).Should().Throw<ObjectDisposedException>();
    }

    private static void ShouldHaveScores(Generator generator, int row, Network network, ReadOnlySpan<int> text) =>
        WritingNetworks.Softmax(generator.ScoresOf(row))
            .ShouldHaveTheBitsOf(WritingNetworks.Probabilities(network, text), $"text {row} of {text.Length} tokens");
}
