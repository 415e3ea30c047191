namespace NeuralNet.Tests.Layers;

/// <summary>Layers that move the values of a row, or make one step of many.</summary>
public class StepsTests
{
    private static readonly float[] two = [1, 2, 3, 4, 5, 6, 7, 8, 9, float.NaN, float.NaN, float.NaN];

    [Fact]
    public void By_hand_with_lengths_3_and_1()
    {
        // Rows of 3 steps of 2 features; row 1 is [7, 8] and padding.
        int[] lengths = [3, 1];
        float[] x = [1, 2, 3, 4, 5, 6, 7, 8, float.NaN, float.NaN, float.NaN, float.NaN];
        Shape shape = Shape.Sequence(3, 2);
        Check(new Reverse(shape), x, lengths, [5, 6, 3, 4, 1, 2, 7, 8, 0, 0, 0, 0], [.. x], [5, 6, 3, 4, 1, 2, 7, 8, 0, 0, 0, 0]);
        Check(new LastStep(shape), x, lengths, [5, 6, 7, 8], [1, 2, 3, 4], [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
        Check(new MeanOverSteps(shape), x, lengths, [3, 4, 7, 8], [6, 9, 3, 4], [2, 3, 2, 3, 2, 3, 3, 4, 0, 0, 0, 0]);
        Check(new MaxOverSteps(shape), x, lengths, [5, 6, 7, 8], [1, 2, 3, 4], [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
        Check(new Flatten(shape), x, lengths, [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0], [.. two], [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0]);
        Check(
            new Reshape(shape, Shape.Sequence(2, 3)), x, lengths, [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0], [.. two],
            [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0]);
        Check(new Slice(shape, 1, 1), x, lengths, [2, 4, 6, 8, 0, 0], [1, 2, 3, 4, float.NaN, float.NaN], [0, 1, 0, 2, 0, 3, 0, 4, 0, 0, 0, 0]);
    }

    [Fact]
    public void Slices_of_features_and_channels()
    {
        Check(new Slice(4, 1, 2), [1, 2, 3, 4, 5, 6, 7, 8], null, [2, 3, 6, 7], [1, 2, 3, 4], [0, 1, 2, 0, 0, 3, 4, 0]);
        Check(new Slice(Shape.Image(1, 2, 3), 1, 2), [1, 2, 3, 4, 5, 6], null, [2, 3, 5, 6], [1, 2, 3, 4], [0, 1, 2, 0, 3, 4]);
        new Slice(Shape.Image(1, 2, 3), 1, 2).Output.Should().Be(Shape.Image(1, 2, 2));
        new Slice(Shape.Sequence(9, 5), 1, 2).Output.Should().Be(Shape.Sequence(9, 2));
    }

    [Fact]
    public void Shapes_follow_and_lengths_end_where_steps_do()
    {
        Shape shape = Shape.Sequence(6, 2);
        new Flatten(shape).Output.Should().Be(Shape.Features(12));
        new Flatten(Shape.Image(3, 4, 2)).Output.Should().Be(Shape.Features(24));
        foreach (Layer layer in new Layer[] { new LastStep(shape), new MeanOverSteps(shape), new MaxOverSteps(shape) })
            (layer.Output, layer.KeepsLengths, layer.OutputSteps(4)).Should().Be((Shape.Features(2), false, 1));
        (new Reverse(shape).KeepsLengths, new Slice(shape, 0, 1).KeepsLengths, new Reverse(shape).OutputSteps(4)).Should().Be((true, true, 4));
        (new Reshape(shape, Shape.Sequence(3, 4)).KeepsLengths, new Reshape(shape, Shape.Sequence(3, 4)).OutputSteps(4)).Should().Be((false, 3));
        (new Reshape(shape, shape).KeepsLengths, new Reshape(shape, shape).OutputSteps(4)).Should().Be((true, 4));
    }

    [Fact]
    public void The_largest_is_the_first_of_equals_and_a_NaN_is_kept()
    {
        float nan = float.NaN, infinite = float.PositiveInfinity;
        float[] x = [3, 0, nan, 1, -infinite, -1, -0f, 5, nan, -infinite, 3, 0, 9, nan, -infinite]; // 3 steps of 5
        var run = new LayerRun(new MaxOverSteps(Shape.Sequence(3, 5)), 1);
        x.CopyTo(run.Input, 0);
        new float[] { 1, 2, 3, 4, 5 }.CopyTo(run.OutputGradient, 0);
        run.Forward();
        run.Backward();
        run.Output.Should().Equal(3, 0, nan, nan, -infinite);
        run.InputGradient.Should().Equal(1, 2, 3, 0, 5, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0);
    }

    [Fact]
    public void A_mean_is_the_sum_in_order_divided_once()
    {
        // (1e8 + 1) + 1 is 1e8 in floats, and 1 + 1 + 1e8 is not; 1/3 would round twice.
        float[] x = [1e8f, 3, 1e-45f, 3e38f, float.NaN, 3, 3, 1e-45f, 3e38f, 1, 3, 3, 1e-45f, -3e38f, 1];
        Network network = Network.Create(Shape.Sequence(3, 5)).MeanOverSteps().Build();
        network.Predict(x).Should().Equal((1e8f + 3f + 3f) / 3f, 3, 1e-45f, float.PositiveInfinity, float.NaN);
        Network.Create(Shape.Sequence(3, 1)).MeanOverSteps().Build().Predict([1, 1, 0.1f]).Should().Equal(2.1f / 3f);
    }

    [Fact]
    public void What_cannot_be_is_refused_with_words()
    {
        foreach (Shape shape in new[] { Shape.Features(3), Shape.Image(2, 3, 1) })
        {
            Refused(() => Network.Create(shape).Reverse(), $"Layer 0: Reverse takes a sequence*but got {shape}*");
            Refused(() => Network.Create(shape).LastStep(), $"Layer 0: LastStep takes a sequence*but got {shape}*");
            Refused(() => Network.Create(shape).MeanOverSteps(), $"Layer 0: MeanOverSteps takes a sequence*but got {shape}*");
            Refused(() => Network.Create(shape).MaxOverSteps(), $"Layer 0: MaxOverSteps takes a sequence*but got {shape}*");
        }

        Refused(
            () => Network.Create(6).Reshape(Shape.Sequence(2, 4)),
            "Layer 0: Features(6) has 6 values and cannot be reshaped to Sequence(2, 4), which has 8.*");
        Refused(() => Network.Create(6).Reshape(default), "*empty*");
        Refused(() => _ = new Flatten(default), "*empty*");
        Refused(() => _ = new Slice(default, 0, 1), "*empty*");
        Refused(() => _ = new LastStep(default), "*takes a sequence*");
        Refused(() => Network.Create(6).Slice(6, 1), "*Features(6) has 6 features; the first one kept is 0 to 5*6*");
        Refused(() => Network.Create(6).Slice(-1, 1), "*0 to 5*-1*");
        Refused(() => Network.Create(6).Slice(4, 3), "*from 4 on, 1 to 2*3*");
        Refused(() => Network.Create(6).Slice(4, 0), "*from 4 on, 1 to 2*0*");
        Refused(() => Network.Create(6).Slice(4, int.MaxValue), "*from 4 on, 1 to 2*");
    }

    private static void Check(Layer layer, float[] x, int[]? lengths, float[] y, float[] dy, float[] dx)
    {
        var run = new LayerRun(layer, x.Length / layer.Input.Size, lengths);
        x.CopyTo(run.Input, 0);
        dy.CopyTo(run.OutputGradient, 0);
        Array.Fill(run.Output, float.NaN);
        Array.Fill(run.InputGradient, float.NaN);
        run.Forward();
        run.Backward();
        run.Output.Should().Equal(y, layer.ToString());
        run.InputGradient.Should().Equal(dx, layer.ToString());
    }

    private static void Refused(Action call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);
}
