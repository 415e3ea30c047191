using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public class VectorPassesTests
{
    [Fact]
    public void Every_register_width_and_any_grouping_of_the_vectors_give_the_same_bits()
    {
        for (int n = 1; n <= 50; n++)
        {
            Check(default(LogSoftmax.Formula), n);
            Check(new L2Normalize.Formula(1e-12f), n);
            Check(new Softmax.Formula(2.5f), n);
            Check(new Softmax.Formula(1), n);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        using var workers = new Workers(threads);
        Shared(default(LogSoftmax.Formula), workers);
        Shared(new L2Normalize.Formula(1e-12f), workers);
        Shared(new Softmax.Formula(2.5f), workers);
        Shared(new Softmax.Formula(1), workers);
    }

    [Fact]
    public void Spans_that_do_not_fit_are_refused()
    {
        float[] five = new float[5], six = new float[6];
        Assert.Throws<ArgumentException>(
            () => VectorPasses.Forward(default(LogSoftmax.Formula), new ActivationForwardPass { Vectors = 2, Z = five, Y = five }));
        Assert.Throws<ArgumentException>(() => VectorPasses.Backward(
            default(LogSoftmax.Formula),
            new ActivationBackwardPass { Vectors = 1, Z = five, Y = default, OutputGradient = five, InputGradient = five }));
        Assert.Throws<ArgumentException>(() => VectorPasses.Backward(
            default(LogSoftmax.Formula), new ActivationBackwardPass { Vectors = 4, Z = five, Y = six, OutputGradient = six, InputGradient = five }));
    }

    private static void Check<TFormula>(TFormula formula, int outputs)
        where TFormula : struct, IVectorFormula
    {
        const int Vectors = 7;
        int inputs = outputs;
        string what = $"{formula} {outputs}";
        float[] z = Floats.Random(Vectors * inputs, outputs, 10f), dy = Floats.Random(Vectors * outputs, outputs + 1);
        z[0] = float.NegativeInfinity;
        z[^1] = float.NaN;
        (Guarded y, Guarded dz) = (new(new float[dy.Length], outputs % 4), new(new float[z.Length], outputs % 3));
        VectorPasses.Forward(formula, new ActivationForwardPass { Vectors = Vectors, Z = z, Y = y.Span });
        VectorPasses.Backward(
            formula, new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y.Span, OutputGradient = dy, InputGradient = dz.Span });
        y.ShouldBeIntact(what);
        dz.ShouldBeIntact(what);
        OnWidth<TFormula, Simd512>(formula, z, y.Span, dy, dz.Span, Vectors, outputs);
        OnWidth<TFormula, WideVector<Simd256>>(formula, z, y.Span, dy, dz.Span, Vectors, outputs);
        OnWidth<TFormula, WideVector<WideVector<Simd128>>>(formula, z, y.Span, dy, dz.Span, Vectors, outputs);
        for (int v = 0; v < Vectors; v++)
        {
            Span<float> one = z.AsSpan(v * inputs, inputs), oneY = y.Span.Slice(v * outputs, outputs), oneDy = dy.AsSpan(v * outputs, outputs);
            OnWidth<TFormula, Simd512>(formula, one, oneY, oneDy, dz.Span.Slice(v * inputs, inputs), 1, outputs);
        }
    }

    private static void OnWidth<TFormula, TVector>(
        TFormula formula, Span<float> z, Span<float> y, Span<float> dy, Span<float> dz, int vectors, int outputs)
        where TFormula : struct, IVectorFormula
        where TVector : struct, ISimdVector<TVector>
    {
        (Guarded gz, Guarded gdy) = (new(z), new(dy));
        (Guarded gy, Guarded gdz) = (new(new float[y.Length]), new(new float[dz.Length]));
        string what = $"{formula} {typeof(TVector)} {vectors} × {outputs}";
        int inputs = z.Length / vectors;
        for (int v = 0; v < vectors; v++)
        {
            Span<float> oneY = gy.Span.Slice(v * outputs, outputs);
            formula.Forward<TVector>(gz.Span.Slice(v * inputs, inputs), oneY);
            formula.Backward<TVector>(
                gz.Span.Slice(v * inputs, inputs), oneY, gdy.Span.Slice(v * outputs, outputs), gdz.Span.Slice(v * inputs, inputs));
        }

        gy.Span.ShouldHaveTheBitsOf(y, what);
        gy.ShouldBeIntact(what);
        gdz.Span.ShouldHaveTheBitsOf(dz, what + " backward");
        gdz.ShouldBeIntact(what + " backward");
    }

    private static void Shared<TFormula>(TFormula formula, Workers workers)
        where TFormula : struct, IVectorFormula
    {
        const int Vectors = 1303, Outputs = 21;
        int inputs = Vectors * Outputs;
        float[] z = Floats.Random(inputs, 1, 5f), dy = Floats.Random(Vectors * Outputs, 2);
        float[] y = new float[dy.Length], sharedY = new float[dy.Length], dz = new float[inputs], sharedDz = new float[inputs];
        VectorPasses.Forward(formula, new ActivationForwardPass { Vectors = Vectors, Z = z, Y = y });
        VectorPasses.Forward(formula, new ActivationForwardPass { Vectors = Vectors, Z = z, Y = sharedY, Workers = workers });
        sharedY.ShouldHaveTheBitsOf(y, $"{formula} forward");
        VectorPasses.Backward(formula, new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y, OutputGradient = dy, InputGradient = dz });
        VectorPasses.Backward(
            formula,
            new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y, OutputGradient = dy, InputGradient = sharedDz, Workers = workers });
        sharedDz.ShouldHaveTheBitsOf(dz, $"{formula} backward");
    }
}
