using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

public class ChannelDropoutTests
{
    private static readonly RandomStream stream = new(11);

    // Wider than what is drawn at a time, narrower than a register, and in between.
    public static TheoryData<int, int, int> Shapes => new() { { 1, 1, 1 }, { 3, 5, 3 }, { 7, 9, 16 }, { 2, 3, 600 }, { 40, 30, 7 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_channel_is_dropped_at_every_place_and_others_are_scaled(int height, int width, int channels)
    {
        const int Rows = 4;
        const float Rate = 0.3f, Kept = (float)(1 / (1 - (double)Rate));
        float[] x = TestData.Normal(Rows * height * width * channels);
        foreach (Shape shape in new[] { Shape.Image(height, width, channels), Shape.Sequence(height * width, channels) })
        {
            LayerRun run = new(new ChannelDropout(shape, Rate), Rows, stream: stream) { FirstRow = 2 };
            x.CopyTo(run.Input, 0);
            x.CopyTo(run.OutputGradient, 0);
            run.Forward();
            run.Backward();
            for (int i = 0; i < x.Length; i++)
            {
                float mask = stream.Uniform(2 + (i / shape.Size), i % channels) < Rate ? 0 : Kept;
                run.Output[i].Should().Be(mask * x[i]);
            }

            run.InputGradient.ShouldHaveTheBitsOf(run.Output, "∇x");
        }
    }

    [Fact]
    public void So_many_channels_are_dropped_and_the_mean_stays()
    {
        const int Rows = 200, Channels = 50;
        LayerRun run = new(new ChannelDropout(Shape.Image(2, 2, Channels), 0.4f), Rows, stream: stream);
        Array.Fill(run.Input, 1);
        run.Forward();
        double deviation = Math.Sqrt(0.4 * 0.6 / (Rows * Channels));
        (run.Output.Count(value => value == 0) / (double)run.Output.Length).Should().BeApproximately(0.4, 5 * deviation);
        run.Output.Average().Should().BeApproximately(1, (float)(5 * deviation / 0.6));
    }

    [Fact]
    public void Steps_past_a_length_are_0_and_inference_changes_nothing()
    {
        var layer = new ChannelDropout(Shape.Sequence(5, 3), 0.5f);
        LayerRun whole = new(layer, 3, stream: stream), cut = new(layer, 3, [5, 1, 3], stream);
        foreach (LayerRun run in new[] { whole, cut })
            TestData.Normal(45).CopyTo(run.Input, 0);
        cut.PoisonPadding();
        whole.Forward();
        cut.Forward();
        for (int i = 0; i < 45; i++)
            cut.Output[i].Should().Be(i % 15 / 3 < new[] { 5, 1, 3 }[i / 15] ? whole.Output[i] : 0);
        whole.Forward(training: false);
        whole.Output.Should().Equal(whole.Input);
    }
}
