namespace NeuralNet.Tests.Layers;

/// <summary>Convolutions at their edges, and what they refuse.</summary>
public class ConvTests
{
    private static readonly Shape image = Shape.Image(5, 6, 4), steps = Shape.Sequence(7, 4);

    public static TheoryData<Action, string> Refused => new()
    {
        { () => _ = new Conv(image, 3, 7), "Conv: a window of 7×7 (dilation 1×1) does not fit into Image(5, 6, 4) with padding Valid*" },
        { () => _ = new Conv(image, 3, 3, dilation: 3), "*does not fit into Image(5, 6, 4)*Padding.Same*" },
        { () => _ = new Conv(image, 3, int.MaxValue), "*does not fit*" },
        { () => _ = new Conv(steps, 3, 3, dilation: int.MaxValue), "*does not fit*" },
        { () => _ = new Conv(steps, 3, 3, padding: Padding.Causal, dilation: int.MaxValue), "*a side of 4294967294 values; at most 1,073,741,824*" },
        { () => _ = new Conv(steps, 3, 3, padding: Padding.Same, dilation: 100_000_000), "*is out of proportion: a row would have*" },
        { () => _ = new Conv(steps, 1, 3, stride: int.MaxValue, padding: Padding.Of(400_000_000, 1)), "*is out of proportion*" },
        { () => _ = new Pad(image, Padding.Of(1), float.NaN), "A number was expected; it may be infinite*" },
        { () => Augmentation.Crop(1, (ImageBorder)9), "Zeros or Nearest was expected*" },
        { () => _ = new Conv(image, 3, 3, stride: 0), "stride must be at least 1*" },
        { () => _ = new Conv(image, 3, 3, stride: (1, -2)), "stride must be at least 1*" },
        { () => _ = new Conv(image, 3, (0, 3)), "kernel must be at least 1*" },
        { () => _ = new Conv(image, 3, 3, dilation: -1), "dilation must be at least 1*" },
        { () => _ = new Conv(image, 0, 3), "filters must be at least 1*" },
        { () => _ = new Conv(image, 6, 3, groups: 4), "4 groups must divide the 4 features of the input and the 6 of z, but leave 0 and 2*" },
        { () => _ = new Conv(image, 4, 3, groups: 0), "groups must be at least 1*" },
        { () => _ = new Conv(image, 4, 3, padding: Padding.Causal), "Padding.Causal is for the steps of a sequence, but the input is Image*" },
        { () => _ = new Conv(steps, 4, 3, padding: Padding.Of(1, 0, 0, 0)), "*has no lines to pad above and below*" },
        { () => _ = new Conv(steps, 4, (2, 3)), "*has steps and no height: kernel must be one number*" },
        { () => _ = new Conv(12, 4, 3), "Conv takes an image*If the 12 features are an image, say so*Shape.Image(*), or put Reshape *" },
        { () => _ = new Conv(Shape.Image(40000, 40000, 1), 2, 1), "A row of Image(40000, 40000, 2) would have 3200000000 values*filters*" },
        { () => _ = new Conv(steps, int.MaxValue, 3), "*at most 2,147,483,647 are possible*" },
        { () => Padding.Of(-1), "all must be at least 0*" },
        { () => Padding.Of(1, -1), "after must be at least 0*" },
        { () => _ = new ConvTranspose(image, 3, 2, stride: 2, outputPadding: 2), "*below the larger of stride and dilation, 2×2 and 1×1, *2×2*" },
        { () => _ = new ConvTranspose(image, 3, 2, (2, 1), outputPadding: (2, 0)), "*2×1 and 1×1, was expected, but got 2×0.*" },
        { () => _ = new ConvTranspose(image, 3, 2, (2, 1), Padding.Of(0), (2, 0), 3), "*padding of 2×0 gives back more of the padding*Take less.*" },
        { () => _ = new ConvTranspose(image, 3, 2, padding: Padding.Of(4)), "*cuts off all that a window of 2×2 makes*" },
        { () => _ = new ConvTranspose(steps, 3, 2, padding: Padding.Causal), "ConvTranspose has no causal padding*" },
        { () => _ = new ConvTranspose(steps, 3, 2, stride: int.MaxValue), "*A side of the output would have 12884901884 values*" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_does_not_fit_is_refused_with_words(Action make, string words) => make.Should().Throw<ArgumentException>().WithMessage(words);

    // As many steps as the shape has become as many, but fewer become fewer.
    [Fact]
    public void A_stride_changes_lengths_even_where_it_keeps_the_steps_of_the_shape()
    {
        Network network = Network.Create(Shape.Sequence(5, 2)).Conv(3, 3, stride: 2, padding: Padding.Of(3, 3)).Build(1);
        using Workspace workspace = network.CreateWorkspace(2, training: false);
        float[] x = TestData.Normal(2 * 5 * 2), y = new float[2 * 5 * 3];
        network.Predict(new Batch { Rows = 2, Inputs = x, Lengths = [3, 5] }, y, workspace);
        float[] alone = new float[4 * 3];
        network.Predict(new Batch { Rows = 1, Steps = 3, Inputs = x.AsSpan(0, 6) }, alone, workspace);
        y.AsSpan(0, 12).ToArray().Should().Equal(alone);
        y.AsSpan(12, 3).ToArray().Should().OnlyContain(value => value == 0);
    }

    // Distances that nothing lies at.
    [Theory]
    [InlineData(1, int.MaxValue, 1)]
    [InlineData(1, 1, int.MaxValue)]
    [InlineData(3, 1, int.MaxValue)]
    [InlineData(1, int.MaxValue, int.MaxValue)]
    public void Huge_strides_and_dilations_meet_nothing_else(int kernel, int dilation, int stride)
    {
        foreach (Layer layer in new Layer[]
        {
            new Conv(image, 3, kernel, stride, Padding.Of(2), dilation), new Conv(steps, 4, kernel, stride, Padding.Of(2), dilation, groups: 4),
        })
            GradientCheck.Layer(layer, seed: 2).Passes().Should().BeTrue($"of {layer}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    public void A_series_in_pieces_has_the_bits_of_the_whole(int each)
    {
        Network network = Network.Create(Shape.Sequence(24, 3)).Conv(5, 3, padding: Padding.Causal, activation: Activation.Tanh)
            .Conv(5, 3, padding: Padding.Causal, dilation: 2, groups: 5).BatchNorm(activation: Activation.Relu)
            .Conv(4, 2, padding: Padding.Causal, dilation: 4, activation: Activation.Softmax).Build(3);
        using Workspace workspace = network.CreateWorkspace(2, training: false);
        float[] x = TestData.Normal(2 * 24 * 3), whole = new float[2 * 24 * 4], state = new float[2 * network.StatePerRow];
        network.Predict(x, whole, 2, workspace);
        for (int first = 0; first < 24; first += each)
        {
            float[] piece = [.. x.AsSpan(first * 3, each * 3), .. x.AsSpan((24 + first) * 3, each * 3)], y = new float[2 * each * 4];
            network.Predict(new Batch { Rows = 2, Steps = each, Inputs = piece, State = state }, y, workspace);
            y.Should().Equal([.. whole.AsSpan(first * 4, each * 4), .. whole.AsSpan((24 + first) * 4, each * 4)]);
        }
    }

    // Rows are taken as many at a time as stay in the cache.
    [Fact]
    public void Many_rows_predict_what_each_predicts_by_itself()
    {
        Network network = Network.Create(Shape.Image(40, 40, 2)).Conv(24, 3, padding: Padding.Same, activation: Activation.Relu).BatchNorm()
            .MaxPool(2).GlobalAveragePool().Dense(3, Activation.Softmax).Build(4);
        float[] x = TestData.Normal(9 * network.Input.Size), one = network.Predict(x.AsSpan(8 * network.Input.Size));
        foreach (int threads in (int[])[1, 3])
        {
            using Workspace workspace = network.CreateWorkspace(9, threads, training: false);
            float[] y = new float[27];
            network.Predict(x, y, 9, workspace);
            y.AsSpan(24).ToArray().Should().Equal(one);
        }
    }

    // 3e19 is a finite number whose square is none: the running variance stays finite, and comes back.
    [Fact]
    public void A_running_variance_is_never_infinite()
    {
        Network network = Network.Create(1).BatchNorm(momentum: 0.5f).Dense(2, Activation.Softmax).Build(1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Sgd(0.1f));
        trainer.Step([3e19f, -3e19f, 3e19f], [1, 0, 0, 1, 1, 0], 3);
        network.Statistics[1].Should().Be(float.MaxValue);
        for (int step = 0; step < 150; step++)
            trainer.Step([1, -1, 0], [1, 0, 0, 1, 1, 0], 3);
        network.Statistics[1].Should().BeApproximately(1, 1e-3f);
    }

    [Theory]
    [InlineData("\"kernel\":[3,3]", "\"kernel\":[3]", "*network.layers[0]: \"kernel\" is [3]; a pair of numbers*was expected.*")]
    [InlineData("\"padding\":\"Same\"", "\"padding\":\"Much\"", "*network.layers[0]: \"padding\" is \"Much\"; *was expected.*")]
    public void A_file_of_other_settings_is_refused_with_the_place(string from, string to, string words)
    {
        using var stream = new MemoryStream();
        Network.Create(image).Conv(3, 3, padding: Padding.Same).Build(1).Save(stream);
        string text = System.Text.Encoding.Latin1.GetString(stream.ToArray());
        string quoted = from.Replace("\"", "\\\"", StringComparison.Ordinal), changed = to.Replace("\"", "\\\"", StringComparison.Ordinal);
        text.Should().Contain(quoted);
        changed = changed.PadRight(quoted.Length); // the header's length is written before it
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(text.Replace(quoted, changed, StringComparison.Ordinal));
        FluentActions.Invoking(() => Network.Load(new MemoryStream(bytes))).Should().Throw<InvalidDataException>().WithMessage(words);
    }
}
