using Xunit.Abstractions;

namespace NeuralNet.Tests.Reference;

/// <summary>The initializers' values against the distributions that their papers give.</summary>
public class InitializerReferenceTests(ITestOutputHelper output)
{
    private const int Inputs = 500, Outputs = 400, Count = Inputs * Outputs;

    // The draws are fixed. Mean and variance of so many would be 4 deviations off once in 16,000 times, and √n times the
    // largest distance of the distribution functions (Kolmogorov, Smirnov) above 1.95 once in 1000.
    [Theory]
    [InlineData("GlorotUniform", 2.0 / (Inputs + Outputs), 1)]
    [InlineData("GlorotNormal", 2.0 / (Inputs + Outputs), 2)]
    [InlineData("HeUniform", 2.0 / Inputs, 3)]
    [InlineData("HeNormal", 2.0 / Inputs, 4)]
    [InlineData("LecunUniform", 1.0 / Inputs, 5)]
    [InlineData("LecunNormal", 1.0 / Inputs, 6)]
    public void Initializers_have_their_distribution(string name, double variance, int seed)
    {
        (Initializer initializer, bool isNormal) = name switch
        {
            "GlorotUniform" => (Initializer.GlorotUniform, false),
            "GlorotNormal" => (Initializer.GlorotNormal, true),
            "HeUniform" => (Initializer.HeUniform, false),
            "LecunUniform" => (Initializer.LecunUniform, false),
            "LecunNormal" => (Initializer.LecunNormal, true),
            _ => (Initializer.HeNormal, true),
        };
        float[] values = new float[Count];
        initializer.Fill(values, new Block("weight", BlockRole.Weight, [Inputs, Outputs], initializer), new RandomStream(seed));

        double deviation = Math.Sqrt(variance), bound = Math.Sqrt(3 * variance);
        double mean = values.Average(value => (double)value);
        double actual = values.Average(value => (double)value * value) - (mean * mean);
        Array.Sort(values);
        double distance = 0;
        for (int i = 0; i < Count; i++)
        {
            double p = isNormal ? NormalDistribution(values[i] / deviation) : (values[i] + bound) / (2 * bound);
            distance = Math.Max(distance, Math.Max(p - ((double)i / Count), ((i + 1.0) / Count) - p));
        }

        output.WriteLine(
            $"{name}: mean {mean / deviation * Math.Sqrt(Count):F2} of its deviations, variance {actual / variance:F5} of the right one, " +
            $"from {values[0] / deviation:F5} to {values[^1] / deviation:F5} deviations, sqrt(n) KS {distance * Math.Sqrt(Count):F3}");
        (mean / deviation).Should().BeInRange(-4 / Math.Sqrt(Count), 4 / Math.Sqrt(Count));

        // A squared value has the variance (kurtosis − 1) σ⁴: 2 for normal values, 4/5 for uniform ones.
        (actual / variance).Should().BeApproximately(1, 4 * Math.Sqrt((isNormal ? 2 : 0.8) / Count));
        (distance * Math.Sqrt(Count)).Should().BeLessThan(1.95);
        if (!isNormal)
        {
            // The outermost of n uniform values lie within 10/n of the ends, but for one time in e¹⁰.
            ((double)values[0]).Should().BeInRange(-bound * (1 + 1e-7), -bound * (1 - (20.0 / Count)));
            ((double)values[^1]).Should().BeInRange(bound * (1 - (20.0 / Count)), bound * (1 + 1e-7));
        }
    }

    [Fact]
    public void The_truncated_normal_distribution_has_its_deviation_and_no_tails()
    {
        const double Cut = 0.87962566103423978, Tail = 0.022750131948179212;
        float[] values = new float[Count];
        new TruncatedNormal(0.5f).Fill(values, new Block("weight", BlockRole.Weight, [Inputs, Outputs], Initializer.Zeros), new RandomStream(7));
        double mean = values.Average(value => (double)value) / 0.5, variance = values.Average(value => (double)value * value) / 0.25;
        Array.Sort(values);
        double distance = 0;
        for (int i = 0; i < Count; i++)
        {
            double p = (NormalDistribution(values[i] / 0.5 * Cut) - Tail) / (1 - (2 * Tail));
            distance = Math.Max(distance, Math.Max(p - ((double)i / Count), ((i + 1.0) / Count) - p));
        }

        // The kurtosis of N(0, 1) between ±2 is 2.37.
        mean.Should().BeInRange(-4 / Math.Sqrt(Count), 4 / Math.Sqrt(Count));
        variance.Should().BeApproximately(1, 4 * Math.Sqrt(1.4 / Count));
        (distance * Math.Sqrt(Count)).Should().BeLessThan(1.95);
        ((double)values[0]).Should().BeInRange(-1 / Cut * (1 + 1e-7), -1 / Cut * (1 - 1e-3));
        ((double)values[^1]).Should().BeInRange(1 / Cut * (1 - 1e-3), 1 / Cut * (1 + 1e-7));
    }

    // Φ(x) = ½ + φ(x) (x + x³/3 + x⁵/(3·5) + …): G. Marsaglia, "Evaluating the normal distribution", 2004.
    private static double NormalDistribution(double x)
    {
        double sum = x, term = x;
        for (int k = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); k += 2)
            sum += term *= x * x / k;
        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}
