using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Composition;

/// <summary>Branches in a network: how they are named and refused, and that all that a network does reaches them.</summary>
public class BranchesNetworkTests
{
    private static Network Small() => Network.Create(4)
        .Dense(3, Activation.Tanh)
        .Residual(b => b.Dense(5, Activation.Relu).Dense(3))
        .Parallel(Merge.Concat, b => b.Dense(2, Activation.Sigmoid), b => b, b => b.Residual(c => c.Dense(3)))
        .Dense(3, Activation.Softmax)
        .Build(1);

    [Fact]
    public void Children_are_always_numbered()
    {
        Small().Blocks.Select(block => block.Name).Should().Equal(
            "0.weight", "0.bias", "1.1.0.weight", "1.1.0.bias", "1.1.1.weight", "1.1.1.bias",
            "2.0.0.weight", "2.0.0.bias", "2.2.0.1.0.weight", "2.2.0.1.0.bias", "3.weight", "3.bias");
        Small().Parameter("2.0.0.weight").Length.Should().Be(6);
    }

    [Fact]
    public void The_summary_shows_what_composites_are_made_of() => Small().Summary().Should().Be(
        """
        #         layer               output  params  mul-adds
                  input               4
        0         Dense, Tanh         3           15        12
        1         Branches, Sum       3
        1.0         Skip              3            0         0
        1.1         Chain             3
        1.1.0         Dense, Relu     5           20        15
        1.1.1         Dense           3           18        15
        2         Branches, Concat    8
        2.0         Chain             2
        2.0.0         Dense, Sigmoid  2            8         6
        2.1         Skip              3            0         0
        2.2         Chain             3
        2.2.0         Branches, Sum   3
        2.2.0.0         Skip          3            0         0
        2.2.0.1         Chain         3
        2.2.0.1.0         Dense       3           12         9
        3         Dense, Softmax      3           27        24
                  total                          100        81

        """.ReplaceLineEndings("\n"));

    [Fact]
    public void What_does_not_fit_is_refused_with_both_shapes()
    {
        Refusal(b => b.Dense(3).Residual(c => c.Dense(5))).Should().Match("Layer 1: *x is Features(3), but F(x) is Features(5)*");
        Refusal(b => b.Parallel(Merge.Sum, c => c, c => c.Dense(5)))
            .Should().Match("Layer 0: Branch 1 (Chain) gives Features(5), but branch 0 (Skip) gives Features(4)*Sum needs outputs of one shape*");
        Refusal(b => b.Parallel(Merge.Product, c => c, c => c.Dense(5))).Should().Match("*Product needs outputs of one shape*");
        Refusal(b => b.Parallel(Merge.Concat, c => c, c => c.Add(_ => new Repeat(2, 2)))).Should()
            .Match("*Branch 1 (Chain) gives Sequence(2, 2), but branch 0 (Skip) gives Features(4)*differ in their features only*");
        Refusal(b => b.Add(_ => new Branches([new Skip(4), new Dense(3, 4)], Merge.Sum)))
            .Should().Match("*Branch 1 (Dense) takes Features(3), but branch 0 (Skip) takes Features(4)*");
        Refusal(b => b.Parallel(Merge.Sum, c => c, c => c.Residual(d => d.Dense(2).Dense(0))))
            .Should().Match("Layer 0: Branch 1: Layer 0: F: Layer 1: *0*");
        Refusal(b => b.Parallel(Merge.Sum)).Should().Match("Layer 0: A layer of branches needs at least one branch*");
        Refusal(b => b.Parallel((Merge)3, c => c)).Should().Match("*Sum, Product or Concat was expected*");
        Refusal(b => b.Parallel(Merge.Sum, c => c, c => b)).Should().Match("Layer 0: Branch 1: *the builder that it is given*");
        Refusal(b => b.Parallel(Merge.Sum, c => c, null!)).Should().Match("Layer 0: Branch 1: *the builder that it is given*");
        Refusal(b => b.Add(_ => new Branches([new Skip(4), null!], Merge.Sum))).Should().Match("Layer 0: Branch 1 is null*");
        Refusal(b => b.Add(_ => new Branches([new Skip(4), new Negative(4)], Merge.Sum)))
            .Should().Match("*Branch 1 (Negative) declares a negative size*");
        Refusal(b => b.Parallel(Merge.Concat, c => c.Add(_ => new Wide()), c => c.Add(_ => new Wide()))).Should().Match("*at most 2,147,483,647*");
        Refusal(b => b.Parallel(Merge.Product, c => c.Add(_ => new Wide()), c => c.Add(_ => new Wide())))
            .Should().Match("*Branch 1 (Chain) and those before it would need 2³¹ floats or more*");
    }

    [Fact]
    public void Statistics_state_and_random_streams_reach_every_branch()
    {
        Network network = Network.Create(2).Add(_ => new Branches([new Probe(2), new Chain([new Probe(2), new Probe(2)])], Merge.Concat)).Build();
        network.StatePerRow.Should().Be(3);
        float[] state = new float[6], y = new float[8];
        using Workspace workspace = network.CreateWorkspace(2);
        for (int call = 0; call < 3; call++)
        {
            network.Predict(new Batch { Rows = 2, Inputs = [10, 20, 30, 40], State = state }, y, workspace);
            y.Should().Equal(10 + call, 20 + call, 10 + (2 * call), 20 + (2 * call), 30 + call, 40 + call, 30 + (2 * call), 40 + (2 * call));
        }

        // Every branch draws from a stream of its own: 30 equal masks in a row would be none of that.
        float[] ones = new float[60], all = new float[180];
        Array.Fill(ones, 1);
        var batch = new Batch { Rows = 30, Inputs = ones, Stream = new RandomStream(1) };
        Network masks = Network.Create(2).Add(_ => new Branches([new Probe(2), new Probe(2), new Probe(2)], Merge.Concat)).Build();
        using Workspace room = masks.CreateWorkspace(30);
        masks.Forward(batch, all, room);
        masks.UpdateStatistics(batch, room);
        Enumerable.Range(0, 30)
            .Should().Contain(row => all[6 * row] != all[(6 * row) + 2]).And.Contain(row => all[(6 * row) + 2] != all[(6 * row) + 4]);
        masks.Statistics.ToArray().Should().OnlyContain(count => count == 30);
    }

    [Fact]
    public void Training_learns_and_gives_the_same_bits_with_any_number_of_threads()
    {
        // Wide enough for sums, products and columns to be shared among threads.
        static (float[] Parameters, double Divergence) Train(int threads)
        {
            Network network = Network.Create(2).Dense(160, Activation.Tanh)
                .Residual(b => b.Dense(160, Activation.Relu))
                .Parallel(Merge.Product, b => b.Dense(160, Activation.Sigmoid), b => b, b => b.Dense(160, Activation.Tanh))
                .Parallel(Merge.Concat, b => b, b => b.Dense(90))
                .Dense(3, Activation.Softmax).Build(3);
            using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.003f)) { BatchSize = 150, Threads = threads };
            TrainingHistory history = trainer.Fit(TestData.Clouds(300), epochs: 8);
            return (network.Parameters.ToArray(), history.Epochs[^1].TrainingDivergence);
        }

        (float[] expected, double divergence) = Train(1);
        divergence.Should().BeLessThan(0.5);
        Train(2).Parameters.Should().Equal(expected);
        Train(3).Parameters.Should().Equal(expected);
    }

    [Fact]
    public void A_clone_predicts_the_same_and_a_step_allocates_nothing()
    {
        Network network = Small();
        float[] x = TestData.Normal(20), desired = TestData.OneHotOf(TestData.Labels(5, 3), 3);
        network.Clone().Predict(x).Should().Equal(network.Predict(x));
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam());
        trainer.Step(x, desired, 5);
        Allocations.Of(() => () =>
        {
            for (int i = 0; i < 10; i++)
                trainer.Step(x, desired, 5);
        }).Should().Be(0);
    }

    private static string Refusal(Action<NetworkBuilder> build) =>
        FluentActions.Invoking(() => build(Network.Create(4))).Should().Throw<ArgumentException>().Which.Message;

    private sealed class Negative : Layer
    {
        public Negative(Shape shape)
            : base(shape, shape) => Scratch = new BufferSize(0, -1);

        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    private sealed class Wide() : Layer(4, 1_500_000_000)
    {
        public override void Forward(in ForwardPass pass) => throw new NotSupportedException();

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }
}
