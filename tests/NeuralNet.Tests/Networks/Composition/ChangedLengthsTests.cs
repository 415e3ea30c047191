using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Composition;

/// <summary>Where a layer changes the number of steps, it changes each row's length by the same function.</summary>
public class ChangedLengthsTests
{
    private const int Steps = 7;

    private static readonly int[] lengths = [3, 7, 2, 5, 4, 7, 6];

    private static readonly Func<NetworkBuilder, NetworkBuilder>[] networks =
    [
        b => b.Dense(4, Activation.Tanh).Second().Lstm(5),
        b => b.Second().Gru(5).Residual(c => c.Zero().Dense(5, Activation.Tanh).Sums()).Dense(2, Activation.Softmax),
        b => b.Lstm(5).Sums().Second().LastStep().Dense(3),
        b => b.Sums().Add(shape => new Gain(shape)).Zero().Zero().Second().Gru(4, lastStep: true),
        b => b.Parallel(Merge.Concat, c => c.Second().Dense(2), c => c.Dense(3, Activation.Tanh).Second().Rnn(2)).LayerNorm()
            .MultiHeadAttention(2, outputs: 3),
        b => b.Parallel(Merge.Product, c => c.Sums().Dense(3), c => c.Lstm(3).Sums()).Bidirectional(c => c.Gru(2)).Zero(),
        b => b.Residual(c => c.Residual(d => d.Zero().Dense(3).Sums()).Sums().Zero()).Second().MaxOverSteps(),
        b => b.Residual(c => c.Zero().LearnedPositions().Sums()).Second().Flatten().Dense(2),
    ];

    public static TheoryData<int> Networks => [.. Enumerable.Range(0, networks.Length)];

    private static Network Build(int which) => networks[which](Network.Create(Shape.Sequence(Steps, 3))).Build(1);

    private static float[] Inputs(float padding)
    {
        float[] x = TestData.Normal(lengths.Length * Steps * 3);
        for (int row = 0; row < lengths.Length; row++)
            x.AsSpan(((row * Steps) + lengths[row]) * 3, (Steps - lengths[row]) * 3).Fill(padding);
        return x;
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_row_beside_longer_ones_gives_what_it_gives_in_a_call_of_its_own_steps(int which)
    {
        Network network = Build(which);
        int rows = lengths.Length, size = network.Output.Size;
        float[] x = Inputs(float.NaN), y = new float[rows * size];
        using Workspace workspace = network.CreateWorkspace(rows);
        network.Predict(new Batch { Rows = rows, Inputs = x, Lengths = lengths }, y, workspace);
        for (int row = 0; row < rows; row++)
        {
            float[] alone = new float[network.Output.SizeAt(((Chain)network.Chain).OutputSteps(lengths[row]))];
            network.Predict(new Batch { Rows = 1, Steps = lengths[row], Inputs = x.AsSpan(row * Steps * 3, lengths[row] * 3) }, alone, workspace);
            Span<float> own = y.AsSpan(row * size, size);
            own[..alone.Length].ToArray().Should().Equal(alone);
            own[alone.Length..].ContainsAnyExcept(0f).Should().BeFalse();
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Each_real_step_of_the_output_counts_once_in_the_mean_and_its_gradient(int which)
    {
        Network network = Build(which);
        int rows = lengths.Length, size = network.Output.Size;
        float[] x = Inputs(float.NaN), d = Desired(network, float.NaN), weights = [1, 2, 0.5f, 1, 3, 1, 0];
        float[] gradient = new float[network.Parameters.Length], parts = new float[gradient.Length];
        x.AsSpan((rows - 1) * Steps * 3).Clear();
        using Workspace workspace = network.CreateWorkspace(rows);
        var batch = new Batch { Rows = rows, Inputs = x, Desired = d, Lengths = lengths, Weights = weights };
        float mean = network.AddGradient(batch, Divergence.L2, gradient, workspace);

        double expected = 0, total = 0;
        for (int row = 0; row < rows; row++)
        {
            int vectors = network.KeepsLengths ? network.Chain.OutputSteps(lengths[row]) : network.Output.Steps;
            total += vectors * (double)weights[row];
            float[] alone = new float[network.Output.SizeAt(vectors)];
            network.Predict(new Batch { Rows = 1, Steps = lengths[row], Inputs = x.AsSpan(row * Steps * 3, lengths[row] * 3) }, alone, workspace);
            for (int i = 0; i < alone.Length && weights[row] > 0; i++)
                expected += 0.5 * weights[row] * Math.Pow(alone[i] - d[(row * size) + i], 2);
        }

        network.TotalWeight(batch, Divergence.L2).Should().Be(total);
        ((double)mean).Should().BeApproximately(expected / total, 1e-5 * expected / total);

        // The rows one by one, each as a part of the whole.
        for (int row = 0; row < rows; row++)
        {
            network.AddGradient(
                new Batch
                {
                    Rows = 1,
                    FirstRow = row,
                    Inputs = x.AsSpan(row * Steps * 3, Steps * 3),
                    Desired = d.AsSpan(row * size, size),
                    Lengths = lengths.AsSpan(row, 1),
                    Weights = weights.AsSpan(row, 1),
                    TotalWeight = total,
                },
                Divergence.L2, parts, workspace);
        }

        parts.Should().Equal(gradient);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_gradient_is_that_of_finite_differences_with_any_lengths(int which)
    {
        Network network = Build(which);
        GradientCheck.Layer(network.Chain, rows: 4, seed: 3).EnsurePasses();
        GradientCheck.Layer(network.Chain, rows: 3, seed: 4, lengths: [2, 7, 4]).EnsurePasses();
        GradientCheck.Network(network, Divergence.L2, seed: 5).EnsurePasses();
    }

    [Fact]
    public void Evaluation_and_training_read_nothing_past_the_real_steps_of_what_is_desired()
    {
        Network network = Build(1), same = Build(1);
        Dataset clean = Data(network, 0), padded = Data(network, 1e20f);
        var trainer = new Trainer(network, Divergence.L2, new Adam());
        var other = new Trainer(same, Divergence.L2, new Adam());
        trainer.Fit(clean, epochs: 2).Epochs[^1].TrainingDivergence.Should().Be(other.Fit(padded, epochs: 2).Epochs[^1].TrainingDivergence);
        trainer.Evaluate(clean).Should().BeEquivalentTo(other.Evaluate(padded));
        same.Parameters.SequenceEqual(network.Parameters).Should().BeTrue();

        // Of row 0 with 3 steps, 2 are left, of 2 values each.
        float[] x = Inputs(0), d = Desired(network, 0), y = new float[d.Length];
        using Workspace workspace = network.CreateWorkspace(lengths.Length);
        network.Predict(new Batch { Rows = lengths.Length, Inputs = x, Lengths = lengths }, y, workspace);
        var errors = new List<double>();
        for (int row = 0; row < lengths.Length; row++)
            errors.AddRange(Enumerable.Range(row * 8, (lengths[row] + 1) / 2 * 2).Select(i => Math.Abs((double)y[i] - d[i])));
        trainer.Evaluate(Dataset.FromArrays(x, d, lengths.Length).WithLengths(lengths)).MeanAbsoluteError.Should()
            .BeApproximately(errors.Average(), 1e-12);
        d[4] = float.NaN;
        trainer.Step(new Batch { Rows = lengths.Length, Inputs = x, Desired = d, Lengths = lengths });
        d[3] = float.NaN;
        FluentActions.Invoking(() => trainer.Step(new Batch { Rows = lengths.Length, Inputs = x, Desired = d, Lengths = lengths }))
            .Should().Throw<NotFiniteNumberException>().WithMessage("*In desired, row 0, column 3 is NaN*");
    }

    [Fact]
    public void A_row_or_a_call_that_is_left_without_a_step_is_refused_before_anything_is_written()
    {
        Network network = Network.Create(Shape.Sequence(Steps, 3)).Dense(3).Residual(b => b.Dense(3).Sums().Zero()).Gru(2).Build(1);
        using Workspace workspace = network.CreateWorkspace(2);
        float[] x = TestData.Normal(2 * Steps * 3), y = TestData.Normal(2 * Steps * 2), before = [.. y], state = new float[4],
            gradient = new float[network.Parameters.Length];
        Refused(() => network.Predict(new Batch { Rows = 2, Inputs = x, Lengths = [2, 1], State = state }, y, workspace),
            "Row 1 has 1 real steps: layer 1.1.1 (PairSums) makes 0 steps of 1; 1 to 6 were expected, as it makes 6 of 7.*");
        Refused(() => network.Predict(new Batch { Rows = 2, Steps = 1, Inputs = x.AsSpan(0, 6) }, y.AsSpan(0, 4), workspace),
            "The batch has 1 steps: layer 1.1.1 (PairSums) makes 0 steps of 1; 1 to 6 were expected.*");
        Refused(() => network.AddGradient(new Batch
        {
            Rows = 2,
            Inputs = x,
            Desired = y,
            Lengths = [1, 7],
        }, Divergence.L2, gradient, workspace), "Row 0 has 1 real steps: layer 1.1.1 (PairSums)*");
        Refused(() => network.TotalWeight(new Batch { Rows = 2, Inputs = x, Lengths = [1, 7] }, Divergence.L2), "Row 0 has 1*");
        y.Should().Equal(before);
        gradient.Should().OnlyContain(value => value == 0);
        Refused(() => GradientCheck.Layer(network.Chain, rows: 1, lengths: [1]), "Of 1 steps layer 1.1.1 (PairSums) makes 0 steps of 1*");
    }

    [Fact]
    public void Branches_that_make_other_numbers_of_steps_are_refused_for_the_lengths_at_which_they_do()
    {
        Network network = Network.Create(Shape.Sequence(6, 3))
            .Parallel(Merge.Sum, b => b.Second(), b => b.Add(shape => new EverySecond(shape, roundsDown: true)), b => b.Second()).Build(1);
        using Workspace workspace = network.CreateWorkspace(2);
        float[] x = TestData.Normal(2 * 6 * 3), y = new float[2 * 3 * 3];
        network.Predict(new Batch { Rows = 2, Inputs = x, Lengths = [6, 4] }, y, workspace);
        Refused(() => network.Predict(new Batch { Rows = 2, Inputs = x, Lengths = [6, 3] }, y, workspace),
            "Row 1 has 3 real steps: layer 0 (Branches) cannot merge what makes 2 steps of 3 (branch 0) with what makes 1 of them (branch 1).*");
        Refused(() => network.Predict(new Batch
        {
            Rows = 1,
            Steps = 5,
            Inputs = x.AsSpan(0, 15),
        }, y.AsSpan(0, 9), workspace), "The batch has 5 steps*makes 3 steps of 5*2 of them (branch 1)*");
    }

    [Fact]
    public void More_steps_of_a_row_than_of_the_call_are_refused()
    {
        Network network = Network.Create(Shape.Sequence(4, 2)).Add(shape => new Falling(shape)).Build();
        using Workspace workspace = network.CreateWorkspace(1);
        Refused(() => network.Predict(new Batch { Rows = 1, Inputs = new float[8], Lengths = [2] }, new float[2], workspace),
            "Row 0 has 2 real steps: layer 0 (Falling) makes 3 steps of 2; 1 to 1 were expected, as it makes 1 of 4.*");
    }

    [Fact]
    public void Check_and_statistics_see_the_lengths_of_the_layer_s_own_input()
    {
        var seen = new List<string>();
        Network network = Network.Create(Shape.Sequence(Steps, 2)).Add(shape => new Recorder(shape, seen)).Second()
            .Add(shape => new Recorder(shape, seen))
            .Residual(b => b.Zero().Add(shape => new Recorder(shape, seen)).Sums()).LastStep().Build(1);
        var trainer = new Trainer(network, Divergence.L2, new Sgd());
        using Workspace workspace = network.CreateWorkspace(2);
        var batch = new Batch { Rows = 2, Inputs = TestData.Normal(2 * Steps * 2), Desired = new float[4], Lengths = [3, 6] };
        network.AddGradient(batch, Divergence.L2, new float[network.Parameters.Length], workspace);
        string[] expected = ["7: 3, 6", "4: 2, 3", "5: 3, 4"];
        seen.Should().Equal(expected);
        seen.Clear();
        network.UpdateStatistics(batch, workspace);
        seen.Should().Equal(expected);
    }

    [Fact]
    public void Nothing_is_allocated_with_lengths_either()
    {
        Network network = Build(1);
        float[] x = Inputs(0), d = Desired(network, 0), y = new float[d.Length];
        using var trainer = new Trainer(network, Divergence.L2, new Adam());
        using Workspace workspace = network.CreateWorkspace(lengths.Length);
        void Work()
        {
            trainer.Step(new Batch { Rows = lengths.Length, Inputs = x, Desired = d, Lengths = lengths });
            network.Predict(new Batch { Rows = lengths.Length, Inputs = x, Lengths = lengths }, y, workspace);
        }

        Allocations.Of(() =>
        {
            Work();
            return Work;
        }).Should().Be(0);
    }

    private static float[] Desired(Network network, float padding)
    {
        float[] d = TestData.Normal(lengths.Length * network.Output.Size, 2);
        for (int row = 0; row < lengths.Length && network.KeepsLengths; row++)
            d.AsSpan(row * network.Output.Size, network.Output.Size)[network.Output.SizeAt(network.Chain.OutputSteps(lengths[row]))..].Fill(padding);
        return d;
    }

    private static Dataset Data(Network network, float padding) =>
        Dataset.FromArrays(Inputs(padding), Desired(network, padding), lengths.Length).WithLengths(lengths);

    private static void Refused(Action call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);

    // Fewer steps of more.
    private sealed class Falling(Shape shape) : Layer(shape, Shape.Sequence(4, 2))
    {
        public override int OutputSteps(int steps) => 5 - steps;

        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    // Writes down the steps and lengths that it sees, in Check and UpdateStatistics.
    private sealed class Recorder : Layer
    {
        private readonly List<string> seen;

        public Recorder(Shape shape, List<string> seen)
            : base(shape, shape)
        {
            this.seen = seen;
            Blocks = [new Block("calls", BlockRole.Statistic, [1], Initializer.Zeros), new Block("unused", BlockRole.Bias, [1], Initializer.Zeros)];
            BackwardReads = BackwardReads.None;
        }

        public override void Check(in CheckPass pass) => seen.Add($"{pass.Steps}: {string.Join(", ", pass.Lengths.ToArray())}");

        public override void UpdateStatistics(in StatisticsPass pass) => seen.Add($"{pass.Steps}: {string.Join(", ", pass.Lengths.ToArray())}");

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass)
        {
            if (!pass.InputGradient.IsEmpty)
                pass.OutputGradient.CopyTo(pass.InputGradient);
        }
    }
}

/// <summary>The layers that change steps, in the builder.</summary>
internal static class StepChangesInBuilder
{
    public static NetworkBuilder Second(this NetworkBuilder builder) => builder.Add(shape => new EverySecond(shape));

    public static NetworkBuilder Sums(this NetworkBuilder builder) => builder.Add(shape => new PairSums(shape));

    public static NetworkBuilder Zero(this NetworkBuilder builder) => builder.Add(shape => new ZeroFirst(shape));
}
