using NeuralNet.Kernels;

namespace NeuralNet.Tests.Diagnosis;

public class XRayTests
{
    public static TheoryData<string> Networks => [.. Kinds.Keys];

    private static Dictionary<string, Func<Network>> Kinds => new()
    {
        ["dense, with dropout"] = () => Network.Create(64).Dense(16, Activation.Relu).Dropout().Dense(10, Activation.Softmax).Build(1),
        ["with statistics"] = () => Network.Create(64).Dense(16).BatchNorm(activation: Activation.Tanh).Dense(10, Activation.Softmax).Build(1),
        ["images"] = () =>
            Network.Create(Shape.Image(8, 8, 1)).Conv(4, 3, activation: Activation.Relu).Flatten().Dense(10, Activation.Softmax).Build(1),
        ["branches"] = () => Network.Create(64).Residual(inner => inner.Dense(64, Activation.Sigmoid)).Dense(10, Activation.Softmax).Build(1),
        ["recurrent"] = () => Network.Create(Shape.Sequence(8, 8)).Gru(8, lastStep: true).Dense(10, Activation.Softmax).Build(1),
        ["attention"] = () => Network.Create(Shape.Sequence(8, 8)).MultiHeadAttention(2).MeanOverSteps().Dense(10, Activation.Softmax).Build(1),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_training_has_the_same_bits_with_and_without(string kind)
    {
        float[] with = Train([new XRay(every: 1)]), without = Train([]);
        with.Should().Equal(without);

        float[] Train(ITrainingObserver[] observers)
        {
            Network network = Kinds[kind]();
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam()) { Observers = observers, Seed = 3 };
            trainer.Fit(Trainings.DigitsForTraining.Slice(0, 200), 2, Trainings.DigitsForTests);
            return [.. network.Parameters, .. network.Statistics];
        }
    }

    [Fact]
    public void A_step_that_is_not_looked_at_allocates_nothing()
    {
        using var trainer = new Trainer(Kinds["dense, with dropout"](), Divergence.CrossEntropy, new Adam()) { Observers = [new XRay(every: 1000)] };
        Dataset data = Trainings.DigitsForTraining.Slice(0, 32);
        for (int step = 0; step < 600; step++)
            trainer.Step(data.Inputs, data.Desired, 32);
        Allocations.Of(() => () =>
        {
            for (int step = 0; step < 4; step++)
                trainer.Step(data.Inputs, data.Desired, 32);
        }).Should().Be(0);
    }

    [Fact]
    public void It_looks_at_every_nth_step_and_at_some_of_the_first()
    {
        var xray = new XRay(every: 10);
        Steps(xray, 35);
        xray.Readings.Select(reading => reading.Step).Should().Equal(1, 2, 4, 8, 10, 20, 30);
        $"{xray}".Should().Be("X-ray every 10 steps: 7 readings, the last of step 30");
        xray.Of("1").Should().HaveCount(7).And.OnlyContain(one => one.Layer.Kind == "Dense");
    }

    [Fact]
    public void Of_a_long_training_it_keeps_at_most_1024_readings_at_equal_distances()
    {
        var xray = new XRay(every: 1);
        Steps(xray, 1500);
        xray.Readings.Should().HaveCountLessThanOrEqualTo(XRay.MostReadings);
        xray.Readings.Skip(2).Should().OnlyContain(reading => reading.Step % 2 == 0);
        xray.Readings[^1].Step.Should().Be(1500);
    }

    [Fact]
    public void A_reading_has_the_norms_of_gradient_weights_and_update()
    {
        Network network = Network.Create(2).Dense(2, Activation.Relu).Dense(1).Build(1);
        network.Parameter("0.weight").Clear();
        network.Parameter("0.weight")[0] = 3; // the first unit gives 3 x₀, the second 0
        network.Parameter("0.weight")[2] = 4; // and 4 x₁
        float[] before = [.. network.Parameters], gradient = new float[network.Parameters.Length];
        var xray = new XRay();
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f)) { Observers = [xray] };
        trainer.Step([.. Enumerable.Repeat<float[]>([1, 0, 0, 1], 16).SelectMany(rows => rows)], new float[32], rows: 32);

        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = (before[i] - network.Parameters[i]) / 0.1f;
        LayerReading first = xray.Readings.Should().ContainSingle().Which.Layers[0];
        first.WeightNorm.Should().BeApproximately(5, 1e-6);
        first.Parameters.Should().Be(6);
        first.GradientNorm.Should().BeApproximately(Math.Sqrt(gradient.Take(6).Sum(g => (double)g * g)), 1e-4);
        first.UpdateRatio.Should().BeApproximately(0.1 * Math.Sqrt(gradient.Take(4).Sum(g => (double)g * g)) / 5, 1e-5);
        first.Dead.Should().Be(0.5, "of 32 rows; of fewer nothing would be said");
        first.Saturated.Should().BeNull();
        first.Outputs.Should().Be(new ValueSummary(0, 4, 1.75, Math.Sqrt((25 / 4.0) - (1.75 * 1.75))));
        first.EffectiveRank.Should().BeApproximately(1, 1e-6);
        xray.Readings[0].Inputs.Should().Be(new ValueSummary(0, 1, 0.5, 0.5));
        $"{first}".Should().StartWith("0 (Dense): gradient ").And.Contain("dead 50 %").And.EndWith("rank 1 of 2");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(12)]
    public void The_effective_rank_is_the_number_of_directions_of_alike_spread(int directions)
    {
        const int Width = 16, Vectors = 4000;
        float[] values = new float[Vectors * Width], normal = TestData.Normal(Vectors * directions);
        for (int v = 0; v < Vectors; v++)
        {
            for (int i = 0; i < directions; i++)
                values[(v * Width) + i] = 7 + normal[(v * directions) + i];
        }

        // Of 128 vectors the directions are a little unequal.
        double rank = new EffectiveRank(Width).Of(values, Width, Workers.Alone);
        rank.Should().BeInRange(directions * 0.85, directions + 1e-5);
    }

    [Fact]
    public void The_effective_rank_of_vectors_that_are_all_the_same_is_0() =>
        new EffectiveRank(2).Of([1, 2, 1, 2, 1, 2], 2, Workers.Alone).Should().Be(0);

    [Theory]
    [InlineData(5, 3)]
    [InlineData(40, 3)]
    [InlineData(3, 40)]
    [InlineData(128, 128)]
    [InlineData(300, 200)]
    [InlineData(300, 10)]
    public void The_effective_rank_is_that_of_its_formula(int vectors, int width)
    {
        float[] values = TestData.Normal(vectors * width, 3);
        for (int i = 0; i < values.Length; i++)
            values[i] = (values[i] * (1 + (i % width))) + 100;
        int count = Math.Min(vectors, EffectiveRank.MostVectors);
        double[][] y = [.. Enumerable.Range(0, count).Select(v => Enumerable.Range(0, width)
            .Select(i => (double)values[((int)((long)v * vectors / count) * width) + i]).ToArray())];
        for (int i = 0; i < width; i++)
        {
            double mean = y.Average(one => one[i]);
            foreach (double[] one in y)
                one[i] -= mean;
        }

        double trace = y.Sum(one => one.Sum(value => value * value)), squares = 0;
        foreach (double[] one in y)
        {
            foreach (double[] other in y)
                squares += Math.Pow(one.Zip(other, (a, b) => a * b).Sum(), 2);
        }

        var rank = new EffectiveRank(width + 7);
        rank.Of(values, width, Workers.Alone).Should().BeApproximately(trace * trace / squares, 1e-4);
        rank.Of(values, width, Workers.Alone).Should().Be(new EffectiveRank(width).Of(values, width, Workers.Alone), "memory is used again");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(128)]
    [InlineData(1000)]
    [InlineData(12345)]
    public void The_course_has_the_means_of_the_beginning_and_the_end(int steps)
    {
        var course = new DivergenceCourse();
        for (int step = 0; step < steps; step++)
            course.Add(step, 32);
        (course.Steps, course.First).Should().Be((steps, 0));
        course.Early.Should().BeApproximately((steps / 20.0) - 0.5, 0.5 + (steps * 0.01));
        course.Late.Should().BeApproximately(steps - (steps / 20.0) - 0.5, 0.5 + (steps * 0.01));
    }

    [Fact]
    public void A_step_that_cannot_be_made_says_which_layer_was_the_first_to_give_no_finite_number()
    {
        Network network = Network.Create(1).Dense(2).Dense(2, Activation.Relu).Dense(1).Build(1);
        network.Parameters.Fill(1e20f);
        var xray = new XRay();
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f)) { Observers = [xray] };
        Action fit = () => trainer.Fit(Dataset.FromArrays([[1f]], [[1f]]), 1);
        fit.Should().Throw<NotFiniteNumberException>()
            .WithMessage("*the first output that is not is that of layer 1 (Dense) in row 0: Infinity. A smaller learning rate*");
        xray.NotFinite.Should().Contain("layer 1 (Dense)");
        xray.Findings()[0].Kind.Should().Be(FindingKind.RateTooHigh);
    }

    [Fact]
    public void With_another_trainer_it_begins_anew()
    {
        var xray = new XRay(every: 2);
        Steps(xray, 4);
        Steps(xray, 1);
        xray.Readings.Should().ContainSingle();
    }

    [Fact]
    public void Rows_of_different_lengths_count_as_far_as_they_are_real()
    {
        Network network = Network.Create(Shape.Sequence(4, 1)).Dense(2, Activation.Sigmoid).MeanOverSteps().Dense(1).Build(1);
        var xray = new XRay();
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f)) { Observers = [xray] };
        Dataset data = Dataset.FromArrays([[2, 2, 9, 9], [2, 9, 9, 9]], [[1f], [2f]]).WithLengths([2, 1]);
        trainer.Fit(data, 1);
        xray.Readings[0].Inputs.Should().Be(new ValueSummary(2, 2, 2, 0));
        xray.Readings[0].Layers[0].Outputs.Min.Should().BePositive("padding is not looked at");
    }

    [Fact]
    public void A_padded_step_in_the_middle_of_a_batch_counts_for_nothing()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Dense(2, Activation.Relu).MeanOverSteps().Dense(1).Build(1);
        network.Parameter("0.weight").Clear();
        network.Parameter("0.weight")[0] = 1; // the first unit gives x₀, the second 0
        var xray = new XRay();
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.01f)) { Observers = [xray] };
        float[][] rows = [[1, 9, 8, 8, 8, 8], [2, 9, 3, 9, 8, 8], [4, 9, 5, 9, 6, 9], [7, 9, 8, 8, 8, 8]];
        Dataset one = Dataset.FromArrays(rows, [[1f], [2f], [3f], [4f]]).WithLengths([1, 2, 3, 1]);
        trainer.Fit(one.Select([.. Enumerable.Range(0, 32).Select(row => row % 4)]), 1);
        LayerReading first = xray.Readings[0].Layers[0];
        first.Outputs.Min.Should().Be(0);
        first.Outputs.Max.Should().Be(7);
        first.Outputs.Mean.Should().Be((1 + 2 + 3 + 4 + 5 + 6 + 7) / 14.0);
        first.Dead.Should().Be(0.5);
    }

    private static void Steps(XRay xray, int count)
    {
        Network network = Network.Create(2).Dense(3, Activation.Tanh).Dense(1).Build(1);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.01f)) { Observers = [xray] };
        for (int step = 0; step < count; step++)
            trainer.Step([1, 0, 0, 1], [0, 1], rows: 2);
    }
}
