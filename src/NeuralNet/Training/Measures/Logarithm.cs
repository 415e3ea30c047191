namespace NeuralNet;

/// <summary>The natural logarithm in double precision, of which the bits are the same on every machine: Math.Log is the operating system's.</summary>
internal static class Logarithm
{
    /// <summary>ln x, off by less than 1 ulp.</summary>
    /// <param name="x">A normal number above 0.</param>
    /// <returns>ln x, by the method of FDLIBM: with x = 2ᵏ (1 + f) and s = f / (2 + f), ln(1 + f) = 2s + ⅔s³ + …, by a polynomial of s² that is best
    /// for 1 + f from √½ to √2.</returns>
    public static double Of(double x)
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
}
