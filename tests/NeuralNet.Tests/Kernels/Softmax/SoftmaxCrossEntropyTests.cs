using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public unsafe class SoftmaxCrossEntropyTests
{
    [Fact]
    public void Forward_is_the_formula_at_every_length()
    {
        for (int n = 1; n <= 70; n++)
        {
            float[] z = Floats.Random(n, n, 10f);
            double[] exact = Exact(z);
            var y = new Guarded(new float[n], n % 4);
            Forward(z, y.Span);
            y.ShouldBeIntact($"{n}");
            for (int i = 0; i < n; i++)
                y.Span[i].ShouldBeNear(exact[i], 2e-6, $"y {i} of {n}"); // an ulp of z − m is 1e-6 of its exponential

            Forward(z, z);
            z.ShouldHaveTheBitsOf(y.Span, "in place");
        }
    }

    [Fact]
    public void Every_width_gives_the_same_bits_with_and_without_targets_and_at_any_temperature()
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
        Activation.Softmax.Forward(new ActivationForwardPass { Vectors = Rows, Z = z, Y = y });
        SoftmaxCrossEntropy.Run(default(PlainDesired), 1, z, d, 1, dz, values);
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
        float[] five = new float[5], six = new float[6], seventeen = new float[17];
        Assert.Throws<ArgumentException>(() => SoftmaxRows.Softmax(new ActivationForwardPass { Vectors = 1, Z = seventeen, Y = seventeen }, 1));
        Assert.Throws<ArgumentException>(() => SoftmaxRows.LogSoftmax(new ActivationForwardPass { Vectors = 2, Z = six, Y = five }));
        Assert.Throws<ArgumentException>(() => SoftmaxCrossEntropy.Run(default(PlainDesired), 1, six, six, 1, five, new double[2]));
        Assert.Throws<ArgumentException>(() => SoftmaxCrossEntropy.Run(default(PlainDesired), 1, five, five, 1, default, new double[2]));
    }

    private static void RowsAreAlone<TVector>(int rows, int n)
        where TVector : struct, ISimdVector<TVector>
    {
        float[]? weights = ClassTargets.Pinned(Array.ConvertAll(Floats.Random(n, n + 7), Math.Abs));
        float[] d = Floats.Random(rows * n, n + 99), ids = [.. Enumerable.Range(0, rows).Select(row => (float)(row * 7 % n))];
        float[] z = Floats.Random(rows * n, n, 10f), expected = new float[rows * n];
        var y = new Guarded(new float[rows * n], n % 4);
        fixed (float* pz = z, py = y.Span)
        {
            foreach (float temperature in new[] { 1, 0.7f })
            {
                for (int row = 0; row < rows; row++)
                    new Softmax.Formula(temperature).Forward<Simd512>(z.AsSpan(row * n, n), expected.AsSpan(row * n, n));
                SoftmaxRows.Softmax<TVector>(pz, py, rows, n, temperature);
                y.Span.ShouldHaveTheBitsOf(expected, $"softmax {typeof(TVector)} {rows} × {n} at {temperature}");
                CrossEntropyOfRowsIsAlone<PlainDesired, TVector>(default, temperature, z, d, rows, n);
                CrossEntropyOfRowsIsAlone<ClassTargets<PlainDesired>, TVector>(new(0.1f, weights), temperature, z, d, rows, n);
                CrossEntropyOfRowsIsAlone<ClassTargets<OneHotOfIds>, TVector>(new(0.1f, weights), temperature, z, ids, rows, n);
                CrossEntropyOfRowsIsAlone<OneHotOfIds, TVector>(default, temperature, z, ids, rows, n);
            }

            for (int row = 0; row < rows; row++)
                default(LogSoftmax.Formula).Forward<Simd512>(z.AsSpan(row * n, n), expected.AsSpan(row * n, n));
            SoftmaxRows.LogSoftmax<TVector>(pz, py, rows, n);
            y.Span.ShouldHaveTheBitsOf(expected, $"logarithm {typeof(TVector)} {rows} × {n}");
            y.ShouldBeIntact($"{typeof(TVector)} {rows} × {n}");
        }
    }

    private static void CrossEntropyOfRowsIsAlone<TDesired, TVector>(TDesired desired, float temperature, float[] z, float[] d, int rows, int n)
        where TDesired : struct, IDesired
        where TVector : struct, ISimdVector<TVector>
    {
        string what = $"{typeof(TDesired)} {typeof(TVector)} {rows} × {n} at {temperature}";
        float[] expected = new float[rows * n];
        double[] values = new double[rows];
        var dz = new Guarded(new float[rows * n], n % 4);
        fixed (double* pv = values)
        fixed (float* pz = z, pd = d, pe = expected, pdz = dz.Span)
        {
            SoftmaxCrossEntropy.OfRows<TDesired, TVector>(desired, temperature, pz, pd, 0.7f, pdz, pv, rows, n);
            for (int row = 0; row < rows; row++)
            {
                int at = row * n;
                float* pdr = pd + (row * TDesired.WidthOf(n));
                float value = SoftmaxCrossEntropy.OfVector<TDesired, Simd512>(desired, temperature, pz + at, pdr, 0.7f, pe + at, n);
                ((float)values[row]).ShouldHaveTheBitsOf(value, "value " + what);
            }

            dz.Span.ShouldHaveTheBitsOf(expected, "gradient " + what);
            dz.ShouldBeIntact(what);
        }
    }

    private static void SameAs512<TVector>(float[] z, float[] d)
        where TVector : struct, ISimdVector<TVector>
    {
        float[]? weights = ClassTargets.Pinned(Array.ConvertAll(Floats.Random(z.Length, 7), Math.Abs));
        foreach (float temperature in new[] { 1, 0.7f })
        {
            SameAs512<PlainDesired, TVector>(default, temperature, z, d);
            SameAs512<ClassTargets<PlainDesired>, TVector>(new(0.1f, weights), temperature, z, d);
            for (int id = 0; id < z.Length; id += 1 + (z.Length / 7))
            {
                // The one-hot vector of an id is in no memory, and has the same bits.
                float[] oneHot = new float[z.Length];
                oneHot[id] = 1;
                SameAs512<ClassTargets<OneHotOfIds>, TVector>(new(0.1f, weights), temperature, z, [id]);
                SameAs<PlainDesired, ClassTargets<OneHotOfIds>, TVector>(default, new(0, null), temperature, z, oneHot, [id]);
                SameAs512<OneHotOfIds, TVector>(default, temperature, z, [id]);
                SameAs<PlainDesired, OneHotOfIds, TVector>(default, default, temperature, z, oneHot, [id]);
                SameAs<ClassTargets<PlainDesired>, ClassTargets<OneHotOfIds>, TVector>(
                    new(0.1f, weights), new(0.1f, weights), temperature, z, oneHot, [id]);
            }
        }
    }

    private static void SameAs512<TDesired, TVector>(TDesired desired, float temperature, float[] z, float[] d)
        where TDesired : struct, IDesired
        where TVector : struct, ISimdVector<TVector>
    {
        int n = z.Length;
        float[] expected = new float[n], dz = new float[n];
        string what = $"{typeof(TDesired)} {typeof(TVector)} {n} at {temperature}";
        fixed (float* pz = z, pd = d, pe = expected, pdz = dz)
        {
            float value = SoftmaxCrossEntropy.OfVector<TDesired, Simd512>(desired, temperature, pz, pd, 0.7f, pe, n);
            SoftmaxCrossEntropy.OfVector<TDesired, TVector>(desired, temperature, pz, pd, 0.7f, pdz, n).ShouldHaveTheBitsOf(value, "value " + what);
            SoftmaxCrossEntropy.OfVector<TDesired, TVector>(desired, temperature, pz, pd, 0, null, n)
                .ShouldHaveTheBitsOf(value, "value alone " + what);
        }

        dz.ShouldHaveTheBitsOf(expected, "gradient " + what);
    }

    private static void SameAs<TExpected, TActual, TVector>(
        TExpected wanted, TActual actual, float temperature, float[] z, float[] d, float[] ids)
        where TExpected : struct, IDesired
        where TActual : struct, IDesired
        where TVector : struct, ISimdVector<TVector>
    {
        int n = z.Length;
        float[] expected = new float[n], dz = new float[n];
        fixed (float* pz = z, pd = d, pids = ids, pe = expected, pdz = dz)
        {
            float value = SoftmaxCrossEntropy.OfVector<TExpected, TVector>(wanted, temperature, pz, pd, 0.7f, pe, n);
            SoftmaxCrossEntropy.OfVector<TActual, TVector>(actual, temperature, pz, pids, 0.7f, pdz, n).ShouldHaveTheBitsOf(value, "value by id");
        }

        dz.ShouldHaveTheBitsOf(expected, $"gradient by id {typeof(TVector)} {n}");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(40)]
    public void Huge_arguments_stay_finite(int n)
    {
        float[] z = new float[n], y = new float[n];
        z.AsSpan().Fill(1000f);
        Forward(z, y);
        foreach (float one in y)
            one.ShouldBeNear(1.0 / n, 1e-7, "equal parts");

        z.AsSpan().Fill(-1e30f);
        z[n - 1] = 1e30f;
        Forward(z, y);
        y[n - 1].Should().Be(1);
        y.Sum().Should().Be(1);

        z[0] = float.MinValue;
        z[n - 1] = float.MaxValue;
        Forward(z, y);
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
                Forward(z, y);
                y.ShouldHaveTheBitsOf(nothing, $"{bad} at {i}");
                CrossEntropy(z, new float[n]).ShouldHaveTheBitsOf(float.NaN, $"cross-entropy, {bad} at {i}");
            }

            float[] masked = Floats.Random(n, 1);
            masked[i] = float.NegativeInfinity;
            Forward(masked, y);
            y[i].ShouldHaveTheBitsOf(0f, "masked");
            y.Sum().ShouldBeNear(1, 1e-6, "the others");
        }

        float[] all = new float[n];
        all.AsSpan().Fill(float.NegativeInfinity);
        Forward(all, y);
        y.ShouldHaveTheBitsOf(nothing, "all -inf");
    }

    [Fact]
    public void Backward_is_the_Jacobian_times_dy()
    {
        for (int n = 1; n <= 40; n++)
        {
            float[] y = Floats.Random(n, n), dy = Floats.Random(n, n + 50);
            Forward(y, y);
            var dz = new Guarded(new float[n], n % 3);
            Backward(y, dy, dz.Span);
            dz.ShouldBeIntact($"{n}");
            for (int i = 0; i < n; i++)
            {
                double exact = 0;
                for (int j = 0; j < n; j++)
                    exact += (double)dy[j] * y[j] * ((i == j ? 1 : 0) - (double)y[i]);
                dz.Span[i].ShouldBeNear(exact, 1e-6, $"dz {i} of {n}", floor: 0.1);
            }

            Backward(y, dy, dy);
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
            float actual = CrossEntropy(z, d, 0.5f, dz.Span);
            dz.ShouldBeIntact($"{n}");
            actual.ShouldBeNear(value, 2e-6, $"value {n}", floor: 1);
            CrossEntropy(z, d).ShouldHaveTheBitsOf(actual, $"value alone {n}");

            double sum = d.Sum(one => (double)one);
            Forward(z, y);
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
        CrossEntropy(z, d, 1f, dz).Should().Be(2e30f);
        dz[0].Should().Be(-1);
        dz[n - 1].Should().Be(1);
        dz.Sum().Should().Be(0);

        (d[0], d[n - 1]) = (0, 1);
        z[1] = float.NegativeInfinity;
        CrossEntropy(z, d, 1f, dz).Should().Be(0);
        dz.ShouldHaveTheBitsOf(new float[n], "nothing left to learn");

        (d[1], d[n - 1]) = (1, 0);
        CrossEntropy(z, d).Should().Be(float.PositiveInfinity);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(33)]
    public void At_the_largest_float_the_gradient_is_finite_and_the_value_is_not(int n)
    {
        float[] z = new float[n], d = new float[n], dz = new float[n];
        (z[0], z[n - 1], d[0]) = (float.MinValue, float.MaxValue, 1);
        CrossEntropy(z, d, 1f, dz).Should().Be(float.PositiveInfinity);
        (dz[0], dz[n - 1]).Should().Be((-1f, 1f));
        dz.Sum().Should().Be(0);
    }

    [Fact]
    public void Spans_of_other_lengths_are_refused()
    {
        float[] three = new float[3], four = new float[4];
        Assert.Throws<ArgumentException>(() => Activation.Softmax.Forward(three, four));
        Assert.Throws<ArgumentException>(() => Backward(three, four, four));
        Assert.Throws<ArgumentException>(() => CrossEntropy(four, three));
        Assert.Throws<ArgumentException>(() => CrossEntropy(four, four, 1f, three));
    }

    private static void Forward(float[] z, Span<float> y) => Activation.Softmax.Forward(new ActivationForwardPass { Vectors = 1, Z = z, Y = y });

    private static void Backward(float[] y, float[] dy, Span<float> dz) =>
        Activation.Softmax.Backward(new ActivationBackwardPass { Vectors = 1, Z = default, Y = y, OutputGradient = dy, InputGradient = dz });

    private static float CrossEntropy(float[] z, float[] d, float w = 0, Span<float> dz = default)
    {
        double value = 0;
        SoftmaxCrossEntropy.Run(default(PlainDesired), 1, z, d, w, dz, new Span<double>(ref value));
        return (float)value;
    }

    private static double[] Exact(float[] z)
    {
        double max = z.Max();
        double[] exp = Array.ConvertAll(z, one => Math.Exp(one - max));
        double sum = exp.Sum();
        return Array.ConvertAll(exp, one => one / sum);
    }
}
