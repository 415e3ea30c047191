using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Which axis is that of the rows, and sizes that a file leaves open.</summary>
public class InputAxesTests
{
    private static readonly Dictionary<string, (ModelOf Model, int RowsAxis, long[] Sizes)> batches = new()
    {
        ["Dense"] = (new ModelOf(0, 1).Floats("W", 10, 3).Floats("b", 3).Node("h = Gemm(input, W, b)").Node("output = Tanh(h)"), 0, [8, 10]),
        ["shapes with the batch in them"] = (new ModelOf(0, 1).List("s", 8, 2, 5).List("t", 8, 10).Floats("W", 5, 5).Floats("V", 10, 2)
            .Node("r = Reshape(input, s)").Node("h = MatMul(r, W)").Node("f = Reshape(h, t)").Node("output = MatMul(f, V)"), 0, [8, 10]),
        ["rows and steps on one axis"] = (new ModelOf(0, 1).List("s", 12, 5).List("t", 4, 3, 2).Floats("W", 5, 2).Node("r = Reshape(input, s)")
            .Node("h = MatMul(r, W)").Node("output = Reshape(h, t)"), 0, [4, 3, 5]),
        ["a bias that is written for each row"] = (new ModelOf(0, 1).Floats("W", 10, 3).Floats("b", 3).List("s", 8, 3).Node("h = MatMul(input, W)")
            .Node("c = Expand(b, s)").Node("output = Add(h, c)"), 0, [8, 10]),
        ["Conv"] = (new ModelOf(0, 1).Floats("W", 2, 3, 3, 3).Floats("V", 32, 2).Node("h = Conv(input, W)").Node("r = Relu(h)").Node("f = Flatten(r)")
            .Node("output = MatMul(f, V)"), 0, [5, 3, 6, 6]),
        ["LSTM with the steps first"] = (new ModelOf(0, 1).Floats("W", 1, 16, 3).Floats("R", 1, 16, 4)
            .Node("y, h = LSTM(input, W, R)", ("hidden_size", 4)).List("a", 0).Node("output = Squeeze(h, a)"), 1, [5, 7, 3]),
        ["LSTM with a state of the batch"] = (new ModelOf(0, 1).Floats("W", 1, 16, 3).Floats("R", 1, 16, 4).List("s", 1, 7, 4).List("a", 0)
            .Node("z = ConstantOfShape(s)").Node("y, h = LSTM(input, W, R, , , z, z)", ("hidden_size", 4))
            .Node("output = Squeeze(h, a)"), 1, [5, 7, 3]),
        ["attention"] = (new ModelOf(0, 1).Floats("W", 4, 12).Floats("V", 4, 4).List("s", 6, 3, 2, 2).List("t", 6, 3, 4).Number("c", 0.7071068f)
            .Node("p = MatMul(input, W)").Node("q, k, v = Split(p)", ("axis", 2)).Node("q1 = Reshape(q, s)").Node("k1 = Reshape(k, s)")
            .Node("v1 = Reshape(v, s)").Node("q2 = Transpose(q1)", ("perm", new long[] { 0, 2, 1, 3 }))
            .Node("k2 = Transpose(k1)", ("perm", new long[] { 0, 2, 3, 1 })).Node("v2 = Transpose(v1)", ("perm", new long[] { 0, 2, 1, 3 }))
            .Node("m = MatMul(q2, k2)").Node("n = Mul(m, c)").Node("w = Softmax(n)", ("axis", 3)).Node("o = MatMul(w, v2)")
            .Node("o1 = Transpose(o)", ("perm", new long[] { 0, 2, 1, 3 })).Node("o2 = Reshape(o1, t)").Node("output = MatMul(o2, V)"), 0, [6, 3, 4]),
        ["Squeeze without axes"] = (new ModelOf(0, 1).Floats("W", 4, 1).Node("h = MatMul(input, W)").Node("output = Squeeze(h)"), 0, [6, 3, 4]),
    };

    public static TheoryData<string> Batches => [.. batches.Keys];

    [Theory]
    [MemberData(nameof(Batches))]
    public void A_fixed_batch_is_rows_that_do_not_mix(string name)
    {
        (ModelOf model, int axis, long[] sizes) = batches[name];
        model.Graph.Input[0] = ModelOf.Info("input", sizes);
        Network network = OnnxFile.Load(model.Bytes(), OnnxImages.AsInFile);
        int rows = (int)sizes[axis];
        float[] x = Random(sizes);
        using var runtime = new Runtime(model.Bytes());
        float[] expected = runtime.RunAsItIs(x, [.. sizes.Select(size => (int)size)]);
        float[] own = axis == 0 ? x : Swapped(x, (int)sizes[0], rows);
        network.Input.Size.Should().Be(x.Length / rows);
        Imported.Close(Same.Predict(network, own, rows), expected);
    }

    [Fact]
    public void A_batch_whose_rows_mix_is_one_row_and_refused_otherwise()
    {
        ModelOf model = new ModelOf(4, 3).Node("output = Softmax(input)", ("axis", 0));
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>()
            .WithMessage("*it acts along the rows*Axis 0 of Input \"input\", 4, was taken for the rows of a fixed batch*rows: OnnxRows.One.");
        IsOneRow(model, 4, 3).Input.Should().Be(Shape.Sequence(4, 3));
    }

    [Fact]
    public void A_constant_that_differs_from_row_to_row_belongs_to_one_row()
    {
        ModelOf model = new ModelOf(4, 3).Floats("c", 4, 3).Node("output = Add(input, c)");
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*a constant of [4, 3]*");
        IsOneRow(model, 4, 3);
    }

    [Fact]
    public void A_vector_without_an_axis_of_rows_is_a_row()
    {
        ModelOf model = new ModelOf(6).Floats("W", 6, 3).Floats("b", 3).Node("h = MatMul(input, W)").Node("z = Add(h, b)").Node("output = Relu(z)");
        model.Import().Input.Should().Be(Shape.Features(6));
        IsOneRow(model, 6).Layers.Should().ContainSingle().Which.Should().BeOfType<Dense>();
    }

    [Fact]
    public void An_image_without_an_axis_of_rows_is_a_row()
    {
        ModelOf model = new ModelOf(3, 6, 5).Floats("W", 2, 3, 3, 3).List("a", 0).Node("u = Unsqueeze(input, a)").Node("h = Conv(u, W)")
            .Node("output = Squeeze(h, a)");
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*OnnxRows.One*");
        Network network = OnnxFile.Load(model.Bytes(), rows: OnnxRows.One);
        network.Input.Should().Be(Shape.Image(6, 5, 3));
        network.Output.Should().Be(Shape.Image(4, 3, 2));
        IsOneRow(model, 3, 6, 5);
    }

    [Fact]
    public void One_row_of_an_open_batch_may_lose_its_axis()
    {
        ModelOf model = new ModelOf(0, 4).Floats("W", 4, 3).Node("h = MatMul(input, W)").Node("s = Squeeze(h)").Node("output = Tanh(s)");
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*drop the rows*rows: OnnxRows.One*");
        IsOneRow(model, 1, 4).Output.Should().Be(Shape.Features(3));
    }

    [Fact]
    public void The_first_axis_is_that_of_the_rows_if_that_is_said()
    {
        ModelOf model = new ModelOf(8, 1, 4).Floats("W", 4, 3).Node("output = MatMul(input, W)");
        model.Import().Input.Should().Be(Shape.Sequence(8, 4));
        Network network = OnnxFile.Load(model.Bytes(), rows: OnnxRows.First);
        network.Input.Should().Be(Shape.Sequence(1, 4));
        using var runtime = new Runtime(model.Bytes());
        float[] x = Random(8, 4);
        Imported.Close(Same.Predict(network, x, 8), runtime.RunAsItIs(x, [8, 1, 4]));
    }

    public static TheoryData<string, object[], int> Sequences => new()
    {
        { "as PyTorch names them", ["batch", "seq", 3], 1 },
        { "as others name them", ["batch_size", "sequence_length", 3], 1 },
        { "without names", ["", "?", 3], 1 },
        { "with one row", [1, "time", 3], 1 },
        { "with one row and no name", [1, "", 3], 1 },
    };

    [Theory]
    [MemberData(nameof(Sequences))]
    public void Steps_that_a_file_leaves_open_are_given(string name, object[] axes, int at)
    {
        ModelOf model = new ModelOf(0, 3).Floats("W", 1, 12, 3).Floats("R", 1, 12, 4).List("a", 0)
            .Node("t = Transpose(input)", ("perm", new long[] { 1, 0, 2 }))
            .Node("y, h = GRU(t, W, R)", ("hidden_size", 4), ("linear_before_reset", 1)).Node("output = Squeeze(h, a)");
        model.Graph.Input[0] = Input(axes);
        Network network = OnnxFile.Load(model.Bytes(), steps: 5);
        network.Input.Should().Be(Shape.Sequence(5, 3), name);
        int rows = axes[0] is 1 ? 1 : 2;
        float[] x = Random(rows, 5, 3);
        using var runtime = new Runtime(model.Bytes());
        Imported.Close(Same.Predict(network, x, rows), runtime.RunAsItIs(x, [rows, 5, 3]));
        if (axes[0] is not 1)
        {
            FluentActions.Invoking(() => OnnxFile.Load(model.Bytes())).Should().Throw<InvalidDataException>()
                .WithMessage($"Input \"input\" has 2 axes without a size (0, 1); *Axis {at}* is an axis of steps: give its size, such as steps: 50*");
        }
    }

    [Theory]
    [InlineData("seq", "batch")]
    [InlineData("a", "b")]
    [InlineData("", "")]
    public void Steps_may_come_before_the_rows(string first, string second)
    {
        ModelOf model = new ModelOf(0, 3).Floats("W", 1, 16, 3).Floats("R", 1, 16, 4).List("a", 0)
            .Node("y, h = LSTM(input, W, R)", ("hidden_size", 4)).Node("output = Squeeze(h, a)");
        model.Graph.Input[0] = Input(first, second, 3);
        Network network = OnnxFile.Load(model.Bytes(), steps: 5);
        network.Input.Should().Be(Shape.Sequence(5, 3));
        float[] x = Random(5, 2, 3);
        using var runtime = new Runtime(model.Bytes());
        Imported.Close(Same.Predict(network, Swapped(x, 5, 2), 2), runtime.RunAsItIs(x, [5, 2, 3]));
    }

    [Fact]
    public void Steps_of_ids_and_arithmetic_on_them()
    {
        ModelOf model = new ModelOf(0, 3).Floats("T", 7, 4).Floats("V", 20, 2).List("i", 0, 1).List("k", 4).Node("c = Cast(input)", ("to", 7))
            .Node("e = Gather(T, c)").Node("s = Shape(e)").Node("p = Gather(s, i)").Node("b, n = Split(p)").Node("m = Mul(n, k)")
            .Node("q = Concat(b, m)", ("axis", 0)).Node("r = Reshape(e, q)").Node("output = MatMul(r, V)");
        model.Graph.Input[0] = Input("batch", "tokens");
        Network network = OnnxFile.Load(model.Bytes(), steps: 5);
        network.Input.Size.Should().Be(5);
        float[] x = [1, 2, 3, 0, 6, 5, 5, 4, 1, 0];
        using var runtime = new Runtime(model.Bytes());
        Imported.Close(Same.Predict(network, x, 2), runtime.RunAsItIs(x, [2, 5]));
    }

    [Theory]
    [InlineData("batch", 3, "height", "width", false)]
    [InlineData("", 3, "", "", false)]
    [InlineData("N", 3, "H", "W", false)]
    [InlineData("", 3, 6, "", false)]
    [InlineData("", 3, "", 5, false)]
    [InlineData("", "", "", 3, true)]
    [InlineData("batch", "h", "w", 3, true)]
    [InlineData("", "", 5, 3, true)]
    public void Height_and_width_are_given(object rows, object first, object second, object third, bool isLast)
    {
        ModelOf model = new ModelOf(0, 3).Floats("W", 2, 3, 3, 3);
        if (isLast)
            model.Node("t = Transpose(input)", ("perm", new long[] { 0, 3, 1, 2 }));
        model.Node($"h = Conv({(isLast ? "t" : "input")}, W)").Node("output = GlobalMaxPool(h)");
        model.Graph.Input[0] = Input(rows, first, second, third);
        (object height, object width) = isLast ? (first, second) : (second, third);
        Network network = OnnxFile.Load(
            model.Bytes(), OnnxImages.AsInFile, height: height is int ? null : 6, width: width is int ? null : 5);
        network.Input.Size.Should().Be(90);
        float[] x = Random(2, 90);
        using var runtime = new Runtime(model.Bytes());
        Imported.Close(Same.Predict(network, x, 2), runtime.RunAsItIs(x, isLast ? [2, 6, 5, 3] : [2, 3, 6, 5]));
        OnnxFile.Load(model.Bytes(), height: height is int ? null : 6, width: width is int ? null : 5).Input.Should().Be(Shape.Image(6, 5, 3));
        FluentActions.Invoking(() => OnnxFile.Load(model.Bytes())).Should().Throw<InvalidDataException>()
            .WithMessage($"*{(height is int ? "width" : "height")} of images: give its size, such as {(height is int ? "width" : "height")}: 224*");
    }

    [Fact]
    public void Height_and_width_of_a_file_of_one_image_are_given()
    {
        ModelOf model = new ModelOf(0, 3).Floats("W", 2, 3, 3, 3).Node("h = Conv(input, W)").Node("output = GlobalMaxPool(h)");
        model.Graph.Input[0] = Input(1, 3, "", "");
        OnnxFile.Load(model.Bytes(), height: 6, width: 5).Input.Should().Be(Shape.Image(6, 5, 3));
        model.Graph.Input[0] = Input(1, 3, "", 5);
        OnnxFile.Load(model.Bytes(), height: 6).Input.Should().Be(Shape.Image(6, 5, 3));

        ModelOf bare = new ModelOf(0, 3).Floats("W", 2, 3, 3, 3).List("a", 0).Node("u = Unsqueeze(input, a)").Node("h = Conv(u, W)")
            .Node("output = GlobalMaxPool(h)");
        bare.Graph.Input[0] = Input(3, "", "");
        Network network = OnnxFile.Load(bare.Bytes(), OnnxImages.AsInFile, height: 6, width: 5, rows: OnnxRows.One);
        float[] x = Random(3, 6, 5);
        using var runtime = new Runtime(bare.Bytes());
        Imported.Close(network.Predict(x), runtime.RunAsItIs(x, [3, 6, 5]));
        OnnxFile.Load(bare.Bytes(), height: 6, width: 5, rows: OnnxRows.One).Input.Should().Be(Shape.Image(6, 5, 3));
    }

    [Fact]
    public void One_row_of_open_steps_has_no_axis_of_rows()
    {
        ModelOf model = new ModelOf(0, 3).Floats("W", 3, 4).Node("h = MatMul(input, W)")
            .Node("output = ReduceMean(h)", ("axes", new long[] { 0 }), ("keepdims", 0));
        model.Graph.Input[0] = Input("frames", 3);
        Network network = OnnxFile.Load(model.Bytes(), steps: 6, rows: OnnxRows.One);
        network.Input.Should().Be(Shape.Sequence(6, 3));
        float[] x = Random(6, 3);
        using var runtime = new Runtime(model.Bytes());
        Imported.Close(network.Predict(x), runtime.RunAsItIs(x, [6, 3]));

        // Without the size, and without the choice, the axis is taken for the rows, and what could be said instead stands in the message.
        FluentActions.Invoking(() => OnnxFile.Load(model.Bytes())).Should().Throw<InvalidDataException>()
            .WithMessage("*acts along the rows*Axis 0 (\"frames\") of Input \"input\" was taken for the rows; *steps: 50.");
        FluentActions.Invoking(() => OnnxFile.Load(model.Bytes(), rows: OnnxRows.One)).Should().Throw<InvalidDataException>()
            .WithMessage("*is an axis of steps: give its size, such as steps: 50*");
    }

    [Fact]
    public void Sizes_and_choices_that_fit_nothing_are_refused()
    {
        byte[] plain = new ModelOf(0, 3).Node("output = Tanh(input)").Bytes();
        Action Load(int? steps = null, int? height = null, int? width = null, OnnxRows rows = OnnxRows.Automatic) =>
            () => OnnxFile.Load(plain, steps: steps, height: height, width: width, rows: rows);
        Load(steps: 5).Should().Throw<InvalidDataException>().WithMessage("No input*steps that is without a size, for which steps: 5*");
        Load(height: 5).Should().Throw<InvalidDataException>().WithMessage("*height: 5 was given; leave it out.");
        Load(steps: 0).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("steps");
        Load(height: -1).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("height");
        Load(width: int.MinValue).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("width");
        Load(rows: (OnnxRows)3).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("rows");
        FluentActions.Invoking(() => OnnxFile.Load("nowhere", rows: (OnnxRows)(-1))).Should().Throw<ArgumentOutOfRangeException>();
        ModelOf several = new ModelOf(0, 3).Node("output = Tanh(input)");
        several.Graph.Input[0] = Input("", "", "", "", 3);
        FluentActions.Invoking(() => OnnxFile.Load(several.Bytes(), steps: 5)).Should().Throw<InvalidDataException>()
            .WithMessage("*4 axes without a size (0, 1, 2, 3)*none of steps, height and width*fixed size*");
        several.Graph.Input[0] = Input("batch", "seq_a", "seq_b");
        FluentActions.Invoking(() => OnnxFile.Load(several.Bytes(), steps: 5)).Should().Throw<InvalidDataException>().WithMessage("*two axes*");
        FluentActions.Invoking(() => OnnxFile.Load(several.Bytes(), steps: int.MaxValue)).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Several_inputs_have_the_rows_together()
    {
        ModelOf model = new ModelOf(8, 3).Floats("W", 5, 2).Node("output = Concat(input, other)", ("axis", 1));
        model.Graph.Input.Add(ModelOf.Info("other", 8, 2));
        model.Import().Input.Should().Be(Shape.Features(5));
        model.Graph.Input[1] = ModelOf.Info("other", 7, 2);
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*batches of different sizes*OnnxRows.One*");
    }

    private static Network IsOneRow(ModelOf model, params int[] sizes)
    {
        Network network = OnnxFile.Load(model.Bytes(), OnnxImages.AsInFile, rows: OnnxRows.One);
        float[] x = Random(sizes);
        using var runtime = new Runtime(model.Bytes());
        Imported.Close(network.Predict(x), runtime.RunAsItIs(x, sizes));
        return network;
    }

    private static ValueInfoProto Input(params object[] axes)
    {
        ValueInfoProto info = ModelOf.Info("input", [.. axes.Select(axis => axis is int size ? size : 0L)]);
        for (int k = 0; k < axes.Length; k++)
        {
            if (axes[k] is "")
                info.Type.TensorType.Shape.Dim[k].ClearValue();
            else if (axes[k] is string name)
                info.Type.TensorType.Shape.Dim[k].DimParam = name;
        }

        return info;
    }

    private static float[] Random(params ReadOnlySpan<int> sizes) => Random([.. sizes.ToArray().Select(size => (long)size)]);

    private static float[] Random(long[] sizes)
    {
        var stream = new RandomStream(3);
        return [.. Enumerable.Range(0, (int)sizes.Aggregate(1L, (product, size) => product * size)).Select(i => stream.Normal(0, i))];
    }

    // [outer, rows, …] as [rows, outer, …]
    private static float[] Swapped(float[] x, int outer, int rows)
    {
        float[] swapped = new float[x.Length];
        int inner = x.Length / outer / rows;
        for (int i = 0; i < x.Length; i++)
            swapped[(i / inner % rows * outer * inner) + (i / inner / rows * inner) + (i % inner)] = x[i];
        return swapped;
    }
}
