namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Operators of images and signals in the spellings of other exporters, by hand: as ONNX Runtime computes them, or refused.</summary>
public class ImageOperatorTests
{
    private static readonly long[] toFirst = [0, 3, 1, 2], toLast = [0, 2, 3, 1];

    private static readonly Dictionary<string, ModelOf> models = new()
    {
        ["the same size, more behind"] = Image().Node("output = Conv(input, W)", ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 1 })),
        ["the same size, more before"] = Image().Node("output = Conv(input, W)", ("auto_pad", "SAME_LOWER"), ("strides", new long[] { 2, 1 })),
        ["uneven pads"] = Image().Floats("b", 4).Node("output = Conv(input, W, b)", ("pads", new long[] { 0, 2, 1, 0 })),
        ["a bias behind"] = Image().Floats("b", 1, 4, 1, 1).Node("h = Conv(input, W)").Node("output = Add(h, b)"),
        ["a factor and a term behind"] = Image().Floats("g", 4, 1, 1).Floats("b", 4, 1, 1).Node("h = Conv(input, W)").Node("k = Mul(h, g)")
        .Node("output = Add(k, b)"),
        ["a factor behind groups that are transposed"] = new ModelOf(0, 4, 3, 4).Floats("W", 4, 3, 2, 2).Floats("g", 6, 1, 1)
        .Node("h = ConvTranspose(input, W)", ("group", 2), ("strides", new long[] { 2, 2 })).Node("output = Mul(h, g)"),
        ["zeros around by Pad"] = Image().List("p", 0, 0, 1, 0, 0, 0, 0, 2).Node("h = Pad(input, p)").Node("output = Conv(h, W)"),
        ["Pad by attributes"] = new ModelOf(9, [0, 2, 3, 4])
        .Node("output = Pad(input)", ("pads", new long[] { 0, 0, 1, 2, 0, 0, 0, 1 }), ("value", 0.5f)),
        ["a pool rounded up"] = Image().Node(
        "output = MaxPool(input)", ("kernel_shape", new long[] { 2, 3 }), ("strides", new long[] { 2, 2 }), ("ceil_mode", 1)),
        ["a mean rounded up whose padding counts"] = Image().Node(
        "output = AveragePool(input)", ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 }),
        ("ceil_mode", 1), ("count_include_pad", 1)),
        ["Upsample"] = new ModelOf(9, [0, 2, 3, 4]).Scales("s", 1, 1, 2, 3).Node("output = Upsample(input, s)", ("mode", "nearest")),
        ["Resize to sizes"] = Image().List("l", 10, 18).Node("d = Shape(input)", ("start", 0), ("end", 2)).Node("z = Concat(d, l)", ("axis", 0))
        .Node("output = Resize(input, , , z)", ("coordinate_transformation_mode", "half_pixel"), ("mode", "linear")),
        ["Resize from corner to corner"] = Image().Scales("s", 1, 1, 2, 3)
        .Node("output = Resize(input, , s)", ("coordinate_transformation_mode", "align_corners"), ("mode", "linear")),
        ["channels last as Keras has them"] = new ModelOf(0, 5, 6, 3).Floats("W", 4, 3, 3, 2).Floats("V", 4, 2)
        .Node("t = Transpose(input)", ("perm", toFirst)).Node("h = Conv(t, W)", ("auto_pad", "SAME_UPPER")).Node("r = Relu(h)")
        .Node("l = Transpose(r)", ("perm", toLast)).Node("output = MatMul(l, V)"),
        ["channels last and a mean of the pixels"] = new ModelOf(0, 5, 6, 3).Floats("W", 4, 3, 3, 2)
        .Node("t = Transpose(input)", ("perm", toFirst)).Node("h = Conv(t, W)").Node("l = Transpose(h)", ("perm", toLast))
        .Node("output = ReduceMean(l)", ("axes", new long[] { 1, 2 }), ("keepdims", 0)),
        ["groups of channels by Reshape"] = new ModelOf(0, 4, 3, 2).Floats("g", 4, 1, 1).Floats("b", 4, 1, 1).List("s", 0, 2, -1)
        .List("z", 0, 4, 3, 2)
        .Ones("o", 2).Zeros("n", 2).Node("r = Reshape(input, s)").Node("i = InstanceNormalization(r, o, n)").Node("l = Reshape(i, z)")
        .Node("m = Mul(l, g)").Node("output = Add(m, b)"),
        ["a factor for each channel"] = Image().Node("m = GlobalAveragePool(input)").Node("f = Sigmoid(m)").Node("output = Mul(f, input)"),
        ["a norm before other layers"] = Image().Floats("g", 3).Floats("b", 3).Floats("m", 3).Node("v = Mul(m, m)")
        .Node("h = BatchNormalization(input, g, b, m, v)", ("epsilon", 0.01f)).Node("output = Conv(h, W)"),
    };

    public static TheoryData<string> Names => [.. models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_predicts_what_the_runtime_makes_of_it(string name)
    {
        byte[] model = models[name].Bytes();
        int[] axes = [.. models[name].Graph.Input[0].Type.TensorType.Shape.Dim.Skip(1).Select(size => (int)size.DimValue)];
        using var runtime = new Runtime(model, optimized: false);
        foreach (bool foldNorms in new[] { false, true })
        {
            Network network = OnnxFile.Load(model, OnnxImages.AsInFile, foldNorms);
            float[] x = Same.Inputs(network, 3, seed: 3);
            Imported.Close(Same.Predict(network, x, 3), runtime.RunAsItIs(x, [3, .. axes]));
        }
    }

    [Theory]
    [InlineData("a factor and a term behind", "Conv")]
    [InlineData("a factor behind groups that are transposed", "ConvTranspose")]
    [InlineData("zeros around by Pad", "Conv")]
    [InlineData("channels last as Keras has them", "Conv Dense")]
    [InlineData("channels last and a mean of the pixels", "Conv GlobalAveragePool")]
    [InlineData("groups of channels by Reshape", "GroupNorm")]
    public void A_spelling_becomes_the_layer_that_it_means(string name, string layers) =>
        string.Join(" ", models[name].Import().Layers.Select(layer => layer.Kind)).Should().Be(layers);

    [Fact]
    public void Rows_have_their_channels_last_unless_they_are_to_be_as_in_the_file()
    {
        byte[] first = models["uneven pads"].Bytes(), last = models["channels last as Keras has them"].Bytes();
        OnnxFile.Load(first).Input.Should().Be(Shape.Image(5, 6, 3));
        OnnxFile.Load(first, OnnxImages.AsInFile).Input.Should().Be(Shape.Features(90));
        OnnxFile.Load(last).Input.Should().Be(Shape.Image(5, 6, 3));
        OnnxFile.Load(last, OnnxImages.AsInFile).Input.Should().Be(Shape.Image(5, 6, 3));
        var signal = new ModelOf(0, 3, 7).Floats("W", 4, 3, 3).Node("output = Conv(input, W)", ("pads", new long[] { 2, 0 }));
        signal.Import().Input.Should().Be(Shape.Sequence(7, 3));
        signal.Import().Layers.Should().ContainSingle().Which.Should().BeOfType<Conv>().Which.Padding.Should().Be(Padding.Causal);
        FluentActions.Invoking(() => OnnxFile.Load(first, (OnnxImages)7)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*AsInFile*");
    }

    [Theory]
    [InlineData("output = Conv(input, W)", "pads", new long[] { 0, -1, 0, 0 }, "*at least 0*Slice*")]
    [InlineData("output = Conv(input, W)", "strides", new long[] { 0, 1 }, "*\"Conv 0\"*strides*at least 1*")]
    [InlineData("output = Conv(input, W)", "group", 2, "*2 groups do not fit 3 channels*")]
    [InlineData("output = Conv(input, W)", "auto_pad", "SAME", "*must be NOTSET, VALID, SAME_UPPER or SAME_LOWER*")]
    [InlineData("output = Conv(input, W)", "dilations", new long[] { 9, 9 }, "*does not fit into*")]
    [InlineData("output = Resize(input, , s)", "mode", "cubic", "*nearest and linear*")]
    [InlineData("output = Resize(input, , s)", "coordinate_transformation_mode", "tf_half_pixel_for_nn", "*with the rounding*prefer_floor*")]
    [InlineData("output = Resize(input, , s)", "coordinate_transformation_mode", "tf_crop_and_resize", "*takes a part of the image*Slice*")]
    [InlineData("output = Resize(input, , s)", "nearest_mode", "simple", "*nearest_mode \"simple\"*")]
    [InlineData("output = Resize(input, , y)", "coordinate_transformation_mode", "align_corners", "*5 values a scale of 1.5 makes 7*with sizes*")]
    [InlineData("output = Resize(input, , z)", "mode", "nearest", "*resized along height and width*the axis of the rows*")]
    [InlineData("output = Resize(input, , t)", "mode", "linear", "*cannot become*")]
    [InlineData("output = Pad(input, p)", "mode", "wrap", "*constant, reflect and edge*")]
    [InlineData("output = Pad(input, q)", "mode", "constant", "*along the axes*")]
    [InlineData("output = MaxPool(input)", "kernel_shape", new long[] { 7, 2 }, "*does not fit into*")]
    [InlineData("output, i = MaxPool(input)", "kernel_shape", new long[] { 2, 2 }, "*output 1 is not imported*")]
    [InlineData("output = AveragePool(input)", "dilations", new long[] { 2, 2 }, "*without gaps*")]
    public void What_is_not_imported_is_refused_with_its_reason(string node, string name, object value, string message)
    {
        ModelOf model = Image().Scales("s", 1, 1, 2, 3).Scales("y", 1, 1, 1.5f, 1).Scales("z", 2, 1, 1, 1)
            .Scales("t", 1, 1, 0.1f, 1).List("p", 0, 0, 1, 1, 0, 0, 1, 1)
            .List("q", 1, 0, 0, 0, 0, 0, 0, 0);
        (string, object)[] attributes = node.Contains("AveragePool", StringComparison.Ordinal)
            ? [(name, value), ("kernel_shape", new long[] { 2, 2 })] : [(name, value)];
        model.Node(node, attributes);
        if (node.StartsWith("output, i", StringComparison.Ordinal))
            model.Graph.Node.Add(new Schema.NodeProto { OpType = "Cast", Input = { "i" }, Output = { "j" } });
        if (node.StartsWith("output, i", StringComparison.Ordinal))
            model.Graph.Output[0].Name = "i";
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    private static ModelOf Image() => new ModelOf(0, 3, 5, 6).Floats("W", 4, 3, 3, 2);
}
