using System.Globalization;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Contracts;

/// <summary>What the contracts say of any network, tried on networks of all kinds of layers that are drawn at random. Their number may be set by the
/// environment variable NEURALNET_RANDOM_NETWORKS.</summary>
public class RandomNetworkTests
{
    private const int Usual = 300;

    private static readonly int count =
        int.TryParse(Environment.GetEnvironmentVariable("NEURALNET_RANDOM_NETWORKS"), CultureInfo.InvariantCulture, out int set) ? set : Usual;

    [Fact]
    public void Most_draws_make_a_network_that_takes_its_batch() =>
        RandomNetwork.Draw(Usual).Count().Should().BeGreaterThan(Usual * 8 / 10);

    [Fact]
    public void A_prediction_has_the_same_bits_with_threads_row_by_row_in_inference_and_whatever_stands_in_the_padding()
    {
        foreach (RandomNetwork drawn in RandomNetwork.Draw(count))
        {
            Network network = drawn.Network;
            using Workspace workspace = network.CreateWorkspace(drawn.Rows), shared = network.CreateWorkspace(drawn.Rows, threads: 3);
            int size = drawn.OutputSize;
            float[] y = new float[drawn.Rows * size], other = new float[y.Length], one = new float[size];
            network.Predict(drawn.Part(y, 0, drawn.Rows), y, workspace);
            y.Should().OnlyContain(value => float.IsFinite(value), "of {0}", drawn);

            network.Predict(drawn.Part(y, 0, drawn.Rows), other, shared);
            other.ShouldHaveTheBitsOf(y, $"threads of {drawn}");
            network.Forward(drawn.Part(y, 0, drawn.Rows) with { Inference = true }, other, workspace);
            other.ShouldHaveTheBitsOf(y, $"inference of {drawn}");
            for (int row = 0; row < drawn.Rows; row++)
            {
                network.Predict(drawn.Part(y, row, 1), one, workspace);
                one.ShouldHaveTheBitsOf(y.AsSpan(row * size, size), $"row {row} of {drawn}");
            }

            for (int row = 0; row < drawn.Lengths.Length; row++)
                drawn.Inputs.AsSpan(((row * drawn.Steps) + drawn.Lengths[row]) * network.Input.FeatureCount)
                    [..((drawn.Steps - drawn.Lengths[row]) * network.Input.FeatureCount)].Fill(float.NaN);
            network.Predict(drawn.Part(y, 0, drawn.Rows), other, workspace);
            other.ShouldHaveTheBitsOf(y, $"padding of {drawn}");
        }
    }

    [Fact]
    public void The_gradient_of_a_step_has_the_same_bits_with_threads_and_in_parts()
    {
        foreach (RandomNetwork drawn in RandomNetwork.Draw(count))
        {
            Network network = drawn.Network;
            using Workspace workspace = network.CreateWorkspace(drawn.Rows), shared = network.CreateWorkspace(drawn.Rows, threads: 3);
            float[] desired = TestData.Normal(drawn.Rows * drawn.OutputSize, 2);
            float[] whole = new float[network.Parameters.Length], other = new float[whole.Length], parts = new float[whole.Length];
            float divergence = network.AddGradient(drawn.Part(desired, 0, drawn.Rows), Divergence.L2, whole, workspace);
            network.AddGradient(drawn.Part(desired, 0, drawn.Rows), Divergence.L2, other, shared).Should().Be(divergence, "of {0}", drawn);
            other.ShouldHaveTheBitsOf(whole, $"threads of {drawn}");
            if (drawn.Chain.MixesRows)
                continue;

            double total = network.TotalWeight(drawn.Part(desired, 0, drawn.Rows), Divergence.L2), sum = 0;
            for (int first = 0, rows = 1; first < drawn.Rows; first += rows, rows = Math.Min(2, drawn.Rows - first))
                sum += network.AddGradient(drawn.Part(desired, first, rows, total), Divergence.L2, parts, workspace);
            parts.ShouldHaveTheBitsOf(whole, $"parts of {drawn}");
            sum.Should().BeApproximately(divergence, 1e-5 * (1 + divergence), "of {0}", drawn);
        }
    }

    [Fact]
    public void A_row_in_two_pieces_has_the_bits_of_the_whole_where_the_network_says_so()
    {
        int tried = 0;
        foreach (RandomNetwork drawn in RandomNetwork.Draw(count))
        {
            Network network = drawn.Network;
            bool keepsSteps = network.Output.Kind == ShapeKind.Sequence && drawn.OutputSize == drawn.Steps * network.Output.FeatureCount;
            if (network.StatePerRow == 0 || !drawn.Chain.IsStreamable || !keepsSteps || drawn.Steps < 2)
                continue;
            tried++;
            int inputs = network.Input.FeatureCount, outputs = network.Output.FeatureCount, size = drawn.Steps * outputs;
            using Workspace workspace = network.CreateWorkspace(1);
            float[] whole = new float[size], pieces = new float[size];
            for (int row = 0; row < drawn.Rows; row++)
            {
                ReadOnlySpan<float> x = drawn.Inputs.AsSpan(row * drawn.InputSize, drawn.InputSize);
                network.Predict(new Batch { Rows = 1, Inputs = x, Steps = drawn.Steps }, whole, workspace);
                float[] state = new float[network.StatePerRow];
                int cut = 1 + (row % (drawn.Steps - 1));
                var first = new Batch { Rows = 1, Inputs = x[..(cut * inputs)], Steps = cut, State = state };
                var second = new Batch { Rows = 1, Inputs = x[(cut * inputs)..], Steps = drawn.Steps - cut, State = state };
                network.Predict(first, pieces.AsSpan(0, cut * outputs), workspace);
                network.Predict(second, pieces.AsSpan(cut * outputs), workspace);
                pieces.ShouldHaveTheBitsOf(whole, $"row {row} of {drawn}");
            }
        }

        tried.Should().BeGreaterThan(count / 50);
    }

    [Fact]
    public void What_rates_freeze_does_not_move_and_the_rest_has_the_gradient_that_it_has_without()
    {
        foreach (RandomNetwork drawn in RandomNetwork.Draw(count))
        {
            Network network = drawn.Network;
            float[] desired = TestData.Normal(drawn.Rows * drawn.OutputSize, 2);
            float[] whole = new float[network.Parameters.Length], before = network.Parameters.ToArray(), gradient = new float[whole.Length];
            var rates = new Rates();
            for (int layer = drawn.Rows % 2; layer < network.Layers.Count; layer += 2)
                rates[layer.ToString(CultureInfo.InvariantCulture)] = 0;
            using Workspace workspace = network.CreateWorkspace(drawn.Rows);
            network.AddGradient(drawn.Part(desired, 0, drawn.Rows), Divergence.L2, whole, workspace);
            network.AddGradient(drawn.Part(desired, 0, drawn.Rows), Divergence.L2, gradient, workspace, rates);
            float[] statistics = network.Statistics.ToArray();
            using var trainer = new Trainer(network, Divergence.L2, new AdamW(0.01f, weightDecay: 0.1f)) { Rates = rates };
            for (int step = 0; step < 3; step++)
                trainer.Step(drawn.Part(desired, 0, drawn.Rows));

            for (int k = 0; k < network.Blocks.Count; k++)
            {
                string name = network.Blocks[k].Name;
                bool isFrozen = rates.Places.Contains(name.Split('.')[0]), isStatistic = network.Blocks[k].Role == BlockRole.Statistic;
                BlockPlace place = network.Places[k];
                ReadOnlySpan<float> kept = (isStatistic ? statistics : before).AsSpan(place.Start, place.Length);
                if (isFrozen)
                    network.Parameter(name).ShouldHaveTheBitsOf(kept, $"{name} of {drawn}");

                // Frozen statistics change what the layers behind see.
                if (isStatistic || network.Statistics.Length > 0)
                    continue;
                float[] expected = isFrozen ? new float[place.Length] : whole[place.Start..(place.Start + place.Length)];
                gradient.AsSpan(place.Start, place.Length).ShouldHaveTheBitsOf(expected, $"gradient of {name} of {drawn}");
            }
        }
    }
}
