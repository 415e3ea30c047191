using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Networks;

/// <summary>Many rows of a small network go through it some at a time: nobody can tell, but by time and memory.</summary>
public class RowsInPartsTests
{
    private const int Rows = 20_003;

    private static readonly float[] x = TestData.Normal(Rows * 6), targets = TestData.Normal(Rows * 3, seed: 2);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Forward_and_backward_of_all_rows_give_the_same_bits(int threads)
    {
        Network network = Network.Create(6).Dense(16, Activation.Tanh).Dense(3).Build(seed: 1);
        network.RowsAtOnce(Rows, threads).Should().BeLessThan(Rows);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = targets };
        float[] gradient = new float[network.Parameters.Length], whole = new float[gradient.Length];
        float[] y = new float[Rows * 3], dy = new float[Rows * 3];
        using Workspace workspace = network.CreateWorkspace(Rows, threads);
        float mean = network.AddGradient(batch, Divergence.L2, gradient, workspace);

        network.Forward(batch, y, workspace);
        Divergence.L2.Backward(y, targets, dy, Rows);
        network.Backward(batch, dy, whole, workspace);
        gradient.ShouldHaveTheBitsOf(whole, "the gradient");
        mean.Should().Be(Divergence.L2.Forward(y, targets, Rows));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Weights_lengths_state_its_gradient_and_random_numbers_go_with_their_rows(int threads)
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Gru(3).Dropout(0.3f).Dense(3, Activation.Softmax).Build(seed: 1);
        float[] weights = [.. Enumerable.Range(0, Rows).Select(row => row % 5 * 0.3f)];
        int[] lengths = [.. Enumerable.Range(0, Rows).Select(row => 1 + (row % 3))];
        float[] ids = [.. TestData.Labels(Rows * 3, 4).Select(label => label - 1f)];
        (float[] gradient, float[] state, float[] stateGradient, double mean) = Run([Rows]);
        for (int size = 1; size < Rows; size = (size * 7) + 1)
        {
            int some = size;
            (float[] parts, float[] stateOfParts, float[] stateGradientOfParts, double sum) =
                Run([.. Enumerable.Range(1, (Rows + some - 1) / some).Select(part => Math.Min(part * some, Rows))]);
            parts.ShouldHaveTheBitsOf(gradient, $"parts of {size}");
            stateOfParts.ShouldHaveTheBitsOf(state, $"state of parts of {size}");
            stateGradientOfParts.ShouldHaveTheBitsOf(stateGradient, $"the state's gradient of parts of {size}");
            sum.Should().BeApproximately(mean, 1e-5);
        }

        (float[], float[], float[], double) Run(int[] ends)
        {
            float[] sum = new float[network.Parameters.Length];
            float[] carried = TestData.Normal(Rows * 3, seed: 4), back = TestData.Normal(Rows * 3, seed: 5);
            using Workspace workspace = network.CreateWorkspace(Rows, threads);
            network.RowsAtOnce(Rows, threads).Should().BeLessThan(Rows);
            double total = ends.Length == 1 ? 0 : network.TotalWeight(Part(0, Rows, 0), Divergence.CrossEntropy), value = 0;
            int first = 0;
            foreach (int end in ends)
            {
                value += network.AddGradient(Part(first, end, total), Divergence.CrossEntropy, sum, workspace);
                first = end;
            }

            return (sum, carried, back, value);

            Batch Part(int from, int to, double totalWeight) => new()
            {
                Rows = to - from,
                Inputs = x.AsSpan(from * 6, (to - from) * 6),
                Desired = ids.AsSpan(from * 3, (to - from) * 3),
                Weights = weights.AsSpan(from, to - from),
                Lengths = lengths.AsSpan(from, to - from),
                State = carried.AsSpan(from * 3, (to - from) * 3),
                StateGradient = back.AsSpan(from * 3, (to - from) * 3),
                FirstRow = from,
                TotalWeight = totalWeight,
                Stream = new RandomStream(6),
            };
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Rows_of_many_logits_go_through_some_at_a_time_whatever_the_threads(int threads)
    {
        const int Steps = 128, Vocabulary = 50_000, Width = 4, Wide = 5;
        Network network = Network.Create(Shape.Sequence(Steps, 1)).Embedding(Vocabulary, Width).Dense(Vocabulary, Activation.Softmax, bias: false)
            .Tie("0.weight", to: "1.weight", transposed: true).Build(seed: 1);
        int atOnce = network.RowsAtOnce(Wide, threads);
        atOnce.Should().BeInRange(2, Wide - 1);
        network.RowsAtOnce(1000, threads).Should().Be(atOnce, "threads share the rows");
        network.RowsAtOnce(1, threads).Should().Be(1);
        float[] ids = [.. Enumerable.Range(0, Wide * Steps).Select(i => (float)(i * 7919 % Vocabulary))];
        float[] next = [.. Enumerable.Range(0, Wide * Steps).Select(i => i % 11 == 3 ? -1f : i * 104_729 % Vocabulary)];
        float[] gradient = new float[network.GradientLength], oneByOne = new float[gradient.Length];
        var batch = new Batch { Rows = Wide, Inputs = ids, Desired = next };
        double total = network.TotalWeight(batch, Divergence.CrossEntropy), sum = 0;
        using Workspace workspace = network.CreateWorkspace(atOnce, threads), small = network.CreateWorkspace(1);
        WeightedSum whole = network.AddPart(batch, Divergence.CrossEntropy, gradient, workspace);
        for (int row = 0; row < Wide; row++)
            sum += network.AddPart(Network.PartOf(batch, row, 1, total), Divergence.CrossEntropy, oneByOne, small).Sum;
        gradient.ShouldHaveTheBitsOf(oneByOne, "the gradient");
        whole.Sum.Should().BeApproximately(sum, 1e-9 * sum);
        (whole.Sum / whole.Weight).Should().BeApproximately(Math.Log(Vocabulary), 5);

        // The parameters are gone through for each part: it has 128 vectors at least, however large they are.
        Network.Create(1).Dense(1_000_000).Build(seed: 1).RowsAtOnce(200, threads).Should().Be(128);

        // Vectors within the network count too: the steps of a sequence of which the last alone goes out.
        Network last = Network.Create(Shape.Sequence(1024, 1)).Embedding(10, 4096).Dense(4096).LastStep().Dense(2).Build(seed: 1);
        last.RowsAtOnce(64, threads).Should().BeLessThan(10);
    }

    [Fact]
    public void The_shares_of_tied_blocks_are_added_up_once()
    {
        Network network = Network.Create(6).Dense(16, Activation.Tanh).Dense(6).Tie("0.weight", to: "1.weight", transposed: true).Build(seed: 1);
        network.RowsAtOnce(Rows, 1).Should().BeLessThan(Rows);
        using Workspace workspace = network.CreateWorkspace(Rows);
        var batch = new Batch { Rows = Rows, Inputs = x, Desired = TestData.Normal(Rows * 6, seed: 3) };
        float[] apart = new float[network.GradientLength], folded = new float[network.Parameters.Length];
        network.AddGradient(batch, Divergence.L2, apart, workspace);
        network.AddGradient(batch, Divergence.L2, folded, workspace);
        network.FoldTies(apart);
        folded.ShouldHaveTheBitsOf(apart.AsSpan(0, folded.Length).ToArray(), "the folded gradient");
    }

    [Fact]
    public void What_mixes_rows_stays_whole_and_within_256_MB_what_has_large_weights_or_rows()
    {
        Whole(Network.Create(6).Dense(16).BatchNorm().Dense(3).Build(), 1_000_000);
        Whole(Network.Create(600).Dense(600).Build(), 30_000);
        Whole(Network.Create(Shape.Image(28, 28, 1)).Conv(4, 3).Build(), 5_000);

        static void Whole(Network network, int rows) => network.RowsAtOnce(rows, 2).Should().Be(rows);
    }

    [Fact]
    public void A_step_takes_memory_for_some_rows_only()
    {
        Network network = Network.Create(6).Dense(16, Activation.Tanh).Dense(3).Build(seed: 1);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f));
        long before = GC.GetAllocatedBytesForCurrentThread();
        trainer.Step(x, targets, Rows);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(2 << 20, "all rows at once would take 6 MB");
    }

    [Fact]
    public void A_step_in_parts_allocates_nothing_after_the_first()
    {
        Network network = Network.Create(6).Dense(16, Activation.Tanh).Dense(3).Build(seed: 1);
        using var trainer = new Trainer(network, Divergence.L2, new Adam());
        trainer.Step(x, targets, Rows);
        Allocations.Of(() => () => trainer.Step(x, targets, Rows)).Should().Be(0);
    }

    [Fact]
    public void A_workspace_of_too_few_rows_is_refused_all_the_same()
    {
        Network network = Network.Create(6).Dense(16, Activation.Tanh).Dense(3).Build(seed: 1);
        using Workspace workspace = network.CreateWorkspace(Rows - 1);
        Action add = () => network.AddGradient(
            new Batch { Rows = Rows, Inputs = x, Desired = targets }, Divergence.L2, new float[network.Parameters.Length], workspace);
        add.Should().Throw<ArgumentException>().WithMessage($"The workspace has room for {Rows - 1} rows, but got {Rows}; make it with*");
    }
}
