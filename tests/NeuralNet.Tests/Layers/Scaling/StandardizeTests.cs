using NeuralNet.Tests.Data;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

public class StandardizeTests
{
    [Fact]
    public void Each_feature_is_scaled_by_its_mean_and_deviation_and_back()
    {
        Network network = Network.Create(2).Standardize([1, 2], [2, 4]).Build(), back = Network.Create(2).Standardize([1, 2], [2, 4], true).Build();
        network.Predict([3, 2, -1, 10]).Should().Equal(1, 0, -1, 2);
        back.Predict([1, 0, -1, 2]).Should().Equal(3, 2, -1, 10);
        Network.Concat(network, back).Predict([7, -9]).Should().Equal(7, -9);
        Network.Create(Shape.Image(1, 2, 2)).Standardize([1, 2], [2, 4]).Build().Predict([3, 2, -1, 10]).Should().Equal(1, 0, -1, 2);
        network.Parameters.Length.Should().Be(0);
        network.Summary().Should().Contain("Standardize");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_feature_of_mean_0_and_deviation_1_passes_to_the_bit(bool inverse)
    {
        float[] values =
        [
            0f, -0f, 1, -1, float.Epsilon, -float.Epsilon, 1e-40f, float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity,
            3, 1 << 24, 1f / 3,
        ];
        foreach (int features in new[] { 1, values.Length, 70 })
        {
            float[] x = [.. Enumerable.Range(0, 10 * features).Select(i => values[i % values.Length])];
            Network network = Network.Create(features).Add(shape => new Standardize(shape, inverse)).Build();
            network.Predict(x).AsSpan().ShouldHaveTheBitsOf(x, $"{features} features");
        }

        Network.Create(1).Add(shape => new Standardize(shape, inverse)).Build().Predict([float.NaN]).Should().Equal(float.NaN);
    }

    [Fact]
    public void Numbers_that_are_not_as_stated_are_refused()
    {
        Refused(() => new Standardize(2, [1], [1, 2]), "Features(2) has 2 features; a mean of each was expected, but got 1.*");
        Refused(() => new Standardize(1, [1], [1, 2]), "Features(1) has 1 feature; a deviation of each was expected, but got 2.*");
        Refused(() => new Standardize(1, [double.NaN], [1]), "Feature 0: a finite mean was expected, but got NaN.*");
        Refused(() => new Standardize(1, [1e39], [1]), "Feature 0: a finite mean was expected, but got 1E+39.*");
        Refused(() => new Standardize(1, [1], [0]), "Feature 0: a positive, finite deviation was expected, but got 0.*");
        Refused(() => new Standardize(1, [1], [1e-50]), "Feature 0: a positive, finite deviation was expected, but got 1E-50.*");
        Refused(() => new Standardize(Shape.Sequence(3, 2), [1, 2], [1, double.PositiveInfinity]), "Feature 1: *but got Infinity.*");
        Refused(() => new Standardize(default, [1], [1]), "The shape is empty*");
        Refused(() => new PowerTransform(2, [1]), "Features(2) has 2 features; a power of each was expected, but got 1.*");
        Refused(() => new PowerTransform(1, [double.NaN]), "Feature 0: a finite power was expected, but got NaN.*");
        Refused(() => Network.Create(2).Dense(3).Standardize([1], [1]), "Layer 1: Features(3) has 3 features*");

        static void Refused(Func<object> act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);
    }

    // Whatever brings the statistics of other layers up to date, or makes them anew.
    [Fact]
    public void No_training_changes_the_statistics()
    {
        Dataset data = TestData.Clouds();
        foreach (bool mixes in new[] { false, true })
        {
            foreach (WeightAverage? average in new[] { null, WeightAverage.Exponential(0.9f), WeightAverage.Stochastic(1) })
            {
                NetworkBuilder builder = Network.Create(2).Standardize(data).PowerTransform([0.3, 1.4]).Dense(6, Activation.Tanh);
                Network network = (mixes ? builder.BatchNorm() : builder).Dense(3, Activation.Softmax).Build(1);
                float[] before = network.Statistics[..6].ToArray();
                using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)) { BatchSize = 16, Average = average };
                trainer.Fit(data, 3);
                network.Statistics[..6].ShouldHaveTheBitsOf(before, "those of the network");
                if (average is not null)
                    trainer.AverageNetwork(mixes ? data : null).Statistics[..6].ShouldHaveTheBitsOf(before, "those of the average");
                new Lbfgs(maxIterations: 3).Minimize(network, Divergence.CrossEntropy, data);
                network.Statistics[..6].ShouldHaveTheBitsOf(before, "those after L-BFGS");
            }
        }
    }

    // The average of the weights needs no rows to make statistics of, and rates say nothing of them.
    [Fact]
    public void Statistics_that_are_given_are_none_to_wait_for()
    {
        Dataset data = TestData.Clouds();
        Network network = Network.Create(2).Standardize(data).Dense(3, Activation.Softmax).Build(1), same = network.Clone();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)) { Rates = { ["0"] = 0 } };
        trainer.Fit(data, 2);
        using var free = new Trainer(same, Divergence.CrossEntropy, new Adam(0.01f));
        free.Fit(data, 2);
        network.Parameters.ShouldHaveTheBitsOf(same.Parameters, "frozen or not");

        // Scaled rows and a network without the layer learn the same.
        Network inner = Network.Create(2).Dense(3, Activation.Softmax).Build(1);
        same.Clone().Slice(1, 1).Parameters.Length.Should().Be(inner.Parameters.Length);
    }

    [Fact]
    public void It_has_the_bits_of_scaled_rows()
    {
        Dataset data = TestData.Clouds();
        Network network = Network.Create(2).Standardize(data).Dense(8, Activation.Relu).Dense(3, Activation.Softmax).Build(1);
        Network inner = network.Slice(1, 2);
        float[] scaled = network.Slice(0, 1).Predict(data.Inputs);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)) { Seed = 4 };
        using var other = new Trainer(inner, Divergence.CrossEntropy, new Adam(0.01f)) { Seed = 4 };
        trainer.Fit(data, 3);
        other.Fit(Dataset.FromArrays(scaled, data.Labels, 3), 3);
        network.Parameters.ShouldHaveTheBitsOf(inner.Parameters, "the same rows");
    }

    [Fact]
    public void Rows_go_through_in_parts_as_without_it()
    {
        Network network = Network.Create(6).Standardize(new double[6], [1, 2, 3, 4, 5, 6]).Dense(16).Dense(3).Build();
        network.RowsAtOnce(100_000, threads: 1).Should().BeLessThan(100_000);
        Network.Create(6).Dense(16).BatchNorm().Dense(3).Build().RowsAtOnce(100_000, threads: 1).Should().Be(100_000);
    }

    [Fact]
    public void A_file_has_it_all()
    {
        using var folder = new TempFolder();
        Dataset data = TestData.Clouds();
        Network network = Network.Create(2).PowerTransform([0.5, 1]).Standardize(data).Dense(3, Activation.Softmax).Build(1);
        network.Save(folder.PathOf("a.safetensors"));
        Network same = Network.Load(folder.PathOf("a.safetensors"));
        same.Predict(data.Inputs).AsSpan().ShouldHaveTheBitsOf(network.Predict(data.Inputs), "from the file");
        same.Parameter("1.mean").ShouldHaveTheBitsOf(network.Parameter("1.mean"), "the means");
    }
}
