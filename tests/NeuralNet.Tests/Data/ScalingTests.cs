using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Data;

public class ScalingTests
{
    private static Dataset Rows(params float[][] inputs) =>
        Dataset.FromArrays(inputs, [.. inputs.Select((_, i) => new[] { (float)i })]);

    private static Dataset Csv(string name, int? classes = null) =>
        Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data", name), classes: classes);

    /// <summary>What a scaling at the beginning of a network learns.</summary>
    internal static (float[] Means, float[] Deviations) Learned(IRowSource train, Shape? shape = null)
    {
        Network network = Network.Create(shape ?? train.Format.InputShape).Standardize(train).Build();
        return (network.CopyParameter("0.mean"), network.CopyParameter("0.deviation"));
    }

    [Fact]
    public void Means_and_deviations_are_those_of_the_population()
    {
        (float[] means, float[] deviations) = Learned(Rows([1, 10], [3, 30], [5, 20]));

        means.Should().Equal(3, 20);
        deviations.Should().Equal((float)Math.Sqrt(8 / 3.0), (float)Math.Sqrt(200 / 3.0));
    }

    [Fact]
    public void Scaled_by_what_was_learned_every_feature_has_mean_0_and_deviation_1()
    {
        Dataset digits = Csv("digits.csv.gz", classes: 10);
        float[] scaled = Network.Create(64).Standardize(digits).Build().Predict(digits.Inputs);

        (float[] means, float[] deviations) = Learned(Dataset.FromArrays(scaled, digits.Labels, 10));
        for (int i = 0; i < 64; i++)
        {
            means[i].Should().BeApproximately(0, 1e-6f);
            deviations[i].Should().BeApproximately(1, 1e-6f);
        }
    }

    [Fact]
    public void Iris_has_its_known_means_and_deviations()
    {
        (float[] means, float[] deviations) = Learned(Csv("iris.csv"));

        float[] expected = [5.843333f, 3.057333f, 3.758f, 1.199333f], spread = [0.825301f, 0.434411f, 1.759404f, 0.759693f];
        for (int i = 0; i < 4; i++)
        {
            means[i].Should().BeApproximately(expected[i], 1e-6f);
            deviations[i].Should().BeApproximately(spread[i], 1e-6f);
        }
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(-1e30f)]
    [InlineData(0f)]
    public void A_constant_feature_becomes_0(float value)
    {
        Dataset data = Rows([.. Enumerable.Repeat(new[] { value, 1f }, 7), [value, 2f]]);
        Network network = Network.Create(2).Standardize(data).Build();

        network.Parameter("0.mean")[0].Should().Be(value);
        network.Parameter("0.deviation")[0].Should().Be(1);
        float[] scaled = network.Predict(data.Inputs);
        for (int row = 0; row < 8; row++)
            scaled[2 * row].Should().Be(0);
    }

    [Fact]
    public void A_deviation_is_above_0_whatever_is_rare_and_tiny()
    {
        Dataset data = Rows([.. Enumerable.Repeat(new[] { 0f }, 30), [float.Epsilon]]);
        (float[] means, float[] deviations) = Learned(data);
        means.Should().Equal(0);
        deviations.Should().Equal(float.Epsilon);
    }

    [Fact]
    public void Channels_of_images_and_features_of_steps_have_one_scale_everywhere()
    {
        Dataset data = Rows([1, 10, 3, 30], [5, 20, 7, 40]);
        foreach (Shape shape in new[] { Shape.Image(1, 2, 2), Shape.Image(2, 1, 2), Shape.Sequence(2, 2) })
        {
            Learned(data, shape).Means.Should().Equal(4, 25);
            Learned(data.WithInputShape(shape)).Deviations.Should().Equal((float)Math.Sqrt(5), (float)Math.Sqrt(125));
        }

        Learned(data).Means.Should().Equal(3, 15, 5, 35);
    }

    [Fact]
    public void Behind_layers_without_parameters_it_learns_from_what_they_make()
    {
        Dataset data = Rows([.. Enumerable.Range(0, 600).Select(i => new[] { i % 7, (float)Math.Exp(i % 5) - 1 })]);
        Network network = Network.Create(2).PowerTransform([1, 0]).Standardize(data).Build();
        network.Parameter("1.mean").ToArray().Should().Equal(Learned(Dataset.FromArrays(
            Network.Create(2).PowerTransform([1, 0]).Build().Predict(data.Inputs), data.Desired, 600)).Means);
        network.Parameter("1.mean")[1].Should().BeApproximately(2, 1e-6f);

        Network shaped = Network.Create(2).Reshape(Shape.Sequence(2, 1)).Standardize(data).Build();
        shaped.Parameter("1.mean").ToArray().Should().Equal(Learned(data, Shape.Sequence(2, 1)).Means);

        Dataset padded = Rows([1, 2, 3, 9], [5, 9, 9, 9]).WithInputShape(Shape.Sequence(4, 1)).WithLengths([3, 1]);
        Network.Create(Shape.Sequence(4, 1)).PowerTransform([1]).Standardize(padded).Build().Parameter("1.mean").ToArray().Should().Equal(2.75f);
    }

    [Fact]
    public void The_statistics_are_the_same_for_every_seed_and_in_every_copy()
    {
        Dataset clouds = TestData.Clouds();
        NetworkBuilder builder = Network.Create(2).Standardize(clouds).Dense(3, Activation.Softmax);
        Network one = builder.Build(1), two = builder.Build(2);
        two.Statistics.ShouldHaveTheBitsOf(one.Statistics, "another seed");
        one.Parameters.ShouldHaveTheBitsOf(Network.Create(2).Dense(3, Activation.Softmax).Build(1).Parameters, "weights without a scaling");
        one.Clone().Statistics.ShouldHaveTheBitsOf(one.Statistics, "a copy");
        one.Slice(0, 1).Statistics.ShouldHaveTheBitsOf(one.Statistics, "a part");
        Network.Concat(one.Slice(0, 1), two.Slice(1, 1)).Statistics.ShouldHaveTheBitsOf(one.Statistics, "put together");
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Dataset two = Rows([1, 2], [3, 4]), lengths = two.WithInputShape(Shape.Sequence(2, 1)).WithLengths([1, 2]);
        Refused(() => Network.Create(3).Standardize(two), "The network takes Features(3), but the rows are Features(2).*");
        Refused(
            () => Network.Create(Shape.Sequence(1, 2)).Standardize(lengths), "The network takes Sequence(1, 2), but the rows are Sequence(2, 1).*");
        Refused(() => Network.Create(2).Standardize(two.WithLengths([1, 2])), "The rows have lengths*Shape.Sequence(steps, features).*");
        Refused(() => Network.Create(2).Dense(2).Standardize(two), "Layers before have parameters*BatchNorm.*");
        Refused(() => Network.Create(2).Residual(b => b.Standardize(two)), "*A branch takes what the layers before it give*");
        Refused(
            () => Network.Create(Shape.Sequence(2, 1)).MaxPool(2).Standardize(lengths),
            "The rows have lengths, and layers before make 1 steps of 2; learn the scaling before them.*");
        ((Action)(() => Network.Create(Shape.Sequence(1, 2)).Standardize(two.WithLengths([1, 2])))).Should().Throw<InvalidDataException>()
            .WithMessage("Row 1 has length 2, but Sequence(1, 2) has 1 steps; a length of 1 to 1 was expected.");
        ((Action)(() => Network.Create(2).Standardize(null!))).Should().Throw<ArgumentNullException>();
        ((Action)(() => Scaling.Standardize(null!, two))).Should().Throw<ArgumentNullException>();

        static void Refused(Action act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);
    }
}
