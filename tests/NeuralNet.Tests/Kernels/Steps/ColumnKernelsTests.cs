using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class ColumnKernelsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sums_and_products_are_those_of_the_elements_in_place_too(int threads)
    {
        using var workers = new Workers(threads);
        foreach (int count in new[] { 0, 1, 7, 16, 33, 40_001 })
        {
            float[] a = TestData.Normal(count, 1), b = TestData.Normal(count, 2), sum = new float[count];
            float[] product = [.. a];
            Elementwise.Map(default(PairSum), a, b, sum, workers);
            Elementwise.Map(default(PairProduct), product, b, product, workers);
            sum.Should().Equal(a.Zip(b, (x, y) => x + y));
            product.Should().Equal(a.Zip(b, (x, y) => x * y));
        }
    }

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
        FluentActions.Invoking(() => Elementwise.Map(default(PairSum), new float[3], new float[4], new float[4], Workers.Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Elementwise.Map(default(PairProduct), new float[4], new float[3], new float[4], Workers.Alone)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => ColumnKernels.ToColumns(new float[4], 2, new float[6], 3, 2, Workers.Alone)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ColumnKernels.FromColumns(new float[6], 3, -1, new float[4], 2, Workers.Alone)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => ColumnKernels.FromColumns(new float[9], 3, 0, new float[4], 2, Workers.Alone)).Should().Throw<ArgumentException>();
    }
}
