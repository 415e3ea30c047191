namespace NeuralNet.Tests.Reference;

/// <summary>The initializers' values against the distributions that their papers give.</summary>
public class InitializerReferenceTests
{
    private const int Inputs = 500, Outputs = 400, Count = Inputs * Outputs;

    // The standard deviation of N(0, 1) between ±2, and Φ(−2).
    private const double Cut = 0.87962566103423978, Tail = 0.022750131948179212;

    private static readonly (string Name, Initializer Initializer, double Variance, bool IsNormal)[] scaled =
    [
        ("GlorotUniform", Initializer.GlorotUniform, 2.0 / (Inputs + Outputs), false),
        ("GlorotNormal", Initializer.GlorotNormal, 2.0 / (Inputs + Outputs), true),
        ("HeUniform", Initializer.HeUniform, 2.0 / Inputs, false),
        ("HeNormal", Initializer.HeNormal, 2.0 / Inputs, true),
        ("LecunUniform", Initializer.LecunUniform, 1.0 / Inputs, false),
        ("LecunNormal", Initializer.LecunNormal, 1.0 / Inputs, true),
    ];

    // A squared value has the variance (kurtosis − 1) σ⁴: 2 for normal values, 4/5 for uniform ones, and 1.37 for N(0, 1)
    // between ±2.
    internal static IEnumerable<LargestError> Measure() =>
    [
        .. scaled.SelectMany((one, i) => Statistics(
            one.Name, Draw(one.Initializer, i + 1), Math.Sqrt(one.Variance), one.IsNormal ? 2 : 0.8,
            one.IsNormal ? NormalDistribution : x => (x + Math.Sqrt(3)) / (2 * Math.Sqrt(3)))),
        .. Statistics(
            "TruncatedNormal(0.5)", Draw(new TruncatedNormal(0.5f), 7), 0.5, 1.37, x => (NormalDistribution(x * Cut) - Tail) / (1 - (2 * Tail))),
    ];

    // The outermost of n uniform values lie within 10/n of the ends, but for one time in e¹⁰.
    [Fact]
    public void Uniform_values_reach_from_end_to_end()
    {
        for (int i = 0; i < scaled.Length; i += 2)
        {
            float[] values = Draw(scaled[i].Initializer, i + 1);
            double bound = Math.Sqrt(3 * scaled[i].Variance);
            ((double)values.Min()).Should().BeInRange(-bound * (1 + 1e-7), -bound * (1 - (20.0 / Count)));
            ((double)values.Max()).Should().BeInRange(bound * (1 - (20.0 / Count)), bound * (1 + 1e-7));
        }
    }

    [Fact]
    public void The_truncated_normal_distribution_has_no_tails()
    {
        float[] values = Draw(new TruncatedNormal(0.5f), 7);
        Array.Sort(values);
        ((double)values[0]).Should().BeInRange(-1 / Cut * (1 + 1e-7), -1 / Cut * (1 - 1e-3));
        ((double)values[^1]).Should().BeInRange(1 / Cut * (1 - 1e-3), 1 / Cut * (1 + 1e-7));
    }

    private static float[] Draw(Initializer initializer, int seed)
    {
        float[] values = new float[Count];
        initializer.Fill(values, new Block("weight", BlockRole.Weight, [Inputs, Outputs], initializer), new RandomStream(seed));
        return values;
    }

    // The draws are fixed. Mean and variance of so many would be 4 deviations off once in 16,000 times, and √n times the
    // largest distance of the distribution functions (Kolmogorov, Smirnov) above 1.95 once in 1000.
    private static IEnumerable<LargestError> Statistics(
        string name, float[] values, double deviation, double squareVariance, Func<double, double> distribution)
    {
        const string Why = "a statistic of 200,000 draws beside the distribution of the paper";
        LargestError mean = new(name, "mean", "of its own deviation", 4, Why), variance = new(name, "variance", "of its own deviation", 4, Why);
        LargestError shape = new(name, "distribution", "√n Kolmogorov-Smirnov", 1.95, Why);
        double average = values.Average(value => (double)value) / deviation;
        double square = (values.Average(value => (double)value * value) / (deviation * deviation)) - (average * average);
        mean.Add((float)average, 0, 1 / Math.Sqrt(Count), "mean");
        variance.Add((float)(square - 1), 0, Math.Sqrt(squareVariance / Count), "variance");
        Array.Sort(values);
        double distance = 0;
        for (int i = 0; i < Count; i++)
        {
            double p = distribution(values[i] / deviation);
            distance = Math.Max(distance, Math.Max(p - ((double)i / Count), ((i + 1.0) / Count) - p));
        }

        shape.Add((float)distance, 0, 1 / Math.Sqrt(Count), "the largest distance");
        return [mean, variance, shape];
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
