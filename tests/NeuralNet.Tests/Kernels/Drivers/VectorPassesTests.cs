using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public unsafe class VectorPassesTests
{
    [Fact]
    public void Every_register_width_and_any_grouping_of_the_vectors_give_the_same_bits()
    {
        for (int n = 1; n <= 50; n++)
        {
            Check(default(LogSoftmaxKernel), n);
            Check(new L2NormalizeKernel(1e-12f), n);
            Check(new TemperedSoftmaxKernel(2.5f), n);
            Check(new MaxKernel(1), n);
            Check(new MaxKernel(3), n);
        }

        foreach (int groupSize in new[] { 2, 15, 16, 17, 32, 45 })
            Check(new MaxKernel(groupSize), 19);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        using var workers = new Workers(threads);
        Shared(default(LogSoftmaxKernel), workers);
        Shared(new L2NormalizeKernel(1e-12f), workers);
        Shared(new TemperedSoftmaxKernel(2.5f), workers);
        Shared(new MaxKernel(3), workers);
    }

    [Fact]
    public void Cross_entropy_at_a_temperature_has_the_same_bits_at_every_register_width()
    {
        var kernel = new TemperedSoftmaxKernel(0.7f);
        for (int n = 1; n <= 50; n++)
        {
            float[] z = Floats.Random(n, n, 10f), d = Floats.Random(n, n + 99), expected = new float[n], dz = new float[n];
            var guarded = new Guarded(new float[n], n % 4);
            float value = kernel.CrossEntropy(z, d, 0.3f, guarded.Span), alone = kernel.CrossEntropy(z, d, 0, default);
            alone.ShouldHaveTheBitsOf(value, $"{n} without a gradient");
            guarded.ShouldBeIntact($"{n}");
            fixed (float* pz = z, pd = d, pdz = dz)
            {
                kernel.CrossEntropy<Simd512>(pz, pd, 0.3f, pdz, n).ShouldHaveTheBitsOf(value, $"{n} 512");
                dz.ShouldHaveTheBitsOf(guarded.Span, $"{n} 512");
                kernel.CrossEntropy<WideVector<Simd256>>(pz, pd, 0.3f, pdz, n).ShouldHaveTheBitsOf(value, $"{n} 2 x 256");
                dz.ShouldHaveTheBitsOf(guarded.Span, $"{n} 2 x 256");
                kernel.CrossEntropy<WideVector<WideVector<Simd128>>>(pz, pd, 0.3f, pdz, n).ShouldHaveTheBitsOf(value, $"{n} 4 x 128");
                dz.ShouldHaveTheBitsOf(guarded.Span, $"{n} 4 x 128");
            }
        }

        Assert.Throws<ArgumentException>(() => kernel.CrossEntropy(new float[3], new float[4], 1, default));
        Assert.Throws<ArgumentException>(() => kernel.CrossEntropy(new float[3], new float[3], 1, new float[4]));
    }

    [Fact]
    public void Many_short_rows_at_a_temperature_have_the_bits_of_each_alone()
    {
        const int Rows = 19;
        for (int n = 1; n <= SoftmaxRows.MaxColumns; n++)
        {
            float[] z = Floats.Random(Rows * n, n, 10f), expected = new float[z.Length], y = new float[z.Length];
            z[0] = float.NegativeInfinity;
            z[^1] = float.NaN;
            VectorPasses.Forward(new TemperedSoftmaxKernel(0.7f), new ActivationForwardPass { Vectors = Rows, Z = z, Y = expected });
            fixed (float* pz = z, py = y)
            {
                SoftmaxRows.Forward<Simd512>(pz, py, Rows, n, 0.7f);
                y.ShouldHaveTheBitsOf(expected, $"{n} 512");
                SoftmaxRows.Forward<Simd256>(pz, py, Rows, n, 0.7f);
                y.ShouldHaveTheBitsOf(expected, $"{n} 256");
                SoftmaxRows.Forward<Simd128>(pz, py, Rows, n, 0.7f);
                y.ShouldHaveTheBitsOf(expected, $"{n} 128");
            }

            SoftmaxRows.Forward(z, z, Rows, n, 0.7f);
            z.ShouldHaveTheBitsOf(expected, $"{n} in place");
        }
    }

    [Fact]
    public void Spans_that_do_not_fit_are_refused()
    {
        float[] five = new float[5], six = new float[6], ten = new float[10];
        Assert.Throws<ArgumentException>(() => VectorPasses.Forward(new MaxKernel(2), new ActivationForwardPass { Vectors = 1, Z = six, Y = five }));
        Assert.Throws<ArgumentException>(() => VectorPasses.Forward(default(LogSoftmaxKernel), new ActivationForwardPass { Vectors = 2, Z = five, Y = five }));
        Assert.Throws<ArgumentException>(() => VectorPasses.Backward(new MaxKernel(2), new ActivationBackwardPass { Vectors = 1, Z = default, Y = five, OutputGradient = five, InputGradient = ten }));
        Assert.Throws<ArgumentException>(() => VectorPasses.Backward(default(LogSoftmaxKernel), new ActivationBackwardPass { Vectors = 1, Z = five, Y = default, OutputGradient = five, InputGradient = five }));
        Assert.Throws<ArgumentException>(() => VectorPasses.Backward(default(LogSoftmaxKernel), new ActivationBackwardPass { Vectors = 1, Z = five, Y = six, OutputGradient = six, InputGradient = five }));
    }

    private static void Check<TKernel>(TKernel kernel, int outputs)
        where TKernel : unmanaged, IVectorKernel
    {
        const int Vectors = 7;
        int inputs = kernel.Inputs(outputs);
        string what = $"{kernel} {outputs}";
        float[] z = Floats.Random(Vectors * inputs, outputs, 10f), dy = Floats.Random(Vectors * outputs, outputs + 1);
        z[0] = float.NegativeInfinity;
        z[^1] = float.NaN;
        (Guarded y, Guarded dz) = (new(new float[dy.Length], outputs % 4), new(new float[z.Length], outputs % 3));
        VectorPasses.Forward(kernel, new ActivationForwardPass { Vectors = Vectors, Z = z, Y = y.Span });
        VectorPasses.Backward(kernel, new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y.Span, OutputGradient = dy, InputGradient = dz.Span });
        y.ShouldBeIntact(what);
        dz.ShouldBeIntact(what);
        OnWidth<TKernel, Simd512>(kernel, z, y.Span, dy, dz.Span, Vectors, outputs);
        OnWidth<TKernel, WideVector<Simd256>>(kernel, z, y.Span, dy, dz.Span, Vectors, outputs);
        OnWidth<TKernel, WideVector<WideVector<Simd128>>>(kernel, z, y.Span, dy, dz.Span, Vectors, outputs);
        for (int v = 0; v < Vectors; v++)
        {
            Span<float> one = z.AsSpan(v * inputs, inputs), oneY = y.Span.Slice(v * outputs, outputs), oneDy = dy.AsSpan(v * outputs, outputs);
            OnWidth<TKernel, Simd512>(kernel, one, oneY, oneDy, dz.Span.Slice(v * inputs, inputs), 1, outputs);
        }
    }

    private static void OnWidth<TKernel, TVector>(TKernel kernel, Span<float> z, Span<float> y, Span<float> dy, Span<float> dz, int vectors, int outputs)
        where TKernel : unmanaged, IVectorKernel
        where TVector : struct, ISimdVector<TVector>
    {
        (Guarded gz, Guarded gdy) = (new(z), new(dy));
        (Guarded gy, Guarded gdz) = (new(new float[y.Length]), new(new float[dz.Length]));
        string what = $"{kernel} {typeof(TVector)} {vectors} × {outputs}";
        fixed (float* pz = gz.Span, py = gy.Span, pdy = gdy.Span, pdz = gdz.Span)
        {
            kernel.Forward<TVector>(pz, py, vectors, outputs);
            kernel.Backward<TVector>(pz, py, pdy, pdz, vectors, outputs);
        }

        gy.Span.ShouldHaveTheBitsOf(y, what);
        gy.ShouldBeIntact(what);
        gdz.Span.ShouldHaveTheBitsOf(dz, what + " backward");
        gdz.ShouldBeIntact(what + " backward");
    }

    private static void Shared<TKernel>(TKernel kernel, Workers workers)
        where TKernel : unmanaged, IVectorKernel
    {
        const int Vectors = 1303, Outputs = 21;
        int inputs = Vectors * kernel.Inputs(Outputs);
        float[] z = Floats.Random(inputs, 1, 5f), dy = Floats.Random(Vectors * Outputs, 2);
        float[] y = new float[dy.Length], sharedY = new float[dy.Length], dz = new float[inputs], sharedDz = new float[inputs];
        VectorPasses.Forward(kernel, new ActivationForwardPass { Vectors = Vectors, Z = z, Y = y });
        VectorPasses.Forward(kernel, new ActivationForwardPass { Vectors = Vectors, Z = z, Y = sharedY, Workers = workers });
        sharedY.ShouldHaveTheBitsOf(y, $"{kernel} forward");
        VectorPasses.Backward(kernel, new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
        VectorPasses.Backward(kernel, new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y, OutputGradient = dy, InputGradient = sharedDz, Workers = workers });
        sharedDz.ShouldHaveTheBitsOf(dz, $"{kernel} backward");
    }
}
