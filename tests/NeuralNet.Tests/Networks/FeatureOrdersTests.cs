using System.Runtime.InteropServices;
using static NeuralNet.Tests.Serialization.SavedNetworks;

namespace NeuralNet.Tests.Networks;

/// <summary>
/// In which order files have the features behind an image, and before one; TorchFilesTests and TorchExchangeTests compare with
/// PyTorch.
/// </summary>
public class FeatureOrdersTests
{
    // Two pixels of three channels, channel after channel.
    private static readonly int[] ofImage = [0, 3, 1, 4, 2, 5];

    private static Shape Image => Shape.Image(1, 2, 3);

    [Fact]
    public void Behind_an_image_that_is_flattened_a_file_has_channel_after_channel()
    {
        Network network = Network.Create(Image).Flatten().Prelu().Dense(2).Build();
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] = i;
        float[] file = Saved(network);
        file[..6].Should().Equal(0, 3, 1, 4, 2, 5);
        file[6..8].Should().Equal(18, 19);
        file[8..].Should().Equal(6, 12, 8, 14, 10, 16, 7, 13, 9, 15, 11, 17);
    }

    [Fact]
    public void Running_statistics_stand_in_that_order_too()
    {
        Network network = Network.Create(Image).Flatten().BatchNorm(affine: false).Build();
        for (int i = 0; i < network.Statistics.Length; i++)
            network.Statistics[i] = i;
        byte[] file = Save(network);
        MemoryMarshal.Cast<byte, float>(file.AsSpan(file.Length - 48)).ToArray().Should().Equal(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11);
        Load(file).Statistics.ToArray().Should().Equal(network.Statistics.ToArray());
    }

    [Fact]
    public void Before_an_image_the_columns_of_the_weights_are_so()
    {
        Network network = Network.Create(2).Dense(6).Prelu().Reshape(Image).Build();
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] = i;
        float[] file = Saved(network);
        file[..6].Should().Equal(12, 15, 13, 16, 14, 17);
        file[6..18].Should().Equal(0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11);
        file[18..].Should().Equal(18, 21, 19, 22, 20, 23);
    }

    [Fact]
    public void An_order_is_handed_on_until_a_dense_layer_takes_it_in()
    {
        Of(Network.Create(Image).Flatten().Activation(Activation.Relu).Activation(Activation.Softmax).Dropout().LayerNorm().RmsNorm().Prelu().Dense(4)
            .Dense(3), "7")
            .Should().Equal(ofImage);
        Of(Network.Create(Image).Flatten().BatchNorm(activation: Activation.Relu).ChannelDropout().Dense(4), "3").Should().Equal(ofImage);
        Of(Network.Create(Image).Flatten().Dense(4).Dense(3), "2").Should().BeNull();
        Of(Network.Create(Image).Flatten().Residual(b => b.Dense(6).Prelu()).Dense(3), "1.1.1").Should().Equal(ofImage);
        Of(Network.Create(Image).Flatten().Residual(b => b.Dense(4).Dense(6)).Dense(3), "2").Should().Equal(ofImage);
        Of(Network.Create(Image).Flatten().Reshape(Image).Flatten().Dense(3), "3").Should().Equal(ofImage);
    }

    [Fact]
    public void A_slice_keeps_the_order_among_what_it_takes_and_a_concatenation_has_one_row_after_the_other()
    {
        Of(Network.Create(Image).Flatten().Slice(1, 4).Dense(2), "2").Should().Equal(2, 0, 3, 1);
        Of(Network.Create(Image).Parallel(Merge.Concat, b => b.Flatten(), b => b.Flatten().Dense(2), b => b.Flatten().Slice(3, 3)).Dense(2), "1")
            .Should().Equal(0, 3, 1, 4, 2, 5, 6, 7, 8, 9, 10);
        Of(Network.Create(Image).Parallel(Merge.Concat, b => b.Flatten().Dense(2), b => b.Flatten()).Slice(1, 6).Dense(2), "2")
            .Should().Equal(0, 1, 4, 2, 5, 3);
    }

    [Fact]
    public void What_cannot_be_expressed_has_the_order_of_the_library()
    {
        // Max and gates go by neighbours and halves.
        Of(Network.Create(Image).Flatten().Prelu().Activation(Activation.Max).Dense(2), "1").Should().BeNull();
        Of(Network.Create(Image).Flatten().Activation(Activation.Glu).Dense(2), "2").Should().BeNull();
        Of(Network.Create(2).Dense(6, Activation.SwiGlu).Prelu().Reshape(Image), "1").Should().BeNull();

        Of(Network.Create(Image).Flatten().GroupNorm(2).Dense(2), "1").Should().BeNull();

        // Two images of other sizes ask for two orders.
        Of(Network.Create(Image).Flatten().Prelu().Reshape(Shape.Image(3, 1, 2)).Flatten().Dense(2), "1").Should().BeNull();
        Of(Network.Create(Image).Flatten().Prelu().Reshape(Shape.Image(3, 1, 2)).Flatten().Dense(2), "4").Should().Equal(0, 2, 4, 1, 3, 5);

        // Steps are no vector, and a sequence of an image's pixels has them in order.
        Of(Network.Create(Image).Flatten().Prelu().Reshape(Shape.Sequence(3, 2)).Dense(2), "1").Should().BeNull();
        Of(Network.Create(Image).Reshape(Shape.Sequence(2, 3)).Flatten().Dense(2), "2").Should().BeNull();

        // One channel, or one pixel, lies in one order.
        Of(Network.Create(Shape.Image(2, 3, 1)).Flatten().Dense(2), "1").Should().BeNull();
        Of(Network.Create(Shape.Image(1, 1, 6)).Flatten().Dense(2), "1").Should().BeNull();
    }

    [Fact]
    public void Whatever_the_order_a_network_comes_back_bit_for_bit()
    {
        int others = 0;
        for (int seed = 0; seed < 300; seed++)
        {
            Network network = ImageNetworks.Draw(seed);
            Network again = Load(Save(network));
            Bits(again.Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue($"{seed}:\n{network.Summary()}");
            others += TorchLayout.Of(network.Layers).Any(tensor => tensor.RowOrder is not null || tensor.ColumnOrder is not null) ? 1 : 0;
        }

        others.Should().BeGreaterThan(80);
    }

    // Orders within orders would otherwise take as much time as a file likes.
    [Fact]
    public void Orders_of_orders_end_somewhere()
    {
        NetworkBuilder builder = Network.Create(Shape.Image(2, 10, 10)).Flatten();
        for (int k = 0; k < 90; k++)
            builder.Parallel(Merge.Concat, b => b.Slice(0, 2), b => b.Slice(1, 198 - k));
        Network network = builder.Dense(2).Build(1);
        Bits(Load(Save(network)).Parameters).SequenceEqual(Bits(network.Parameters)).Should().BeTrue();
    }

    // The library's feature at each place of the file.
    private static int[]? Of(NetworkBuilder builder, string place)
    {
        Network network = builder.Build(1);
        return new FeatureOrders(network.Layers, isOfValues: false).Input(place)?.Features(FeaturesAt(network.Layers, place));
    }

    private static int FeaturesAt(IReadOnlyList<Layer> layers, string place)
    {
        string[] parts = place.Split('.', 2);
        Layer layer = layers[int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture)];
        return parts.Length == 1 ? layer.Input.FeatureCount : FeaturesAt(layer.Children, parts[1]);
    }

    // The values of the file, by name.
    internal static float[] Saved(Network network)
    {
        byte[] file = Save(network);
        return [.. file.AsSpan(file.Length - (4 * network.Parameters.Length)).ToArray().Chunk(4).Select(bytes => BitConverter.ToSingle(bytes))];
    }
}
