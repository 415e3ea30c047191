using NeuralNet.Kernels;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

public class AttentionOptionsTests
{
    [Theory]
    [InlineData(1, new[] { 0.00390625f })]
    [InlineData(4, new[] { 0.25f, 0.0625f, 0.015625f, 0.00390625f })]
    [InlineData(8, new[] { 0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f, 0.015625f, 0.0078125f, 0.00390625f })]
    [InlineData(3, new[] { 0.0625f, 0.00390625f, 0.25f })]
    [InlineData(6, new[] { 0.25f, 0.0625f, 0.015625f, 0.00390625f, 0.5f, 0.125f })]
    public void The_slopes_are_those_of_the_paper(int heads, float[] slopes) => Alibi.Default.SlopesOf(heads).Should().Equal(slopes);

    // 12 heads: 2^(−8h/8) for 8 of them, then those of 16 heads with odd numbers, 2^(−h/2).
    [Fact]
    public void Slopes_that_are_no_powers_of_two_are_rounded_right()
    {
        float[] slopes = Alibi.Default.SlopesOf(12);
        for (int i = 0; i < 4; i++)
            slopes[8 + i].Should().Be((float)Math.Pow(2, -0.5 * ((2 * i) + 1)));
        new Alibi(3, 0).SlopesOf(2).Should().Equal(3, 0);
        FluentActions.Invoking(() => new Alibi(3, 0).SlopesOf(3)).Should().Throw<ArgumentException>().WithMessage("*2 slopes for 3 heads*");
        FluentActions.Invoking(() => Alibi.Default.SlopesOf(0)).Should().Throw<ArgumentException>().WithMessage("*heads must be at least 1*");
    }

    // The tables are floats: half an ulp of 1 is 6e-8, and the angle's own error, 10⁻¹⁵ (1 + t), stays below it.
    [Theory]
    [InlineData(10_000, 128)]
    [InlineData(1, 2)]
    [InlineData(500_000, 64)]
    [InlineData(1e30f, 6)]
    public void The_table_of_angles_is_exact_to_a_rounding(float theta, int width)
    {
        const int Steps = 20_000;
        float[] table = new Rotary(theta).Table(Steps, width);
        table.Length.Should().Be(Steps * width);
        double largest = 0;
        for (int t = 0; t < Steps; t += 7)
        {
            for (int i = 0; i < width / 2; i++)
            {
                double angle = t * Math.Pow(theta, -2.0 * i / width);
                largest = Math.Max(largest, Math.Abs(table[(t * width) + i] - Math.Cos(angle)));
                largest = Math.Max(largest, Math.Abs(table[(t * width) + (width / 2) + i] - Math.Sin(angle)));
            }
        }

        largest.Should().BeLessThan(3e-8 + (5e-15 * Steps));
    }

    [Fact]
    public void Turned_scores_know_distances_and_nothing_else()
    {
        // All steps are alike: with rotary positions scores are those of distances, and the first step of a causal layer moved by some steps
        // sees the same.
        Network network = Network.Create(Shape.Sequence(30, 8)).MultiHeadAttention(2, causal: true, positions: Rotary.Default, window: 4).Build(3);
        float[] x = [.. Enumerable.Repeat(TestData.Normal(8), 30).SelectMany(step => step)];
        for (int i = 0; i < x.Length; i++)
            x[i] *= i / 8 % 5 == 0 ? 2 : 1;
        float[] y = network.Predict(x);
        for (int i = 0; i < 40; i++)
            y[(20 * 8) + i].Should().BeApproximately(y[(10 * 8) + i], 1e-5f);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Positions_go_on_from_step_to_step_of_each_row(bool interleaved)
    {
        // A row of a batch is what it is by itself, whatever lies before it and however long it is.
        Network network = Network.Create(Shape.Sequence(9, 8))
            .MultiHeadAttention(2, positions: new Rotary(interleaved: interleaved), window: 5, keyHeads: 1).Build(1);
        float[] x = TestData.Normal(3 * 72), y = new float[3 * 72];
        using Workspace workspace = network.CreateWorkspace(3);
        network.Predict(new Batch { Rows = 3, Inputs = x, Lengths = [4, 9, 6] }, y, workspace);
        float[] alone = new float[72];
        network.Predict(new Batch { Rows = 1, Inputs = x.AsSpan(144), Lengths = [6] }, alone, workspace);
        y.AsSpan(144).ShouldHaveTheBitsOf(alone, "row 2");
        Network shorter = Network.Create(Shape.Sequence(4, 8))
            .MultiHeadAttention(2, positions: new Rotary(interleaved: interleaved), window: 5, keyHeads: 1).Build(1);
        y.AsSpan(0, 32).ShouldHaveTheBitsOf(shorter.Predict(x.AsSpan(0, 32).ToArray()), "row 0");
        y.AsSpan(32, 40).ToArray().Should().OnlyContain(value => value == 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(1001)]
    public void Turning_back_is_the_inverse_and_widths_and_threads_do_not_matter(int pairs)
    {
        float[] table = new Rotary(100).Table(7, 2 * pairs), x = Floats.Random(3 * 5 * 2 * ((2 * pairs) + 1), 3);
        using var team = new Workers(3);
        foreach (bool interleaved in new[] { false, true })
        {
            float[] alone = [.. x], shared = [.. x];
            var turn = new RotaryTurn { Table = table, Heads = 2, HeadWidth = (2 * pairs) + 1, Pairs = pairs, IsInterleaved = interleaved };
            int stride = 2 * turn.HeadWidth;
            RotaryKernels.Turn(alone, turn, stride, isBack: false, 3, 7, [7, 1, 7], Workers.Alone);
            RotaryKernels.Turn(shared, turn, stride, isBack: false, 3, 7, [7, 1, 7], team);
            shared.ShouldHaveTheBitsOf(alone, "threads");
            for (int i = 0; i < x.Length; i++)
            {
                int step = i / stride, t = step < 7 ? step : step == 7 ? 0 : step - 8, feature = i % turn.HeadWidth, at = i - feature;
                if (feature == 2 * pairs)
                {
                    alone[i].Should().Be(x[i]);
                    continue;
                }

                int pair = interleaved ? feature / 2 : feature % pairs;
                bool isFirst = interleaved ? feature % 2 == 0 : feature < pairs;
                float other = x[at + (interleaved ? feature ^ 1 : (feature + pairs) % (2 * pairs))];
                float cos = table[(2 * t * pairs) + pair], sin = table[(((2 * t) + 1) * pairs) + pair];
                alone[i].Should().Be(isFirst ? (x[i] * cos) - (other * sin) : (x[i] * cos) + (other * sin), $"element {i}");
            }

            RotaryKernels.Turn(alone, turn, stride, isBack: true, 3, 7, [7, 1, 7], Workers.Alone);
            for (int i = 0; i < x.Length; i++)
                alone[i].Should().BeApproximately(x[i], 1e-6f);
        }
    }

    [Fact]
    public void Gradients_are_those_of_differences()
    {
        GradientCheck.Layer(new MultiHeadAttention(Shape.Sequence(20, 8), 2, positions: Rotary.Default, window: 3)).EnsurePasses();
        GradientCheck.Layer(new MultiHeadAttention(Shape.Sequence(20, 9), 4, keyMask: true, positions: Alibi.Default, window: 17, keyHeads: 2))
            .EnsurePasses();
        GradientCheck.Layer(new MultiHeadAttention(
            Shape.Sequence(20, 12), 2, causal: true, positions: new Rotary(10, 4, interleaved: true), window: 18, keyHeads: 1)).EnsurePasses();
        GradientCheck.Layer(MultiHeadAttention.Cross(Shape.Sequence(3, 6), Shape.Sequence(5, 4), 3, keyMask: true, keyHeads: 1)).EnsurePasses();
    }

    [Fact]
    public void Memory_grows_with_the_steps_and_not_with_their_square()
    {
        foreach (bool causal in (bool[])[false, true])
        {
            MultiHeadAttention some = new(Shape.Sequence(1024, 8), 2, causal: causal), more = new(Shape.Sequence(4096, 8), 2, causal: causal);
            more.Cache.PerRow.Should().Be(4 * some.Cache.PerRow);
            more.Scratch.PerRow.Should().Be(4 * some.Scratch.PerRow);
            some.Cache.PerRow.Should().Be(1024 * ((2 * 2) + (4 * 8)), "two numbers for each head and query, and q, k, v and o");
        }
    }

    [Fact]
    public void A_window_saves_multiply_adds()
    {
        MultiHeadAttention all = new(Shape.Sequence(1000, 8), 2), causal = new(Shape.Sequence(1000, 8), 2, causal: true),
            window = new(Shape.Sequence(1000, 8), 2, window: 10), behind = new(Shape.Sequence(1000, 8), 2, causal: true, window: 10);
        long projections = 1000 * ((8 * 24) + 64);
        (all.MultiplyAdds - projections).Should().Be(2L * 1000 * 1000 * 8);
        (causal.MultiplyAdds - projections).Should().Be(1000L * 1001 * 8);
        (behind.MultiplyAdds - projections).Should().Be(2L * ((1000 * 10) - 45) * 8);
        (window.MultiplyAdds - projections).Should().Be(2L * ((1000 * 19) - 90) * 8);
        new MultiHeadAttention(Shape.Sequence(5, 8), 2, window: 50).MultiplyAdds
            .Should().Be(new MultiHeadAttention(Shape.Sequence(5, 8), 2).MultiplyAdds);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Shape shape = Shape.Sequence(3, 12);
        Refused(() => new MultiHeadAttention(shape, 4, positions: Rotary.Default), "*a head has 3; an even number*(Parameter 'positions')");
        Refused(() => new MultiHeadAttention(shape, 4, positions: new Rotary(features: 4)), "*turn 4 features of each head, but a head has 3;*");
        Refused(() => new Rotary(0.5f), "*θ must be a finite number of at least 1.*0.5*");
        Refused(() => new Rotary(float.NaN), "*θ must be*");
        Refused(() => new Rotary(float.PositiveInfinity), "*θ must be*");
        Refused(() => new Rotary(features: 3), "*even number of at least 2*3*");
        Refused(() => new Rotary(features: 0), "*even number of at least 2*");
        Refused(() => new MultiHeadAttention(shape, 3, positions: new Alibi(1, 2)), "*2 slopes for 3 heads*");
        Refused(() => new MultiHeadAttention(shape, 2, positions: new Alibi(1, 1e30f)), "*1E+30 over 3 steps*");
        Refused(() => new Alibi(1, -1), "*slope must be a finite number of at least 0*");
        Refused(() => new Alibi(float.NaN), "*slope must be*");
        Refused(() => new MultiHeadAttention(shape, 3, window: 0), "*window must be at least 1*");
        Refused(() => new MultiHeadAttention(shape, 3, keyHeads: 2), "3 heads cannot be divided among 2 heads of keys and values; a divisor of 3*");
        Refused(() => new MultiHeadAttention(shape, 3, keyHeads: 6), "3 heads cannot*");
        Refused(() => new MultiHeadAttention(shape, 3, keyHeads: 0), "*keyHeads must be at least 1*");
        Refused(() => MultiHeadAttention.Cross(shape, shape, 4, keyHeads: 3), "4 heads cannot*");
        Refused(() => Rotary.Default.Table(3, 5), "*a head has 5*");
        Refused(() => Rotary.Default.Table(0, 4), "*steps must be*");
    }

    [Fact]
    public void It_says_what_it_is()
    {
        new MultiHeadAttention(Shape.Sequence(3, 16), 4, causal: true, positions: Rotary.Default, window: 2, keyHeads: 2).ToString().Should().Be(
            "MultiHeadAttention Sequence(3, 16) → Sequence(3, 16), 4 heads of 2 for keys, causal, window 2, Rotary(θ 10000)");
        new Rotary(2.5f, 4, interleaved: true).ToString().Should().Be("Rotary(θ 2.5, 4 features, interleaved)");
        Alibi.Default.ToString().Should().Be("Alibi");
        new Alibi(0.5f, 2).ToString().Should().Be("Alibi(0.5, 2)");
        MultiHeadAttention layer = MultiHeadAttention.Cross(Shape.Sequence(2, 6), Shape.Sequence(3, 4), 3, keyHeads: 1);
        layer.ToString().Should().Be("MultiHeadAttention Sequence(2, 6) to Sequence(3, 4) → Sequence(2, 6), 3 heads of 1 for keys");
        layer.Blocks.Select(block => $"{block.Name} {string.Join('×', block.Dimensions)}").Should().Equal(
            "query_weight 6×6", "query_bias 6", "key_value_weight 4×4", "key_value_bias 4", "out_weight 6×6", "out_bias 6");
        (layer.KeyHeads, layer.Window, layer.Positions).Should().Be((1, null, null));
    }

    // A file keeps them; at their defaults they are not written, so that the bytes of other files stay.
    [Fact]
    public void Settings_are_kept_and_defaults_are_not_written()
    {
        new MultiHeadAttention(Shape.Sequence(3, 4), 2, keyHeads: 2).Settings.Names.Should().Equal("heads", "outputs", "bias", "keyMask", "causal");
        Network network = Network.Create(Shape.Sequence(3, 8))
            .MultiHeadAttention(4, positions: new Rotary(7, 2, true), window: 2, keyHeads: 2).MultiHeadAttention(2, positions: new Alibi(0.5f, 0.25f))
            .MultiHeadAttention(2, positions: Rotary.Default).MultiHeadAttention(2, positions: Alibi.Default).Build(1);
        using var file = new MemoryStream();
        network.Save(file);
        file.Position = 0;
        Network same = Network.Load(file);
        same.Summary().Should().Be(network.Summary());
        var first = (MultiHeadAttention)same.Layers[0];
        var rotary = (Rotary)first.Positions!;
        (first.Window, first.KeyHeads, rotary.Theta, rotary.Features, rotary.Interleaved).Should().Be((2, 2, 7, 2, true));
        ((Alibi)((MultiHeadAttention)same.Layers[1]).Positions!).Slopes.ToArray().Should().Equal(0.5f, 0.25f);
        float[] x = TestData.Normal(24);
        same.Predict(x).ShouldHaveTheBitsOf(network.Predict(x), "loaded");
    }

    [Fact]
    public void Settings_of_a_file_that_make_no_sense_are_refused()
    {
        Func<Shape, KindSettings, Layer> make = KnownKinds.Layer(nameof(MultiHeadAttention))!;
        MultiHeadAttention self = new(Shape.Sequence(3, 4), 2), cross = MultiHeadAttention.Cross(Shape.Sequence(3, 4), Shape.Sequence(2, 4), 2);
        Lies(() => make(self.Input, self.Settings.Set("positions", "Spiral")), "*\"positions\" is Spiral; \"Rotary\" or \"Alibi\" was expected.");
        Lies(() => make(self.Input, self.Settings.Set("positions", "Rotary")), "*no \"theta\"*");
        Lies(() => make(cross.Input, cross.Settings.Set("positions", "Alibi")), "*\"positions\" is Alibi; none in attention to another sequence*");
        Lies(() => make(cross.Input, cross.Settings.Set("window", 2)), "*\"window\" is 2; none in attention to another sequence*");
        Refused(() => make(self.Input, self.Settings.Set("keyHeads", 3)), "2 heads cannot*");

        // A table of angles counts as memory that a small file may not ask for without limit.
        Shape wide = Shape.Sequence(1000, 64);
        foreach ((AttentionPositions? positions, long table) in new (AttentionPositions?, long)[]
            { (Rotary.Default, 64_000), (Alibi.Default, 0), (null, 0) })
        {
            KindSettings settings = new MultiHeadAttention(wide, 1, positions: positions).Settings;
            KnownKinds.TableFloats(nameof(MultiHeadAttention), wide, settings).Should().Be(table);
        }
    }

    private static void Lies(Func<object> make, string message) => make.Should().Throw<InvalidDataException>().WithMessage(message);

    private static void Refused(Func<object> make, string message) => make.Should().Throw<ArgumentException>().WithMessage(message);
}
