using Xunit.Abstractions;

namespace NeuralNet.Tests.Reference;

/// <summary>The largest error of a formula, in a unit that the test chooses, and where it is.</summary>
internal sealed class LargestError(string formula, string unit)
{
    /// <summary>Half the distance from 1 to the next float: what one rounding may change, relatively.</summary>
    public const double Epsilon = 1.0 / (1 << 24);

    // Half the smallest float: what rounding may change where numbers are denormal.
    private static readonly double denormal = Math.ScaleB(1, -150);

    private double largest;
    private string where = "nowhere";

    /// <summary>The distance of the floats about a number.</summary>
    public static double Ulp(double x) => Math.ScaleB(1, Math.Max(Math.ILogB(x), -126) - 23);

    /// <summary>Notes |actual − expected| / scale. What is NaN or beyond the floats must be just that.</summary>
    public void Add(float actual, double expected, double scale, string at)
    {
        double error;
        if (!float.IsFinite((float)expected) || !float.IsFinite(actual))
            error = actual.Equals((float)expected) ? 0 : double.PositiveInfinity;
        else
            error = actual == expected ? 0 : Math.Abs(actual - expected) / (scale + denormal);

        if (!(error <= largest))
            (largest, where) = (error, $"{at}: {actual:R} for {expected:R}");
    }

    /// <summary>Notes the error of each value, relative to the largest one expected.</summary>
    public void Add(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected, string at)
    {
        actual.Length.Should().Be(expected.Length);
        double scale = 0;
        foreach (double one in expected)
            scale = Math.Max(scale, Math.Abs(one));
        for (int i = 0; i < actual.Length; i++)
            Add(actual[i], expected[i], scale, $"{at}[{i}]");
    }

    public void ShouldBeAtMost(double bound, ITestOutputHelper output)
    {
        output.WriteLine($"{formula,-58} {largest,10:G3} {unit,-36} (bound {bound:G3}) at {where}");
        largest.Should().BeLessThanOrEqualTo(bound, $"{formula}, in {unit}, at {where}");
    }
}
