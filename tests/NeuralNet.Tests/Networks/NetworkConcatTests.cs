using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Networks;

/// <summary>A network of the layers of several.</summary>
public class NetworkConcatTests
{
    public static TheoryData<string> TiedNames => TiedNetworks.Names;

    [Fact]
    public void The_parts_of_a_network_are_the_whole_again_in_name_value_and_file()
    {
        foreach (RandomNetwork drawn in RandomNetwork.Draw(100))
        {
            Network network = drawn.Network;
            for (int i = 0; i < network.Statistics.Length; i++)
                network.Statistics[i] += 0.25f + (i % 3);
            int n = network.Layers.Count;
            for (int cut = 1; cut < n; cut++)
            {
                Network whole = Network.Concat(network.Slice(0, cut), network.Slice(cut, n - cut));
                whole.Layers.Should().Equal(network.Layers);
                whole.Blocks.Select(block => block.Name).Should().Equal(network.Blocks.Select(block => block.Name));
                whole.Parameters.SequenceEqual(network.Parameters).Should().BeTrue();
                whole.Statistics.SequenceEqual(network.Statistics).Should().BeTrue();
            }

            Network pieces = Network.Concat([.. Enumerable.Range(0, n).Select(k => network.Slice(k, 1))]);
            float[] y = new float[drawn.Rows * drawn.OutputSize], expected = new float[y.Length];
            drawn.Network.Predict(Batch(drawn), expected, network.CreateWorkspace(drawn.Rows, training: false));
            pieces.Predict(Batch(drawn), y, pieces.CreateWorkspace(drawn.Rows, training: false));
            y.ShouldHaveTheBitsOf(expected, network.Summary());
        }

        static Batch Batch(RandomNetwork drawn) => new()
        {
            Rows = drawn.Rows,
            Inputs = drawn.Inputs,
            Lengths = drawn.Lengths,
            Steps = drawn.Steps,
        };
    }

    // Random numbers are keyed by the place of a layer, and that is the same again.
    [Fact]
    public void It_trains_with_the_bits_of_the_whole_random_numbers_and_statistics_included()
    {
        Dataset data = TestData.Clouds(90);
        Network network = Network.Create(2).Dense(8, Activation.Tanh).Dropout(0.3f).BatchNorm()
            .Parallel(Merge.Concat, b => b.Dense(4, new RandomizedLeakyRelu()), b => b.Dropout(0.2f)).Dense(3, Activation.Softmax).Build(1);
        Network parts = Network.Concat(network.Slice(0, 1), network.Slice(1, 2), network.Slice(3, 2));
        foreach (Network one in new[] { network, parts })
        {
            using var trainer = new Trainer(one, Divergence.CrossEntropy, new AdamW(0.01f)) { BatchSize = 16, Seed = 3 };
            trainer.Fit(data, 4);
        }

        parts.Parameters.ToArray().ShouldHaveTheBitsOf(network.Parameters.ToArray(), "parameters");
        parts.Statistics.ToArray().ShouldHaveTheBitsOf(network.Statistics.ToArray(), "statistics");
    }

    [Fact]
    public void A_new_head_on_an_old_body_has_copies_of_both()
    {
        Network old = Network.Create(3).Dense(4, Activation.Tanh).BatchNorm().Dense(2).Build(1);
        old.Parameter("1.running_mean").Fill(0.5f);
        Network body = old.Slice(0, 2), head = Network.Create(body.Output).Dense(5, Activation.Softmax).Build(2);
        Network both = Network.Concat(body, head);
        (both.Input, both.Output, both.Layers.Count).Should().Be((old.Input, Shape.Features(5), 3));
        both.Parameter("0.weight").SequenceEqual(old.Parameter("0.weight")).Should().BeTrue();
        both.Parameter("1.running_mean").ToArray().Should().Equal(0.5f, 0.5f, 0.5f, 0.5f);
        both.Parameter("2.weight").SequenceEqual(head.Parameter("0.weight")).Should().BeTrue();
        float[] x = TestData.Normal(6);
        both.Predict(x).ShouldHaveTheBitsOf(head.Predict(body.Predict(x)), "one behind the other");

        float[] ofBody = body.Parameters.ToArray(), ofHead = head.Parameters.ToArray();
        both.Parameters.Fill(7);
        both.Statistics.Fill(7);
        body.Parameters.ToArray().Should().Equal(ofBody);
        body.Parameter("1.running_mean").ToArray().Should().Equal(0.5f, 0.5f, 0.5f, 0.5f);
        head.Parameters.ToArray().Should().Equal(ofHead);
    }

    [Fact]
    public void The_same_network_twice_has_values_of_its_own_each_time()
    {
        Network square = Network.Create(2).Dense(2, Activation.Tanh).Build(1), twice = Network.Concat(square, square);
        twice.Ties.Should().BeEmpty();
        twice.Parameters.Length.Should().Be(2 * square.Parameters.Length);
        twice.Predict([1, 2]).Should().Equal(square.Predict(square.Predict([1, 2])));
        twice.Parameter("0.weight").Clear();
        twice.Parameter("1.weight").SequenceEqual(square.Parameter("0.weight")).Should().BeTrue();
        Network.Concat(square).Parameters.SequenceEqual(square.Parameters).Should().BeTrue("one network alone is copied");
    }

    [Theory]
    [MemberData(nameof(TiedNames))]
    public void Ties_are_renumbered(string name)
    {
        Network tied = TiedNetworks.Tied(name);
        Network before = Network.Create(tied.Input).Add(shape => new Skip(shape)).Build(), whole = Network.Concat(before, before, tied);
        whole.Ties.Select(tie => tie.ToString()).Should().Equal(
            tied.Ties.Select(tie => $"{Behind(tie.To)} is {Behind(tie.Block)}{(tie.Transposed ? " transposed" : "")}"));
        whole.Parameters.SequenceEqual(tied.Parameters).Should().BeTrue();
        (float[] x, _) = TiedNetworks.Data(tied, rows: 3);
        whole.Predict(x).ShouldHaveTheBitsOf(tied.Predict(x), name);
        Network loaded = SavedNetworks.Load(SavedNetworks.Save(whole));
        loaded.Ties.Select(tie => tie.ToString()).Should().Equal(whole.Ties.Select(tie => tie.ToString()));
        loaded.Predict(x).ShouldHaveTheBitsOf(tied.Predict(x), name);

        static string Behind(string block)
        {
            string[] parts = block.Split('.', 2);
            return FormattableString.Invariant($"{int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture) + 2}.{parts[1]}");
        }
    }

    [Fact]
    public void A_tie_that_reached_from_part_to_part_is_undone_and_each_block_keeps_its_values()
    {
        Network network = TiedNetworks.Tied("autoencoder"), whole = Network.Concat(network.Slice(0, 1), network.Slice(1, 1));
        whole.Ties.Should().BeEmpty();
        whole.CopyParameter("1.weight").Should().Equal(network.CopyParameter("1.weight"));
        float[] x = TestData.Normal(5);
        whole.Predict(x).Should().Equal(network.Predict(x));
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_what_is_given_and_what_is_taken()
    {
        Network four = Network.Create(3).Dense(5).Dense(4).Build(), five = Network.Create(5).Dense(2).Build();
        Network image = Network.Create(Shape.Image(2, 2, 1)).Dense(2).Build();
        Refused([four, five]).WithMessage("Network 1 (layer 0: Dense) takes Features(5), but network 0 (layer 1: Dense) gives Features(4).*")
            .And.Message.Should().NotContain("Flatten");
        Refused([five, Network.Create(2).Dense(4).Build(), image]).WithMessage(
            "Network 2 (layer 0: Dense) takes Image(2, 2, 1), but network 1 (layer 0: Dense) gives Features(4). They have as many values: a Flatten "
            + "or Reshape between the two makes them fit.*");
        Refused([]).WithMessage("At least one network was expected, but got none.*");
        Refused([four, null!]).WithMessage("Network 1 is null.*");
        Network many = Network.Concat([.. Enumerable.Repeat(Network.Create(1).Add(shape => new Skip(shape)).Build(), 4096)]);
        Refused([many, many]).WithMessage("*at most 4096 layers, but got 8192*");

        static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(Network[] networks) =>
            new Action(() => Network.Concat(networks)).Should().Throw<ArgumentException>();
    }
}
