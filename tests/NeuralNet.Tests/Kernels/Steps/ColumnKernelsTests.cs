using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class ColumnKernelsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Columns_go_where_they_belong_and_touch_no_other(int threads)
    {
        using var workers = new Workers(threads);
        foreach ((int vectors, int width) in new[] { (1, 1), (5, 3), (900, 40) })
        {
            int wide = width + 3;
            float[] from = TestData.Normal(vectors * width), to = new float[vectors * wide], back = new float[from.Length];
            Array.Fill(to, -1);
            ColumnKernels.ToColumns(from, width, to, wide, 2, workers);
            ColumnKernels.FromColumns(to, wide, 2, back, width, workers);
            back.Should().Equal(from);
            to.Where((_, i) => i % wide < 2 || i % wide >= 2 + width).Should().OnlyContain(value => value == -1);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_anything_is_written()
    {
        float[] four = new float[4], six = new float[6], nine = new float[9];
        Assert.Throws<ArgumentOutOfRangeException>(() => ColumnKernels.ToColumns(four, 2, six, 3, 2, Workers.Alone));
        Assert.Throws<ArgumentOutOfRangeException>(() => ColumnKernels.FromColumns(six, 3, -1, four, 2, Workers.Alone));
        Assert.Throws<ArgumentException>(() => ColumnKernels.FromColumns(nine, 3, 0, four, 2, Workers.Alone));
    }
}
