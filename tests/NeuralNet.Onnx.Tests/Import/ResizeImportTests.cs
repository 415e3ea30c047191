using NeuralNet.Tests.Contracts;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Resize in all versions, places and roundings, to sizes and by scales: as ONNX Runtime computes it, and back again.</summary>
public class ResizeImportTests
{
    private static readonly long[][] sizes = [[7, 9], [3, 4], [1, 1], [10, 12], [5, 3], [2, 6], [4, 13], [15, 6], [1, 9]];

    // The last of them leaves 6 columns, at places that are not those of a scale of 1.
    private static readonly float[][] scales = [[0.6f, 1.3f], [1.7f, 0.5f], [2, 1], [1.5f, 1.2f], [0.2f, 2.25f], [1, 0.34f], [0.9f, 1.1f]];

    public static TheoryData<int, string, string> Rules
    {
        get
        {
            var all = new TheoryData<int, string, string>();
            foreach (int opset in new[] { 11, 13, 18, 19 })
            {
                foreach (string places in new[] { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric" })
                {
                    foreach (string rounding in new[] { "", "floor", "ceil", "round_prefer_floor", "round_prefer_ceil" })
                        all.Add(opset, places, rounding);
                }

                all.Add(opset, "tf_half_pixel_for_nn", "floor");
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_place_and_rounding_is_that_of_the_runtime(int opset, string places, string rounding)
    {
        string rois = opset < 13 ? "r" : "", none = opset < 13 ? "r, r" : ", ";
        (string, object)[] attributes = rounding.Length == 0 ? [("coordinate_transformation_mode", places), ("mode", "linear")]
            : [("coordinate_transformation_mode", places), ("mode", "nearest"), ("nearest_mode", rounding)];
        foreach (long[] size in sizes)
            Check(Model(opset, 1).List("z", [1, 2, .. size]).Node($"output = Resize(input, {none}, z)", attributes), isOneRow: true);
        foreach (float[] scale in scales)
        {
            // For aligned corners a scale that is not exact is refused: ImageOperatorTests.
            if (places != "align_corners" || scale is [2, 1])
                Check(Model(opset, 0).Scales("s", [1, 1, .. scale]).Node($"output = Resize(input, {rois}, s)", attributes));
        }
    }

    // Before version 11 there was one place, and no word for the rounding.
    [Theory]
    [InlineData("nearest")]
    [InlineData("linear")]
    public void The_first_version_is_as_the_runtime_has_it(string mode)
    {
        foreach (float[] scale in scales)
            Check(new ModelOf(10, [0, 2, 5, 6]).Scales("s", [1, 1, .. scale]).Node("output = Resize(input, s)", ("mode", mode)));
        foreach (float[] scale in new[] { new[] { 1.5f, 2.25f }, [2, 1.2f] })
            Check(new ModelOf(9, [0, 2, 5, 6]).Scales("s", [1, 1, .. scale]).Node("output = Upsample(input, s)", ("mode", mode)));
        ModelOf smaller = new ModelOf(9, [0, 2, 5, 6]).Scales("s", 1, 1, 0.5f, 1).Node("output = Upsample(input, s)", ("mode", mode));
        smaller.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*at least 1*");
    }

    [Fact]
    public void Sizes_of_some_axes_and_sequences_are_resized_too()
    {
        Check(new ModelOf(18, [0, 2, 5, 6]).List("z", 3, 9).Node(
            "output = Resize(input, , , z)", ("axes", new long[] { 2, 3 }), ("mode", "linear"), ("coordinate_transformation_mode", "align_corners")));
        Check(new ModelOf(18, [0, 2, 5, 6]).Scales("s", 1.5f)
            .Node("output = Resize(input, , s)", ("axes", new long[] { 3 }), ("mode", "linear")));
        Check(new ModelOf(13, [0, 2, 6]).Scales("s", 1, 1, 1.7f).Node("output = Resize(input, , s)", ("mode", "nearest")));
        var smoothed = new ModelOf(18, [0, 2, 5, 6]).List("z", 3, 9)
            .Node("output = Resize(input, , , z)", ("axes", new long[] { 2, 3 }), ("mode", "linear"), ("antialias", 1));
        smoothed.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*antialias = 1*export it without*");
    }

    [Fact]
    public void A_layer_comes_back_with_its_settings()
    {
        Layer[] layers = [.. PublicKinds.Layers().OfType<Resize>()];
        layers.Length.Should().BeGreaterThan(10);
        foreach (Layer layer in layers)
        {
            Network again = OnnxFile.Load(Same.Of(layer).ToOnnx());
            again.Layers.Where(one => one is not (Reshape or Flatten)).Should().ContainSingle().Which.ToString().Should().Be(layer.ToString());
        }
    }

    // As floats 18 / 1.2 is below 15, and the operator would take value 14.
    // More pieces of neighbours than slices are made of: they are read as what they were written for.
    [Fact]
    public void Long_lists_of_indices_come_back_as_the_layer()
    {
        foreach (Layer layer in new Layer[]
        {
            new Resize(Shape.Sequence(224, 1), 720),
            new Resize(Shape.Sequence(222, 2), 668, places: ResizePlaces.Asymmetric, rounding: ResizeRounding.Floor),
            new Resize(Shape.Image(3, 112, 2), (5, 1000), rounding: ResizeRounding.HalfUp),
        })
        {
            Network network = Same.Of(layer), again = OnnxFile.Load(network.ToOnnx());
            Imported.PredictsLike(again, network);
            if (layer.Input.Kind == ShapeKind.Sequence)
                again.Layers.Should().ContainSingle(one => one is Resize);
        }
    }

    [Fact]
    public void What_the_operator_would_round_otherwise_is_written_by_indices()
    {
        Network network = Network.Create(Shape.Image(20, 3, 2))
            .Resize((24, 4), places: ResizePlaces.Asymmetric, rounding: ResizeRounding.Floor).Build();
        Schema.ModelProto.Parser.ParseFrom(network.ToOnnx()).Graph.Node.Select(node => node.OpType).Should()
            .Contain("Gather").And.NotContain("Resize");
        Same.AsPredicted(network);
        Imported.PredictsLike(OnnxFile.Load(network.ToOnnx()), network);
    }

    private static ModelOf Model(int opset, long rows) =>
        opset < 13 ? new ModelOf(opset, [rows, 2, 5, 6]).Floats("r", 0) : new ModelOf(opset, [rows, 2, 5, 6]);

    private static void Check(ModelOf model, bool isOneRow = false)
    {
        byte[] bytes = model.Bytes();
        Network network = OnnxFile.Load(bytes, OnnxImages.AsInFile);
        int rows = isOneRow ? 1 : 3;
        int[] axes = [.. model.Graph.Input[0].Type.TensorType.Shape.Dim.Skip(1).Select(size => (int)size.DimValue)];
        using var runtime = new Runtime(bytes, optimized: false);
        float[] x = Same.Inputs(network, rows, seed: 3);
        Imported.Close(Same.Predict(network, x, rows), runtime.RunAsItIs(x, [rows, .. axes]));
    }
}
