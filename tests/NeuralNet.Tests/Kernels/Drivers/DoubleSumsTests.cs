using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class DoubleSumsTests
{
    // 16384 is a block; from 256 blocks on they grow.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(37)]
    [InlineData(16384)]
    [InlineData(16385)]
    [InlineData(50_003)]
    [InlineData((256 * 16384) + 3)]
    public void Sums_are_those_of_doubles_whatever_the_threads(int count)
    {
        float[] a = Floats.Random(count, 1), b = Floats.Random(count, 2);
        double dot = 0, magnitudes = 0, sum = 0, squares = 0;
        for (int i = 0; i < count; i++)
        {
            dot += (double)a[i] * b[i];
            magnitudes += Math.Abs(a[i]);
            sum += a[i];
            squares += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        }

        double actual = DoubleSums.Dot(a, b);
        actual.Should().BeApproximately(dot, 1e-12 * count);
        DoubleSums.Magnitudes(a).Should().BeApproximately(magnitudes, 1e-12 * count);
        DoubleSums.Sum(a).Should().BeApproximately(sum, 1e-12 * count);
        DoubleSums.SquaredDistance(a, b).Should().BeApproximately(squares, 1e-12 * count);
        double squared = DoubleSums.Dot(a, a);
        float most = Reduction.MaxMagnitude(a);
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var workers = new Workers(threads);
            DoubleSums.Dot(a, b, workers).Should().Be(actual);
            DoubleSums.Squares(a, out float largest, workers).Should().Be(squared);
            largest.Should().Be(most);
        }
    }

    [Fact]
    public void Doubles_are_summed_in_four_lanes()
    {
        for (int n = 0; n < 14; n++)
        {
            double[] a = [.. TestData.Normal(n, 1).Select(v => v / 3.0)], b = [.. TestData.Normal(n, 2).Select(v => v / 7.0)], sums = new double[4];
            for (int i = 0; i < n; i++)
                sums[i < n / 4 * 4 ? i % 4 : 0] += a[i] * b[i];
            DoubleSums.Dot(a, b).Should().Be(sums[0] + sums[1] + (sums[2] + sums[3]));
        }
    }

    [Fact]
    public void Squares_do_not_overflow_and_NaN_is_not_lost()
    {
        float[] a = new float[40];
        a[3] = a[38] = 3e38f;
        DoubleSums.Dot(a, a).Should().BeApproximately(1.8e77, 1e71);
        DoubleSums.Squares(a, out float largest).Should().Be(DoubleSums.Dot(a, a));
        largest.Should().Be(3e38f);
        a[38] = float.NegativeInfinity;
        DoubleSums.Squares(a, out largest).Should().Be(double.PositiveInfinity);
        largest.Should().Be(float.PositiveInfinity);
        a[39] = float.NaN;
        DoubleSums.Squares(a, out largest).Should().Be(double.NaN);
        largest.Should().Be(float.NaN);
        DoubleSums.Dot(a, a).Should().Be(double.NaN);
        DoubleSums.Magnitudes(a).Should().Be(double.NaN);
        DoubleSums.Sum(a).Should().Be(double.NaN);
        Assert.Throws<ArgumentException>(() => DoubleSums.Dot(a, a.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => DoubleSums.SquaredDistance(a, a.AsSpan(1)));
    }

    [Fact]
    public void Functions_of_one_double_are_exact_to_15_digits()
    {
        for (double x = 0; x <= 1; x += 1.0 / 512)
            Exact.CosPi(x).Should().BeApproximately(Math.Cos(Math.PI * x), 1e-15);
        (Exact.CosPi(0), Exact.CosPi(0.5), Exact.CosPi(1)).Should().Be((1, 0, -1));
        for (double x = 0; x <= 5; x += 1.0 / 512)
        {
            (double sin, double cos) = Exact.SinCosPi(x);
            sin.Should().BeApproximately(Math.Sin(Math.PI * x), 3e-15); // π x itself is off by 1e-15 there
            cos.Should().BeApproximately(Math.Cos(Math.PI * x), 3e-15);
        }

        (Exact.SinCosPi(1000000.5), Exact.SinCosPi(4), Exact.SinCosPi(7)).Should().Be(((1, 0), (0, 1), (0, -1)));
        Exact.SinPi(1e-200).Should().Be(Math.PI * 1e-200);
        for (double x = -60; x <= 0; x += 0.37)
            (Exact.ExpOfNegative(x) / Math.Exp(x)).Should().BeApproximately(1, 2e-14);
        (Exact.ExpOfNegative(0), Exact.ExpOfNegative(-1e9), Exact.Power(0.5, 10), Exact.Power(3, 0)).Should().Be((1, 0, 1.0 / 1024, 1));
    }
}
