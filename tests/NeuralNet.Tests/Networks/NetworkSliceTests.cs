using NeuralNet.Tests.Contracts;
using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Networks;

/// <summary>A network of some of another's layers.</summary>
public class NetworkSliceTests
{
    [Fact]
    public void It_gives_the_hidden_values_of_the_whole()
    {
        Network network = Network.Create(2).Dense(2, Activation.Relu).Dense(1).Build();
        float[] values = [1, 2, 3, 4, -1, 2, 5, 6, 7];
        values.CopyTo(network.Parameters);
        network.Slice(0, 1).Predict([1, 1]).Should().Equal(3, 8); // max(0, 1 + 3 − 1), 2 + 4 + 2
        network.Slice(1, 1).Predict([3, 8]).Should().Equal(network.Predict([1, 1])).And.Equal(70); // 15 + 48 + 7
        network.Slice(1, 1).Blocks.Select(block => block.Name).Should().Equal("0.weight", "0.bias");
    }

    [Fact]
    public void Two_slices_one_behind_the_other_have_the_bits_of_the_whole_also_after_a_file()
    {
        foreach ((Network network, bool isSaved) in RandomNetwork.Draw(100).Select(drawn => (drawn.Network, false))
            .Concat(Enumerable.Range(0, 100).Select(seed => (ImageNetworks.Draw(seed), true))))
        {
            for (int cut = 1; cut < network.Layers.Count; cut++)
            {
                Network body = network.Slice(0, cut), head = network.Slice(cut, network.Layers.Count - cut);
                (body.Input, body.Output, head.Input, head.Output)
                    .Should().Be((network.Input, network.Layers[cut].Input, network.Layers[cut].Input, network.Output));
                float[] x = new float[3 * network.Input.Size];
                Ids.Draw(new RandomStream(cut), network.InputIds, x);
                float[] hidden = body.Predict(x), y = head.Predict(hidden);
                y.ShouldHaveTheBitsOf(network.Predict(x), $"cut {cut} of {network.Summary()}");
                if (!isSaved)
                    continue;
                SavedNetworks.Load(SavedNetworks.Save(body)).Predict(x).ShouldHaveTheBitsOf(hidden, $"body {cut} of {network.Summary()}");
                SavedNetworks.Load(SavedNetworks.Save(head)).Predict(hidden).ShouldHaveTheBitsOf(y, $"head {cut} of {network.Summary()}");
            }
        }
    }

    [Fact]
    public void Values_are_copies_statistics_too()
    {
        Network network = Network.Create(3).Dense(4).Add(shape => new BatchStatistics(shape.FeatureCount)).Dense(2).Build(1);
        network.Parameter("1.mean").Fill(0.5f);
        Network slice = network.Slice(1, 2);
        slice.Parameter("0.mean").ToArray().Should().Equal(0.5f, 0.5f, 0.5f, 0.5f);
        slice.Parameter("1.weight").SequenceEqual(network.Parameter("2.weight")).Should().BeTrue();
        float[] before = network.Parameters.ToArray();
        slice.Parameters.Fill(7);
        slice.Statistics.Fill(7);
        network.Parameters.ToArray().Should().Equal(before);
        network.Parameter("1.mean").ToArray().Should().Equal(0.5f, 0.5f, 0.5f, 0.5f);
        network.Parameters.Fill(3);
        slice.Parameters.ToArray().Should().OnlyContain(value => value == 7);
    }

    // The part behind has its features in an order of its own: there is no image in it any more.
    [Fact]
    public void A_file_of_what_is_behind_a_flattened_image_is_in_the_order_of_its_rows()
    {
        Network network = Network.Create(Shape.Image(1, 2, 3)).Flatten().Prelu().Dense(2).Build();
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] = i;
        Network behind = network.Slice(1, 2), withImage = network.Slice(0, 2);
        behind.Input.Should().Be(Shape.Features(6));
        FeatureOrdersTests.Saved(behind)[..6].Should().Equal(0, 1, 2, 3, 4, 5);
        FeatureOrdersTests.Saved(withImage)[..6].Should().Equal(0, 3, 1, 4, 2, 5);
        foreach (Network slice in new[] { behind, withImage })
            SavedNetworks.Load(SavedNetworks.Save(slice)).Parameters.ToArray().Should().Equal(slice.Parameters.ToArray());
    }

    [Fact]
    public void Ties_within_it_are_renumbered_and_those_that_reach_outside_give_their_values()
    {
        Network network = Network.Create(4).Dense(4, Activation.Tanh).Dense(4, Activation.Tanh).Dense(4, Activation.Tanh).Dense(4)
            .Tie("0.weight", "1.weight", transposed: true).Tie("0.weight", "2.weight").Tie("0.weight", "3.weight", transposed: true)
            .Tie("2.bias", "1.bias").Build(1);
        TestData.Normal(network.Parameters.Length).CopyTo(network.Parameters);

        Ties(network.Slice(0, 2)).Should().Equal("1.weight is 0.weight transposed");
        Network back = network.Slice(1, 3);
        Ties(back).Should().Equal("0.bias is 1.bias", "1.weight is 0.weight transposed", "2.weight is 0.weight");
        foreach (string name in new[] { "weight", "bias" })
        {
            for (int k = 0; k < 3; k++)
                back.CopyParameter($"{k}.{name}").Should().Equal(network.CopyParameter($"{k + 1}.{name}"));
        }

        Ties(network.Slice(2, 1)).Should().BeEmpty();
        network.Slice(1, 1).CopyParameter("0.weight").Should().Equal(network.CopyParameter("1.weight"));
        float[] x = TestData.Normal(8);
        back.Predict(network.Slice(0, 1).Predict(x)).Should().Equal(network.Predict(x));
        Network loaded = SavedNetworks.Load(SavedNetworks.Save(back));
        Ties(loaded).Should().Equal(Ties(back));
        loaded.Parameters.ToArray().Should().Equal(back.Parameters.ToArray());

        static IEnumerable<string> Ties(Network of) => of.Ties.Select(tie => tie.ToString());
    }

    public static TheoryData<string> TiedNames => TiedNetworks.Names;

    [Theory]
    [MemberData(nameof(TiedNames))]
    public void Slices_of_tied_networks_have_the_bits_of_the_whole(string name)
    {
        Network network = TiedNetworks.Tied(name);
        (float[] x, _) = TiedNetworks.Data(network, rows: 3);
        for (int cut = 1; cut < network.Layers.Count; cut++)
            network.Slice(cut, network.Layers.Count - cut).Predict(network.Slice(0, cut).Predict(x)).Should().Equal(network.Predict(x));
    }

    [Theory]
    [InlineData(0, 0, "count must be at least 1.*")]
    [InlineData(0, 4, "The network has layers 0 … 2; 4 of them were asked for, but got a start at 0.*")]
    [InlineData(3, 1, "The network has layers 0 … 2; 1 of them were asked for, but got a start at 3.*")]
    [InlineData(-1, 2, "The network has layers 0 … 2; 2 of them were asked for, but got a start at -1.*")]
    [InlineData(2, int.MaxValue, "The network has layers 0 … 2; 2147483647 of them*")]
    public void Layers_that_the_network_does_not_have_are_refused(int first, int count, string words) =>
        TestData.Classifier().Invoking(network => network.Slice(first, count)).Should().Throw<ArgumentOutOfRangeException>().WithMessage(words);
}
