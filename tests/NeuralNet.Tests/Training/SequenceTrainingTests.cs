namespace NeuralNet.Tests.Training;

/// <summary>Training and evaluation go by the lengths of a data set.</summary>
public class SequenceTrainingTests
{
    private const int Rows = 150, Steps = 4;

    private static readonly int[] lengths = [.. TestData.Labels(Rows, Steps, seed: 5).Select(label => label + 1)];

    // Every step gives a class, and padding is wrong by far.
    private static Network PerStep() => Network.Create(Shape.Sequence(Steps, 2)).Dense(5, Activation.Tanh).Dense(3, Activation.Softmax).Build(1);

    // The last real step gives the value, so that the output has no lengths.
    private static Network OfLastStep() =>
        Network.Create(Shape.Sequence(Steps, 2)).Dense(5, Activation.Tanh).Add(shape => new LastStep(shape)).Dense(2).Build(1);

    private static Dataset Data(Network network, float padding)
    {
        float[] x = TestData.Normal(Rows * Steps * 2, 2), d = TestData.Normal(Rows * network.Output.Size, 3);
        if (network.KeepsLengths)
            d = TestData.OneHotOf(TestData.Labels(Rows * Steps, 3), 3);
        for (int row = 0; row < Rows; row++)
        {
            x.AsSpan(((row * Steps) + lengths[row]) * 2, (Steps - lengths[row]) * 2).Fill(padding);
            if (network.KeepsLengths)
                d.AsSpan(((row * Steps) + lengths[row]) * 3, (Steps - lengths[row]) * 3).Fill(padding);
        }

        return Dataset.FromArrays(x, d, Rows).WithLengths(lengths);
    }

    private static (Func<Network>, Divergence)[] Cases => [(PerStep, Divergence.CrossEntropy), (PerStep, Divergence.L2), (OfLastStep, Divergence.L2)];

    public static TheoryData<int, bool> CasesAndShuffles => new() { { 0, true }, { 0, false }, { 1, true }, { 2, true }, { 2, false } };

    [Theory]
    [MemberData(nameof(CasesAndShuffles))]
    public void Padding_means_nothing_in_training_and_evaluation(int which, bool shuffle)
    {
        (Func<Network> make, Divergence divergence) = Cases[which];
        (float[] Parameters, double Training, Evaluation Evaluation) Train(float padding)
        {
            Network network = make();
            var trainer = new Trainer(network, divergence, new Adam(1e-2f)) { Shuffle = shuffle, BatchSize = 64 };
            Dataset data = Data(network, padding);
            double training = trainer.Fit(data, epochs: 3, validation: data).Epochs[^1].TrainingDivergence;
            return (network.Parameters.ToArray(), training, trainer.Evaluate(data));
        }

        (float[] parameters, double training, Evaluation evaluation) = Train(0);
        (float[] same, double sameTraining, Evaluation sameEvaluation) = Train(-1e20f);
        same.AsSpan().SequenceEqual(parameters).Should().BeTrue();
        sameTraining.Should().Be(training);
        sameEvaluation.Should().BeEquivalentTo(evaluation);
        parameters.AsSpan().SequenceEqual(make().Parameters).Should().BeFalse();
    }

    [Fact]
    public void Every_real_step_counts_as_one_in_the_means_of_an_epoch_and_of_an_evaluation()
    {
        Network network = PerStep();
        Dataset data = Data(network, padding: 0);
        float[] y = network.Predict(data.Inputs), realY = Real(y), realD = Real(data.Desired);
        double expected = Divergence.CrossEntropy.Forward(realY, realD, realY.Length / 3);

        Evaluation evaluation = Evaluation.Of(network, data, Divergence.CrossEntropy);
        evaluation.Divergence.Should().BeApproximately(expected, 1e-6);
        evaluation.MeanAbsoluteError.Should().BeApproximately(Metrics.MeanAbsoluteError(realY, realD), 1e-7);
        evaluation.RootMeanSquareError.Should().BeApproximately(Metrics.RootMeanSquareError(realY, realD), 1e-7);

        // Steps of a rate that changes nothing: the mean of the epoch is that of the data, however the rows are batched.
        var progress = new List<TrainingProgress>();
        var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(1e-30f)) { BatchSize = 64 };
        trainer.Fit(data, epochs: 1, progress: new Collector(progress)).Epochs[0].TrainingDivergence.Should().BeApproximately(expected, 1e-6);
        progress[^1].Divergence.Should().BeApproximately(expected, 1e-6);

        static float[] Real(ReadOnlySpan<float> values)
        {
            var real = new List<float>();
            for (int row = 0; row < Rows; row++)
                real.AddRange(values.Slice(row * Steps * 3, lengths[row] * 3));
            return [.. real];
        }
    }

    [Fact]
    public void Outputs_without_lengths_all_count()
    {
        Network network = OfLastStep();
        Dataset data = Data(network, padding: 0);
        float[] y = new float[Rows * 2];
        network.Predict(new Batch { Rows = Rows, Inputs = data.Inputs, Lengths = lengths }, y, network.CreateWorkspace(Rows));

        Evaluation evaluation = Evaluation.Of(network, data, Divergence.L2, threads: 2);
        evaluation.Divergence.Should().BeApproximately(Divergence.L2.Forward(y, data.Desired, Rows), 1e-6);
        evaluation.MeanAbsoluteError.Should().BeApproximately(Metrics.MeanAbsoluteError(y, data.Desired), 1e-9);
        evaluation.RootMeanSquareError.Should().BeApproximately(Metrics.RootMeanSquareError(y, data.Desired), 1e-9);
    }

    [Fact]
    public void Fit_is_a_loop_of_steps_with_the_rows_lengths()
    {
        Network fitted = PerStep(), stepped = PerStep();
        Dataset data = Data(fitted, padding: 0);
        new Trainer(fitted, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 100, Shuffle = false }.Fit(data, epochs: 1);
        var byHand = new Trainer(stepped, Divergence.CrossEntropy, new Sgd(0.1f));
        foreach ((int first, int rows) in new[] { (0, 100), (100, 50) })
        {
            byHand.Step(new Batch
            {
                Rows = rows,
                Inputs = data.Inputs.Slice(first * 8, rows * 8),
                Desired = data.Desired.Slice(first * 12, rows * 12),
                Lengths = lengths.AsSpan(first, rows),
            });
        }
        fitted.Parameters.SequenceEqual(stepped.Parameters).Should().BeTrue();

        // In another order of rows each keeps its own.
        Network shuffled = PerStep(), byOrder = PerStep();
        int[] order = new int[Rows];
        RandomPurpose.Of(4, RandomPurpose.Shuffle).AtStep(0).Permute(order);
        new Trainer(shuffled, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = Rows, Seed = 4 }.Fit(data, epochs: 1);
        Dataset ordered = data.Select(order);
        new Trainer(byOrder, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = Rows, Shuffle = false }.Fit(ordered, epochs: 1);
        shuffled.Parameters.SequenceEqual(byOrder.Parameters).Should().BeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Epochs_allocate_no_more_for_more_steps(bool shuffle)
    {
        Network network = PerStep();
        Dataset data = Data(network, padding: 0), large = data.Select([.. Enumerable.Range(0, 10 * Rows).Select(i => i % Rows)]);
        long Allocated(Dataset some) => Allocations.Of(() =>
        {
            var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(1e-3f)) { BatchSize = 10, Shuffle = shuffle };
            trainer.Fit(large, 1);
            return () => trainer.Fit(some, 1);
        });

        // Beside the order of the rows, of which there are ten times as many.
        (Allocated(large) - Allocated(data)).Should().Be(9 * Rows * sizeof(int));
    }

    [Fact]
    public void Lbfgs_goes_by_the_lengths_too()
    {
        Network network = PerStep(), same = PerStep();
        var lbfgs = new Lbfgs(maxIterations: 5);
        lbfgs.Minimize(network, Divergence.CrossEntropy, Data(network, 0));
        lbfgs.Minimize(same, Divergence.CrossEntropy, Data(network, 3));
        network.Parameters.SequenceEqual(same.Parameters).Should().BeTrue();
        network.Parameters.SequenceEqual(PerStep().Parameters).Should().BeFalse();
    }

    [Fact]
    public void Lengths_that_do_not_fit_the_network_are_refused_with_words()
    {
        Network flat = Network.Create(8).Dense(1).Build(),
            steps = Network.Create(Shape.Sequence(4, 2)).Dense(1).Add(shape => new LastStep(shape)).Build();
        Dataset data = Dataset.FromArrays(new float[16], new float[2], 2), tooLong = data.WithLengths([2, 5]);
        foreach (Action<Trainer, Dataset> use in new Action<Trainer, Dataset>[]
        {
            (trainer, some) => trainer.Fit(some, 1),
            (trainer, some) => trainer.Fit(data, 1, validation: some),
            (trainer, some) => trainer.Evaluate(some),
            (trainer, some) => Evaluation.Of(trainer.Network, some, Divergence.L2),
            (trainer, some) => new Lbfgs().Minimize(trainer.Network, Divergence.L2, some),
        })
        {
            new Trainer(flat, Divergence.L2, new Sgd()).Invoking(t => use(t, data.WithLengths([2, 4])))
                .Should().Throw<ArgumentException>().WithMessage("The data has lengths, but the network takes Features(8)*no steps*");
            new Trainer(steps, Divergence.L2, new Sgd()).Invoking(t => use(t, tooLong))
                .Should().Throw<ArgumentException>().WithMessage("The length of row 1 is 5*1 to 4 steps (Sequence(4, 2))*");
        }
    }

    private sealed class Collector(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
