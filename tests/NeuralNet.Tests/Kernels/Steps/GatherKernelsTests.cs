using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public sealed class GatherKernelsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Copies_the_rows_in_the_order_asked_for(int threads)
    {
        const int Rows = 50, Width = 700;
        float[] from = Floats.Random(Rows * Width, 1);
        int[] rows = [49, 0, 7, 7, 31, .. Enumerable.Range(0, 40)];
        float[] to = new float[rows.Length * Width];
        using var workers = new Workers(threads);
        GatherKernels.Rows(from, rows, to, Width, workers);
        for (int r = 0; r < rows.Length; r++)
            to.AsSpan(r * Width, Width).SequenceEqual(from.AsSpan(rows[r] * Width, Width)).Should().BeTrue($"row {r}");
    }

    [Fact]
    public void Refuses_rows_that_are_not_there_and_room_that_does_not_fit()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GatherKernels.Rows(new float[6], [2], new float[3], 3, Workers.Alone));
        Assert.Throws<ArgumentOutOfRangeException>(() => GatherKernels.Rows(new float[6], [-1], new float[3], 3, Workers.Alone));
        Assert.Throws<ArgumentException>(() => GatherKernels.Rows(new float[6], [1], new float[4], 3, Workers.Alone));
    }
}
