namespace NeuralNet.Tests.Layers;

/// <summary>LayerNorm and RmsNorm beyond the contract of all layers.</summary>
public class LayerNormTests
{
    private static readonly Shape[] vectorsOf40 = [40, Shape.Sequence(1, 40), Shape.Image(1, 3, 40)];

    [Fact]
    public void By_hand()
    {
        // Mean 2 and variance 8/3 + 1/3 = 3; mean square 20/3 + 1/3 = 7.
        var norm = new LayerNorm(3, epsilon: 1f / 3);
        LayerRun run = Run(norm, [0, 2, 4], [1, 0, 0], gain: [1, 10, 3], bias: [1, 2, 3]);
        float r = 1 / MathF.Sqrt(3);
        Near(run.Output, 1 - (2 * r), 2, 3 + (6 * r));

        // ∇x̂ = (1, 0, 0), x̂ = (−2, 0, 2) r: mean 1/3, mean of the product −2r/3.
        Near(run.InputGradient, (1 - (1 / 3f) - (4 / 9f)) * r, -r / 3, (-(1 / 3f) + (4 / 9f)) * r);
        Near(run.Block(0, run.Gradient), -2 * r, 0, 0);
        Near(run.Block(1, run.Gradient), 1, 0, 0);

        run = Run(new RmsNorm(3, epsilon: 1f / 3), [0, 2, 4], [1, 1, 0], gain: [1, 7, 3]);
        r = 1 / MathF.Sqrt(7);
        Near(run.Output, 0, 14 * r, 12 * r);

        // ∇x̂ = (1, 7, 0), x̂ = (0, 2, 4) r: the mean of the product is 14r/3.
        Near(run.InputGradient, r, (7 - (28 / 21f)) * r, -56 / 21f * r);
        Near(run.Gradient, 0, 2 * r, 0);
    }

    [Fact]
    public void Scales_start_at_1_and_offsets_at_0_and_weight_decay_spares_both()
    {
        Network network = Network.Create(Shape.Sequence(4, 6)).LayerNorm().RmsNorm().Build();
        network.Blocks.Select(block => block.ToString()).Should().Equal("0.weight [6]", "0.bias [6]", "1.weight [6]");
        network.Blocks.Select(block => block.Role).Should().Equal(BlockRole.Scale, BlockRole.Bias, BlockRole.Scale);
        network.Parameter("0.weight").ToArray().Should().OnlyContain(value => value == 1);
        network.Parameter("0.bias").ToArray().Should().OnlyContain(value => value == 0);
        network.Parameter("1.weight").ToArray().Should().OnlyContain(value => value == 1);
    }

    // To add the same number to all features changes nothing, as far as the sums are floats: multiples of 1/16 near 10⁶ are.
    [Theory]
    [InlineData(1e6f)]
    [InlineData(-1e6f)]
    [InlineData(1e3f)]
    public void An_offset_to_all_features_does_not_matter(float offset)
    {
        foreach (Shape shape in vectorsOf40)
        {
            var layer = new LayerNorm(shape);
            float[] x = [.. TestData.Normal(shape.Size).Select(value => MathF.Round(value * 16) / 16)], dy = TestData.Normal(shape.Size);
            LayerRun near = Run(layer, x, dy), far = Run(layer, [.. x.Select(value => value + offset)], dy);
            far.Input.Select(value => value - offset).Should().Equal(x, "only then is there something to be tested");
            for (int i = 0; i < x.Length; i++)
            {
                far.Output[i].Should().BeApproximately(near.Output[i], 2e-6f);
                far.InputGradient[i].Should().BeApproximately(near.InputGradient[i], 2e-6f);
            }
        }
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(-1e30f)]
    [InlineData(8e37f)]
    [InlineData(1e18f)]
    public void Nothing_overflows(float scale)
    {
        foreach (Shape shape in vectorsOf40)
        {
            foreach (Layer layer in new Layer[] { new LayerNorm(shape), new RmsNorm(shape) })
            {
                // Without ε, which such values make nothing of, y does not depend on the scale, and ∇x is the inverse of it.
                float[] x = TestData.Normal(shape.Size), dy = TestData.Normal(shape.Size);
                LayerRun small = Run(Without(layer), x, dy), large = Run(layer, [.. x.Select(value => value * scale)], dy);
                for (int i = 0; i < x.Length; i++)
                {
                    large.Output[i].Should().BeApproximately(small.Output[i] * MathF.Sign(scale), 3e-6f);
                    ((double)large.InputGradient[i] * scale).Should().BeApproximately(small.InputGradient[i], 1e-5 + (1e-44 * Math.Abs(scale)));
                }

                // Gradients are sums over what has just been compared.
                large.Gradient.Should().OnlyContain(value => float.IsFinite(value));
            }
        }
    }

    [Fact]
    public void The_largest_floats_of_both_signs_are_normalized_too()
    {
        Run(new LayerNorm(2), [float.MaxValue, float.MinValue], [1, 0]).Output.Should().Equal(1, -1);
        Run(new RmsNorm(2), [float.MaxValue, float.MinValue], [1, 0]).Output.Should().Equal(1, -1);
    }

    // Only the first is scaled: ε times the square of the other's scale would be infinite.
    [Fact]
    public void A_tiny_pixel_beside_a_huge_one_is_as_by_itself()
    {
        float tiny = 1e-25f / MathF.Sqrt(1e-5f);
        float[] y = Run(new LayerNorm(Shape.Image(1, 2, 2)), [1e30f, -1e30f, 1e-25f, -1e-25f], new float[4]).Output;
        Near([y[0], y[1]], 1, -1);
        Near([y[2], y[3]], tiny, -tiny);
    }

    [Fact]
    public void Equal_features_give_the_offset_and_tiny_ones_are_divided_by_the_root_of_epsilon()
    {
        foreach (float value in new[] { 0, 3.3f, 1e6f, 1e30f, 1e-42f })
        {
            float[] x = new float[7];
            x.AsSpan().Fill(value);
            Run(new LayerNorm(7), x, new float[7], bias: [1, 2, 3, 4, 5, 6, 7]).Output.Should().Equal(1, 2, 3, 4, 5, 6, 7);
        }

        Run(new LayerNorm(1), [5], [3]).InputGradient.Should().Equal(0);
        Near(Run(new LayerNorm(2), [1e-25f, -1e-25f], [1, 0]).Output, 1e-25f / MathF.Sqrt(1e-5f), -1e-25f / MathF.Sqrt(1e-5f));
        Near(Run(new RmsNorm(2), [1e-25f, 0], [1, 0]).Output, 1e-22f, 0);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_not_finite_spoils_its_own_vector_alone(float bad)
    {
        foreach (Shape shape in new[] { Shape.Sequence(4, 5), Shape.Sequence(4, 20), Shape.Image(2, 10, 5) })
        {
            foreach (Layer layer in new Layer[] { new LayerNorm(shape), new RmsNorm(shape) })
            {
                int n = shape.FeatureCount;
                float[] x = TestData.Normal(shape.Size), dy = TestData.Normal(shape.Size);
                LayerRun clean = Run(layer, x, dy);
                x[n + 3] = bad; // feature 3 of vector 1
                LayerRun spoiled = Run(layer, x, dy);
                for (int i = 0; i < x.Length; i++)
                {
                    bool isSpoiled = i / n == 1;
                    if (isSpoiled)
                        spoiled.Output[i].Should().Be(float.IsNaN(bad) || layer is LayerNorm || x[i] == bad ? float.NaN : 0);
                    if (isSpoiled)
                        spoiled.InputGradient[i].Should().Be(float.NaN);
                    else
                        (spoiled.Output[i], spoiled.InputGradient[i]).Should().Be((clean.Output[i], clean.InputGradient[i]));
                }
            }
        }
    }

    // x₀ r is infinite, and behind the end of a vector there is x₀ to be taken away.
    [Fact]
    public void A_vector_far_from_0_whose_elements_are_all_the_same_has_a_finite_gradient()
    {
        foreach ((float at, float epsilon, int width) in new[]
            { (3e38f, 1e-5f, 6), (-3e38f, 1e-5f, 30), (1e30f, 1e-30f, 6), (3e38f, 1e-5f, 1), (1e30f, 1e-30f, 16) })
        {
            float[] x = [.. Enumerable.Repeat(at, 2 * width)], dy = new float[2 * width];
            dy[0] = 1e-3f;
            LayerRun run = Run(new LayerNorm(Shape.Sequence(2, width), epsilon), x, dy);
            run.Output.Should().OnlyContain(value => value == 0);
            run.InputGradient.Should().OnlyContain(value => float.IsFinite(value), $"{width} times {at}");
            run.Gradient.Should().OnlyContain(value => float.IsFinite(value));
        }
    }

    [Fact]
    public void A_pixel_is_a_vector_of_its_channels()
    {
        Shape image = Shape.Image(3, 7, 6), sequence = Shape.Sequence(21, 6);
        foreach ((Layer ofImage, Layer ofSequence) in new (
            Layer, Layer)[] { (new LayerNorm(image), new LayerNorm(sequence)), (new RmsNorm(image), new RmsNorm(sequence)) })
        {
            float[] x = TestData.Normal(126), dy = [.. TestData.Normal(126).Reverse()];
            LayerRun expected = Run(ofSequence, x, dy), actual = Run(ofImage, x, dy);
            actual.Output.Should().Equal(expected.Output);
            actual.InputGradient.Should().Equal(expected.InputGradient);
            actual.Gradient.Should().Equal(expected.Gradient);
        }
    }

    [Fact]
    public void Any_number_of_threads_trains_to_the_same_bits()
    {
        float[] Train(int threads)
        {
            Network network = Network.Create(Shape.Sequence(4, 30)).Dense(70, Activation.Tanh).LayerNorm().Dropout(0.2f).RmsNorm()
                .Activation(Activation.Silu).Dense(2).Build(1);
            using Workspace workspace = network.CreateWorkspace(100, threads);
            float[] gradient = new float[network.Parameters.Length];
            int[] lengths = [.. Enumerable.Range(0, 100).Select(row => 1 + (row % 4))];
            float[] x = TestData.Normal(100 * 120), d = TestData.Normal(100 * 8);
            var batch = new Batch { Rows = 100, Inputs = x, Desired = d, Stream = new RandomStream(2) };
            var shorter = new Batch { Rows = 100, Inputs = x, Desired = d, Stream = new RandomStream(2), Lengths = lengths };
            network.AddGradient(batch, Divergence.L2, gradient, workspace);
            network.AddGradient(shorter, Divergence.L2, gradient, workspace);
            return gradient;
        }

        float[] one = Train(1);
        one.Should().OnlyContain(value => float.IsFinite(value));
        Train(2).Should().Equal(one);
        Train(3).Should().Equal(one);
    }

    [Fact]
    public void Bad_settings_are_refused_with_words()
    {
        foreach (float bad in new[] { 0, -1e-5f, 1e-31f, 1e31f, float.NaN, float.PositiveInfinity })
        {
            FluentActions.Invoking(() => new LayerNorm(4, bad)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*ε must be*1e-30*");
            FluentActions.Invoking(() => new RmsNorm(4, bad)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*ε must be*1e-30*");
        }

        FluentActions.Invoking(() => new LayerNorm(default)).Should().Throw<ArgumentException>().WithMessage("*empty*");
        FluentActions.Invoking(() => new LayerNorm(Shape.Sequence(int.MaxValue / 2, 1)))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*too many vectors*");
        FluentActions.Invoking(() => Network.Create(4).Dense(3).LayerNorm(0))
            .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Layer 1*ε*");
    }

    private static Layer Without(Layer layer) => layer is LayerNorm ? new LayerNorm(layer.Input, 1e-30f) : new RmsNorm(layer.Input, 1e-30f);

    private static LayerRun Run(Layer layer, float[] x, float[] dy, float[]? gain = null, float[]? bias = null)
    {
        var run = new LayerRun(layer, x.Length / layer.Input.Size);
        x.CopyTo(run.Input, 0);
        dy.CopyTo(run.OutputGradient, 0);
        run.Block(0).Fill(1);
        gain?.CopyTo(run.Block(0));
        bias?.CopyTo(run.Block(1));
        run.Forward();
        run.Backward();
        return run;
    }

    private static void Near(ReadOnlySpan<float> actual, params float[] expected)
    {
        actual.Length.Should().Be(expected.Length);
        for (int i = 0; i < expected.Length; i++)
            actual[i].Should().BeApproximately(expected[i], 2e-6f * Math.Max(1e-25f, expected.Max(MathF.Abs)));
    }
}
