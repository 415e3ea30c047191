using NeuralNet.Onnx.Tests.Import;

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

    public static TheoryData<string> Kinds => [.. Layers().Select(layer => layer.ToString())];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Positions_windows_and_groups_are_exported_and_come_back_to_the_bit(string name)
    {
        MultiHeadAttention layer = Layers().First(one => one.ToString() == name);
        Network network = Same.Of(layer);
        Same.AsPredicted(network);
        Network again = OnnxFile.Load(network.ToOnnx());
        again.Summary().Should().Be(network.Summary());
        again.Layers[0].ToString().Should().Be(name);
        float[] x = Same.Inputs(network, 3, seed: 4);
        Same.Predict(again, x, 3).Should().Equal(Same.Predict(network, x, 3));
        again.ToOnnx().Should().Equal(OnnxFile.Load(again.ToOnnx()).ToOnnx());
    }

    private static MultiHeadAttention[] Layers()
    {
        Shape steps = Shape.Sequence(6, 12), masked = Shape.Sequence(6, 13);
        return
        [
            new(steps, 2, positions: Rotary.Default), new(steps, 2, positions: new Rotary(12345.678f), causal: true),
            new(steps, 2, positions: new Rotary(500_000, 4)), new(steps, 2, positions: new Rotary(100, 4, interleaved: true)),
            new(steps, 3, positions: new Rotary(interleaved: true), bias: false), new(steps, 6, positions: Rotary.Default),
            new(Shape.Sequence(40, 16), 1, positions: new Rotary(1_234_567)), new(Shape.Sequence(1, 4), 2, bias: false),
            new(steps, 2, positions: Alibi.Default), new(steps, 3, positions: Alibi.Default, causal: true),
            new(steps, 2, positions: new Alibi(0.3f, 0.123456789f), causal: true, window: 2),
            new(masked, 2, positions: new Alibi(0, 1), keyMask: true),
            new(steps, 2, window: 1), new(steps, 2, window: 3), new(steps, 2, window: 3, causal: true), new(masked, 2, window: 2, keyMask: true),
            new(masked, 6, window: 2, causal: true, keyMask: true, keyHeads: 2, positions: Rotary.Default),
            new(steps, 6, keyHeads: 3), new(steps, 4, keyHeads: 1, causal: true, outputs: 5),
            new(Shape.Sequence(2, 4), 2, window: 1, keyHeads: 1, positions: Rotary.Default),
        ];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Groups_of_another_sequence_are_exported_and_come_back(bool keyMask)
    {
        Network network = Same.Of(MultiHeadAttention.Cross(Shape.Sequence(3, 8), Shape.Sequence(4, 5), 4, keyMask: keyMask, keyHeads: 2));
        if (!keyMask)
            Same.AsPredicted(network);
        Network again = OnnxFile.Load(network.ToOnnx());
        again.Layers[0].ToString().Should().Be(network.Layers[0].ToString());
        Imported.PredictsLike(again, network);
    }

    [Fact]
    public void A_window_as_wide_as_the_row_leaves_nothing_in_the_file()
    {
        Network network = Same.Of(new MultiHeadAttention(Shape.Sequence(4, 6), 2, window: 4));
        Same.AsPredicted(network);
        OnnxFile.Load(network.ToOnnx()).Layers[0].Should().BeOfType<MultiHeadAttention>().Which.Window.Should().BeNull();
    }

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
