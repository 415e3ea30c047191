namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Scalers of other exporters, in plain operators.</summary>
public class ScalerTests
{
    private static ModelOf With(ModelOf model, string name, float[] values, params long[] dimensions) =>
        model.Node($"{name} = Constant()", ("value", ModelOf.Tensor("", values, dimensions)));

    [Fact]
    public void Sub_and_Div_are_a_scaling_with_their_numbers_to_the_bit()
    {
        ModelOf model = With(With(new ModelOf(0, 3), "m", [1, -2, 0.1f], 3), "s", [3, 0.7f, 5], 1, 3)
            .Node("d = Sub(input, m)").Node("x = Div(d, s)").Node("output = Relu(x)");
        Network network = OnnxFile.Load(model.Bytes());
        network.Layers[0].Should().BeOfType<Standardize>().Which.IsInverse.Should().BeFalse();
        network.Parameter("0.mean").ToArray().Should().Equal(1, -2, 0.1f);
        network.Parameter("0.deviation").ToArray().Should().Equal(3, 0.7f, 5);
        network.Predict([4, -1.3f, 0]).Should().Equal(1, (-1.3f + 2) / 0.7f, 0);
    }

    [Fact]
    public void Mul_and_Add_are_the_scaling_back()
    {
        ModelOf model = With(With(new ModelOf(0, 2), "s", [3, 0.5f], 2), "m", [1, -2], 2).Node("p = Mul(input, s)").Node("output = Add(p, m)");
        Network network = OnnxFile.Load(model.Bytes());
        network.Layers.Should().ContainSingle().Which.Should().BeOfType<Standardize>().Which.IsInverse.Should().BeTrue();
        network.Predict([2, 4]).Should().Equal(7, 0);
    }

    [Theory]
    [InlineData("Div", 255f, 0f, 255f, false)]
    [InlineData("Mul", 0.25f, 0f, 0.25f, true)]
    [InlineData("Sub", 0.5f, 0.5f, 1f, false)]
    public void Of_the_input_one_number_is_a_scaling_too(string operation, float number, float mean, float deviation, bool inverse)
    {
        ModelOf model = With(new ModelOf(0, 3, 2, 2), "c", [number], 1).Node($"x = {operation}(input, c)").Node("output = GlobalMaxPool(x)");
        Network network = OnnxFile.Load(model.Bytes());
        network.Layers.OfType<Standardize>().Should().ContainSingle().Which.IsInverse.Should().Be(inverse);
        network.Statistics.ToArray().Should().Equal(mean, mean, mean, deviation, deviation, deviation);
    }

    [Fact]
    public void Channels_of_an_image_have_numbers_of_their_own()
    {
        ModelOf model = With(With(new ModelOf(0, 2, 1, 2), "m", [1, 2], 1, 2, 1, 1), "s", [2, 4], 1, 2, 1, 1)
            .Node("d = Sub(input, m)").Node("x = Div(d, s)").Node("output = GlobalMaxPool(x)");
        Network network = OnnxFile.Load(model.Bytes());
        network.Layers[0].Should().BeOfType<Standardize>();
        network.Predict([3, 10, 5, 6]).Should().Equal(2, 2);
    }

    [Fact]
    public void What_is_no_scaling_is_none()
    {
        // A factor below 0, and numbers that a linear layer before them takes in.
        ModelOf negative = With(With(new ModelOf(0, 2), "s", [3, -0.5f], 2), "m", [1, -2], 2).Node("p = Mul(input, s)").Node("output = Add(p, m)");
        Network network = OnnxFile.Load(negative.Bytes());
        network.Layers.OfType<Standardize>().Should().BeEmpty();
        network.Predict([2, 4]).Should().Equal(7, -4);

        ModelOf behind = With(With(new ModelOf(0, 2), "W", [1, 2, 3, 4], 2, 2), "s", [2, 4], 2)
            .Node("z = MatMul(input, W)").Node("output = Div(z, s)");
        OnnxFile.Load(behind.Bytes()).Layers.Should().ContainSingle().Which.Should().BeOfType<Dense>();
    }
}
