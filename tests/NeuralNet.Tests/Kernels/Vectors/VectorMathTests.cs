using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>
/// The functions against those of <see cref="Math"/>, which are exact to about one ulp of a double: 2⁻²⁹ of one of ours.
/// With NEURALNET_EXHAUSTIVE=1 over all 2³² floats (minutes); else over every 4093rd, and all around the special places.
/// </summary>
public unsafe partial class VectorMathTests
{
    private const int Lanes = 16;
    private static readonly bool exhaustive = Environment.GetEnvironmentVariable("NEURALNET_EXHAUSTIVE") == "1";

    public interface IFunction
    {
        static abstract double Exact(double x);

        static abstract bool Contains(float x);

        internal static abstract TVector Of<TVector>(TVector x)
            where TVector : struct, ISimdVector<TVector>;
    }

    public readonly struct Exp : IFunction
    {
        public static double Exact(double x) => Math.Exp(x);

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.Exp(x);
    }

    public readonly struct Log : IFunction
    {
        public static double Exact(double x) => Math.Log(x);

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.Log(x);
    }

    public readonly struct Log1p : IFunction
    {
        // ln(1 + x) = ln u + (x − (u − 1)) / u: the first-order correction for the rounding of u = 1 + x.
        public static double Exact(double x)
        {
            double u = 1 + x;
            return u <= 0 || double.IsInfinity(u) ? Math.Log(u) : Math.Abs(x) < 1e-8 ? x - (x * x / 2) : Math.Log(u) + ((x - (u - 1)) / u);
        }

        public static bool Contains(float x) => !(x > 1e36f) || float.IsInfinity(x);

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.Log1p(x);
    }

    public readonly struct Tanh : IFunction
    {
        public static double Exact(double x) => Math.Tanh(x);

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.Tanh(x);
    }

    public readonly struct Sigmoid : IFunction
    {
        public static double Exact(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.Sigmoid(x);
    }

    /// <summary>The largest errors over all floats are those that the comments in VectorMath state.</summary>
    [Fact]
    public void Errors_in_ulp_are_the_stated_ones()
    {
        (double exp, double log, double log1p, double tanh, double sigmoid) =
            (MaxError<Exp>(out float atExp), MaxError<Log>(out float atLog), MaxError<Log1p>(out float atLog1p),
            MaxError<Tanh>(out float atTanh), MaxError<Sigmoid>(out float atSigmoid));
        string all = $"exp {exp:F4} at {atExp:R}, log {log:F4} at {atLog:R}, log1p {log1p:F4} at {atLog1p:R}, tanh {tanh:F4} at {atTanh:R}, " +
            $"sigmoid {sigmoid:F4} at {atSigmoid:R}";
        if (exhaustive)
            Console.WriteLine(all);

        exp.Should().BeLessThan(0.90, all);
        log.Should().BeLessThan(0.95, all);
        log1p.Should().BeLessThan(1.27, all);
        tanh.Should().BeLessThan(1.37, all);
        sigmoid.Should().BeLessThan(1.65, all);
    }

    [Fact]
    public void Exp_has_its_special_values()
    {
        One<Exp>(0f).ShouldHaveTheBitsOf(1f, "exp 0");
        One<Exp>(-0f).ShouldHaveTheBitsOf(1f, "exp -0");
        One<Exp>(float.NegativeInfinity).ShouldHaveTheBitsOf(0f, "exp -inf");
        One<Exp>(float.PositiveInfinity).ShouldHaveTheBitsOf(float.PositiveInfinity, "exp inf");
        One<Exp>(float.NaN).ShouldHaveTheBitsOf(float.NaN, "exp NaN");
        One<Exp>(88.72283f).Should().BeLessThan(float.PositiveInfinity);
        One<Exp>(88.72284f).ShouldHaveTheBitsOf(float.PositiveInfinity, "the first float that overflows");
        One<Exp>(-103.97207f).ShouldHaveTheBitsOf(float.Epsilon, "the last float that does not vanish");
        One<Exp>(-103.97209f).ShouldHaveTheBitsOf(0f, "exp of what vanishes");
    }

    [Fact]
    public void Log_has_its_special_values()
    {
        One<Log>(1f).ShouldHaveTheBitsOf(0f, "log 1");
        One<Log>(0f).ShouldHaveTheBitsOf(float.NegativeInfinity, "log 0");
        One<Log>(-0f).ShouldHaveTheBitsOf(float.NegativeInfinity, "log -0");
        One<Log>(float.PositiveInfinity).ShouldHaveTheBitsOf(float.PositiveInfinity, "log inf");
        foreach (float x in new[] { -float.Epsilon, -1f, float.MinValue, float.NegativeInfinity, float.NaN })
            One<Log>(x).ShouldHaveTheBitsOf(float.NaN, $"log {x}");
    }

    [Fact]
    public void Log1p_has_its_special_values()
    {
        One<Log1p>(0f).ShouldHaveTheBitsOf(0f, "log1p 0");
        One<Log1p>(1e-30f).ShouldHaveTheBitsOf(1e-30f, "log1p of what is tiny");
        One<Log1p>(-1f).ShouldHaveTheBitsOf(float.NegativeInfinity, "log1p -1");
        One<Log1p>(float.PositiveInfinity).ShouldHaveTheBitsOf(float.PositiveInfinity, "log1p inf");
        foreach (float x in new[] { -1.0000001f, -3f, float.NegativeInfinity, float.NaN })
            One<Log1p>(x).ShouldHaveTheBitsOf(float.NaN, $"log1p {x}");
    }

    [Fact]
    public void Tanh_has_its_special_values()
    {
        foreach (float x in new[] { 0f, -0f, float.Epsilon, 1e-40f, -1e-20f, 1e-5f, -1e-5f })
            One<Tanh>(x).ShouldHaveTheBitsOf(x, $"tanh {x}, which is x to the last bit");
        foreach (float x in new[] { 9.02f, 50f, float.MaxValue, float.PositiveInfinity })
            One<Tanh>(x).ShouldHaveTheBitsOf(1f, $"tanh {x}");
        One<Tanh>(float.NaN).ShouldHaveTheBitsOf(float.NaN, "tanh NaN");
    }

    [Fact]
    public void Tanh_is_odd_to_the_last_bit()
    {
        foreach (float x in Comb(100_003))
            One<Tanh>(-x).ShouldHaveTheBitsOf(-One<Tanh>(x), $"tanh {-x:R}");
    }

    [Fact]
    public void Sigmoid_has_its_special_values()
    {
        One<Sigmoid>(0f).ShouldHaveTheBitsOf(0.5f, "sigmoid 0");
        One<Sigmoid>(-0f).ShouldHaveTheBitsOf(0.5f, "sigmoid -0");
        One<Sigmoid>(float.PositiveInfinity).ShouldHaveTheBitsOf(1f, "sigmoid inf");
        One<Sigmoid>(float.NegativeInfinity).ShouldHaveTheBitsOf(0f, "sigmoid -inf");
        One<Sigmoid>(float.NaN).ShouldHaveTheBitsOf(float.NaN, "sigmoid NaN");
        One<Sigmoid>(-103.9f).ShouldHaveTheBitsOf(float.Epsilon, "the lower tail reaches the smallest float");
    }

    /// <summary>Every float in the tails, in order: no function turns back where it is nearly flat.</summary>
    [Fact]
    public void Tails_are_monotone()
    {
        RisesBetween<Exp>(-104.5f, -86f);
        RisesBetween<Sigmoid>(-104.5f, -86f);
        RisesBetween<Sigmoid>(8f, 18f);
        RisesBetween<Tanh>(4f, 10f);
    }

    private static void RisesBetween<TFunction>(float from, float to)
        where TFunction : struct, IFunction
    {
        float* x = stackalloc float[Lanes];
        float* y = stackalloc float[Lanes];
        float before = float.NegativeInfinity, next = from;
        while (next < to)
        {
            for (int i = 0; i < Lanes; i++, next = MathF.BitIncrement(next))
                x[i] = next;
            Simd512.Store(TFunction.Of(Simd512.Load(x)), y);
            for (int i = 0; i < Lanes; i++)
            {
                if (y[i] < before)
                    Assert.Fail($"{typeof(TFunction).Name} falls at {x[i]:R}");
                before = y[i];
            }
        }
    }

    [Fact]
    public void Every_width_gives_the_same_bits()
    {
        float[] x = [.. Comb(50_021), .. Floats.Special, .. new float[Lanes - 1]];
        SameOnEveryWidth<Exp>(x);
        SameOnEveryWidth<Log>(x);
        SameOnEveryWidth<Log1p>(x);
        SameOnEveryWidth<Tanh>(x);
        SameOnEveryWidth<Sigmoid>(x);
    }

    private static void SameOnEveryWidth<TFunction>(float[] x)
        where TFunction : struct, IFunction
    {
        float[] expected = Apply<TFunction, Simd512>(x);
        string name = typeof(TFunction).Name;
        Apply<TFunction, Simd256>(x).ShouldHaveTheBitsOf(expected, name + " 256");
        Apply<TFunction, Simd128>(x).ShouldHaveTheBitsOf(expected, name + " 128");
        Apply<TFunction, WideVector<Simd256>>(x).ShouldHaveTheBitsOf(expected, name + " 2 x 256");
        Apply<TFunction, WideVector<WideVector<Simd128>>>(x).ShouldHaveTheBitsOf(expected, name + " 4 x 128");
    }

    private static float[] Apply<TFunction, TVector>(float[] x)
        where TFunction : struct, IFunction
        where TVector : struct, ISimdVector<TVector>
    {
        var y = new float[x.Length / Lanes * Lanes];
        fixed (float* px = x, py = y)
        {
            for (int i = 0; i < y.Length; i += TVector.Count)
                TVector.Store(TFunction.Of(TVector.Load(px + i)), py + i);
        }

        return y;
    }

    private static float One<TFunction>(float x)
        where TFunction : struct, IFunction
        => Simd128.First(TFunction.Of(Simd128.Broadcast(x)));

    /// <summary>Floats of all kinds: every step-th bit pattern.</summary>
    private static IEnumerable<float> Comb(long step)
    {
        for (long bits = 0; bits < 1L << 32; bits += step)
            yield return BitConverter.UInt32BitsToSingle((uint)bits);
    }

    private static double MaxError<TFunction>(out float at)
        where TFunction : struct, IFunction
    {
        double max = 0;
        at = 0;
        float* x = stackalloc float[Lanes];
        float* y = stackalloc float[Lanes];
        int filled = 0;
        foreach ((long from, long to, long step) in Ranges())
        {
            for (long bits = from; bits < to; bits += step)
            {
                x[filled++] = BitConverter.UInt32BitsToSingle((uint)bits);
                if (filled == Lanes)
                {
                    Measure<TFunction>(x, y, ref max, ref at);
                    filled = 0;
                }
            }
        }

        return max;
    }

    /// <summary>Bit patterns: everything, or a coarse comb, and every float near where something changes.</summary>
    private static IEnumerable<(long From, long To, long Step)> Ranges()
    {
        if (exhaustive)
        {
            yield return (0, 1L << 32, 1);
            yield break;
        }

        yield return (0, 1L << 32, 4093);
        float[] places =
        [
            0f, 13.2f, 14.42f, 26f, 131072f, 1.17549435e-38f, 1e-4f, 0.25f, 0.34657359f, 0.375f, 0.5f, 0.625f, 0.75f, 1f, 1.5f, 2f,
            8.3f, 9.01f, 10f, 16.6f, 17.3f, 87.33654f, 88.722839f, 103.27893f, 103.97208f, 104f, float.MaxValue,
        ];
        foreach (float place in places)
        {
            foreach (uint sign in new[] { 0u, 0x80000000u })
            {
                long middle = BitConverter.SingleToUInt32Bits(place) | sign;
                yield return (Math.Max(middle - 800, sign), middle + 800, 1);
            }
        }
    }

    private static void Measure<TFunction>(float* x, float* y, ref double max, ref float at)
        where TFunction : struct, IFunction
    {
        Simd512.Store(TFunction.Of(Simd512.Load(x)), y);
        for (int i = 0; i < Lanes; i++)
        {
            if (!TFunction.Contains(x[i]))
                continue;
            double error = ErrorInUlp(y[i], TFunction.Exact(x[i]));
            if (error > max)
            {
                max = error;
                at = x[i];
            }
        }
    }

    /// <summary>|value − exact| over the distance of floats at the exact value; ∞ where one is a number and the other not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double ErrorInUlp(float value, double exact)
    {
        if (double.IsNaN(exact) || float.IsNaN(value))
            return double.IsNaN(exact) && float.IsNaN(value) ? 0 : double.PositiveInfinity;

        double magnitude = Math.Abs(exact);
        if (magnitude >= 3.4028235677973366e38 || float.IsInfinity(value))
            return (float)exact == value ? 0 : double.PositiveInfinity; // the largest float and half an ulp: what rounds to ∞

        // 2^e ≤ magnitude < 2^(e+1) has floats 2^(e−23) apart, but never closer than 2^−149.
        int e = Math.Max((int)((BitConverter.DoubleToInt64Bits(magnitude) >> 52) & 0x7FF) - 1023, -126);
        double ulp = BitConverter.Int64BitsToDouble((long)(e - 23 + 1023) << 52);
        return Math.Abs(value - exact) / ulp;
    }
}
