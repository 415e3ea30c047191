namespace NeuralNet.Tests.Initializers;

public class OrthogonalTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 5)]
    [InlineData(7, 3)]
    [InlineData(3, 7)]
    [InlineData(1, 9)]
    [InlineData(200, 200)]
    [InlineData(100, 257)]
    public void The_fewer_of_rows_and_columns_are_orthonormal(int rows, int columns)
    {
        float[] w = Fill(new Orthogonal(), new Block("weight", BlockRole.Weight, [rows, columns], Initializer.Zeros));
        DistanceFromOrthonormal(w, rows, columns).Should().BeLessThan(1e-5);
        float[] twice = Fill(new Orthogonal(2), new Block("weight", BlockRole.Weight, [rows, columns], Initializer.Zeros));
        for (int i = 0; i < w.Length; i++)
            twice[i].Should().BeApproximately(2 * w[i], 1e-6f);
    }

    [Fact]
    public void Of_a_kernel_the_outputs_are_the_rows()
    {
        float[] outputsFirst =
            Fill(Initializer.Orthogonal, new Block("weight", BlockRole.Weight, [4, 3, 2, 2], Initializer.Zeros) { FanIn = 12, FanOut = 16 });
        DistanceFromOrthonormal(outputsFirst, 4, 12).Should().BeLessThan(1e-5);
        float[] outputsLast =
            Fill(Initializer.Orthogonal, new Block("weight", BlockRole.Weight, [2, 2, 3, 5], Initializer.Zeros) { FanIn = 12, FanOut = 20 });
        DistanceFromOrthonormal(outputsLast, 12, 5).Should().BeLessThan(1e-5);
    }

    // The trace of a matrix drawn uniformly from O(n) has mean 0 and variance 1, its determinant is ±1 with even chances, and
    // each element has variance 1/n. Without the rule for signs none of it holds.
    [Fact]
    public void Matrices_are_drawn_uniformly()
    {
        const int N = 3, Draws = 4000;
        double trace = 0, square = 0, positive = 0, first = 0;
        var block = new Block("weight", BlockRole.Weight, [N, N], Initializer.Zeros);
        float[] w = new float[N * N];
        for (int draw = 0; draw < Draws; draw++)
        {
            Initializer.Orthogonal.Fill(w, block, new RandomStream(draw));
            double t = w[0] + w[4] + w[8];
            double determinant =
                (w[0] * ((w[4] * w[8]) - (w[5] * w[7]))) - (w[1] * ((w[3] * w[8]) - (w[5] * w[6]))) + (w[2] * ((w[3] * w[7]) - (w[4] * w[6])));
            trace += t / Draws;
            square += t * t / Draws;
            positive += determinant > 0 ? 1.0 / Draws : 0;
            first += (double)w[0] * w[0] / Draws;
        }

        double error = 4 / Math.Sqrt(Draws);
        trace.Should().BeInRange(-error, error);
        square.Should().BeInRange(1 - (2 * error), 1 + (2 * error));
        positive.Should().BeInRange(0.5 - error, 0.5 + error);
        first.Should().BeInRange((1.0 / N) - error, (1.0 / N) + error);
    }

    [Fact]
    public void Fans_that_a_block_states_are_the_ones_that_count()
    {
        var block = new Block("weight", BlockRole.Weight, [8, 4, 5, 5], Initializer.LecunUniform) { FanIn = 100, FanOut = 200 };
        float[] w = Fill(Initializer.LecunUniform, block);
        ((double)w.Max()).Should().BeInRange(0.98 * Math.Sqrt(3.0 / 100), Math.Sqrt(3.0 / 100));
        ((double)Fill(Initializer.GlorotUniform, block).Max()).Should().BeInRange(0.98 * Math.Sqrt(6.0 / 300), Math.Sqrt(6.0 / 300));
    }

    [Fact]
    public void Bad_settings_and_blocks_are_refused()
    {
        foreach (float bad in new[] { 0, -1, float.NaN, float.PositiveInfinity })
        {
            FluentActions.Invoking(() => new Orthogonal(bad)).Should().Throw<ArgumentOutOfRangeException>();
            FluentActions.Invoking(() => new TruncatedNormal(bad)).Should().Throw<ArgumentOutOfRangeException>();
        }

        // Values reach 2.27 σ, and would be infinite.
        FluentActions.Invoking(() => new TruncatedNormal(float.MaxValue)).Should().Throw<ArgumentOutOfRangeException>();

        FluentActions.Invoking(() => Fill(Initializer.Orthogonal, new Block("bias", BlockRole.Bias, [4], Initializer.Zeros)))
            .Should().Throw<ArgumentException>().WithMessage("*bias [4]*one dimension*");
    }

    private static float[] Fill(Initializer initializer, Block block)
    {
        float[] values = new float[block.Length];
        initializer.Fill(values, block, new RandomStream(4));
        return values;
    }

    private static double DistanceFromOrthonormal(float[] w, int rows, int columns)
    {
        (int count, int length, int next, int step) = rows < columns ? (rows, columns, columns, 1) : (columns, rows, 1, columns);
        double sum = 0;
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b < count; b++)
            {
                double dot = a == b ? -1 : 0;
                for (int i = 0; i < length; i++)
                    dot += (double)w[(a * next) + (i * step)] * w[(b * next) + (i * step)];
                sum += dot * dot;
            }
        }

        return Math.Sqrt(sum);
    }
}
