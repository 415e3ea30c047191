using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Layers;

public class ActivationLayerTests
{
    [Fact]
    public void By_hand()
    {
        Network.Create(4).Activation(Activation.Relu).Build().Predict([-1, 2, -3, 4]).Should().Equal(0, 2, 0, 4);
        Network.Create(4).Activation(Activation.Product).Build().Predict([-1, 2, -3, 4]).Should().Equal(-2, -12);
        Network.Create(Shape.Sequence(2, 2)).Activation(Activation.Max).Build().Predict([-1, 2, 4, -3]).Should().Equal(2, 4);

        // Two pixels of four channels each: the pairs are channels 0 and 1, and 2 and 3.
        Network.Create(Shape.Image(1, 2, 4)).Activation(Activation.Product).Build().Predict([1, 2, 3, 4, 10, 20, 30, 40]).Should()
            .Equal(2, 12, 200, 1200);
    }

    [Fact]
    public void After_a_dense_layer_without_one_it_is_a_dense_layer_with_it()
    {
        foreach (Activation activation in PublicKinds.Activations().Where(activation => !activation.IsRandom))
        {
            foreach (Shape shape in new[] { 5, Shape.Sequence(3, 5), Shape.Image(2, 3, 5) })
            {
                int width = activation.InputWidth(4);
                var one = new Dense(shape, 4, activation);
                var two = new Chain([new Dense(shape, width), new ActivationLayer(shape.WithFeatures(width), activation)]);
                two.Output.Should().Be(one.Output);
                int[]? lengths = shape.Kind == ShapeKind.Sequence ? [2, 3, 1, 3] : null;
                LayerRun expected = new(one, 4, lengths), actual = new(two, 4, lengths);
                expected.Randomize(new RandomStream(5));
                expected.Parameters.CopyTo(actual.Parameters, 0);
                expected.Input.CopyTo(actual.Input, 0);
                expected.OutputGradient.CopyTo(actual.OutputGradient, 0);
                foreach (LayerRun run in new[] { expected, actual })
                {
                    run.Forward();
                    run.Backward();
                }

                actual.Output.Should().Equal(expected.Output, $"{activation}");
                actual.InputGradient.Should().Equal(expected.InputGradient, $"{activation}");
                actual.Gradient.Should().Equal(expected.Gradient, $"{activation}");
            }
        }
    }

    [Fact]
    public void A_random_activation_draws_what_it_would_in_a_dense_layer()
    {
        // A unit matrix, so that z is x.
        var layer = new ActivationLayer(Shape.Sequence(3, 4), Activation.RandomizedLeakyRelu);
        var dense = new Dense(Shape.Sequence(3, 4), 4, Activation.RandomizedLeakyRelu, bias: false);
        layer.IsRandom.Should().BeTrue();
        foreach (int[]? lengths in new[] { null, new[] { 3, 1, 2 } })
        {
            LayerRun expected = new(dense, 3, lengths, new RandomStream(9)) { FirstRow = 4 },
                actual = new(layer, 3, lengths, new RandomStream(9)) { FirstRow = 4 };
            expected.Randomize(new RandomStream(5));
            expected.Parameters.AsSpan().Clear();
            for (int i = 0; i < 4; i++)
                expected.Parameters[5 * i] = 1;
            expected.Input.CopyTo(actual.Input, 0);
            expected.Forward();
            actual.Forward();
            actual.Output.Should().Equal(expected.Output);
            actual.Output.Should().NotEqual(expected.Input);
        }
    }

    [Fact]
    public void In_an_image_a_vector_activation_acts_along_the_channels_of_each_pixel()
    {
        foreach (Activation activation in PublicKinds.Activations().Where(activation => !activation.IsRandom))
        {
            Shape image = Shape.Image(3, 7, 6), sequence = Shape.Sequence(21, 6);
            LayerRun actual = new(new ActivationLayer(image, activation), 2), expected = new(new ActivationLayer(sequence, activation), 2);
            actual.Randomize(new RandomStream(3));
            actual.Input.CopyTo(expected.Input, 0);
            actual.OutputGradient.CopyTo(expected.OutputGradient, 0);
            foreach (LayerRun run in new[] { expected, actual })
            {
                run.Forward();
                run.Backward();
            }

            actual.Output.Should().Equal(expected.Output, $"{activation}");
            actual.InputGradient.Should().Equal(expected.InputGradient, $"{activation}");
        }
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_bits_in_images()
    {
        float[] Train(int threads)
        {
            Network network = Network.Create(Shape.Image(41, 53, 8)).Activation(Activation.Glu).LayerNorm().Dropout(0.3f).RmsNorm()
                .Activation(Activation.LogSoftmax).Build(1);
            using Workspace workspace = network.CreateWorkspace(2, threads);
            float[] gradient = new float[network.Parameters.Length], y = new float[2 * network.Output.Size], dx = new float[2 * network.Input.Size];
            var batch = new Batch { Rows = 2, Inputs = TestData.Normal(dx.Length), Stream = new RandomStream(2) };
            network.Forward(batch, y, workspace);
            network.Backward(batch, TestData.Normal(y.Length), gradient, dx, workspace);
            return [.. y, .. gradient, .. dx];
        }

        float[] one = Train(1);
        one.Should().OnlyContain(value => float.IsFinite(value));
        Train(2).Should().Equal(one);
        Train(3).Should().Equal(one);
    }

    [Fact]
    public void Only_an_activation_that_a_divergence_could_apply_by_itself_can_be_left_out()
    {
        FinalActivation softmax = new(Activation.Softmax, 0, 4), sigmoid = softmax with { Activation = Activation.Sigmoid };
        new ActivationLayer(4, Activation.Softmax).FinalActivations.Should().Equal(softmax);
        new ActivationLayer(Shape.Sequence(3, 4), Activation.Softmax).FinalActivations.Should().Equal(softmax);
        new ActivationLayer(Shape.Image(2, 2, 4), Activation.Sigmoid).FinalActivations.Should().Equal(sigmoid);
        new ActivationLayer(Shape.Image(2, 2, 4), Activation.Softmax).FinalActivations.Should().Equal(softmax);
        foreach (Activation other in new[] { Activation.Glu, Activation.Identity, Activation.RandomizedLeakyRelu })
            new ActivationLayer(4, other).FinalActivations.Should().BeEmpty();
    }

    [Fact]
    public void Cross_entropy_through_it_is_finite_at_1e30()
    {
        Network network = Network.Create(3).Activation(Activation.Softmax).Build();
        using Workspace workspace = network.CreateWorkspace(1);
        network.AddGradient(new Batch { Rows = 1, Inputs = [1e30f, -1e30f, 0], Desired = [0, 1, 0] }, Divergence.CrossEntropy, [], workspace)
            .Should().Be(2e30f);
    }

    [Fact]
    public void The_width_of_y_is_found_from_that_of_z()
    {
        new Relu().OutputWidth(7).Should().Be(7);
        Activation.Softmax.OutputWidth(1).Should().Be(1);
        Activation.Glu.OutputWidth(8).Should().Be(4);
        Activation.Product.OutputWidth(2).Should().Be(1);
        new Max(7).OutputWidth(7_000_000).Should().Be(1_000_000);
        new Max(1).OutputWidth(5).Should().Be(5);
        new PublicKinds.Twist().OutputWidth(4).Should().Be(3);
        new Product(3, (0, 1), (1, 2), (2, 0), (1, 1)).OutputWidth(3).Should().Be(4);
        new Doubles().OutputWidth(6).Should().Be(11, "of 11 and 12 the smaller");
        new Doubles().OutputWidth(1).Should().Be(1);
        for (int outputs = 1; outputs < 50; outputs++)
            new Max(3).OutputWidth(3 * outputs).Should().Be(outputs);
    }

    [Fact]
    public void Widths_that_do_not_fit_are_refused_with_words()
    {
        Refused(() => Activation.Glu.OutputWidth(7), "Glu takes 8 values for 4 outputs and 6 for 3, but got 7*");
        Refused(() => new Max(3).OutputWidth(2), "Max(3) takes 3 values for 1 output, but got 2*");
        Refused(() => new PublicKinds.Twist().OutputWidth(1), "Twist takes 2 values for 1 output, but got 1*");
        Refused(() => new Product(3, (0, 1)).OutputWidth(4), "*pairs of 3 values*but got 4*");
        Refused(() => new ActivationLayer(5, Activation.Product), "*Product*but got 5*");
        Refused(() => Network.Create(4).Dense(3).Activation(Activation.SwiGlu), "Layer 1: Glu(Silu) takes*but got 3*");
        Refused(() => new ActivationLayer(default, Activation.Relu), "*empty*");
        FluentActions.Invoking(() => new ActivationLayer(4, null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => Activation.Relu.OutputWidth(0)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Summaries_say_which()
    {
        string summary = Network.Create(Shape.Sequence(3, 4)).Dense(8, Activation.Glu).LayerNorm().Activation(new Max(2)).Dropout(0.25f)
            .Residual(b => b.RmsNorm().Activation(Activation.Identity)).Dense(2).Build().Summary();
        string[] lines = [.. summary.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        lines.Should().ContainInOrder(
            "0 Dense, Glu 3×8 80 192", "1 LayerNorm 3×8 16 0", "2 ActivationLayer, Max(2) 3×4 0 0",
            "3 Dropout, 0.25 3×4 0 0", "4 Branches, Sum 3×4", "4.1.0 RmsNorm 3×4 4 0",
            "4.1.1 ActivationLayer, Identity 3×4 0 0", "5 Dense 3×2 10 24");
    }

    private static void Refused(Func<object> action, string words) => action.Should().Throw<ArgumentException>().WithMessage(words);

    /// <summary>y is twice as wide as z: every value, and its square.</summary>
    private sealed class Doubles : Activation
    {
        public override int InputWidth(int outputs) => (outputs + 1) / 2;

        protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y)
        {
            for (int i = 0; i < y.Length; i++)
                y[i] = i % 2 == 0 ? z[i / 2] : z[i / 2] * z[i / 2];
        }

        protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
        {
            for (int i = 0; i < dz.Length; i++)
                dz[i] = dy[2 * i] + ((2 * i) + 1 < dy.Length ? 2 * z[i] * dy[(2 * i) + 1] : 0);
        }
    }
}
