namespace NeuralNet.Tests.Contracts;

/// <summary>Where scalar activations are not differentiable, and what backward gives there.</summary>
public class KinkTests
{
    // All kinks of the samples are multiples of it.
    private const float Step = 1f / 64;

    // Settings that bend the other way, or elsewhere.
    private static readonly ScalarActivation[] samples =
    [
        .. PublicKinds.Activations().OfType<ScalarActivation>(),
        new LeakyRelu(0.5f), new LeakyRelu(2), new RandomizedLeakyRelu(1.5f, 3), new Elu(0.5f), new Elu(2.5f), new Celu(0.5f), new HardTanh(-0.5f, 2),
        new Sine(3),
    ];

    private static readonly string[] convex =
    [
        "Abs", "Celu(0.5)", "Celu(1)", "Elu(0.5)", "Elu(1)", "Identity", "LeakyRelu(0.01)", "LeakyRelu(0.5)",
        "RandomizedLeakyRelu(0.125, 0.33333334)", "Relu", "Softplus",
    ];

    public static TheoryData<string> All => [.. samples.Select(sample => sample.ToString())];

    public static TheoryData<string> ConvexOnes => [.. convex];

    [Theory]
    [MemberData(nameof(All))]
    public void It_is_known_which_ones_are_convex(string name)
    {
        ScalarActivation f = Find(name);
        double largest = double.NegativeInfinity;
        foreach (float x in Points().Where(x => MathF.Abs(x) < 7))
        {
            foreach (float distance in new[] { Step, 0.25f, 1 })
                largest = Math.Max(largest, f.Value(x) - (((double)f.Value(x - distance) + f.Value(x + distance)) / 2));
        }

        (largest < 1e-5).Should().Be(convex.Contains(name), $"the middle is at most {largest} above the mean of the sides");
    }

    [Theory]
    [MemberData(nameof(ConvexOnes))]
    public void The_line_through_a_point_with_the_slope_of_backward_is_nowhere_above_a_convex_function(string name)
    {
        ScalarActivation f = Find(name);
        foreach (float x0 in Around(f.Kinks).Concat(Points().Where((_, i) => i % 16 == 0)))
        {
            float value = f.Value(x0), v = f.Derivative(x0, value);
            foreach (float x in Points())
            {
                double above = (double)f.Value(x) - value - ((double)v * ((double)x - x0));
                if (!(above >= -1e-6))
                    Assert.Fail($"{name}: the line through {x0} with slope {v} is {-above} above the function at {x}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void At_a_kink_backward_gives_a_slope_between_those_of_the_two_sides(string name)
    {
        ScalarActivation f = Find(name);
        foreach (float kink in f.Kinks)
        {
            float v = f.Derivative(kink, f.Value(kink));
            (double left, double right) = Sides(f, kink);
            ((double)v).Should()
                .BeInRange(Math.Min(left, right) - 0.03, Math.Max(left, right) + 0.03, $"{left} is to the left of {kink}, {right} to the right");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_kink_is_declared_and_there_are_no_others(string name)
    {
        ScalarActivation f = Find(name);
        double allowed = f is Sine sine ? 1.01 * Step * sine.Frequency * sine.Frequency : 0.04;
        foreach (float x in Points())
        {
            (double left, double right) = Sides(f, x);
            (Math.Abs(left - right) > allowed).Should().Be(f.Kinks.Contains(x), $"of {left} to the left of {x}, and {right} to the right");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Elsewhere_backward_gives_the_gradient(string name)
    {
        ScalarActivation f = Find(name);
        // At 0 the second derivative may jump: Elu, Celu and Softsign.
        float bend = f is Sine sine ? MathF.Pow(sine.Frequency, 3) : 1;
        foreach (float x in Points().Where(x => !f.Kinks.Any(kink => MathF.Abs(x - kink) < 1.5f * Step)))
        {
            (double left, double right) = Sides(f, x);
            ((double)f.Derivative(x, f.Value(x)))
                .Should().BeApproximately((left + right) / 2, x == 0 ? 0.02 : 5e-4 * bend, $"it is the slope at {x}");
        }

        // And next to a kink it is that of its own side.
        foreach (float kink in f.Kinks)
        {
            float before = MathF.BitDecrement(kink), after = MathF.BitIncrement(kink);
            (double left, double right) = Sides(f, kink);
            ((double)f.Derivative(before, f.Value(before))).Should().BeApproximately(left, 0.02);
            ((double)f.Derivative(after, f.Value(after))).Should().BeApproximately(right, 0.02);
        }
    }

    private static ScalarActivation Find(string name) => samples.First(sample => sample.ToString() == name);

    private static IEnumerable<float> Points()
    {
        for (int i = -512; i <= 512; i++)
            yield return i * Step;
    }

    private static IEnumerable<float> Around(IEnumerable<float> kinks) =>
        kinks.SelectMany(kink => new[] { kink, MathF.BitDecrement(kink), MathF.BitIncrement(kink), kink - 1e-3f, kink + 1e-3f });

    // Between values that lie within each side, so that a jump at an end of it does not count as a slope.
    private static (double Left, double Right) Sides(ScalarActivation f, float x) => (Slope(f, x - Step, x), Slope(f, x, x + Step));

    private static double Slope(ScalarActivation f, float from, float to) =>
        ((double)f.Value(MathF.BitDecrement(to)) - f.Value(MathF.BitIncrement(from))) / Step;
}
