using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public unsafe class ElementwiseTests
{
    /// <summary>Derivative from the output alone.</summary>
    public readonly struct TanhFormula : IScalarFormula
    {
        public static BackwardReads Reads => BackwardReads.Output;

        public TVector Value<TVector>(TVector z)
            where TVector : struct, IVector<TVector> => TVector.Tanh(z);

        public TVector Derivative<TVector>(TVector z, TVector y)
            where TVector : struct, IVector<TVector> => (TVector.One - y) * (TVector.One + y) + z;
    }

    /// <summary>Derivative from the input alone; a setting; 0 does not go to 0.</summary>
    public readonly struct ShiftedExp(float shift) : IScalarFormula
    {
        public static BackwardReads Reads => BackwardReads.Input;

        public TVector Value<TVector>(TVector z)
            where TVector : struct, IVector<TVector> => TVector.Exp(z + TVector.Broadcast(shift));

        public TVector Derivative<TVector>(TVector z, TVector y)
            where TVector : struct, IVector<TVector> => TVector.Exp(z + TVector.Broadcast(shift)) + y;
    }

    /// <summary>Derivative from both: x σ(x), σ + y (1 − σ).</summary>
    public readonly struct SiluFormula : IScalarFormula
    {
        public static BackwardReads Reads => BackwardReads.Input | BackwardReads.Output;

        public TVector Value<TVector>(TVector z)
            where TVector : struct, IVector<TVector> => z * TVector.Sigmoid(z);

        public TVector Derivative<TVector>(TVector z, TVector y)
            where TVector : struct, IVector<TVector>
        {
            TVector s = TVector.Sigmoid(z);
            return TVector.FusedMultiplyAdd(y, TVector.One - s, s);
        }
    }

    /// <summary>Neither.</summary>
    public readonly struct Identity : IScalarFormula
    {
        public static BackwardReads Reads => BackwardReads.None;

        public TVector Value<TVector>(TVector z)
            where TVector : struct, IVector<TVector> => z;

        public TVector Derivative<TVector>(TVector z, TVector y)
            where TVector : struct, IVector<TVector> => TVector.One + z + y;
    }

    private readonly struct Quotient : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => a / b;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        const int N = 40_001;
        using var workers = new Workers(threads);
        float[] z = Floats.Random(N, 1, 5f), dy = Floats.Random(N, 2), alone = new float[N], shared = new float[N];
        Elementwise.Forward(default(TanhFormula), z, alone);
        Elementwise.Forward(default(TanhFormula), z, shared, workers);
        shared.ShouldHaveTheBitsOf(alone, "forward");
        float[] dz = new float[N], dzShared = new float[N];
        Elementwise.Backward(default(TanhFormula), default, alone, dy, dz);
        Elementwise.Backward(default(TanhFormula), default, alone, dy, dzShared, workers);
        dzShared.ShouldHaveTheBitsOf(dz, "backward");
    }

    [Fact]
    public void A_value_depends_neither_on_its_position_nor_on_the_length()
    {
        Check(default(TanhFormula));
        Check(new ShiftedExp(0.3f));
        Check(default(SiluFormula));
        Check(default(Identity));
    }

    private static void Check<TFormula>(TFormula formula)
        where TFormula : struct, IScalarFormula
    {
        for (int n = 0; n <= 70; n++)
        {
            string what = $"{typeof(TFormula).Name} {n}";
            int offset = n % 5;
            float[] z = Floats.Random(n, n, 12f), upstream = Floats.Random(n, n + 1000);
            for (int i = n % 7; i < n; i += 7)
                z[i] = Floats.Special[(n + i) % Floats.Special.Length];
            float[] y = Array.ConvertAll(z, one => Elementwise.Value(formula, one));
            var dz = new float[n];
            for (int i = 0; i < n; i++)
                dz[i] = Derivative(formula, z[i], y[i]) * upstream[i];

            (Guarded gz, Guarded gy) = (new(z, offset), new(new float[n], 5 - offset));
            Elementwise.Forward(formula, gz.Span, gy.Span);
            gy.Span.ShouldHaveTheBitsOf(y, what);
            gy.ShouldBeIntact(what);
            Elementwise.Forward(formula, gz.Span, gz.Span);
            gz.Span.ShouldHaveTheBitsOf(y, what + " in place");
            gz.ShouldBeIntact(what + " in place");

            // What is not declared is not there.
            ReadOnlySpan<float> zOrNothing = (TFormula.Reads & BackwardReads.Input) != 0 ? z : default;
            ReadOnlySpan<float> yOrNothing = (TFormula.Reads & BackwardReads.Output) != 0 ? y : default;
            (Guarded gdy, Guarded gdz) = (new(upstream, offset), new(new float[n], 5 - offset));
            Elementwise.Backward(formula, zOrNothing, yOrNothing, gdy.Span, gdz.Span);
            gdz.Span.ShouldHaveTheBitsOf(dz, what + " backward");
            gdz.ShouldBeIntact(what + " backward");
            Elementwise.Backward(formula, zOrNothing, yOrNothing, gdy.Span, gdy.Span);
            gdy.Span.ShouldHaveTheBitsOf(dz, what + " backward in place");
            gdy.ShouldBeIntact(what + " backward in place");

            OnWidth<TFormula, Simd128>(formula, z, y, upstream, dz, what);
            OnWidth<TFormula, Simd256>(formula, z, y, upstream, dz, what);
            OnWidth<TFormula, Simd512>(formula, z, y, upstream, dz, what);
        }
    }

    /// <summary>f′ at one number, with 0 for what the formula does not declare that it reads.</summary>
    private static float Derivative<TFormula>(TFormula formula, float z, float y)
        where TFormula : struct, IScalarFormula
        => Simd128.First(formula.Derivative(
            Simd128.Broadcast((TFormula.Reads & BackwardReads.Input) != 0 ? z : 0),
            Simd128.Broadcast((TFormula.Reads & BackwardReads.Output) != 0 ? y : 0)));

    private static void OnWidth<TFormula, TVector>(TFormula formula, float[] z, float[] y, float[] upstream, float[] dz, string what)
        where TFormula : struct, IScalarFormula
        where TVector : struct, ISimdVector<TVector>
    {
        what += $" {typeof(TVector).Name}";
        (Guarded gy, Guarded gdz) = (new(new float[z.Length]), new(new float[z.Length]));
        fixed (float* pz = z, py = y, pdy = upstream, ty = gy.Span, tdz = gdz.Span)
        {
            Elementwise.Forward<TFormula, TVector>(formula, pz, ty, z.Length);
            Elementwise.Backward<TFormula, TVector>(formula, pz, py, pdy, tdz, z.Length);
        }

        gy.Span.ShouldHaveTheBitsOf(y, what);
        gy.ShouldBeIntact(what);
        gdz.Span.ShouldHaveTheBitsOf(dz, what + " backward");
        gdz.ShouldBeIntact(what + " backward");
    }

    [Fact]
    public void A_pair_formula_is_applied_to_every_element()
    {
        for (int n = 0; n <= 70; n++)
        {
            float[] a = Floats.Random(n, n), b = Floats.Random(n, n + 1);
            var expected = new float[n];
            for (int i = 0; i < n; i++)
                expected[i] = a[i] / b[i];
            var result = new Guarded(new float[n], n % 3);
            Elementwise.Map(default(Quotient), a, b, result.Span);
            result.Span.ShouldHaveTheBitsOf(expected, $"{n}");
            result.ShouldBeIntact($"{n}");
            Elementwise.Map(default(Quotient), a, b, a);
            a.ShouldHaveTheBitsOf(expected, $"{n} in place");
        }
    }

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

    [Fact]
    public void A_scalar_logarithm_has_the_functions_bits()
    {
        foreach (float x in Floats.Special)
            Elementwise.Log(x).ShouldHaveTheBitsOf(Simd256.First(VectorMath.Log(Simd256.Broadcast(x))), $"log {x}");
    }

    [Fact]
    public void Spans_of_other_lengths_are_refused()
    {
        var three = new float[3];
        var four = new float[4];
        Assert.Throws<ArgumentException>(() => Elementwise.Forward(default(TanhFormula), three, four));
        Assert.Throws<ArgumentException>(() => Elementwise.Backward(default(TanhFormula), default, three, four, four));
        Assert.Throws<ArgumentException>(() => Elementwise.Backward(default(TanhFormula), default, four, three, four));
        Assert.Throws<ArgumentException>(() => Elementwise.Backward(new ShiftedExp(0f), three, default, four, four));
        Assert.Throws<ArgumentException>(() => Elementwise.Map(default(Quotient), three, four, four));
        Assert.Throws<ArgumentException>(() => Elementwise.Map(default(Quotient), four, three, four));
    }
}
