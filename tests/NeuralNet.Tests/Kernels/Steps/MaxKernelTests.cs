using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public unsafe class MaxKernelTests
{
    private const int Vectors = 7;

    [Fact]
    public void Every_register_width_and_any_grouping_of_the_vectors_give_the_same_bits()
    {
        for (int n = 1; n <= 50; n++)
        {
            Check(1, n);
            Check(3, n);
        }

        foreach (int groupSize in new[] { 2, 15, 16, 17, 32, 45 })
            Check(groupSize, 19);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        using var workers = new Workers(threads);
        const int GroupSize = 3, Groups = 1303 * 21;
        float[] z = Floats.Random(GroupSize * Groups, 1, 5f), dy = Floats.Random(Groups, 2);
        float[] y = new float[Groups], sharedY = new float[Groups], dz = new float[z.Length], sharedDz = new float[z.Length];
        MaxKernel.Forward(GroupSize, new ActivationForwardPass { Vectors = 1303, Z = z, Y = y });
        MaxKernel.Forward(GroupSize, new ActivationForwardPass { Vectors = 1303, Z = z, Y = sharedY, Workers = workers });
        sharedY.ShouldHaveTheBitsOf(y, "forward");
        MaxKernel.Backward(GroupSize, new ActivationBackwardPass { Vectors = 1303, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
        MaxKernel.Backward(
            GroupSize, new ActivationBackwardPass { Vectors = 1303, Z = z, Y = y, OutputGradient = dy, InputGradient = sharedDz, Workers = workers });
        sharedDz.ShouldHaveTheBitsOf(dz, "backward");
    }

    [Fact]
    public void Spans_that_do_not_fit_are_refused()
    {
        float[] five = new float[5], six = new float[6], ten = new float[10];
        Assert.Throws<ArgumentException>(() => MaxKernel.Forward(2, new ActivationForwardPass { Vectors = 1, Z = six, Y = five }));
        Assert.Throws<ArgumentException>(() => MaxKernel.Backward(
            2, new ActivationBackwardPass { Vectors = 1, Z = default, Y = five, OutputGradient = five, InputGradient = ten }));
        Assert.Throws<ArgumentException>(() => MaxKernel.Backward(
            2, new ActivationBackwardPass { Vectors = 1, Z = six, Y = five, OutputGradient = five, InputGradient = six }));
    }

    private static void Check(int groupSize, int outputs)
    {
        int count = Vectors * outputs;
        float[] z = Floats.Random(count * groupSize, outputs, 10f), dy = Floats.Random(count, outputs + 1), y = new float[count],
            dz = new float[z.Length];
        z[0] = float.NegativeInfinity;
        z[^1] = float.NaN;
        MaxKernel.Forward(groupSize, new ActivationForwardPass { Vectors = Vectors, Z = z, Y = y });
        MaxKernel.Backward(groupSize, new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
        OnWidth<Simd512>(groupSize, z, y, dy, dz);
        OnWidth<WideVector<Simd256>>(groupSize, z, y, dy, dz);
        OnWidth<WideVector<WideVector<Simd128>>>(groupSize, z, y, dy, dz);
        for (int v = 0; v < Vectors; v++)
        {
            int at = v * outputs, inputs = groupSize * outputs;
            OnWidth<Simd512>(
                groupSize, z.AsSpan(at * groupSize, inputs), y.AsSpan(at, outputs), dy.AsSpan(at, outputs), dz.AsSpan(at * groupSize, inputs));
        }
    }

    private static void OnWidth<TVector>(int groupSize, Span<float> z, Span<float> y, Span<float> dy, Span<float> dz)
        where TVector : struct, ISimdVector<TVector>
    {
        (Guarded gz, Guarded gdy) = (new(z), new(dy));
        (Guarded gy, Guarded gdz) = (new(new float[y.Length]), new(new float[dz.Length]));
        string what = $"{groupSize} {typeof(TVector)} {y.Length}";
        fixed (float* pz = gz.Span, py = gy.Span, pdy = gdy.Span, pdz = gdz.Span)
        {
            new MaxKernel(groupSize).Forward<TVector>(pz, py, y.Length);
            new MaxKernel(groupSize).Backward<TVector>(pz, pdy, pdz, y.Length);
        }

        gy.Span.ShouldHaveTheBitsOf(y, what);
        gy.ShouldBeIntact(what);
        gdz.Span.ShouldHaveTheBitsOf(dz, what + " backward");
        gdz.ShouldBeIntact(what + " backward");
    }
}
