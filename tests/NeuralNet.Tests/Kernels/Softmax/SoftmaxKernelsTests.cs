using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public unsafe class SoftmaxKernelsTests
{
    [Fact]
    public void Forward_is_the_formula_at_every_length()
    {
        for (int n = 1; n <= 70; n++)
        {
            float[] z = Floats.Random(n, n, 10f);
            double[] exact = Exact(z);
            var y = new Guarded(new float[n], n % 4);
            SoftmaxKernels.Forward(z, y.Span);
            y.ShouldBeIntact($"{n}");
            for (int i = 0; i < n; i++)
                y.Span[i].ShouldBeNear(exact[i], 2e-6, $"y {i} of {n}"); // an ulp of z − m is 1e-6 of its exponential

            SoftmaxKernels.Forward(z, z);
            z.ShouldHaveTheBitsOf(y.Span, "in place");
        }
    }

    [Fact]
    public void Every_width_gives_the_same_bits()
    {
        for (int n = 1; n <= 70; n++)
        {
            float[] z = Floats.Random(n, n, 10f), d = Floats.Random(n, n + 99);
            SameAs512<WideVector<Simd256>>(z, d);
            SameAs512<WideVector<WideVector<Simd128>>>(z, d);
        }
    }

    [Fact]
    public void Many_short_rows_at_once_have_the_bits_of_each_alone()
    {
        foreach (int rows in new[] { 1, 2, 3, 4, 7, 15, 16, 17, 33 })
        {
            for (int n = 1; n <= SoftmaxRows.MaxColumns; n++)
            {
                RowsAreAlone<Simd512>(rows, n);
                RowsAreAlone<Simd256>(rows, n);
                RowsAreAlone<Simd128>(rows, n);
            }
        }
    }

    [Fact]
    public void A_row_that_is_not_finite_spoils_no_other()
    {
        const int Rows = 20, N = 5;
        float[] z = Floats.Random(Rows * N, 1, 10f), d = Floats.Random(Rows * N, 2), y = new float[Rows * N], dz = new float[Rows * N];
        double[] values = new double[Rows];
        z[3 * N] = float.NaN;
        z[(4 * N) + 2] = float.PositiveInfinity;
        z[(5 * N) + 1] = float.NegativeInfinity;
        SoftmaxRows.Forward(z, y, Rows, N);
        SoftmaxRows.CrossEntropy(z, d, 1, dz, values, N);
        for (int row = 0; row < Rows; row++)
        {
            bool isLost = row is 3 or 4;
            for (int i = 0; i < N; i++)
            {
                float.IsNaN(y[(row * N) + i]).Should().Be(isLost, $"y of row {row}");
                float.IsNaN(dz[(row * N) + i]).Should().Be(isLost, $"gradient of row {row}");
            }

            double.IsNaN(values[row]).Should().Be(isLost, $"value of row {row}");
        }
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SoftmaxRows.Forward(new float[17], new float[17], 1, 17));
        Assert.Throws<ArgumentException>(() => SoftmaxRows.Forward(new float[6], new float[5], 2, 3));
        Assert.Throws<ArgumentException>(() => SoftmaxRows.CrossEntropy(new float[6], new float[6], 1, new float[5], new double[2], 3));
    }

    private static void RowsAreAlone<TVector>(int rows, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        float[] z = Floats.Random(rows * n, n, 10f), d = Floats.Random(rows * n, n + 99), expected = new float[rows * n];
        double[] values = new double[rows];
        string what = $"{typeof(TVector)} {rows} × {n}";
        var y = new Guarded(new float[rows * n], n % 4);
        fixed (double* pv = values)
        fixed (float* pz = z, pd = d, pe = expected, py = y.Span)
        {
            for (int row = 0; row < rows; row++)
                SoftmaxKernels.Forward<Simd512>(pz + (row * n), pe + (row * n), n);
            SoftmaxRows.Forward<TVector>(pz, py, rows, n);
            y.Span.ShouldHaveTheBitsOf(expected, "forward " + what);

            SoftmaxRows.CrossEntropy<TVector>(pz, pd, 0.7f, py, pv, rows, n);
            for (int row = 0; row < rows; row++)
                ((float)values[row]).ShouldHaveTheBitsOf(SoftmaxKernels.CrossEntropy<Simd512>(pz + (row * n), pd + (row * n), 0.7f, pe + (row * n), n), "value " + what);
            y.Span.ShouldHaveTheBitsOf(expected, "gradient " + what);
            y.ShouldBeIntact(what);
        }
    }

    private static void SameAs512<TVector>(float[] z, float[] d)
        where TVector : struct, ISimdVector<TVector>
    {
        int n = z.Length;
        float[] expected = new float[n], y = new float[n];
        string what = $"{typeof(TVector)} {n}";
        fixed (float* pz = z, pd = d, pe = expected, py = y)
        {
            SoftmaxKernels.Forward<Simd512>(pz, pe, n);
            SoftmaxKernels.Forward<TVector>(pz, py, n);
            y.ShouldHaveTheBitsOf(expected, "forward " + what);

            SoftmaxKernels.Backward<Simd512>(pz, pd, pe, n);
            SoftmaxKernels.Backward<TVector>(pz, pd, py, n);
            y.ShouldHaveTheBitsOf(expected, "backward " + what);

            float value = SoftmaxKernels.CrossEntropy<Simd512>(pz, pd, 0.7f, pe, n);
            SoftmaxKernels.CrossEntropy<TVector>(pz, pd, 0.7f, py, n).ShouldHaveTheBitsOf(value, "cross-entropy " + what);
            y.ShouldHaveTheBitsOf(expected, "gradient " + what);

            value = CrossEntropyKernels.BinaryOnLogits<Simd512>(pz, pd, 0.7f, pe, n);
            CrossEntropyKernels.BinaryOnLogits<TVector>(pz, pd, 0.7f, py, n).ShouldHaveTheBitsOf(value, "binary " + what);
            y.ShouldHaveTheBitsOf(expected, "binary gradient " + what);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(40)]
    public void Huge_arguments_stay_finite(int n)
    {
        float[] z = new float[n], y = new float[n];
        z.AsSpan().Fill(1000f);
        SoftmaxKernels.Forward(z, y);
        foreach (float one in y)
            one.ShouldBeNear(1.0 / n, 1e-7, "equal parts");

        z.AsSpan().Fill(-1e30f);
        z[n - 1] = 1e30f;
        SoftmaxKernels.Forward(z, y);
        y[n - 1].Should().Be(1);
        y.Sum().Should().Be(1);

        z[0] = float.MinValue;
        z[n - 1] = float.MaxValue;
        SoftmaxKernels.Forward(z, y);
        y.Sum().Should().Be(1);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(37)]
    public void NaN_and_infinity_are_as_documented(int n)
    {
        float[] nothing = new float[n], y = new float[n];
        nothing.AsSpan().Fill(float.NaN);
        for (int i = 0; i < n; i++)
        {
            foreach (float bad in new[] { float.NaN, float.PositiveInfinity })
            {
                float[] z = Floats.Random(n, 1);
                z[i] = bad;
                SoftmaxKernels.Forward(z, y);
                y.ShouldHaveTheBitsOf(nothing, $"{bad} at {i}");
                SoftmaxKernels.CrossEntropy(z, new float[n]).ShouldHaveTheBitsOf(float.NaN, $"cross-entropy, {bad} at {i}");
            }

            float[] masked = Floats.Random(n, 1);
            masked[i] = float.NegativeInfinity;
            SoftmaxKernels.Forward(masked, y);
            y[i].ShouldHaveTheBitsOf(0f, "masked");
            y.Sum().ShouldBeNear(1, 1e-6, "the others");
        }

        float[] all = new float[n];
        all.AsSpan().Fill(float.NegativeInfinity);
        SoftmaxKernels.Forward(all, y);
        y.ShouldHaveTheBitsOf(nothing, "all -inf");
    }

    [Fact]
    public void Backward_is_the_Jacobian_times_dy()
    {
        for (int n = 1; n <= 40; n++)
        {
            float[] y = Floats.Random(n, n), dy = Floats.Random(n, n + 50);
            SoftmaxKernels.Forward(y, y);
            var dz = new Guarded(new float[n], n % 3);
            SoftmaxKernels.Backward(y, dy, dz.Span);
            dz.ShouldBeIntact($"{n}");
            for (int i = 0; i < n; i++)
            {
                double exact = 0;
                for (int j = 0; j < n; j++)
                    exact += (double)dy[j] * y[j] * ((i == j ? 1 : 0) - (double)y[i]);
                dz.Span[i].ShouldBeNear(exact, 1e-6, $"dz {i} of {n}", floor: 0.1);
            }

            SoftmaxKernels.Backward(y, dy, dy);
            dy.ShouldHaveTheBitsOf(dz.Span, "in place");
        }
    }

    [Fact]
    public void CrossEntropy_and_its_gradient_are_the_formulas()
    {
        for (int n = 1; n <= 70; n++)
        {
            float[] z = Floats.Random(n, n, 5f), d = Floats.Random(n, n + 7), y = new float[n];
            d = Array.ConvertAll(d, Math.Abs);
            if (n % 2 == 0)
                d[n / 2] = 0;
            double[] exact = Exact(z);
            double value = 0;
            for (int i = 0; i < n; i++)
                value -= d[i] * Math.Log(exact[i]);

            var dz = new Guarded(new float[n], n % 4);
            float actual = SoftmaxKernels.CrossEntropy(z, d, 0.5f, dz.Span);
            dz.ShouldBeIntact($"{n}");
            actual.ShouldBeNear(value, 2e-6, $"value {n}", floor: 1);
            SoftmaxKernels.CrossEntropy(z, d).ShouldHaveTheBitsOf(actual, $"value alone {n}");

            double sum = d.Sum(one => (double)one);
            SoftmaxKernels.Forward(z, y);
            float dSum = Floats.SumInLanes(d);
            for (int i = 0; i < n; i++)
            {
                dz.Span[i].ShouldBeNear(0.5 * ((exact[i] * sum) - d[i]), 3e-6, $"dz {i} of {n}", floor: 0.5);
                dz.Span[i].ShouldHaveTheBitsOf(0.5f * MathF.FusedMultiplyAdd(y[i], dSum, -d[i]), "from the very same softmax");
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(33)]
    public void CrossEntropy_is_finite_at_1e30_and_without_terms_that_have_no_weight(int n)
    {
        float[] z = new float[n], d = new float[n], dz = new float[n];
        z.AsSpan().Fill(-1e30f);
        z[n - 1] = 1e30f;
        d[0] = 1;
        SoftmaxKernels.CrossEntropy(z, d, 1f, dz).Should().Be(2e30f);
        dz[0].Should().Be(-1);
        dz[n - 1].Should().Be(1);
        dz.Sum().Should().Be(0);

        (d[0], d[n - 1]) = (0, 1);
        z[1] = float.NegativeInfinity;
        SoftmaxKernels.CrossEntropy(z, d, 1f, dz).Should().Be(0);
        dz.ShouldHaveTheBitsOf(new float[n], "nothing left to learn");

        (d[1], d[n - 1]) = (1, 0);
        SoftmaxKernels.CrossEntropy(z, d).Should().Be(float.PositiveInfinity);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(33)]
    public void At_the_largest_float_the_gradient_is_finite_and_the_value_is_not(int n)
    {
        float[] z = new float[n], d = new float[n], dz = new float[n];
        (z[0], z[n - 1], d[0]) = (float.MinValue, float.MaxValue, 1);
        SoftmaxKernels.CrossEntropy(z, d, 1f, dz).Should().Be(float.PositiveInfinity);
        (dz[0], dz[n - 1]).Should().Be((-1f, 1f));
        dz.Sum().Should().Be(0);
    }

    [Fact]
    public void Spans_of_other_lengths_are_refused()
    {
        float[] three = new float[3], four = new float[4];
        Assert.Throws<ArgumentException>(() => SoftmaxKernels.Forward(three, four));
        Assert.Throws<ArgumentException>(() => SoftmaxKernels.Backward(three, four, four));
        Assert.Throws<ArgumentException>(() => SoftmaxKernels.CrossEntropy(four, three));
        Assert.Throws<ArgumentException>(() => SoftmaxKernels.CrossEntropy(four, four, 1f, three));
        Assert.Throws<ArgumentException>(() => CrossEntropyKernels.BinaryOnLogits(four, three));
        Assert.Throws<ArgumentException>(() => CrossEntropyKernels.BinaryOnLogits(four, four, 1f, three));
    }

    private static double[] Exact(float[] z)
    {
        double max = z.Max();
        double[] exp = Array.ConvertAll(z, one => Math.Exp(one - max));
        double sum = exp.Sum();
        return Array.ConvertAll(exp, one => one / sum);
    }
}
