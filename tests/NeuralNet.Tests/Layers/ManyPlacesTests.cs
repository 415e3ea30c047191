using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests;

/// <summary>A layer that sees each row at 1,024 places or more adds up ∇W and ∇b row by row, so that no digits are lost.</summary>
public class ManyPlacesTests
{
    private const int Rows = 6;

    public static TheoryData<string> Kinds =>
        ["image", "sequence", "sequence with lengths", "recurrent", "recurrent with two products", "recurrent with lengths"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_gradient_is_that_of_each_row_from_0_in_the_order_of_rows(string kind)
    {
        (Network network, int[] lengths) = Make(kind);
        int size = network.Input.Size, outputs = network.Output.Size;
        float[] x = TestData.Normal(Rows * size), d = TestData.Normal(Rows * outputs, 2), sum = new float[network.Parameters.Length];
        using Workspace one = network.CreateWorkspace(1), all = network.CreateWorkspace(Rows), shared = network.CreateWorkspace(Rows, threads: 3);
        for (int row = 0; row < Rows; row++)
        {
            float[] ofRow = new float[sum.Length];
            Add(one, row, 1, ofRow);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += ofRow[i];
        }

        float[] whole = new float[sum.Length], parts = new float[sum.Length], byThreads = new float[sum.Length];
        Add(all, 0, Rows, whole);
        Add(all, 0, 2, parts);
        Add(all, 2, Rows - 2, parts);
        Add(shared, 0, Rows, byThreads);
        whole.ShouldHaveTheBitsOf(sum, "whole");
        parts.ShouldHaveTheBitsOf(sum, "parts");
        byThreads.ShouldHaveTheBitsOf(sum, "threads");

        void Add(Workspace workspace, int first, int rows, float[] gradient)
        {
            var batch = new Batch
            {
                Rows = rows,
                Inputs = x.AsSpan(first * size, rows * size),
                Desired = d.AsSpan(first * outputs, rows * outputs),
                FirstRow = first,
                Lengths = lengths.Length == 0 ? default : lengths.AsSpan(first, rows),
                TotalWeight = Rows,
            };
            network.AddGradient(batch, Divergence.L2, gradient, workspace);
        }
    }

    [Fact]
    public void It_keeps_the_digits_that_one_chain_over_all_places_loses()
    {
        const int Places = 64 * 64;
        Network network = Network.Create(Shape.Image(64, 64, 1)).Dense(1).Build(seed: 1);
        float[] x = TestData.Normal(Rows * Places), dy = TestData.Normal(Rows * Places, 3), gradient = new float[2];
        double exact = 0;
        float chain = 0;
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = 1 + (0.1f * x[i]);
            dy[i] = 1 + (0.1f * dy[i]);
            exact += (double)x[i] * dy[i];
            chain = MathF.FusedMultiplyAdd(x[i], dy[i], chain);
        }

        using Workspace workspace = network.CreateWorkspace(Rows);
        network.Forward(x, new float[x.Length], Rows, workspace);
        network.Backward(x, dy, gradient, Rows, workspace);

        // Rounding errors of a chain grow with its length: of six rows the chain is six times as long, and its values six times as large.
        double error = Math.Abs((gradient[0] / exact) - 1), ofChain = Math.Abs((chain / exact) - 1);
        error.Should().BeLessThan(2e-6).And.BeLessThan(ofChain / 2);
    }

    private static (Network Network, int[] Lengths) Make(string kind) => kind switch
    {
        "image" => (Network.Create(Shape.Image(32, 32, 2)).Dense(3, Activation.Tanh).Build(seed: 1), []),
        "sequence" => (Network.Create(Shape.Sequence(1024, 2)).Dense(3, Activation.Tanh).Build(seed: 1), []),
        "sequence with lengths" => (Network.Create(Shape.Sequence(1024, 2)).Dense(3).Build(seed: 1), [1024, 1024, 3, 1024, 500, 1]),
        "recurrent" => (Network.Create(Shape.Sequence(1024, 2)).Gru(3, lastStep: true).Build(seed: 1), []),
        "recurrent with two products" =>
            (Network.Create(Shape.Sequence(1024, 2)).Gru(3, lastStep: true, resetsBefore: true).Build(seed: 1), [1024, 7, 3, 1024, 500, 1]),
        _ => (Network.Create(Shape.Sequence(1024, 2)).Lstm(3, lastStep: true).Build(seed: 1), [1024, 1024, 3, 1024, 500, 1]),
    };
}
