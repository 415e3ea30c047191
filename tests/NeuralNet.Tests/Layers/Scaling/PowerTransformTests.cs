using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

public class PowerTransformTests
{
    private static readonly double[] lambdas = [-2, -0.5, -1e-3, 0, 1e-6, 0.3, 0.5, 1, 1.7, 1.999, 2, 2.5, 4];

    // Yeo and Johnson's definition, in double; by series where a difference would lose digits.
    private static double Exact(double x, double lambda)
    {
        double m = x < 0 ? 2 - lambda : lambda, a = Math.Abs(x), log = Math.Log(1 + a), t = m * log;
        double y = a < 1e-3 ? a * (1 + ((m - 1) * a / 2 * (1 + ((m - 2) * a / 3 * (1 + ((m - 3) * a / 4))))))
            : Math.Abs(t) < 1e-3 ? log * (1 + (t / 2 * (1 + (t / 3 * (1 + (t / 4)))))) : (Math.Exp(t) - 1) / m;
        return Math.CopySign(y, x);
    }

    private static float Of(float x, double lambda, bool inverse = false) =>
        Network.Create(1).PowerTransform([lambda], inverse).Build().Predict([x])[0];

    [Fact]
    public void The_values_are_those_of_the_definition()
    {
        Of(3, 0.5).Should().Be(2);
        Of(7, 2).Should().BeApproximately(31.5f, 4e-6f);
        Of((float)Math.E - 1, 0).Should().BeApproximately(1, 2e-7f);
        Of(-3, 1.5).Should().Be(-2);
        Of(1 - (float)Math.E, 2).Should().BeApproximately(-1, 2e-7f);
        Of(-7, 0).Should().BeApproximately(-31.5f, 4e-6f);
    }

    [Fact]
    public void Its_error_is_as_small_as_is_said()
    {
        foreach (double given in lambdas)
        {
            double lambda = (float)given;
            for (float size = 1e-30f; size < 1e30f; size *= 3.7f)
            {
                foreach (float x in new[] { size, -size })
                {
                    double exact = Exact(x, lambda), t = Math.Abs((x < 0 ? 2 - lambda : lambda) * Math.Log(1.0 + size));
                    if (Math.Abs(exact) > 1e38)
                        continue;
                    double ulps = Math.Abs(Of(x, lambda) - exact) / (MathF.BitIncrement((float)Math.Abs(exact)) - (float)Math.Abs(exact));
                    ulps.Should().BeLessThan(8 + (4 * t), $"of {x} with {lambda}");
                }
            }
        }
    }

    [Fact]
    public void The_inverse_gives_back_what_it_was_made_of()
    {
        foreach (double lambda in lambdas)
        {
            foreach (float x in new[] { 0f, 1e-20f, -1e-20f, 1e-4f, -1e-4f, 0.3f, -0.3f, 1, -1, 2.5f, -2.5f, 20, -20 })
            {
                // Where y hardly changes with x, little of x is left in it.
                double slope = Math.Pow(1 + Math.Abs(x), (x < 0 ? 2 - lambda : lambda) - 1), y = Of(x, lambda);
                double tolerance = 3e-7 * (3 + Math.Abs(Math.Log(slope))) * (Math.Abs(x) + (Math.Abs(y) / Math.Min(slope, 1)));
                ((double)Of((float)y, lambda, inverse: true)).Should().BeApproximately(x, tolerance, $"of {x} with {lambda}");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_power_of_1_passes_everything_to_the_bit(bool inverse)
    {
        float[] values = [0, -0f, 1, -2, float.Epsilon, 1e30f, float.MaxValue, float.PositiveInfinity, float.NegativeInfinity];
        Network network = Network.Create(values.Length).Add(shape => new PowerTransform(shape, inverse)).Build();
        network.Predict(values).ShouldHaveTheBitsOf(values, "λ = 1");
    }

    [Fact]
    public void What_has_no_value_is_infinite_and_NaN_stays_NaN()
    {
        foreach (double lambda in lambdas)
        {
            Of(float.NaN, lambda).Should().Be(float.NaN);
            Of(float.NaN, lambda, inverse: true).Should().Be(float.NaN);
        }

        Of(1e30f, 2).Should().Be(float.PositiveInfinity);
        Of(-1e30f, 0).Should().Be(float.NegativeInfinity);
        Of(float.PositiveInfinity, 0).Should().Be(float.PositiveInfinity);
        Of(float.PositiveInfinity, -0.5).Should().Be(2);
        Of(float.MaxValue, 0).Should().BeApproximately(88.7228f, 1e-4f);
        Of(float.MinValue, 2).Should().BeApproximately(-88.7228f, 1e-4f);

        // Forward gives less than −1/λ for λ < 0, and more than −1/(λ − 2) for λ > 2.
        Of(1.99f, -0.5, inverse: true).Should().BeGreaterThan(1e4f);
        Of(2, -0.5, inverse: true).Should().Be(float.PositiveInfinity);
        Of(3, -0.5, inverse: true).Should().Be(float.PositiveInfinity);
        Of(-3, 2.5, inverse: true).Should().Be(float.NegativeInfinity);
        Of(89, 0, inverse: true).Should().Be(float.PositiveInfinity);
        Of(-89, 2, inverse: true).Should().Be(float.NegativeInfinity);
    }

    [Fact]
    public void It_grows_with_x_and_its_slope_at_0_is_1()
    {
        foreach (double lambda in lambdas)
        {
            float last = float.NegativeInfinity;
            for (float x = -5; x < 5; x += 0.0625f)
            {
                float y = Of(x, lambda);
                y.Should().BeGreaterThan(last);
                last = y;
            }

            Of(1e-10f, lambda).Should().Be(1e-10f);
            Of(-1e-10f, lambda).Should().Be(-1e-10f);
            Of(1e-10f, lambda, inverse: true).Should().Be(1e-10f);
        }
    }
}
