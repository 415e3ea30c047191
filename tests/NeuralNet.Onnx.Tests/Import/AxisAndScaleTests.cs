namespace NeuralNet.Onnx.Tests.Import;

/// <summary>
/// Axes that have the size of another, and functions that are those of the library but for their scale: small graphs with
/// the values that are right, computed by hand.
/// </summary>
public class AxisAndScaleTests
{
    private static readonly Dictionary<string, (ModelOf Model, float[] Expected)> axes = new()
    {
        ["Gather of a reshaped row"] = (new ModelOf(0, 6).List("s", 0, 2, 3).Index("i", 1).Node("h = Reshape(input, s)")
            .Node("output = Gather(h, i)", ("axis", 1)), [4, 5, 6]),
        ["Slice of five axes"] = (new ModelOf(0, 2, 1, 1, 3).List("a", 1).List("e", 2).Node("output = Slice(input, a, e, a)"), [4, 5, 6]),
        ["Gather behind the largest"] = (new ModelOf(0, 12).List("s", 0, 2, 3, 2).Index("i", 1).Node("r = Reshape(input, s)")
            .Node("h = ReduceMax(r)", ("axes", new long[] { 3 }), ("keepdims", 0)).Node("output = Gather(h, i)", ("axis", 1)), [8, 10, 12]),
        ["Gather behind Concat"] = (new ModelOf(0, 2, 3).Index("i", 1).Node("h = Concat(input, input)", ("axis", 1))
            .Node("output = Gather(h, i)", ("axis", 1)), [4, 5, 6]),
        ["Concat of lines"] = (new ModelOf(0, 2, 2, 1).Node("output = Concat(input, input)", ("axis", 2)), [1, 2, 1, 2, 3, 4, 3, 4]),
        ["Concat of pixels"] = (new ModelOf(0, 2, 1, 2).Node("output = Concat(input, input)", ("axis", 3)), [1, 2, 1, 2, 3, 4, 3, 4]),
        ["Gather of some of every second"] = (new ModelOf(0, 6).List("i", 1, 3).Node("h = Gather(input, i)", ("axis", 1))
            .Node("output = Concat(input, h)", ("axis", 1)), [1, 2, 3, 4, 5, 6, 2, 4]),
        ["Slice of some of every second"] = (new ModelOf(0, 6).List("a", 1).List("e", 4).List("s", 2).Node("output = Slice(input, a, e, a, s)"),
            [2, 4]),
        ["Concat of lines of one pixel each"] = (new ModelOf(0, 3, 1, 4).Node("h = Concat(input, input)", ("axis", 2))
            .Node("W = Constant()", ("value", ModelOf.Tensor("", [1, 1, 1, 1], 4, 1))).Node("output = MatMul(h, W)"), [10, 10, 26, 26, 42, 42]),
        ["Split of lines"] = (new ModelOf(0, 2, 2, 2).List("s", 1, 1).Node("a, b = Split(input, s)", ("axis", 2))
            .Node("output = Sub(b, a)"), [2, 2, 2, 2]),
    };

    public static TheoryData<string> Axes => [.. axes.Keys];

    [Theory]
    [MemberData(nameof(Axes))]
    public void An_axis_is_told_from_another_of_its_size(string name)
    {
        (ModelOf model, float[] expected) = axes[name];
        Network network = OnnxFile.Load(model.Bytes(), OnnxImages.AsInFile);
        network.Predict([.. Enumerable.Range(1, network.Input.Size).Select(i => (float)i)]).Should().Equal(expected);
    }

    [Fact]
    public void A_mean_of_each_vector_is_not_that_of_another_vector()
    {
        // Of x[a, b, :] the root mean square of x[b, a, :] is taken: no norm of the library does that.
        ModelOf model = new ModelOf(0, 2, 2, 3).Number("e", 0.1f).Node("q = Mul(input, input)").Node("m = ReduceMean(q)", ("axes", new long[] { 3 }))
            .Node("t = Transpose(m)", ("perm", new long[] { 0, 2, 1, 3 })).Node("s = Add(t, e)").Node("r = Sqrt(s)").Node("output = Div(input, r)");
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>();
    }

    [Theory]
    [InlineData("Tanh", 1e-6f, new[] { 0.46211716f, 0.09966799f, -0.96402758f })]
    [InlineData("Tanh", -1e-6f, new[] { 0.46211716f, 0.09966799f, -0.96402758f })]
    [InlineData("Softsign", 1e-6f, new[] { 1 / 3f, 1 / 11f, -2 / 3f })]
    [InlineData("Sigmoid", 1e-6f, new[] { 0.62245933f, 0.52497919f, 0.11920292f })]
    [InlineData("Elu", 1e-6f, new[] { 0.5f, 0.1f, -0.86466472f })]
    [InlineData("Softplus", -1e-6f, new[] { 0.97407698f, 0.74439666f, 0.12692801f })]
    [InlineData("Identity", 1e-12f, new[] { 0.5f, 0.1f, -2f })]
    public void A_function_of_tiny_values_is_the_function(string operation, float scale, float[] expected)
    {
        foreach (int features in new[] { 1, 3 })
        {
            float[] restoring = new float[features * features];
            for (int i = 0; i < features; i++)
                restoring[i * (features + 1)] = 1 / scale;
            ModelOf model = new ModelOf(0, features).Number("s", scale).Node($"h = {operation}(input)").Node("g = Mul(h, s)")
                .Node("output = MatMul(g, W)");
            model.Graph.Initializer.Add(ModelOf.Tensor("W", restoring, features, features));
            Close(model, [0.5f, 0.1f, -2f], expected);
        }
    }

    // Multiples of Relu, Abs and the like on either side of 0, but for values as small as these.
    [Theory]
    [InlineData("Silu", 1e12f, 1e-12f)]
    [InlineData("Gelu", 1e10f, 1e-10f)]
    [InlineData("HardSwish", 1e10f, 1e-10f)]
    [InlineData("Tanh", 1e11f, 1)]
    [InlineData("Silu", 1e30f, 1e-30f)]
    [InlineData("Clipped Silu", 1e12f, 1e-12f)]
    [InlineData("Clipped Tanh of Abs", 1e11f, 1)]
    public void A_function_that_is_another_one_only_at_tiny_values_is_the_function(string operation, float inner, float outer)
    {
        ModelOf model = new ModelOf(20, [0, 1]).Number("s", MathF.Sqrt(inner)).Number("t", MathF.Sqrt(outer)).Number("low", -2).Number("high", 2);
        model.Node("a = Mul(input, s)").Node("h = Mul(a, s)");
        double F(double z) => operation switch
        {
            "HardSwish" => z * Math.Clamp((z / 6) + 0.5, 0, 1),
            "Gelu" => NeuralNet.Onnx.Import.Elements.Evaluate("Gelu", z, 0, 0, 0),
            "Tanh" => z / inner * Math.Tanh(z),
            "Clipped Tanh of Abs" => z / inner * Math.Tanh(Math.Abs(z)),
            _ => z / (1 + Math.Exp(-z)),
        };

        if (operation.EndsWith("Silu", StringComparison.Ordinal))
            model.Node("i = Sigmoid(h)").Node("f = Mul(h, i)");
        else if (operation == "Tanh")
            model.Node("i = Tanh(h)").Node("f = Mul(input, i)");
        else if (operation == "Clipped Tanh of Abs")
            model.Node("g = Abs(h)").Node("i = Tanh(g)").Node("f = Mul(input, i)");
        else
            model.Node($"f = {operation}(h)");
        model.Node("b = Mul(f, t)").Node("c = Mul(b, t)");
        model.Node(operation.StartsWith("Clipped", StringComparison.Ordinal) ? "output = Clip(c, low, high)" : "output = Identity(c)");
        double[] z = [0.5, -1, -2.5, 1.5, 20];
        Close(model, [.. z.Select(x => (float)(x / inner))], [.. z.Select(x => (float)(outer * F(x)))]);
    }

    [Fact]
    public void Factors_that_cancel_each_other_are_none() =>
        Close(new ModelOf(0, 1).Number("s", 1e-6f).Number("t", 1e12f).Node("h = Mul(input, s)").Node("g = Mul(h, s)").Node("output = Mul(g, t)"),
            [0.5f, -2], [0.5f, -2]);

    // Each is another function of the library at all inputs of usual size.
    [Fact]
    public void A_kink_at_a_tiny_value_is_where_it_is()
    {
        const float Tiny = 1e-12f;
        double[] z = [0.5, 0.1, -2];
        ModelOf scaled = new ModelOf(0, 1).Number("s", 1e6f).Node("h = Mul(input, s)").Node("g = Mul(h, s)");
        scaled.Number("t", Tiny).Node("f = Tanh(g)").Node("output = Mul(f, t)");
        Close(scaled, [.. z.Select(x => (float)(1e-12 * x))], [.. z.Select(x => (float)(1e-12 * Math.Tanh(x)))]);

        ModelOf norm = new ModelOf(0, 1).Number("e", 1e-8f).Node("a = Abs(input)").Node("b = Max(a, e)").Node("output = Div(input, b)");
        Close(norm, [.. z.Select(x => (float)(1e-8 * x))], [0.5f, 0.1f, -1]);

        ModelOf length = new ModelOf(0, 2).Number("e", 1e-8f).Node("q = Mul(input, input)")
            .Node("m = ReduceMean(q)", ("axes", new long[] { 1 })).Node("r = Sqrt(m)").Node("b = Max(r, e)").Node("output = Div(input, b)");
        length.Invoking(model => model.Import()).Should().Throw<InvalidDataException>("the library's norm of a mean has ε below its root");
    }

    [Fact]
    public void A_bound_on_one_side_leaves_the_other_side_open()
    {
        foreach (string node in new[] { "output = Max(input, c)", "output = Clip(input, c)" })
            Close(new ModelOf(0, 1).Number("c", 0.5f).Node(node), [-1e9f, 0, 1, 1e9f, 1e30f], [0.5f, 0.5f, 1, 1e9f, 1e30f]);
        Close(new ModelOf(0, 1).Number("c", 0.5f).Node("output = Min(input, c)"), [-1e30f, -1e9f, 0, 1, 1e9f], [-1e30f, -1e9f, 0, 0.5f, 0.5f]);
    }

    [Fact]
    public void What_acts_on_values_of_one_sign_alone_is_told_from_what_does_not()
    {
        // −10⁻⁶ (−x) · 10⁶, by Max: as Relu it would be 0.
        ModelOf model = new ModelOf(0, 1).Number("a", 1e-6f).Number("b", 1e6f).Node("h = Mul(input, a)").Node("g = Max(input, h)")
            .Node("output = Mul(g, b)");
        Close(model, [-0.5f, -2], [-0.5f, -2]);
    }

    private static void Close(ModelOf model, float[] x, float[] expected)
    {
        Network network = model.Import();
        float[] rows = [.. x.SelectMany(value => Enumerable.Repeat(value, network.Input.Size))];
        float[] y = Same.Predict(network, rows, x.Length);
        for (int i = 0; i < y.Length; i++)
            y[i].Should().BeApproximately(expected[i / network.Output.Size], 1e-5f * MathF.Abs(expected[i / network.Output.Size]));
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(1e-14f)]
    [InlineData(1e-30f)]
    public void A_vector_of_any_length_has_length_1_behind_LpNormalization(float scale)
    {
        float[] y = new ModelOf(0, 3).Node("output = LpNormalization(input)").Import().Predict([3 * scale, 0, -4 * scale]);
        y[0].Should().BeApproximately(0.6f, 1e-6f);
        y[1].Should().Be(0);
        y[2].Should().BeApproximately(-0.8f, 1e-6f);
    }
}
