using CsCheck;

namespace NeuralNet.Tests;

/// <summary>What must hold for any network of dense layers, tried on networks that are drawn at random.</summary>
public class NetworkPropertyTests
{
    private static readonly Activation[] activations =
        [Activation.Identity, Activation.Sigmoid, Activation.Tanh, Activation.Relu, Activation.LeakyRelu, Activation.Softmax];
    private static readonly Divergence[] divergences = [Divergence.L2, Divergence.BinaryCrossEntropy, Divergence.CrossEntropy];

    // Widths, an activation for each layer, rows and a divergence; the last layer is one that every divergence can take.
    private static IEnumerable<(int[] Widths, int[] Kinds, int Rows, int Divergence, long Seed)> Cases(int count) => Property.Cases(
        Gen.Select(Gen.Int[1, 40].Array[2, 5], Gen.Int[0, activations.Length - 1].Array[4], Gen.Int[1, 20], Gen.Int[0, 2], Gen.Long[0, 1000]), count);

    [Fact]
    public void A_batch_has_the_bits_of_its_rows_one_by_one()
    {
        foreach ((int[] widths, int[] kinds, int rows, _, long seed) in Cases(60))
        {
            Network network = Make(widths, kinds, seed);
            float[] x = TestData.Normal(rows * widths[0], seed), y = network.Predict(x);
            for (int row = 0; row < rows; row++)
            {
                network.Predict(x.AsSpan(row * widths[0], widths[0])).AsSpan().SequenceEqual(y.AsSpan(row * widths[^1], widths[^1]))
                    .Should().BeTrue($"{network}, row {row} of {rows}, seed {seed}");
            }
        }
    }

    [Fact]
    public void The_gradient_is_the_slope_of_the_divergence_along_any_direction()
    {
        foreach ((int[] widths, int[] kinds, int rows, int kind, long seed) in Cases(60))
        {
            Network network = Make(widths, kinds, seed);
            float[] x = TestData.Normal(rows * widths[0], seed), desired = Desired(rows, widths[^1], seed);
            float[] gradient = new float[network.Parameters.Length], direction = TestData.Normal(gradient.Length, seed + 1);
            Workspace workspace = network.CreateWorkspace(rows);
            float[] start = network.Parameters.ToArray();
            double At(double step)
            {
                for (int i = 0; i < start.Length; i++)
                    network.Parameters[i] = (float)(start[i] + (step * direction[i]));
                return network.AddGradient(
                    new Batch { Rows = rows, Inputs = x, Desired = desired }, divergences[kind], new float[start.Length], workspace);
            }

            double norm = Math.Sqrt(direction.Sum(v => (double)v * v));
            double h = 3e-3 / norm, slope = (At(h) - At(-h)) / (2 * h);
            At(0);
            double mean = network.AddGradient(new Batch { Rows = rows, Inputs = x, Desired = desired }, divergences[kind], gradient, workspace);
            double product = gradient.Zip(direction, (g, v) => (double)g * v).Sum();
            double scale = Math.Sqrt(gradient.Sum(g => (double)g * g)) * norm;

            // The value is a float, so its difference is good to about ε |D| / h; a kink within reach costs a little more.
            double tolerance = (2e-2 * scale) + (4 * 6e-8 * Math.Abs(mean) / h);
            Math.Abs(slope - product)
                .Should().BeLessThan(tolerance + 1e-6, $"{network}, {divergences[kind]}, seed {seed}: slope {slope}, gradient {product}");
        }
    }

    [Fact]
    public void The_form_on_logits_gives_what_the_long_way_gives()
    {
        foreach ((int[] widths, int[] kinds, int rows, int kind, long seed) in Cases(60))
        {
            Network network = Make(widths, kinds, seed);
            Divergence divergence = divergences[kind];
            float[] x = TestData.Normal(rows * widths[0], seed), desired = Desired(rows, widths[^1], seed);
            float[] y = new float[desired.Length], dy = new float[desired.Length], longWay = new float[network.Parameters.Length],
                shortWay = new float[longWay.Length];
            Workspace workspace = network.CreateWorkspace(rows);
            network.Forward(x, y, rows, workspace);
            divergence.Backward(y, desired, dy, rows);
            network.Backward(x, dy, longWay, rows, workspace);
            float mean = network.AddGradient(new Batch { Rows = rows, Inputs = x, Desired = desired }, divergence, shortWay, workspace);

            mean.Should().BeApproximately(divergence.Forward(y, desired, rows), 1e-5f * (1 + mean));
            double scale = Math.Sqrt(longWay.Sum(g => (double)g * g));
            double off = Math.Sqrt(longWay.Zip(shortWay, (a, b) => Math.Pow((double)a - b, 2)).Sum());
            off.Should().BeLessThanOrEqualTo((1e-4 * scale) + 1e-7, $"{network}, {divergence}, seed {seed}");
        }
    }

    private static Network Make(int[] widths, int[] kinds, long seed)
    {
        NetworkBuilder builder = Network.Create(widths[0]);
        for (int k = 1; k < widths.Length; k++)
            builder.Dense(
                widths[k], k + 1 < widths.Length ? activations[kinds[k - 1]] : kinds[^1] % 2 == 0 ? Activation.Sigmoid : Activation.Softmax);
        return builder.Build(seed);
    }

    // Distributions, so that every divergence can take them.
    private static float[] Desired(int rows, int width, long seed)
    {
        float[] desired = new float[rows * width];
        for (int i = 0; i < desired.Length; i++)
            desired[i] = 0.05f + new RandomStream(seed).Uniform(7, i);
        for (int row = 0; row < rows; row++)
        {
            float sum = desired.AsSpan(row * width, width).ToArray().Sum();
            for (int i = 0; i < width; i++)
                desired[(row * width) + i] /= sum;
        }

        return desired;
    }
}
