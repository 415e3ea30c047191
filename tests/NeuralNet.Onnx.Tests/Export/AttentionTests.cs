namespace NeuralNet.Onnx.Tests.Export;

/// <summary>Masks at their edges: nothing seen, and what must not be read.</summary>
public class AttentionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_query_that_sees_no_key_gives_the_bias(bool causal)
    {
        Network network = Shaken(Network.Create(Shape.Sequence(3, 5)).MultiHeadAttention(2, causal: causal, keyMask: true));
        Same.AsPredicted(network, rows => WithMask(network, rows, (row, step) => row % 2 == 1 && step > 0));
        Same.AsPredicted(network, rows => WithMask(network, rows, (_, _) => false));
    }

    [Fact]
    public void Masked_memory_is_not_read()
    {
        Shape queries = Shape.Sequence(2, 4), memory = Shape.Sequence(3, 2);
        Network network = Shaken(Network.Create(queries.Size + memory.Size + 3).CrossAttention(queries, memory, 2, keyMask: true));
        Same.AsPredicted(network, rows =>
        {
            float[] x = TestRows(network, rows);
            for (int row = 0; row < rows; row++)
            {
                Span<float> own = x.AsSpan(row * network.Input.Size, network.Input.Size);
                own[^3..].Clear();
                own[^3] = row % 3 == 2 ? 0 : 1;
                own.Slice(queries.Size + 2, 4).Fill(float.NaN);
            }

            return x;
        });
    }

    [Fact]
    public void Large_scores_stay_finite() =>
        Same.AsPredicted(Shaken(Network.Create(Shape.Sequence(4, 6)).MultiHeadAttention(3, causal: true)), seed: 4, deviation: 1e4f);

    private static Network Shaken(NetworkBuilder builder)
    {
        Network network = builder.Build(seed: 1);
        for (int i = 0; i < network.Parameters.Length; i++)
            network.Parameters[i] += 0.2f * new RandomStream(3).Normal(0, i);
        return network;
    }

    private static float[] TestRows(Network network, int rows) => NeuralNet.Tests.TestData.Normal(rows * network.Input.Size, seed: rows);

    // The last feature of each step says if it is seen.
    private static float[] WithMask(Network network, int rows, Func<int, int, bool> seen)
    {
        float[] x = TestRows(network, rows);
        int width = network.Input.FeatureCount, steps = network.Input.Steps;
        for (int i = 0; i < rows * steps; i++)
            x[(i * width) + width - 1] = seen(i / steps, i % steps) ? 1 : 0;
        return x;
    }
}
