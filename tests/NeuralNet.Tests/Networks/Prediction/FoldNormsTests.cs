using System.Numerics.Tensors;

namespace NeuralNet.Tests.Networks.Prediction;

public sealed class FoldNormsTests
{
    // Folding rounds each weight once; an output is a sum of up to some hundred products.
    private const float Tolerance = 2e-5f;

    public static TheoryData<string> Names => [.. All().Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Folded_networks_predict_the_same_up_to_rounding(string name)
    {
        Network network = Varied(All()[name]);
        Network folded = network.FoldNorms();
        folded.Layers.Count.Should().BeLessThan(network.Layers.Count);
        float[] x = new float[3 * network.Input.Size];
        for (int i = 0; i < x.Length; i++)
            x[i] = new RandomStream(5).Normal(0, i);
        float[] expected = network.Predict(x), got = folded.Predict(x);
        float largest = Math.Max(1, Math.Abs(TensorPrimitives.MaxMagnitude(expected)));
        for (int i = 0; i < expected.Length; i++)
            got[i].Should().BeApproximately(expected[i], Tolerance * largest);
        using Predictor predictor = network.CreatePredictor(new PredictorOptions { FoldNorms = true });
        predictor.Predict(x).Should().Equal(got);
    }

    [Fact]
    public void A_folded_layer_has_the_norm_s_activation_and_numbers()
    {
        Network network = Network.Create(2).Dense(1, bias: false).BatchNorm(epsilon: 1f, activation: Activation.Relu).Build();
        network.Parameter("0.weight")[0] = 3;
        network.Parameter("0.weight")[1] = -2;
        network.Parameter("1.weight")[0] = 4;
        network.Parameter("1.bias")[0] = 5;
        network.Parameter("1.running_mean")[0] = 6;
        network.Parameter("1.running_var")[0] = 3;
        Network folded = network.FoldNorms();
        folded.Layers.Should().ContainSingle().Which.Should().BeOfType<Dense>().Which.Activation.Should().Be(Activation.Relu);
        folded.Parameters.ToArray().Should().Equal(6, -4, 5 - 12);
    }

    [Fact]
    public void What_cannot_be_folded_stays()
    {
        Network tied = Network.Create(4).Dense(4).BatchNorm().Dense(4).Tie("0.weight", "2.weight").Build(seed: 1);
        tied.FoldNorms().Layers.Should().HaveCount(3);
        tied.FoldNorms().Ties.Should().ContainSingle();
        Network active = Network.Create(4).Dense(4, Activation.Tanh).BatchNorm().Build(seed: 1);
        active.FoldNorms().Layers.Should().HaveCount(2);
        Network first = Network.Create(4).BatchNorm().Dense(4).Build(seed: 1);
        first.FoldNorms().Layers.Should().HaveCount(2);
        Network huge = Network.Create(4).Dense(4).BatchNorm(epsilon: 1e-30f).Build(seed: 1);
        huge.Parameter("0.weight").Fill(1e30f);
        huge.Parameter("1.running_var").Clear();
        huge.FoldNorms().Layers.Should().HaveCount(2);
        float[] x = [1, 2, 3, 4];
        foreach (Network network in new[] { tied, active, first })
            network.FoldNorms().Predict(x).Should().Equal(network.Predict(x));
    }

    [Theory]
    [InlineData("1.running_var", float.NaN)]
    [InlineData("1.running_var", -1)]
    [InlineData("1.running_mean", float.PositiveInfinity)]
    [InlineData("1.weight", float.NaN)]
    public void Numbers_that_would_not_be_finite_stay_as_they_are(string block, float value)
    {
        Network network = Network.Create(4).Dense(4).BatchNorm().Build(seed: 1);
        network.Parameter(block)[2] = value;
        network.FoldNorms().Layers.Should().HaveCount(2);
        network.FoldNorms().Predict([1, 2, 3, 4]).Should().Equal(network.Predict([1, 2, 3, 4]));
    }

    [Fact]
    public void A_file_keeps_a_folded_network()
    {
        foreach (NetworkBuilder builder in All().Values)
        {
            Network folded = Varied(builder).FoldNorms();
            using var file = new MemoryStream();
            folded.Save(file);
            file.Position = 0;
            float[] x = TestData.Normal(2 * folded.Input.Size);
            Network.Load(file).Predict(x).Should().Equal(folded.Predict(x));
        }
    }

    [Fact]
    public void Ties_of_other_layers_names_and_metadata_stay()
    {
        Network network = Network.Create(("a", 2), ("b", 2)).Dense(3).BatchNorm().Dense(3).Dropout(0.3f).Dense(3)
            .Outputs(("y", b => b.Dense(2)), ("z", b => b.Dense(1))).Tie("2.weight", "4.weight").Build(seed: 1);
        network.Metadata = new Dictionary<string, string> { ["made"] = "here" };
        Network folded = network.FoldNorms();
        folded.Ties.Should().ContainSingle().Which.ToString().Should().Be("3.weight is 1.weight");
        folded.Layers[2].Should().BeOfType<Dropout>();
        folded.Inputs["b"].Count.Should().Be(2);
        folded.Outputs["z"].Count.Should().Be(1);
        folded.Metadata.Should().Contain("made", "here");
    }

    private static Dictionary<string, NetworkBuilder> All() => new()
    {
        ["dense"] = Network.Create(5).Dense(7).BatchNorm(activation: Activation.Gelu).Dense(3).BatchNorm(affine: false),
        ["steps"] = Network.Create(Shape.Sequence(4, 3)).Dense(5, bias: false).BatchNorm().Lstm(3),
        ["images"] = Network.Create(Shape.Image(6, 5, 4)).Conv(6, 3, padding: Padding.Same, groups: 2).BatchNorm(activation: Activation.Relu)
            .Conv(6, 3, groups: 6, bias: false).BatchNorm().Conv(4, 1).BatchNorm(activation: new LeakyRelu(0.2f)),
        ["transposed"] = Network.Create(Shape.Image(3, 3, 4)).ConvTranspose(6, 3, stride: 2, outputPadding: 1, groups: 2).BatchNorm(),
        ["signals"] = Network.Create(Shape.Sequence(8, 3)).Conv(4, 3, padding: Padding.Causal, dilation: 2).BatchNorm()
            .ConvTranspose(3, 3, stride: 2).BatchNorm(),
        ["residual"] = Network.Create(Shape.Image(4, 4, 2)).Conv(3, 3, padding: Padding.Same).BatchNorm()
            .Residual(b => b.Conv(3, 3, padding: Padding.Same).BatchNorm(activation: Activation.Relu).Conv(3, 3, padding: Padding.Same).BatchNorm()),
    };

    private static Network Varied(NetworkBuilder builder)
    {
        Network network = builder.Build(seed: 2);
        var stream = new RandomStream(3);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] += 0.3f * stream.Normal(0, i);
        for (int i = 0; i < network.Statistics.Length; i++)
            network.Statistics[i] = 0.1f + Math.Abs(stream.Normal(1, i));
        return network;
    }
}
