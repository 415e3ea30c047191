using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Training;

/// <summary>Training and measuring with class ids has the bits of the same with one-hot vectors.</summary>
public class ClassIdsTrainingTests
{
    private const int Rows = 12, Steps = 4, Classes = 3;

    private static readonly int[] labels = TestData.Labels(Rows, Classes, seed: 4);

    private static readonly float[] x = TestData.Normal(Rows * Steps * 2);

    [Fact]
    public void Fit_Evaluate_Split_and_Lbfgs_go_by_ids()
    {
        float[] inputs = x[..(Rows * 2)];
        Dataset ids = Dataset.FromIds(inputs, labels, Classes), oneHot = Dataset.FromArrays(inputs, labels, Classes);
        ids.Labels.ToArray().Should().Equal(labels);
        ids.ClassNames.Should().Equal("0", "1", "2");
        (ids.OutputWidth, ids.Classes, ids.HasClassIds, oneHot.HasClassIds).Should().Be((1, 3, true, false));
        (Dataset train, Dataset test) = ids.Split(0.25, seed: 3);
        (Dataset trainHot, Dataset testHot) = oneHot.Split(0.25, seed: 3);
        train.Labels.ToArray().Should().Equal(trainHot.Labels.ToArray());
        train.Desired.ToArray().Should().Equal(train.Labels.ToArray().Select(label => (float)label));
        train.WithClassNames("a", "b", "c").HasClassIds.Should().BeTrue();

        Network one = TestData.Classifier(), other = TestData.Classifier();
        using var byIds = new Trainer(one, Divergence.CrossEntropy, new Adam(0.05f)) { BatchSize = 4, AccumulateSteps = 2 };
        using var byOneHot = new Trainer(other, Divergence.CrossEntropy, new Adam(0.05f)) { BatchSize = 4, AccumulateSteps = 2 };
        double[] means = [.. byIds.Fit(train, 5, test).Epochs.Select(epoch => epoch.TrainingDivergence)];
        means.Should().Equal(byOneHot.Fit(trainHot, 5, testHot).Epochs.Select(epoch => epoch.TrainingDivergence));
        one.Parameters.ShouldHaveTheBitsOf(other.Parameters, "parameters");
        Same(byIds.Evaluate(test), byOneHot.Evaluate(testHot));
        Metrics.Accuracy(one.Predict(test.Inputs), test.Desired, test.Rows).Should().Be(byIds.Evaluate(test).Accuracy);

        LbfgsResult result = new Lbfgs(maxIterations: 3).Minimize(one, Divergence.CrossEntropy, train);
        result.Divergence.Should().Be(new Lbfgs(maxIterations: 3).Minimize(other, Divergence.CrossEntropy, trainHot).Divergence);
    }

    [Fact]
    public void Steps_of_a_sequence_have_an_id_each_and_those_of_minus_1_and_past_the_length_do_not_count()
    {
        int[] ids = TestData.Labels(Rows * Steps, Classes, seed: 5), lengths = [.. Enumerable.Range(0, Rows).Select(row => 1 + (row % Steps))];
        for (int row = 1; row < Rows; row += 2)
            ids[row * Steps] = -1;
        for (int row = 0; row < Rows; row++)
            ids.AsSpan((row * Steps) + lengths[row], Steps - lengths[row]).Fill(-1);
        Dataset data = Dataset.FromIds(x, ids, Classes, Rows).WithLengths(lengths);
        data.Labels.IsEmpty.Should().BeTrue();
        (data.Classes, data.OutputWidth).Should().Be((Classes, Steps));
        data.Split(0.3, 1).Test.Lengths.Length.Should().BePositive();

        Network network = Network.Create(Shape.Sequence(Steps, 2)).Lstm(5).Dense(Classes, Activation.Softmax).Build(seed: 2);
        Evaluation evaluation = Evaluation.Of(network, data, Divergence.CrossEntropy);
        int count = ids.Count(id => id >= 0);
        evaluation.Confusion!.Total.Should().Be(count);
        double sum = 0, errors = 0;
        int right = 0;
        for (int row = 0; row < Rows; row++)
        {
            using Workspace workspace = network.CreateWorkspace(1, training: false);
            float[] y = new float[Steps * Classes];
            network.Predict(new Batch { Rows = 1, Inputs = x.AsSpan(row * Steps * 2, Steps * 2), Lengths = [lengths[row]] }, y, workspace);
            for (int t = 0; t < Steps; t++)
            {
                int id = ids[(row * Steps) + t];
                if (id < 0)
                    continue;
                ReadOnlySpan<float> step = y.AsSpan(t * Classes, Classes);
                sum -= Math.Log(step[id]);
                right += Metrics.ArgMax(step) == id ? 1 : 0;
                for (int i = 0; i < Classes; i++)
                    errors += Math.Abs(step[i] - (i == id ? 1d : 0));
            }
        }

        evaluation.Divergence.Should().BeApproximately(sum / count, 1e-6);
        evaluation.Accuracy.Should().Be((double)right / count);
        evaluation.MeanAbsoluteError.Should().BeApproximately(errors / count / Classes, 1e-6);

        // Parts of a step with ids of −1 add up to the bits of the whole.
        float[] desired = data.Desired.ToArray();
        float[] whole = new float[network.Parameters.Length], parts = new float[whole.Length];
        using Workspace memory = network.CreateWorkspace(Rows);
        var all = new Batch { Rows = Rows, Inputs = x, Desired = desired, Lengths = lengths };
        float mean = network.AddGradient(all, Divergence.CrossEntropy, whole, memory);
        double total = network.TotalWeight(all, Divergence.CrossEntropy), shares = 0;
        total.Should().Be(count);
        for (int row = 0; row < Rows; row++)
        {
            var part = new Batch
            {
                Rows = 1,
                Inputs = x.AsSpan(row * Steps * 2, Steps * 2),
                Desired = desired.AsSpan(row * Steps, Steps),
                Lengths = lengths.AsSpan(row, 1),
                FirstRow = row,
                TotalWeight = total,
            };
            shares += network.AddGradient(part, Divergence.CrossEntropy, parts, memory);
        }

        parts.ShouldHaveTheBitsOf(whole, "parts");
        shares.Should().BeApproximately(mean, 1e-6);

        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.05f)) { BatchSize = 5, AccumulateSteps = 2 };
        trainer.Fit(data, 20).Epochs[^1].TrainingDivergence.Should().BeLessThan(evaluation.Divergence);
    }

    [Fact]
    public void A_wrong_id_is_named_with_row_and_step_and_nothing_changes()
    {
        Network network = Network.Create(Shape.Sequence(Steps, 2)).Dense(Classes, Activation.Softmax).Build(seed: 2);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        float[] ids = new float[2 * Steps], before = network.Parameters.ToArray();
        ids[Steps + 2] = 3;
        float[] inputs = x[..(2 * Steps * 2)];
        trainer.Invoking(one => one.Step(inputs, ids, 2)).Should().Throw<ArgumentException>()
            .WithMessage("What is desired in row 1, step 2 is 3; a class id was expected, a whole number from 0 to 2, or −1 for none.*");

        // Past the length nothing is read, and nothing is refused.
        network.Parameters.ToArray().Should().Equal(before);
        trainer.Step(new Batch { Rows = 2, Inputs = inputs, Desired = ids, Lengths = [4, 2] }).Should().BePositive();
        trainer.Invoking(one => one.Step(inputs, ids.AsSpan(1).ToArray(), 2)).Should().Throw<ArgumentException>()
            .WithMessage("2 rows of 4 × 3 need 24 desired values, or 8 class ids, but got 7.*");

        // What explains a number that is not finite goes by the ids' own width.
        network.Parameters[0] = float.NaN;
        trainer.Invoking(one => one.Step(new Batch { Rows = 2, Inputs = inputs, Desired = new float[2 * Steps], Lengths = [4, 2] }))
            .Should().Throw<NotFiniteNumberException>().WithMessage("*Parameter \"0.weight\"[0] is NaN*");
    }

    [Fact]
    public void Each_pixel_of_an_image_has_an_id()
    {
        Network network = Network.Create(Shape.Image(2, 3, 2)).Dense(Classes, Activation.Softmax).Build(seed: 2);
        int[] classes = TestData.Labels(2 * 6, Classes, seed: 7);
        float[] inputs = x[..(2 * 6 * 2)], gradient = new float[network.Parameters.Length], expected = new float[gradient.Length];
        float[] ids = [.. classes.Select(one => (float)one)], oneHot = TestData.OneHotOf(classes, Classes);
        using Workspace workspace = network.CreateWorkspace(2);
        float value = network.AddGradient(new Batch { Rows = 2, Inputs = inputs, Desired = ids }, Divergence.CrossEntropy, gradient, workspace);
        network.AddGradient(new Batch { Rows = 2, Inputs = inputs, Desired = oneHot }, Divergence.CrossEntropy, expected, workspace)
            .ShouldHaveTheBitsOf(value, "value");
        gradient.ShouldHaveTheBitsOf(expected, "gradient");
        Dataset data = Dataset.FromIds(inputs, classes, Classes, rows: 2);
        Evaluation.Of(network, data, Divergence.CrossEntropy).Confusion!.Total.Should().Be(12);
        ids[6 + 4] = 9;
        network.Invoking(one => one.AddGradient(new Batch { Rows = 2, Inputs = inputs, Desired = ids }, Divergence.CrossEntropy, gradient, workspace))
            .Should().Throw<ArgumentException>().WithMessage("What is desired in row 1, pixel 4 is 9;*");
    }

    [Fact]
    public void Data_of_ids_is_refused_where_it_does_not_fit()
    {
        float[] inputs = x[..(Rows * 2)];
        Dataset ids = Dataset.FromIds(inputs, labels, Classes);
        Network number = Network.Create(2).Dense(1).Build(seed: 1), wide = Network.Create(2).Dense(4, Activation.Softmax).Build(seed: 1);
        Refused(number, Divergence.L2, "*class ids, but L2 does not take them*");
        Refused(wide, Divergence.CrossEntropy, "*ids of 3 classes*gives 4*");
        Refused(TestData.Classifier(), Divergence.L2, "*1 desired values a row*gives 3*L2 takes 3 desired values*");

        FluentActions.Invoking(() => Dataset.FromIds(inputs, [0, 1, 3], 3, rows: 3)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Row 2 has the class id 3; 0 to 2 was expected, or −1 for none.*");
        FluentActions.Invoking(() => Dataset.FromIds(inputs, [0, 1, 2, -2], 3, rows: 2)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Row 1, step 1 has the class id -2*");
        FluentActions.Invoking(() => Dataset.FromIds(inputs, [0, 1, 2], 3, rows: 2)).Should().Throw<ArgumentException>()
            .WithMessage("*2 rows*3 numbers*");
        FluentActions.Invoking(() => Dataset.FromIds(inputs, labels, 1)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("*2 to 16,777,216*");
        FluentActions.Invoking(() => Dataset.FromIds(inputs, [], 3)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Dataset.FromIds([[1, 2], [3, 4]], [1], 3)).Should().Throw<ArgumentException>().WithMessage("*2 ids*got 1*");
        Dataset.FromIds([[1, 2], [3, 4]], [1, 0], 3).Desired.ToArray().Should().Equal(1, 0);

        void Refused(Network network, Divergence divergence, string message)
        {
            using var trainer = new Trainer(network, divergence, new Sgd(0.1f));
            trainer.Invoking(one => one.Fit(ids, 1)).Should().Throw<ArgumentException>().WithMessage(message);
            trainer.Invoking(one => one.Evaluate(ids)).Should().Throw<ArgumentException>().WithMessage(message);
        }
    }

    [Fact]
    public void A_divergence_of_ones_own_may_take_fewer_desired_values_than_outputs()
    {
        Network network = Network.Create(2).Dense(2).Build(seed: 1);
        var distance = new ToTheMean();
        GradientCheck.Divergence(distance, width: 2).EnsurePasses();
        GradientCheck.Network(network, distance).EnsurePasses();
        Dataset data = Dataset.FromArrays(x.AsSpan(0, Rows * 2), TestData.Normal(Rows, 9), Rows);
        using var trainer = new Trainer(network, distance, new Adam(0.05f)) { BatchSize = 5 };
        double before = trainer.Evaluate(data).Divergence;
        trainer.Fit(data, 10, data);
        Evaluation after = trainer.Evaluate(data);
        after.Divergence.Should().BeLessThan(before);
        after.MeanAbsoluteError.Should().Be(double.NaN);
        trainer.Invoking(one => one.Step([1, 2], [1, 2], 1)).Should().Throw<ArgumentException>().WithMessage("*need 1 desired values, but got 2*");
    }

    private static void Same(Evaluation actual, Evaluation expected)
    {
        (actual.Divergence, actual.Accuracy, actual.MeanAbsoluteError, actual.RootMeanSquareError)
            .Should().Be((expected.Divergence, expected.Accuracy, expected.MeanAbsoluteError, expected.RootMeanSquareError));
        actual.Confusion!.ToString().Should().Be(expected.Confusion!.ToString());
    }

    // ½ (mean y − d)²
    private sealed class ToTheMean : Divergence
    {
        public override int DesiredWidth(int outputs) => 1;

        protected override double Value(ReadOnlySpan<float> y, ReadOnlySpan<float> desired) => 0.5 * Math.Pow(Mean(y) - desired[0], 2);

        protected override void Gradient(ReadOnlySpan<float> y, ReadOnlySpan<float> desired, float weight, Span<float> gradient) =>
            gradient.Fill(weight * (Mean(y) - desired[0]) / y.Length);

        private static float Mean(ReadOnlySpan<float> y)
        {
            float sum = 0;
            foreach (float one in y)
                sum += one;
            return sum / y.Length;
        }
    }
}
