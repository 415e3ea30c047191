using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>
/// The functions against those of <see cref="Math"/>, which are exact to about one ulp of a double: 2⁻²⁹ of one of ours.
/// With NEURALNET_EXHAUSTIVE=1 over all 2³² floats (minutes); else over every 1021st, and all around the special places.
/// </summary>
public unsafe class VectorMathTests
{
    private const int Lanes = 16;
    private static readonly bool Exhaustive = Environment.GetEnvironmentVariable("NEURALNET_EXHAUSTIVE") == "1";

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
            (MaxError<Exp>(out float atExp), MaxError<Log>(out float atLog), MaxError<Log1p>(out float atLog1p), MaxError<Tanh>(out float atTanh), MaxError<Sigmoid>(out float atSigmoid));
        string all = $"exp {exp:F4} at {atExp:R}, log {log:F4} at {atLog:R}, log1p {log1p:F4} at {atLog1p:R}, tanh {tanh:F4} at {atTanh:R}, sigmoid {sigmoid:F4} at {atSigmoid:R}";
        Console.WriteLine(all);

        exp.Should().BeLessThan(1.0, all);
        log.Should().BeLessThan(1.0, all);
        log1p.Should().BeLessThan(1.5, all);
        tanh.Should().BeLessThan(1.5, all);
        sigmoid.Should().BeLessThan(2.0, all);
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
        if (Exhaustive)
        {
            yield return (0, 1L << 32, 1);
            yield break;
        }

        yield return (0, 1L << 32, 1021);
        float[] places = [0f, 1.17549435e-38f, 1e-4f, 0.25f, 0.34657359f, 0.375f, 0.5f, 0.625f, 0.75f, 1f, 1.5f, 2f, 8.3f, 9.01f, 10f, 16.6f, 17.3f, 87.33654f, 88.722839f, 103.27893f, 103.97208f, 104f, float.MaxValue];
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
