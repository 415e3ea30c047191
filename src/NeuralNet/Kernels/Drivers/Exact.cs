namespace NeuralNet.Kernels;

/// <summary>Functions of one double, for values that are computed once, once a step, or once for a row that is measured. They use + − × ÷ in one
/// order, because those of <see cref="Math"/> may differ in the last bit from one platform to another.</summary>
internal static class Exact
{
    /// <summary>xⁿ for n ≥ 0, by squaring.</summary>
    public static double Power(double x, long n)
    {
        double result = 1;
        for (; n > 0; n >>= 1, x *= x)
        {
            if ((n & 1) == 1)
                result *= x;
        }

        return result;
    }

    /// <summary>ln x, off by less than 1 ulp.</summary>
    /// <param name="x">A normal number above 0.</param>
    /// <returns>ln x, by the method of FDLIBM: with x = 2ᵏ (1 + f) and s = f / (2 + f), ln(1 + f) = 2s + ⅔s³ + …, by a polynomial of s² that is best
    /// for 1 + f from √½ to √2.</returns>
    public static double Log(double x)
    {
        int k = Math.ILogB(x);
        double m = Math.ScaleB(x, -k);
        if (m > 1.4142135623730951)
            (m, k) = (m / 2, k + 1);
        double f = m - 1, s = f / (2 + f), z = s * s, w = z * z;
        double even = w * (0.3999999999940941908 + (w * (0.2222219843214978396 + (w * 0.1531383769920937332))));
        double odd = z * (0.6666666666666735130 + (w * (0.2857142874366239149 + (w * (0.1818357216161805012 + (w * 0.1479819860511658591))))));
        double half = f * f / 2;
        return (k * 6.93147180369123816490e-01) - (half - ((s * (half + even + odd)) + (k * 1.90821492927058770002e-10)) - f);
    }

    /// <summary>cos(π x) for 0 ≤ x ≤ 1, to 1e-15.</summary>
    public static double CosPi(double x) => x > 0.5 ? -CosPi(1 - x) : x > 0.25 ? Sine(Math.PI * (0.5 - x)) : Cosine(Math.PI * x);

    /// <summary>sin(π x) for 0 ≤ x ≤ 1, to 1e-15.</summary>
    public static double SinPi(double x) => x > 0.5 ? SinPi(1 - x) : x > 0.25 ? Cosine(Math.PI * (0.5 - x)) : Sine(Math.PI * x);

    /// <summary>sin(π x) and cos(π x) for any x ≥ 0, to 1e-15: whole turns are taken off without a rounding.</summary>
    public static (double Sin, double Cos) SinCosPi(double x)
    {
        x -= 2 * Math.Floor(x / 2);
        return x <= 1 ? (SinPi(x), CosPi(x)) : (-SinPi(x - 1), -CosPi(x - 1));
    }

    /// <summary>eˣ for x ≤ 0, to 1e-15.</summary>
    public static double ExpOfNegative(double x)
    {
        // e^x = (e^(x / 2ᵏ))^(2ᵏ) would lose k bits; whole powers of e^−½ keep x small instead.
        if (x < -800)
            return 0;
        long halves = (long)(-2 * x);
        double r = x + (0.5 * halves), sum = 1;
        for (int k = 17; k > 0; k--)
            sum = 1 + (r / k * sum);
        return sum * Power(0.60653065971263342, halves);
    }

    // Taylor series up to terms below 1e-17, for 0 ≤ t ≤ π/4.
    private static double Cosine(double t)
    {
        double square = t * t, sum = 1;
        for (int k = 16; k > 0; k -= 2)
            sum = 1 - (square / (k * (k - 1)) * sum);
        return sum;
    }

    private static double Sine(double t)
    {
        double square = t * t, sum = 1;
        for (int k = 17; k > 1; k -= 2)
            sum = 1 - (square / (k * (k - 1)) * sum);
        return t * sum;
    }
}
