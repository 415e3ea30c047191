namespace NeuralNet.Tests.Contracts;

/// <summary>A pass of a person's own that says more rows or steps than its spans have: an exception, never memory of others.</summary>
public class AbsurdPassTests
{
    // Products of sizes with these are what they are without, but for a multiple of 2³².
    [Fact]
    public void Sizes_beyond_31_bits_do_not_get_past_the_last_check()
    {
        Shape sequence = Shape.Sequence(4, 16), image = Shape.Image(4, 4, 4);
        Layer[] layers =
        [
            new Rnn(sequence, 16), new Lstm(sequence, 16, lastStep: true), new Gru(sequence, 16), new Gru(sequence, 16, resetsBefore: true),
            new MultiHeadAttention(sequence, 4),
            new Dense(sequence, 16), new LayerNorm(sequence), new LayerNorm(image), new RmsNorm(image), new Dropout(sequence),
            new ActivationLayer(sequence, Activation.Tanh), new ActivationLayer(sequence, Activation.Softmax),
            new Embedding(Shape.Sequence(4, 1), 4, 16), new SinusoidalPositions(sequence), new LearnedPositions(sequence),
            new MeanOverSteps(sequence), new MaxOverSteps(sequence), new MaxPool(sequence, 2), new MaxPool(image, 3, 1, Padding.Same),
            new AveragePool(sequence, 3, 2, Padding.Of(1)), new AveragePool(image, 2), new GlobalAveragePool(image), new GlobalMaxPool(image),
            new Upsample(sequence, 2), new Upsample(image, 2), new Upsample(sequence, 2, UpsampleMode.Bilinear),
            new Upsample(image, 2, UpsampleMode.Bilinear), new Resize(sequence, 7), new Resize(image, (3, 7), UpsampleMode.Bilinear),
            Resize.ByScale(sequence, 1, 1.5f, UpsampleMode.Bilinear), Resize.ByScale(image, 1.6f, 0.3f),
            new Pad(sequence, Padding.Of(1)), new Pad(image, Padding.Of(1)),
            new Pad(sequence, Padding.Of(1), mode: PadMode.Edge), new Pad(image, Padding.Of(1), mode: PadMode.Reflect),
            new Conv(sequence, 4, 3, padding: Padding.Causal), new Conv(image, 3, 3), new ConvTranspose(image, 3, 2),
            new BatchNorm(sequence), new BatchNorm(image, activation: Activation.Gelu),
            new GroupNorm(sequence, 4), new InstanceNorm(image, affine: true), new ChannelDropout(image), new ChannelDropout(sequence),
        ];
        foreach (Layer layer in layers)
        {
            for (int bit = 24; bit < 31; bit++)
            {
                Try(layer, 3 + (1 << bit), layer.Input.Steps, []);
                Try(layer, 3, layer.Input.Steps + (1 << bit), []);
                Try(layer, 3, layer.Input.Steps + (1 << bit), [2, 4, 1]);
            }
        }
    }

    private static void Try(Layer layer, int rows, int steps, int[] lengths)
    {
        var run = new LayerRun(layer, 3);
        BlockPlace[] places = new BlockPlace[layer.Blocks.Count];
        for (int i = 0, at = 0; i < places.Length; at += layer.Blocks[i].Length, i++)
            places[i] = new BlockPlace(at, layer.Blocks[i].Length);
        Refused(() => layer.Forward(new ForwardPass
        {
            Rows = rows,
            Steps = steps,
            Input = run.Input,
            Output = run.Output,
            Lengths = lengths,
            BackwardFollows = true,
            Stream = new RandomStream(1),
            Cache = run.Cache,
            Scratch = run.Scratch,
            State = run.State,
            Parameters = run.Parameters,
            Blocks = places,
        }));
        Refused(() => layer.Backward(new BackwardPass
        {
            Rows = rows,
            Steps = steps,
            Input = run.Input,
            Output = run.Output,
            OutputGradient = run.OutputGradient,
            InputGradient = run.InputGradient,
            Lengths = lengths,
            Stream = new RandomStream(1),
            Cache = run.Cache,
            Scratch = run.Scratch,
            Parameters = run.Parameters,
            Blocks = places,
            Gradient = run.Gradient,
            GradientBlocks = places,
        }));

        // An image has no steps, and elementwise layers may go by their spans alone.
        void Refused(Action call)
        {
            Exception? refusal = Record.Exception(call);
            (refusal is null or ArgumentException or OverflowException or IndexOutOfRangeException)
                .Should().BeTrue($"{layer}, {rows} rows, {steps} steps: {refusal}");
        }
    }
}
