using NeuralNet.Tests;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Images that become features, and features that become images: channels lie first in the model and last here.</summary>
public class ImageNetworksTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Networks_drawn_at_random_give_what_they_predict_and_come_back(int tens)
    {
        for (int seed = 20 * tens; seed < 20 * (tens + 1); seed++)
        {
            Network network = ImageNetworks.Draw(seed);
            Same.AsPredicted(network, seed);
            Import.Imported.PredictsLike(OnnxFile.Load(network.ToOnnx()), network);
        }
    }

    [Fact]
    public void A_flattened_image_goes_into_a_matrix_whose_rows_are_in_its_order()
    {
        Network network = Network.Create(Shape.Image(4, 5, 3)).Prelu().Flatten().LayerNorm().Residual(b => b.Dense(7, Activation.Tanh).Dense(60))
            .Dense(4).Build(seed: 1);
        Same.AsPredicted(network);
        Schema.ModelProto.Parser.ParseFrom(network.ToOnnx()).Graph.Node.Select(node => node.OpType).Should().NotContain("Transpose").And.Contain(
            "Flatten");
        OnnxFile.Load(network.ToOnnx()).Summary().Should().Be(network.Summary());
    }

    [Fact]
    public void Features_become_an_image_by_the_columns_of_the_matrix_that_makes_them()
    {
        // More pixels than columns that would be transposed one by one.
        Network network = Network.Create(5).Dense(300).Activation(Activation.Softmax).LayerNorm().Reshape(Shape.Image(10, 10, 3)).LayerNorm()
            .Dense(2, Activation.Tanh).Build(seed: 1);
        Same.AsPredicted(network);
        Network again = OnnxFile.Load(network.ToOnnx());
        Import.Imported.PredictsLike(again, network);
        again.Layers.Should().OnlyContain(layer => layer is Dense || layer is ActivationLayer || layer is LayerNorm || layer is Reshape);
    }

    [Fact]
    public void The_ends_of_a_network_are_as_they_are_predicted()
    {
        Same.AsPredicted(Network.Create(Shape.Image(2, 3, 4)).Prelu().Flatten().LayerNorm().Build(seed: 1));
        Same.AsPredicted(Network.Create(24).LayerNorm().Reshape(Shape.Image(2, 3, 4)).Prelu().Build(seed: 1));
        Same.AsPredicted(Network.Create(24).Reshape(Shape.Image(2, 3, 4)).Dense(2).Flatten().Build(seed: 1));
        Same.AsPredicted(Network.Create(Shape.Image(2, 3, 4)).Reshape(Shape.Image(3, 4, 2)).Dense(5).Build(seed: 1));
    }
}
