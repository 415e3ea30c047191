using System.Globalization;
using Xunit.Abstractions;

namespace NeuralNet.Tests.Reference;

/// <summary>
/// The largest error of a formula beside the reference, in a unit that the test chooses, where it is, and what it may be.
/// </summary>
/// <param name="formula">Which formula, such as "Sigmoid".</param>
/// <param name="what">What of it: "value", "∇z", "∇W", …</param>
/// <param name="unit">The unit of the error.</param>
/// <param name="bound">The largest error that is accepted, in that unit.</param>
/// <param name="why">Why the unit or the bound is not the usual one; empty where it is.</param>
internal sealed class LargestError(string formula, string what, string unit, double bound, string why = "")
{
    /// <summary>Half the distance from 1 to the next float: what one rounding may change, relatively.</summary>
    public const double Epsilon = 1.0 / (1 << 24);

    // Half the smallest float: what rounding may change where numbers are denormal.
    private static readonly double denormal = Math.ScaleB(1, -150);

    private double largest;
    private string where = "";

    public string Unit => unit;

    public double Bound => bound;

    public string Why => why;

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
            (largest, where) = (error, string.Create(CultureInfo.InvariantCulture, $"{at}: {actual:R} for {expected:R}"));
    }

    /// <summary>Notes |actual − expected| in ulp of what is expected.</summary>
    public void AddUlp(float actual, double expected, string at) => Add(actual, expected, Ulp(expected), at);

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

    /// <summary>Notes |actual − expected| relative to what is expected, of doubles.</summary>
    public void AddRelative(double actual, double expected, string at)
    {
        double error = actual == expected ? 0 : Math.Abs(actual - expected) / Math.Abs(expected);
        if (!(error <= largest))
            (largest, where) = (error, string.Create(CultureInfo.InvariantCulture, $"{at}: {actual:R} for {expected:R}"));
    }

    public void ShouldBeWithinItsBound(ITestOutputHelper output)
    {
        output.WriteLine($"{formula,-40} {what,-10} {largest,10:G3} {unit,-36} (bound {bound:G3}) at {where}");
        largest.Should().BeLessThanOrEqualTo(bound, $"{formula}, {what}, in {unit}, at {where}");
    }

    /// <summary>A row of the parity table.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"| {formula} | {what} | {largest:G3} | {bound:G3} | {unit} | {why} |");
}
