using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <content>The functions beside exp, log, tanh and the sigmoid.</content>
public unsafe partial class VectorMathTests
{
    public readonly struct Expm1 : IFunction
    {
        // W. Kahan: (u − 1) x / ln u, where the errors of u = e^x cancel.
        public static double Exact(double x)
        {
            double u = Math.Exp(x);
            return Math.Abs(x) < 1e-9 ? x + (x * x / 2) : x < -40 || double.IsInfinity(u) || double.IsNaN(u) ? u - 1 : (u - 1) * x / Math.Log(u);
        }

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.Expm1(x);
    }

    public readonly struct ExpTimesItself : IFunction
    {
        public static double Exact(double x) => x < -1000 ? 0 : x * Math.Exp(x);

        public static bool Contains(float x) => !(Math.Abs(x) < 1e-30f);

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.ScaledExp(x, TVector.Zero, x);
    }

    public readonly struct NormalCdf : IFunction
    {
        public static double Exact(double x)
        {
            double a = Math.Abs(x), density = Math.Exp(-a * a / 2) / Math.Sqrt(2 * Math.PI), tail = 0;
            if (a > 3)
            {
                // Φ(−a) = φ(a) / (a + 1 / (a + 2 / (a + …))): P. Laplace's continued fraction
                for (int k = 120; k > 0 && density > 0; k--)
                    tail = k / (a + tail);
                tail = density / (a + tail);
            }
            else
            {
                // Φ(a) = ½ + φ(a) (a + a³/3 + a⁵/15 + …)
                double term = a, sum = a;
                for (int k = 3; term > sum * 1e-18; k += 2)
                    sum += term *= a * a / k;
                tail = 0.5 - (density * sum);
            }

            return double.IsNaN(x) ? x : x < 0 ? tail : 1 - tail;
        }

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.ScaledNormalCdf(x, TVector.One);
    }

    public readonly struct NormalCdfTimesItself : IFunction
    {
        public static double Exact(double x) => double.IsNegativeInfinity(x) ? 0 : x * NormalCdf.Exact(x);

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.ScaledNormalCdf(x, x);
    }

    public readonly struct Sin : IFunction
    {
        public static double Exact(double x) => Math.Sin(x);

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.Sin(x);
    }

    public readonly struct Cos : IFunction
    {
        public static double Exact(double x) => Math.Cos(x);

        public static bool Contains(float x) => true;

        static TVector IFunction.Of<TVector>(TVector x) => VectorMath.Cos(x);
    }

    public static TheoryData<string, double> DerivedBounds => new()
    {
        { nameof(Expm1), 1.7 },
        { nameof(ExpTimesItself), 1.5 },
        { nameof(NormalCdf), 3.3 },
        { nameof(NormalCdfTimesItself), 3.3 },
        { nameof(Sin), 1.35 },
        { nameof(Cos), 1.35 },
    };

    /// <summary>The largest errors are those that the comments in VectorMath state.</summary>
    [Theory]
    [MemberData(nameof(DerivedBounds))]
    public void Errors_of_derived_functions_are_the_stated_ones(string function, double bound)
    {
        float at = 0;
        double error = function switch
        {
            nameof(Expm1) => MaxError<Expm1>(out at),
            nameof(ExpTimesItself) => MaxError<ExpTimesItself>(out at),
            nameof(NormalCdf) => MaxError<NormalCdf>(out at),
            nameof(NormalCdfTimesItself) => MaxError<NormalCdfTimesItself>(out at),
            nameof(Sin) => MaxError<Sin>(out at),
            _ => MaxError<Cos>(out at),
        };
        string where = FormattableString.Invariant($"{function}: {error:F4} at {at:R}");
        if (exhaustive)
            Console.WriteLine(where);
        error.Should().BeLessThan(bound, where);
    }

    [Fact]
    public void Derived_functions_have_the_same_bits_on_every_width()
    {
        float[] x = [.. Comb(50_021), .. Floats.Special, .. new float[Lanes - 1]];
        SameOnEveryWidth<Expm1>(x);
        SameOnEveryWidth<ExpTimesItself>(x);
        SameOnEveryWidth<NormalCdf>(x);
        SameOnEveryWidth<NormalCdfTimesItself>(x);
        SameOnEveryWidth<Sin>(x);
        SameOnEveryWidth<Cos>(x);
    }

    [Fact]
    public void Derived_functions_have_their_special_values()
    {
        foreach (float x in new[] { float.Epsilon, -float.Epsilon, 1e-40f, -1e-20f })
        {
            One<Expm1>(x).ShouldHaveTheBitsOf(x, $"expm1 {x}, which is x to the last bit");
            One<Sin>(x).ShouldHaveTheBitsOf(x, $"sin {x}, which is x to the last bit");
            One<Cos>(x).ShouldHaveTheBitsOf(1f, $"cos {x}");
        }

        One<Sin>(-0f).ShouldHaveTheBitsOf(-0f, "sin -0");
        One<Expm1>(0f).ShouldHaveTheBitsOf(0f, "expm1 0");
        One<Expm1>(float.NegativeInfinity).ShouldHaveTheBitsOf(-1f, "expm1 -inf");
        One<Expm1>(float.PositiveInfinity).ShouldHaveTheBitsOf(float.PositiveInfinity, "expm1 inf");
        One<NormalCdf>(float.NegativeInfinity).ShouldHaveTheBitsOf(0f, "cdf -inf");
        One<NormalCdf>(float.PositiveInfinity).ShouldHaveTheBitsOf(1f, "cdf inf");
        One<NormalCdfTimesItself>(float.PositiveInfinity).ShouldHaveTheBitsOf(float.PositiveInfinity, "x cdf of inf");
        foreach (float x in new[] { float.PositiveInfinity, float.NegativeInfinity, float.NaN })
        {
            One<Sin>(x).ShouldHaveTheBitsOf(float.NaN, $"sin {x}");
            One<Cos>(x).ShouldHaveTheBitsOf(float.NaN, $"cos {x}");
        }

        One<Expm1>(float.NaN).ShouldHaveTheBitsOf(float.NaN, "expm1 NaN");
        One<NormalCdf>(float.NaN).ShouldHaveTheBitsOf(float.NaN, "cdf NaN");
        One<ExpTimesItself>(float.NaN).ShouldHaveTheBitsOf(float.NaN, "x exp x of NaN");
    }

    [Fact]
    public void Sin_is_odd_and_cos_even_to_the_last_bit()
    {
        foreach (float x in Comb(100_003))
        {
            One<Sin>(-x).ShouldHaveTheBitsOf(-One<Sin>(x), $"sin {-x:R}");
            One<Cos>(-x).ShouldHaveTheBitsOf(One<Cos>(x), $"cos {-x:R}");
        }
    }

    /// <summary>The floats that come nearest to a multiple of π/2, and those on both sides of the change of method.</summary>
    [Theory]
    [InlineData(1.5707964f)]
    [InlineData(16367173e13f)]
    [InlineData(131071.99f)]
    [InlineData(131072f)]
    [InlineData(131072.02f)]
    [InlineData(5.4221e12f)]
    [InlineData(3.4028235e38f)]
    public void Hard_angles_are_right(float x)
    {
        ErrorInUlp(One<Sin>(x), Math.Sin(x)).Should().BeLessThan(1.35);
        ErrorInUlp(One<Cos>(x), Math.Cos(x)).Should().BeLessThan(1.35);
    }
}
