using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class TransposingTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 20)]
    [InlineData(20, 1)]
    [InlineData(3, 50)]
    [InlineData(50, 3)]
    [InlineData(17, 33)]
    [InlineData(150, 160)]
    [InlineData(160, 150)]
    public void Rows_become_columns_with_any_number_of_threads(int rows, int columns)
    {
        float[] from = Floats.Random(rows * columns, 1), expected = new float[from.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                expected[(j * rows) + i] = from[(i * columns) + j];
        }

        for (int threads = 1; threads <= 3; threads++)
        {
            using var workers = new Workers(threads);
            var to = new Guarded(new float[from.Length], threads);
            Transposing.Transpose(from, to.Span, rows, columns, workers);
            to.Span.ShouldHaveTheBitsOf(expected, $"{rows} × {columns}, {threads} threads");
            to.ShouldBeIntact($"{rows} × {columns}");
        }
    }

    [Fact]
    public void Spans_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Transposing.Transpose(new float[6], new float[6], 2, 4, Workers.Alone));
        Assert.Throws<ArgumentException>(() => Transposing.Transpose(new float[6], new float[5], 2, 3, Workers.Alone));
    }
}
