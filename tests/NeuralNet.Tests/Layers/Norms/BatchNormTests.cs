using NeuralNet.Tests.Kernels;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Layers;

/// <summary>BatchNorm beyond the contract of all layers and the reference values.</summary>
public class BatchNormTests
{
    [Fact]
    public void By_hand()
    {
        // Mean 2 and variance 8/3 + 1/3 = 3, whose unbiased part is 4.
        Network network = Network.Create(1).BatchNorm(momentum: 0.5f, epsilon: 1f / 3).Build();
        network.Parameter("0.weight")[0] = 2;
        network.Parameter("0.bias")[0] = 1;
        float[] y = new float[3], dx = new float[3], gradient = new float[2];
        using Workspace workspace = network.CreateWorkspace(3);
        var batch = new Batch { Rows = 3, Inputs = [0, 2, 4] };
        network.Forward(batch, y, workspace);
        network.Backward(batch, [1, 0, 0], gradient, dx, workspace);
        network.Statistics.ToArray().Should().Equal(0, 1);
        network.UpdateStatistics(batch, workspace);
        network.Statistics.ToArray().Should().Equal(1, 2.5f);

        // x̂ = (−2, 0, 2) r and ∇x̂ = (2, 0, 0): mean 2/3, mean of the product −4r/3.
        float r = 1 / MathF.Sqrt(3);
        Near(y, 1 - (4 * r), 1, 1 + (4 * r));
        Near(dx, (2 - (2 / 3f) - (8 / 9f)) * r, -2 / 3f * r, (-(2 / 3f) + (8 / 9f)) * r);
        Near(gradient, -2 * r, 1);
        network.Predict([1, 4]).Should().Equal(1, (float)(1 + (6 / Math.Sqrt(2.5 + (double)(1f / 3)))));
    }

    [Theory]
    [InlineData(1e4f)]
    [InlineData(-3e6f)]
    public void An_offset_does_not_matter_wherever_the_first_values_lie(float offset)
    {
        // The first block of the far one begins with a value elsewhere, so that its mean is no good origin; sums are multiples of 1/4.
        float[] near = [.. TestData.Normal(200 * 9).Select(value => MathF.Round(value * 4) / 4)];
        float[] far = [.. near.Select(value => value + offset)];
        far.Select(value => value - offset).Should().Equal(near, "only then is there something to be tested");
        (float[] y, float[] dx, float[] gradient) = Run(new BatchNorm(9), near);
        (float[] yFar, float[] dxFar, float[] gradientFar) = Run(new BatchNorm(9), far);
        Close(yFar, y);
        Close(dxFar, dx);
        Close(gradientFar, gradient);
    }

    // The origin is the mean of the first 64 vectors; here all later ones lie elsewhere.
    [Fact]
    public void A_beginning_that_is_unlike_the_rest_costs_no_digits()
    {
        const int Rows = 1000, Width = 70;
        float[] x = TestData.Normal(Rows * Width);
        for (int i = 0; i < x.Length; i++)
            x[i] += i / Width < 64 ? -5000 : 5000;
        (float[] y, _, _) = Run(new BatchNorm(Width), x);
        for (int feature = 0; feature < Width; feature++)
        {
            double mean = 0, square = 0;
            for (int at = feature; at < x.Length; at += Width)
                mean += x[at] / (double)Rows;
            for (int at = feature; at < x.Length; at += Width)
                square += (x[at] - mean) * (x[at] - mean) / Rows;
            for (int at = feature; at < x.Length; at += Width)
                y[at].Should().BeApproximately((float)((x[at] - mean) / Math.Sqrt(square + 1e-5)), 2e-6f);
        }
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(1e37f)]
    public void Nothing_overflows(float scale)
    {
        float[] x = TestData.Normal(50 * 3), large = [.. x.Select(value => value * scale)];
        Close(Run(new BatchNorm(3), large).Y, Run(new BatchNorm(3, epsilon: 1e-30f), x).Y);
        Close(Run(new GroupNorm(Shape.Image(5, 10, 3), 3), large).Y, Run(new GroupNorm(Shape.Image(5, 10, 3), 3, 1e-30f), x).Y);
    }

    [Fact]
    public void A_tiny_feature_beside_a_huge_one_is_as_by_itself()
    {
        float[] x = TestData.Normal(80), both = new float[160];
        for (int i = 0; i < x.Length; i++)
            (both[2 * i], both[(2 * i) + 1]) = (1e-2f * x[i], 1e30f * x[i]);
        float[] y = Run(new BatchNorm(2), both).Y, tiny = Run(new BatchNorm(1), [.. x.Select(value => 1e-2f * value)]).Y;
        Close([.. y.Where((_, i) => i % 2 == 0)], tiny);
    }

    [Fact]
    public void A_constant_feature_gives_its_offset_and_a_NaN_stays_with_its_feature()
    {
        float[] x = TestData.Normal(40 * 3);
        for (int row = 0; row < 40; row++)
            (x[3 * row], x[(3 * row) + 1]) = (0.1f, row == 7 ? float.NaN : x[(3 * row) + 1]);
        float[] y = Run(new BatchNorm(3), x).Y, clean = Run(new BatchNorm(3), [.. x.Select(value => float.IsNaN(value) ? 0 : value)]).Y;
        for (int row = 0; row < 40; row++)
        {
            y[3 * row].Should().Be(0);
            y[(3 * row) + 1].Should().Be(float.NaN);
            y[(3 * row) + 2].Should().BeApproximately(clean[(3 * row) + 2], 1e-6f);
        }
    }

    // Whatever an absent row holds, the others have the bits that they have without it.
    [Fact]
    public void Rows_of_weight_0_are_as_if_absent_whatever_they_hold()
    {
        foreach (Shape shape in new[] { Shape.Features(7), Shape.Features(100), Shape.Sequence(5, 3), Shape.Image(9, 10, 5) })
        {
            foreach (Activation activation in new[] { Activation.Identity, Activation.Relu, Activation.Gelu })
            {
                const int Rows = 5, Absent = 2;
                int size = shape.Size;
                float[] x = TestData.Normal(Rows * size), dy = TestData.Normal(Rows * size, 2);
                x.AsSpan(Absent * size, size).Fill(float.NaN);
                dy.AsSpan(Absent * size, size).Fill(float.NaN);
                var layer = new BatchNorm(shape, activation: activation);
                Pass with = Training(layer, x, dy, [1, 3, 0, 1, 1]), without = Training(layer, Without(x), Without(dy), []);
                with.Dx.AsSpan(Absent * size, size).ContainsAnyExcept(0f).Should().BeFalse();
                Without(with.Y).ShouldHaveTheBitsOf(without.Y, "y");
                Without(with.Dx).ShouldHaveTheBitsOf(without.Dx, "∇x");
                with.Gradient.ShouldHaveTheBitsOf(without.Gradient, "∇g and ∇b");
                with.Statistics.ShouldHaveTheBitsOf(without.Statistics, "statistics");

                float[] Without(float[] values) => [.. values[..(Absent * size)], .. values[((Absent + 1) * size)..]];
            }
        }
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        foreach (float momentum in new[] { 0, -0.1f, 1.1f, float.NaN })
            Refused(() => new BatchNorm(3, momentum), "The momentum must be above 0 and at most 1.*");
        Refused(() => new BatchNorm(3, epsilon: 0), "ε must be a number from 1e-30 to 1e30.*");
        Refused(() => new BatchNorm(default), "The shape is empty*");
        Refused(() => new BatchNorm(6, activation: Activation.Glu), "Glu takes 12 values for 6 outputs; a normalization needs as many.*");
        Refused(() => new GroupNorm(6, 4), "6 channels cannot be divided into 4 groups of as many each; a multiple of 4 was expected.*");
        Refused(() => new GroupNorm(6, 0), "groups must be at least 1.*");
        Refused(() => new GroupNorm(6, 6), "A variance takes at least 2 values, but got Features(6), of which each of 6 groups has*use fewer*");
        Refused(() => new GroupNorm(Shape.Image(2, 2, 3), 3, float.NaN), "ε must be*");
        Refused(() => new InstanceNorm(4), "A variance takes at least 2 values, but got Features(4)*use LayerNorm or BatchNorm.*");
        Refused(() => new InstanceNorm(Shape.Image(1, 1, 4)), "A variance takes at least 2 values*");
        Refused(() => new InstanceNorm(default), "The shape is empty*");
        Refused(() => new ChannelDropout(3, 1), "The rate must be at least 0 and below 1.*");
        Refused(() => new ChannelDropout(3, float.NaN), "The rate must be at least 0 and below 1.*");

        static void Refused(Func<Layer> call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);
    }

    [Fact]
    public void One_value_of_each_feature_is_refused_in_training_and_not_where_statistics_are_stored()
    {
        Network network = Network.Create(Shape.Sequence(3, 2)).Dense(4).BatchNorm().Build(1);
        using Workspace workspace = network.CreateWorkspace(2);
        const string Words = "Layer 1 (BatchNorm): A variance takes at least 2 values of each feature, but got 1 in this batch*use larger batches*";
        Throws(new Batch { Rows = 1, Steps = 1, Inputs = new float[2] }, new float[4]);
        Throws(new Batch { Rows = 1, Inputs = new float[6], Lengths = [1] }, new float[12]);
        Throws(new Batch { Rows = 2, Steps = 1, Inputs = new float[4], Weights = [0, 1] }, new float[8]);
        network.Forward(new Batch { Rows = 1, Inputs = new float[6], Lengths = [2] }, new float[12], workspace);
        network.Forward(new Batch { Rows = 1, Steps = 1, Inputs = new float[2], Inference = true }, new float[4], workspace);
        network.Predict(new float[6]).Should().HaveCount(12);

        void Throws(Batch batch, float[] y)
        {
            ArgumentException? refusal = null;
            try
            {
                network.Forward(batch, y, workspace);
            }
            catch (ArgumentException one)
            {
                refusal = one;
            }

            refusal.Should().NotBeNull();
            refusal!.Message.Should().Match(Words);
        }
    }

    [Theory]
    [InlineData(9, 4, 1, 2)]
    [InlineData(9, 4, 2, 1)]
    [InlineData(10, 4, 1, 3)]
    public void A_last_row_of_an_epoch_joins_the_batch_before(int rows, int batchSize, int accumulate, int steps)
    {
        Network network = Classifier();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = batchSize, AccumulateSteps = accumulate };
        trainer.Fit(TestData.Clouds(rows), epochs: 1);
        trainer.StepCount.Should().Be(steps);
        network.Statistics.ToArray().Should().OnlyContain(value => float.IsFinite(value));
        using var alone = new Trainer(Classifier(), Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 1 };
        Action fit = () => alone.Fit(TestData.Clouds(9), epochs: 1);
        fit.Should().Throw<ArgumentException>().WithMessage("Layer 1 (BatchNorm): A variance takes at least 2 values*");
        alone.StepCount.Should().Be(0);
    }

    // Each part of a step is normalized by itself, and brings the statistics along.
    [Fact]
    public void Parts_of_a_step_bring_the_statistics_up_to_date_one_after_the_other()
    {
        Dataset data = TestData.Clouds(12);
        Network network = Classifier(), byHand = Classifier();
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 4, AccumulateSteps = 3, Shuffle = false };
        trainer.Fit(data, epochs: 1);
        using Workspace workspace = byHand.CreateWorkspace(4);
        for (int first = 0; first < 12; first += 4)
        {
            var part = new Batch { Rows = 4, Inputs = data.Inputs.Slice(2 * first, 8) };
            byHand.Forward(part, new float[12], workspace);
            byHand.UpdateStatistics(part, workspace);
        }

        network.Statistics.ToArray().ShouldHaveTheBitsOf(byHand.Statistics.ToArray(), "statistics");
    }

    [Fact]
    public void Frozen_statistics_are_constants_of_training()
    {
        Network network = Classifier();
        using var first = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f)) { BatchSize = 8 };
        first.Fit(TestData.Clouds(64), epochs: 1);
        float[] statistics = network.Statistics.ToArray(), gain = network.Parameter("1.weight").ToArray();
        float[] x = TestData.Normal(2 * 3), before = network.Predict(x);

        // A row by itself, and steps in parts: what no row knows of another allows, and bit for bit.
        Network inParts = network.Clone();
        Dataset data = TestData.Clouds(16, seed: 3);
        Fit(network, 16, 1);
        Fit(inParts, 1, 16);
        network.Statistics.ToArray().ShouldHaveTheBitsOf(statistics, "statistics");
        network.Parameter("1.weight").ToArray().Should().NotEqual(gain, "gain and offset learn");
        network.Predict(x).Should().NotEqual(before);
        inParts.Parameters.ToArray().ShouldHaveTheBitsOf(network.Parameters.ToArray(), "parameters");

        void Fit(Network one, int batchSize, int accumulate)
        {
            using var trainer = new Trainer(one, Divergence.CrossEntropy, new Sgd(0.1f))
            {
                BatchSize = batchSize,
                AccumulateSteps = accumulate,
                Rates = { ["1.running_mean"] = 0, ["1.running_var"] = 0 },
            };
            trainer.Fit(data, epochs: 2);
        }
    }

    [Fact]
    public void A_network_that_was_saved_goes_on_as_if_it_had_not_been()
    {
        Network network = Network.Create(Shape.Image(3, 4, 2)).Dense(5, bias: false).BatchNorm(0.2f, activation: Activation.Relu).GroupNorm(5)
            .InstanceNorm(affine: true).ChannelDropout(0.2f).Flatten().BatchNorm().Dense(3, Activation.Softmax).Build(3);
        float[] x = TestData.Normal(20 * 24), d = TestData.OneHotOf(TestData.Labels(20, 3), 3);
        Train(network, 1);
        Network loaded = SavedNetworks.Load(SavedNetworks.Save(network));
        loaded.Summary().Should().Be(network.Summary());
        loaded.Predict(x).ShouldHaveTheBitsOf(network.Predict(x), "y");
        Train(network, 2);
        Train(loaded, 2);
        loaded.Parameters.ToArray().ShouldHaveTheBitsOf(network.Parameters.ToArray(), "parameters");
        loaded.Statistics.ToArray().ShouldHaveTheBitsOf(network.Statistics.ToArray(), "statistics");
        network.Statistics.ToArray().Should().NotContain(0, "all have moved");

        void Train(Network one, long seed)
        {
            using var trainer = new Trainer(one, Divergence.CrossEntropy, new Sgd(0.05f)) { Seed = seed };
            for (int step = 0; step < 10; step++)
                trainer.Step(x, d, 20);
        }
    }

    // Larger than a group of sums, with all that threads share: 60 rows of 8 × 9 pixels of 11 channels.
    [Fact]
    public void Any_number_of_threads_gives_the_same_bits()
    {
        Shape shape = Shape.Image(8, 9, 11);
        foreach (Layer layer in new Layer[]
        {
            new BatchNorm(shape), new BatchNorm(shape, activation: Activation.Relu), new BatchNorm(shape, activation: Activation.Silu),
            new GroupNorm(shape, 11), new GroupNorm(shape, 1), new InstanceNorm(shape),
        })
        {
            float[] x = TestData.Normal(60 * shape.Size), dy = TestData.Normal(60 * shape.Size, 2);
            float[] weights = [.. Enumerable.Range(0, 60).Select(row => row % 9 == 4 ? 0f : 1f)];
            foreach (float[] given in new[] { [], weights })
            {
                Pass one = Training(layer, x, dy, given);
                foreach (int threads in new[] { 2, 3 })
                {
                    Pass many = Training(layer, x, dy, given, threads);
                    many.Y.ShouldHaveTheBitsOf(one.Y, $"y of {layer}");
                    many.Dx.ShouldHaveTheBitsOf(one.Dx, $"∇x of {layer}");
                    many.Gradient.ShouldHaveTheBitsOf(one.Gradient, $"gradient of {layer}");
                    many.Statistics.ShouldHaveTheBitsOf(one.Statistics, $"statistics of {layer}");
                }
            }
        }
    }

    [Fact]
    public void An_activation_within_is_one_behind()
    {
        Shape shape = Shape.Image(8, 9, 11);
        float[] x = TestData.Normal(60 * shape.Size), dy = TestData.Normal(60 * shape.Size, 2);
        foreach (Activation activation in new[] { Activation.Relu, Activation.Gelu, Activation.Softmax })
        {
            Pass within = Training(new BatchNorm(shape, activation: activation), x, dy, []);
            Pass behind = Training(new Chain([new BatchNorm(shape), new ActivationLayer(shape, activation)]), x, dy, []);
            within.Y.ShouldHaveTheBitsOf(behind.Y, $"y, {activation}");
            within.Dx.ShouldHaveTheBitsOf(behind.Dx, $"∇x, {activation}");
            within.Gradient.ShouldHaveTheBitsOf(behind.Gradient, $"gradient, {activation}");
        }
    }

    private static Network Classifier() => Network.Create(2).Dense(6).BatchNorm(activation: Activation.Relu).Dense(3, Activation.Softmax).Build(1);

    private sealed record Pass(float[] Y, float[] Dx, float[] Gradient, float[] Statistics);

    private static Pass Training(Layer layer, float[] x, float[] dy, float[] weights, int threads = 1)
    {
        Network network = Network.Create(layer.Input).Add(_ => layer).Build();
        int rows = x.Length / layer.Input.Size;
        using Workspace workspace = network.CreateWorkspace(rows, threads);
        float[] y = new float[x.Length], dx = new float[x.Length], gradient = new float[network.Parameters.Length];
        var batch = new Batch { Rows = rows, Inputs = x, Weights = weights };
        network.Forward(batch, y, workspace);
        network.Backward(batch, dy, gradient, dx, workspace);
        network.UpdateStatistics(batch, workspace);
        return new Pass(y, dx, gradient, network.Statistics.ToArray());
    }

    private static (float[] Y, float[] Dx, float[] Gradient) Run(Layer layer, float[] x)
    {
        Pass pass = Training(layer, x, TestData.Normal(x.Length, 2), []);
        return (pass.Y, pass.Dx, pass.Gradient);
    }

    private static void Near(float[] actual, params float[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
            actual[i].Should().BeApproximately(expected[i], 1e-6f);
    }

    private static void Close(float[] actual, float[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
            actual[i].Should().BeApproximately(expected[i], 2e-5f * (1 + MathF.Abs(expected[i])));
    }
}
