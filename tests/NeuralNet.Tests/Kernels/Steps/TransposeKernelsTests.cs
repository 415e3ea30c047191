using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class TransposeKernelsTests
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
    [InlineData(65, 33)]
    [InlineData(33, 65)]
    [InlineData(400, 70)]
    public void Rows_become_columns_or_are_added_to_them_with_any_number_of_threads(int rows, int columns)
    {
        float[] from = Floats.Random(rows * columns, 1), before = Floats.Random(from.Length, 2);
        float[] transposed = new float[from.Length], sum = [.. before];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                transposed[(j * rows) + i] = from[(i * columns) + j];
                sum[(j * rows) + i] += from[(i * columns) + j];
            }
        }

        for (int threads = 1; threads <= 3; threads++)
        {
            using var workers = new Workers(threads);
            Guarded to = new(before, threads), added = new(before, threads);
            TransposeKernels.Transpose(from, to.Span, rows, columns, workers);
            TransposeKernels.AddTransposed(from, added.Span, rows, columns, workers);
            to.Span.ShouldHaveTheBitsOf(transposed, $"{rows} × {columns}, {threads} threads");
            added.Span.ShouldHaveTheBitsOf(sum, $"{rows} × {columns}, {threads} threads, added");
            to.ShouldBeIntact($"{rows} × {columns}");
            added.ShouldBeIntact($"{rows} × {columns}, added");
        }
    }

    [Fact]
    public void Spans_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => TransposeKernels.Transpose(new float[6], new float[6], 2, 4, Workers.Alone));
        Assert.Throws<ArgumentException>(() => TransposeKernels.Transpose(new float[6], new float[5], 2, 3, Workers.Alone));
        Assert.Throws<ArgumentException>(() => TransposeKernels.AddTransposed(new float[6], new float[6], 2, 4, Workers.Alone));
        Assert.Throws<ArgumentException>(() => TransposeKernels.AddTransposed(new float[6], new float[5], 2, 3, Workers.Alone));
    }

    [Theory]
    [InlineData(1, 1, 1, 0)]
    [InlineData(1, 7, 5, 4)]
    [InlineData(7, 1, 9, 2)]
    [InlineData(3, 50, 3, 0)]
    [InlineData(50, 3, 61, 11)]
    [InlineData(16, 16, 48, 16)]
    [InlineData(17, 33, 40, 5)]
    [InlineData(63, 130, 64, 1)]
    public void Rows_go_to_some_columns_of_a_wider_matrix_and_back(int rows, int columns, int stride, int first)
    {
        float[] from = Floats.Random(rows * columns, 1), expected = Floats.Random(columns * stride, 2);
        var wide = new Guarded(expected, 0);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                expected[(j * stride) + first + i] = from[(i * columns) + j];
        }

        TransposeKernels.RowsToColumns(from, columns, wide.Span, stride, first);
        wide.Span.ShouldHaveTheBitsOf(expected, "all other columns stay as they are");
        wide.ShouldBeIntact("to columns");

        var back = new Guarded(new float[from.Length], 1);
        TransposeKernels.ColumnsToRows(expected, stride, first, back.Span, columns);
        back.Span.ShouldHaveTheBitsOf(from, "back");
        back.ShouldBeIntact("to rows");
    }

    [Theory]
    [InlineData(6, 0, 6, 3, 0)]
    [InlineData(6, -2, 6, 3, 0)]
    [InlineData(6, 4, 6, 3, 0)]
    [InlineData(6, 2, 5, 3, 0)]
    [InlineData(6, 2, 6, -3, 0)]
    [InlineData(6, 2, 6, 3, 1)]
    [InlineData(6, 2, 6, 3, -1)]
    [InlineData(6, 2, 6, 3, int.MaxValue)]
    [InlineData(6, 2, 6, 3, int.MinValue)]
    [InlineData(0, 2, 6, 3, 4)]
    [InlineData(0, int.MaxValue, 1, int.MaxValue, 0)]
    [InlineData(0, 65536, 0, 65536, 0)]
    public void Columns_that_are_not_there_are_refused(int values, int columns, int wide, int stride, int first)
    {
        Assert.Throws<ArgumentException>(() => TransposeKernels.RowsToColumns(new float[values], columns, new float[wide], stride, first));
        Assert.Throws<ArgumentException>(() => TransposeKernels.ColumnsToRows(new float[wide], stride, first, new float[values], columns));
    }
}
