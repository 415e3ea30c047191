namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Whole networks of images and signals: what they compute, and that nothing is transposed that need not be.</summary>
public class ConvolutionalTests
{
    private static Network Residual() => Settled(Network.Create(Shape.Image(9, 8, 3)).Conv(4, 3, padding: Padding.Same).BatchNorm()
        .Activation(Activation.Relu).Residual(b => b.Conv(4, 3, padding: Padding.Same, activation: Activation.Silu).BatchNorm())
        .MaxPool(3, 2, Padding.Of(1), ceiling: true).Parallel(Merge.Concat, b => b, b => b.AveragePool(3, 1, Padding.Of(1), countPadding: true))
        .GroupNorm(2).ConvTranspose(3, 2, stride: 2).Upsample(2, UpsampleMode.Bilinear).Pad(Padding.Of(1), mode: PadMode.Reflect).InstanceNorm()
        .Conv(5, 3, stride: 2).Flatten().Dense(4, Activation.Softmax).Build(seed: 1));

    private static Network Signal() => Settled(Network.Create(Shape.Sequence(12, 3)).Conv(4, 3, padding: Padding.Causal, activation: Activation.Gelu)
        .BatchNorm(activation: Activation.Relu).Residual(b => b.Conv(4, 3, dilation: 2, padding: Padding.Causal).Activation(Activation.Tanh))
        .MaxPool(2).AveragePool(2, 1).Conv(5, 2).LastStep().Dense(2).Build(seed: 1));

    private static Network Settled(Network network)
    {
        for (int i = 0; i < network.Statistics.Length; i++)
            network.Statistics[i] += 0.3f * new RandomStream(3).Uniform(0, i);
        return network;
    }

    [Fact]
    public void Networks_give_what_they_predict_and_come_back()
    {
        foreach (Network network in new[] { Residual(), Signal() })
        {
            Same.AsPredicted(network);
            Import.Imported.PredictsLike(OnnxFile.Load(network.ToOnnx()), network);
            Import.Imported.PredictsLike(OnnxFile.Load(network.ToOnnx(), foldNorms: true), network);
        }
    }

    [Fact]
    public void Of_an_image_nothing_is_transposed_and_of_a_signal_the_ends_alone()
    {
        Transposes(Residual(), OnnxImages.AsInFile).Should().Be(0);
        Transposes(Residual(), OnnxImages.ChannelsLast).Should().Be(1);
        Transposes(Signal(), OnnxImages.AsInFile).Should().Be(2);
        Transposes(Network.Create(Shape.Image(4, 5, 3)).Dense(4, Activation.Tanh).Dense(2).Build(1), OnnxImages.AsInFile).Should().Be(2);
        Transposes(Network.Create(Shape.Image(4, 5, 3)).Dense(4, Activation.Tanh).Dense(2).Build(1), OnnxImages.ChannelsLast).Should().Be(0);
    }

    [Fact]
    public void Rows_go_in_and_come_out_as_they_are_predicted_if_that_is_asked_for()
    {
        Network network = Network.Create(Shape.Image(5, 6, 3)).Conv(4, 3, activation: Activation.Tanh).Conv(2, 2).Build(seed: 1);
        float[] x = Same.Inputs(network, 3, seed: 1);
        byte[] model = network.ToOnnx(OnnxImages.ChannelsLast);
        using var runtime = new Runtime(model);
        runtime.Inputs["input"].Dimensions.Should().Equal(-1, 5, 6, 3);
        runtime.Outputs["output"].Dimensions.Should().Equal(-1, 2, 3, 2);
        Import.Imported.Close(runtime.RunAsItIs(x, [3, 5, 6, 3]), Same.Predict(network, x, 3));
        foreach (OnnxImages images in new[] { OnnxImages.ChannelsLast, OnnxImages.AsInFile })
            Import.Imported.PredictsLike(OnnxFile.Load(model, images), network);
        network.Invoking(n => n.ToOnnx((OnnxImages)(-1))).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*ChannelsLast*");
    }

    private static int Transposes(Network network, OnnxImages images) =>
        Schema.ModelProto.Parser.ParseFrom(network.ToOnnx(images)).Graph.Node.Count(node => node.OpType == "Transpose");
}
