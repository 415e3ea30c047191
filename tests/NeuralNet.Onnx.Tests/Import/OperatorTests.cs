namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Spellings of other exporters, by hand: the imported network predicts what ONNX Runtime makes of the same file.</summary>
public class OperatorTests
{
    private static readonly Dictionary<string, ModelOf> models = new()
    {
        ["Gemm with all settings"] = new ModelOf(0, 3).Floats("W", 4, 3).Floats("b", 1, 4)
            .Node("output = Gemm(input, W, b)", ("transB", 1), ("alpha", 0.5f), ("beta", 2f)),
        ["Gemm with one bias for all"] = new ModelOf(0, 3).Floats("W", 3, 4).Floats("b", 1).Node("output = Gemm(input, W, b)"),
        ["a bias on the left"] = new ModelOf(0, 3).Floats("W", 3, 4).Floats("b", 4).Node("h = MatMul(input, W)").Node("output = Add(b, h)"),
        ["a bias subtracted"] = new ModelOf(0, 3).Floats("W", 3, 4).Floats("b", 1, 4).Node("h = MatMul(input, W)").Node("output = Sub(h, b)"),
        ["from a bias"] = new ModelOf(0, 3).Floats("W", 3, 4).Floats("b", 4).Node("h = MatMul(input, W)").Node("output = Sub(b, h)"),
        ["a scaled product"] = new ModelOf(0, 3).Floats("W", 3, 4).Floats("b", 4).Number("c", 3).Node("h = MatMul(input, W)").Node("g = Add(h, b)")
        .Node("output = Div(g, c)"),
        ["a factor for each feature"] = new ModelOf(0, 3).Floats("W", 3, 4).Floats("b", 4).Node("h = MatMul(input, W)").Node("output = Mul(h, b)"),
        ["a factor without a layer"] = new ModelOf(0, 3).Floats("c", 3).Node("output = Mul(input, c)"),
        ["a term without a layer"] = new ModelOf(0, 3).Floats("c", 3).Node("output = Add(input, c)"),
        ["one number less the input"] = new ModelOf(0, 3).Number("c", 2).Node("output = Sub(c, input)"),
        ["a factor along steps"] = new ModelOf(0, 4, 3).Floats("c", 4, 1).Node("output = Mul(input, c)"),
        ["a term for each pixel"] = new ModelOf(0, 2, 3, 4).Floats("c", 2, 3, 4).Node("output = Add(input, c)"),
        ["one product in two places"] = new ModelOf(0, 3).Floats("W", 3, 3).Floats("b", 3).Node("h = MatMul(input, W)").Node("r = Relu(h)")
        .Node("output = Add(h, r)"),
        ["weights out of a node"] = new ModelOf(0, 3).Node("W = Constant()", ("value", ModelOf.Tensor("", [1, 2, 3, 4, 5, 6], 2, 3)))
        .Node("V = Transpose(W)").Node("output = MatMul(input, V)"),
        ["Sum of three"] = new ModelOf(0, 3).Floats("W", 3, 3).Node("h = MatMul(input, W)").Node("t = Tanh(input)").Node("output = Sum(input, h, t)"),
        ["a difference"] = new ModelOf(0, 3).Floats("W", 3, 3).Node("h = MatMul(input, W)").Node("output = Sub(h, input)"),
        ["Relu by Max"] = new ModelOf(0, 3).Number("z", 0).Node("output = Max(input, z)"),
        ["Relu6 by Min and Max"] = new ModelOf(0, 3).Number("z", 0).Number("s", 6).Node("h = Max(z, input)").Node("output = Min(h, s)"),
        ["leaky by Max"] = new ModelOf(0, 3).Number("a", 0.125f).Node("h = Mul(input, a)").Node("output = Max(h, input)"),
        ["Softplus by Log and Exp"] = new ModelOf(0, 3).Number("o", 1).Node("e = Exp(input)").Node("p = Add(e, o)").Node("output = Log(p)"),
        ["Sigmoid by Exp"] = new ModelOf(0, 3).Number("o", 1).Node("m = Neg(input)").Node("e = Exp(m)").Node("p = Add(o, e)")
        .Node("output = Reciprocal(p)"),
        ["Swish on the other side"] = new ModelOf(0, 3).Node("s = Sigmoid(input)").Node("output = Mul(s, input)"),
        ["HardSigmoid of Keras"] = new ModelOf(0, 3).Floats("W", 3, 4).Node("h = MatMul(input, W)").Node("output = HardSigmoid(h)"),
        ["HardSwish by HardSigmoid"] = new ModelOf(0, 3).Node("s = HardSigmoid(input)", ("alpha", 1 / 6f)).Node("output = Mul(input, s)"),
        ["Gelu by Div and Mul"] = new ModelOf(0, 3).Number("r", 1.4142135f).Number("o", 1).Number("h", 0.5f).Node("d = Div(input, r)")
        .Node("e = Erf(d)").Node("p = Add(e, o)").Node("m = Mul(input, p)").Node("output = Mul(m, h)"),
        ["Gelu by its operator"] = new ModelOf(20, [0, 3]).Node("output = Gelu(input)"),
        ["Gelu by its operator with tanh"] = new ModelOf(20, [0, 3]).Node("output = Gelu(input)", ("approximate", "tanh")),
        ["Mish by its operator"] = new ModelOf(18, [0, 3]).Node("output = Mish(input)"),
        ["Clip with one bound"] = new ModelOf(0, 3).Number("z", 0).Node("output = Clip(input, z)"),
        ["Clip by attributes"] = new ModelOf(9, [0, 3]).Node("output = Clip(input)", ("min", -0.5f), ("max", 0.25f)),
        ["ThresholdedRelu at 0"] = new ModelOf(0, 3).Node("output = ThresholdedRelu(input)", ("alpha", 0f)),
        ["Elu and Celu"] = new ModelOf(0, 3).Node("h = Elu(input)", ("alpha", 0.3f)).Node("output = Celu(h)", ("alpha", 2f)),
        ["PRelu of pixels"] = new ModelOf(0, 2, 3, 4).Floats("a", 2, 1, 1).Node("output = PRelu(input, a)"),
        ["Softmax of channels"] = new ModelOf(0, 3, 2, 2).Node("output = Softmax(input)", ("axis", 1)),
        ["Softmax of old with an image"] = new ModelOf(11, [0, 3, 2, 2]).Node("output = Softmax(input)"),
        ["Softmax of steps"] = new ModelOf(0, 4, 3).Node("output = Softmax(input)", ("axis", 1)),
        ["Softmax of the width of an image"] = new ModelOf(0, 3, 2, 4).Node("output = Softmax(input)", ("axis", -1)),
        ["PRelu of steps"] = new ModelOf(0, 4, 3).Floats("a", 4, 1).Node("output = PRelu(input, a)"),
        ["LayerNormalization of a whole image"] = new ModelOf(0, 2, 3, 4).Floats("g", 2, 3, 4).Floats("b", 2, 3, 4)
        .Node("output = LayerNormalization(input, g, b)", ("axis", 1)),
        ["BatchNormalization of an image"] = new ModelOf(0, 2, 3, 4).Floats("g", 2).Floats("b", 2).Floats("m", 2).Node("v = Mul(m, m)")
        .Node("output = BatchNormalization(input, g, b, m, v)"),
        ["Flatten of an image"] = new ModelOf(0, 3, 2, 4).Floats("W", 24, 5).Floats("b", 5).Node("t = Tanh(input)").Node("f = Flatten(t)")
        .Node("output = Gemm(f, W, b)"),
        ["Flatten of an image with constants behind it"] = new ModelOf(0, 3, 2, 4).Floats("W", 24, 5).Floats("b", 24).Floats("g", 24).List("s", 0, 24)
        .Node("f = Reshape(input, s)").Node("h = Add(f, b)").Node("n = LayerNormalization(h, g)").Node("r = Relu(n)").Node("output = MatMul(r, W)"),
        ["MatMul of the channels of an image"] = new ModelOf(0, 3, 2, 4).Floats("W", 3, 5)
        .Node("t = Transpose(input)", ("perm", new long[] { 0, 2, 3, 1 }))
        .Node("h = MatMul(t, W)").Node("output = Transpose(h)", ("perm", new long[] { 0, 3, 1, 2 })),
        ["the mean of the pixels of an image"] = new ModelOf(0, 3, 2, 4)
        .Node("output = ReduceMean(input)", ("axes", new long[] { 2, 3 }), ("keepdims", 0)),
        ["Concat of a channel"] = new ModelOf(0, 1, 2, 3).Node("t = Tanh(input)").Node("output = Concat(input, t, input)", ("axis", 1)),
        ["Softmax of old"] = new ModelOf(11, [0, 2, 3]).Node("output = Softmax(input)"),
        ["Softmax of a multiple"] = new ModelOf(0, 3).Number("c", 4).Node("h = Mul(c, input)").Node("output = Softmax(h)"),
        ["LayerNormalization over two axes"] = new ModelOf(0, 2, 3).Floats("g", 2, 3).Floats("b", 2, 3)
        .Node("output = LayerNormalization(input, g, b)", ("axis", 1)),
        ["LayerNormalization without a bias"] = new ModelOf(0, 2, 3).Floats("g", 3).Node("output = LayerNormalization(input, g)"),
        ["LpNormalization"] = new ModelOf(0, 2, 3).Node("output = LpNormalization(input)"),
        ["BatchNormalization of channels"] = new ModelOf(0, 2, 3).Floats("g", 2).Floats("b", 2).Floats("m", 2).Node("v = Mul(m, m)")
        .Node("output = BatchNormalization(input, g, b, m, v)"),
        ["BatchNormalization after a product"] = new ModelOf(0, 2).Floats("W", 2, 3).Floats("g", 3).Floats("b", 3).Floats("m", 3)
        .Node("v = Mul(m, m)").Node("h = MatMul(input, W)").Node("output = BatchNormalization(h, g, b, m, v)", ("epsilon", 0.1f)),
        ["Flatten from axis 0"] = new ModelOf(1, 2, 3).Floats("W", 6, 2).Node("f = Flatten(input)", ("axis", 0)).Node("output = MatMul(f, W)"),
        ["Reshape with 0 and −1"] = new ModelOf(0, 2, 6).List("s", 0, 3, -1).Node("output = Reshape(input, s)"),
        ["Reshape by the shape"] = new ModelOf(0, 2, 6).List("i", 0).List("r", 12).Node("s = Shape(input)").Node("n = Gather(s, i)")
        .Node("t = Concat(n, r)", ("axis", 0)).Node("output = Reshape(input, t)"),
        ["Unsqueeze, Squeeze and back"] = new ModelOf(0, 3).List("a", 1).Node("u = Unsqueeze(input, a)").Node("t = Tanh(u)")
        .Node("output = Squeeze(t, a)"),
        ["Transpose there and back"] = new ModelOf(0, 2, 3).Floats("W", 3, 4).Node("t = Transpose(input)", ("perm", new long[] { 1, 0, 2 }))
        .Node("h = MatMul(t, W)").Node("output = Transpose(h)", ("perm", new long[] { 1, 0, 2 })),
        ["Slice with steps"] = new ModelOf(0, 6).List("s", 1).List("e", 6).List("a", 1).List("k", 2).Node("output = Slice(input, s, e, a, k)"),
        ["Slice of the second axis of features"] = new ModelOf(0, 6).Floats("W", 6, 6).List("d", 0, 3, 2).List("s", 1).List("e", 2).List("a", 1)
        .Node("h = MatMul(input, W)").Node("r = Reshape(h, d)").Node("output = Slice(r, s, e, a)"),
        ["an image that a matrix makes"] = new ModelOf(0, 6).Floats("W", 6, 24).Floats("b", 24).Floats("g", 3).Floats("c", 3).List("d", 0, 3, 2, 4)
        .Node("h = Gemm(input, W, b)").Node("t = Tanh(h)").Node("r = Reshape(t, d)").Node("p = Transpose(r)", ("perm", new long[] { 0, 2, 3, 1 }))
        .Node("n = LayerNormalization(p, g, c)").Node("output = Transpose(n)", ("perm", new long[] { 0, 3, 1, 2 })),
        ["the sum of an image and one that is made"] = new ModelOf(0, 3, 2, 4).Floats("W", 24, 24).List("d", 0, 3, 2, 4).Node("f = Flatten(input)")
        .Node("h = MatMul(f, W)").Node("r = Reshape(h, d)").Node("output = Add(r, input)"),
        ["Concat of a flattened image"] = new ModelOf(0, 3, 2, 4).Floats("W", 24, 5).Floats("V", 29, 2).Node("f = Flatten(input)")
        .Node("h = MatMul(f, W)")
        .Node("c = Concat(f, h)", ("axis", 1)).Node("output = MatMul(c, V)"),
        ["Slice of steps"] = new ModelOf(0, 4, 3).List("s", 1).List("e", 3).List("a", 1).Node("output = Slice(input, s, e, a)"),
        ["Slice by attributes"] = new ModelOf(9, [0, 5])
        .Node("output = Slice(input)", ("starts", new long[] { -3 }), ("ends", new long[] { 99 }), ("axes", new long[] { 1 })),
        ["Split by attributes"] = new ModelOf(11, [0, 5]).Node("a, b = Split(input)", ("split", new long[] { 2, 3 }), ("axis", 1))
        .Node("output = Concat(b, a)", ("axis", 1)),
        ["Gather of one step"] = new ModelOf(0, 4, 3).Node("i = Constant()", ("value_int", 1)).Node("output = Gather(input, i)", ("axis", 1)),
        ["Gather backward"] = new ModelOf(0, 4, 3).List("i", 3, 2, 1, 0).Node("output = Gather(input, i)", ("axis", 1)),
        ["Concat of steps"] = new ModelOf(0, 4, 3).Node("t = Tanh(input)").Node("output = Concat(input, t)", ("axis", 1)),
        ["Concat of channels"] = new ModelOf(0, 2, 2, 3).Node("t = Tanh(input)").Node("output = Concat(input, t)", ("axis", 1)),
        ["Concat of new axes"] = new ModelOf(0, 3).List("a", 1).Node("t = Tanh(input)").Node("u = Unsqueeze(input, a)").Node("v = Unsqueeze(t, a)")
        .Node("output = Concat(u, v)", ("axis", 1)),
        ["the mean of features"] = new ModelOf(0, 4).Node("output = ReduceMean(input)", ("axes", new long[] { -1 })),
        ["the largest of steps"] = new ModelOf(0, 4, 3).Node("output = ReduceMax(input)", ("axes", new long[] { 1 }), ("keepdims", 0)),
        ["the mean with axes as an input"] = new ModelOf(18, [0, 4, 3]).List("a", 1).Node("output = ReduceMean(input, a)", ("keepdims", 0)),
        ["RMS norm by its parts"] = new ModelOf(0, 2, 4).Number("two", 2).Number("e", 0.01f).Floats("g", 4).Node("s = Pow(input, two)")
        .Node("m = ReduceMean(s)", ("axes", new long[] { -1 })).Node("p = Add(m, e)").Node("r = Sqrt(p)").Node("q = Reciprocal(r)")
        .Node("n = Mul(input, q)").Node("output = Mul(g, n)"),
        ["L2 norm by its sum"] = new ModelOf(0, 4).Number("e", 1e-6f).Node("s = Mul(input, input)").Node("m = ReduceSum(s, a)").List("a", 1)
        .Node("r = Sqrt(m)").Node("q = Max(r, e)").Node("output = Div(input, q)"),
        ["pairs"] = new ModelOf(0, 4).List("i", 0, 1, 1).List("j", 2, 2, 1).Node("a = Gather(input, i)", ("axis", 1))
        .Node("b = Gather(input, j)", ("axis", 1)).Node("output = Mul(a, b)"),
        ["Expand of a mean and of what is made of it"] = new ModelOf(0, 3, 4).List("s", 1, 3, 4).Number("e", 0.1f)
        .Node("m = ReduceMean(input)", ("axes", new long[] { 2 })).Node("w = Shape(input)").Node("p = Expand(m, w)").Node("d = Sub(input, p)")
        .Node("q = Mul(d, d)").Node("v = ReduceMean(q)", ("axes", new long[] { 2 })).Node("r = Expand(v, s)").Node("t = Add(r, e)")
        .Node("u = Sqrt(t)").Node("output = Div(d, u)"),
        ["Expand to the sizes that are there"] = new ModelOf(0, 2, 3).List("s", 1, 3).Node("h = Expand(input, s)").Node("output = Softmax(h)"),
        ["attention by one product and Split"] = new ModelOf(0, 3, 4).Floats("W", 4, 12).Floats("b", 12).Floats("V", 4, 4).List("s", 0, 3, 3, 2, 2)
        .List("z", 0).List("j", 0, 3, 4).Number("c", 0.70710677f).Node("h = MatMul(input, W)").Node("g = Add(h, b)").Node("r = Reshape(g, s)")
        .Node("t = Transpose(r)", ("perm", new long[] { 2, 0, 3, 1, 4 })).Node("q, k, v = Split(t)", ("axis", 0)).Node("a = Squeeze(q, z)")
        .Node("d = Squeeze(k, z)").Node("e = Squeeze(v, z)").Node("f = Transpose(d)", ("perm", new long[] { 0, 1, 3, 2 })).Node("m = MatMul(a, f)")
        .Node("n = Mul(m, c)").Node("w = Softmax(n)", ("axis", -1)).Node("o = MatMul(w, e)")
        .Node("p = Transpose(o)", ("perm", new long[] { 0, 2, 1, 3 })).Node("l = Reshape(p, j)").Node("output = MatMul(l, V)"),
        ["Identity and Dropout"] = new ModelOf(0, 3).Node("a = Identity(input)").Node("b = Dropout(a)").Node("output = Relu(b)"),
        ["Dropout of old"] = new ModelOf(9, [0, 3]).Node("b = Dropout(input)", ("ratio", 0.1f)).Node("output = Relu(b)"),
        ["ReverseSequence"] = new ModelOf(1, 4, 3).List("l", 4).Node("output = ReverseSequence(input, l)", ("time_axis", 1), ("batch_axis", 0)),
        ["LSTM backward"] = Recurrent("LSTM", 4, 1, ("direction", "reverse")),
        ["LSTM both ways"] = Recurrent("LSTM", 4, 2, ("direction", "bidirectional")),
        ["GRU backward"] = Recurrent("GRU", 3, 1, ("direction", "reverse"), ("linear_before_reset", 1)),
        ["GRU both ways"] = Recurrent("GRU", 3, 2, ("direction", "bidirectional"), ("linear_before_reset", 1)),
        ["RNN both ways with activations"] = Recurrent(
        "RNN", 1, 2, ("direction", "bidirectional"), ("activations", new[] { "LeakyRelu", "Elu" }), ("activation_alpha", new[] { 0.1f, 0.5f })),
        ["RNN with Softsign"] = Recurrent("RNN", 1, 1, ("activations", new[] { "Softsign" })),
        ["GRU that resets before"] = Recurrent("GRU", 3, 1),
        ["GRU that resets before, both ways"] = Recurrent("GRU", 3, 2, ("direction", "bidirectional"), ("linear_before_reset", 0)),
        ["GRU of Keras"] = Recurrent("GRU", 3, 1, ("activations", new[] { "HardSigmoid", "Tanh" })),
        ["GRU of Keras that resets after"] = Recurrent(
            "GRU", 3, 1, ("activations", new[] { "HardSigmoid", "Relu" }), ("activation_alpha", new[] { 0.2f }), ("activation_beta", new[] { 0.5f }),
            ("linear_before_reset", 1)),
        ["GRU with an activation of each direction"] = Recurrent(
            "GRU", 3, 2, ("direction", "bidirectional"), ("activations", new[] { "HardSigmoid", "Elu", "Softsign", "LeakyRelu" }),
            ("activation_alpha", new[] { 0.3f, 0.7f, 0.2f }), ("activation_beta", new[] { 0.5f })),
        ["LSTM of Keras"] = Recurrent("LSTM", 4, 1, ("activations", new[] { "HardSigmoid", "Tanh", "Tanh" })),
        ["LSTM with Softsign"] = Recurrent("LSTM", 4, 1, ("activations", new[] { "sigmoid", "softsign", "softsign" })),
        ["LSTM with activations that have numbers"] = Recurrent(
            "LSTM", 4, 2, ("direction", "bidirectional"),
            ("activations", new[] { "HardSigmoid", "Elu", "Elu", "Sigmoid", "ThresholdedRelu", "ThresholdedRelu" }),
            ("activation_alpha", new[] { 0.25f, 0.5f, 0.5f, 0.1f, 0.1f }), ("activation_beta", new[] { 0.5f })),
        ["LSTM with the identity and Softplus"] = Recurrent(
            "LSTM", 4, 1, ("activations", new[] { "Softplus", "Affine", "Affine" }), ("activation_alpha", new[] { 1f, 1f }),
            ("activation_beta", new[] { 0f, 0f })),
    };

    public static TheoryData<string> Names => [.. models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_predicts_what_the_runtime_makes_of_it(string name) => Imported.PredictsAsRun(models[name]);

    [Theory]
    [InlineData("a factor for each feature", "Dense")]
    [InlineData("BatchNormalization after a product", "Dense BatchNorm")]
    [InlineData("Gelu by Div and Mul", "ActivationLayer Gelu")]
    [InlineData("Sigmoid by Exp", "ActivationLayer Sigmoid")]
    [InlineData("Softplus by Log and Exp", "ActivationLayer Softplus")]
    [InlineData("leaky by Max", "ActivationLayer LeakyRelu(0.125)")]
    [InlineData("Softmax of a multiple", "ActivationLayer Softmax(0.25)")]
    [InlineData("RMS norm by its parts", "RmsNorm")]
    [InlineData("L2 norm by its sum", "ActivationLayer L2Normalize(1E-06)")]
    [InlineData("HardSigmoid of Keras", "Dense HardSigmoid(0.2)")]
    [InlineData("attention by one product and Split", "MultiHeadAttention")]
    [InlineData("pairs", "ActivationLayer Product(3 pairs of 4)")]
    public void A_spelling_becomes_the_layer_that_it_means(string name, string layers)
    {
        IEnumerable<string> words = models[name].Import().Layers.Select(layer => layer switch
        {
            Dense { Activation: not Identity } dense => $"Dense {dense.Activation}",
            ActivationLayer activation => $"ActivationLayer {activation.Activation}",
            _ => layer.Kind,
        });
        string.Join(" ", words).Should().Be(layers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_has_another_number_of_axes_cannot_be_put_side_by_side(int features)
    {
        ModelOf model = new ModelOf(0, 2, features).Node("m = ReduceMean(input)", ("axes", new long[] { 1 }), ("keepdims", 0))
            .Node("output = Concat(input, m)", ("axis", 2));
        model.Invoking(one => one.Import()).Should().Throw<InvalidDataException>().WithMessage("*cannot be put side by side*");
    }

    // Where an operator does not repeat values by itself, a layer does.
    [Theory]
    [InlineData("output = Identity(p)")]
    [InlineData("output = Relu(p)")]
    [InlineData("output = Add(p, p)")]
    [InlineData("output = Concat(input, p)")]
    [InlineData("output = Slice(p, axis, ends, axis)")]
    [InlineData("output = Softmax(p)")]
    public void What_Expand_repeats_counts(string node)
    {
        ModelOf model = new ModelOf(0, 2, 3).List("s", 1, 2, 3).List("axis", 1).List("ends", 2)
            .Node("m = ReduceMean(input)", ("axes", new long[] { 1 })).Node("p = Expand(m, s)");
        Imported.PredictsAsRun(node.Contains("Concat", StringComparison.Ordinal) ? model.Node(node, ("axis", 1)) : model.Node(node));
    }

    [Fact]
    public void The_shape_of_what_Expand_repeats_is_that_of_the_repeated_values()
    {
        ModelOf model = new ModelOf(0, 2, 3).List("s", 1, 2, 3).Node("m = ReduceMean(input)", ("axes", new long[] { 1 })).Node("p = Expand(m, s)")
            .Node("w = Shape(p)", ("start", 1)).Node("f = Cast(w)", ("to", 1))
            .Node("h = ReduceMax(input)", ("axes", new long[] { 2 }), ("keepdims", 0)).Node("output = Add(h, f)");
        float[] y = model.Import().Predict(new float[6]);
        y.Should().Equal(2, 3);
    }

    [Theory]
    [InlineData(true, 0L, 3L, 2L)]
    [InlineData(true, 5L, 3L, 2L)]
    [InlineData(true, 0L, 3L, 0L)]
    [InlineData(false, 0L, 3L, 3L)]
    [InlineData(false, 0L, 6L)]
    [InlineData(false)]
    public void A_declared_shape_of_the_output_that_is_another_than_its_nodes_make_is_refused(bool isSame, params long[] declared)
    {
        ModelOf model = new ModelOf(0, 3, 4).Floats("W", 4, 2).Node("output = MatMul(input, W)");
        model.Graph.Output[0] = ModelOf.Info("output", declared);
        if (isSame)
            model.Import().Output.Should().Be(Shape.Sequence(3, 2));
        else
            model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*\"output\" is declared as *[rows, 3, 2]*");
    }

    [Theory]
    [InlineData(DataKind.Half)]
    [InlineData(DataKind.Brain)]
    [InlineData(DataKind.Wide)]
    [InlineData(DataKind.InItsField)]
    public void Weights_of_other_types_are_converted(DataKind kind)
    {
        // All of these are numbers of every type.
        float[] values = [1, -2, 0.5f, 0.25f, -1.5f, 3];
        var tensor = new Schema.TensorProto { Name = "W", Dims = { 3, 2 } };
        using var raw = new MemoryStream();
        using var writer = new BinaryWriter(raw);
        foreach (float value in values)
        {
            switch (kind)
            {
                case DataKind.Half: tensor.DataType = 10; writer.Write((Half)value); break;
                case DataKind.Brain: tensor.DataType = 16; tensor.Int32Data.Add(BitConverter.SingleToInt32Bits(value) >>> 16); break;
                case DataKind.Wide: tensor.DataType = 11; writer.Write((double)value); break;
                default: tensor.DataType = 1; tensor.FloatData.Add(value); break;
            }
        }

        if (raw.Length > 0)
            tensor.RawData = Google.Protobuf.ByteString.CopyFrom(raw.ToArray());
        ModelOf model = new ModelOf(0, 3).Node("output = MatMul(input, W)");
        model.Graph.Initializer.Add(tensor);
        model.Import().Parameter("0.weight").ToArray().Should().Equal(values);
    }

    [Theory]
    [InlineData("DoubleData")]
    [InlineData("RawData")]
    [InlineData("Constant")]
    public void A_double_that_no_float_can_hold_is_refused(string place)
    {
        var tensor = new Schema.TensorProto { Name = "W", DataType = 11, Dims = { 3, 2 } };
        double[] values = [1, double.PositiveInfinity, -1e38, double.NaN, 1e-300, -1e300];
        if (place == "DoubleData")
            tensor.DoubleData.Add(values);
        else
            tensor.RawData = Google.Protobuf.ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)]);
        ModelOf model = new ModelOf(0, 3).Node("output = MatMul(input, W)");
        if (place == "Constant")
            model.Node("W = Constant()", ("value", tensor));
        else
            model.Graph.Initializer.Add(tensor);
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>()
            .WithMessage($"*{(place == "Constant" ? "Constant 1" : "\"W\"")}*element [2, 1]: *3.4028235E+38 *but got -1E+300*");

        values[5] = double.NegativeInfinity;
        tensor.RawData = Google.Protobuf.ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)]);
        tensor.DoubleData.Clear();
        model.Import().Parameter("0.weight").ToArray().Should().Equal([1, float.PositiveInfinity, -1e38f, float.NaN, 0, float.NegativeInfinity]);
    }

    [Theory]
    [InlineData("output = MatMul(W, input)", "*other way round*")]
    [InlineData("output = Gemm(input, W)", "*mix rows*")]
    [InlineData("output = ReduceMean(input)", "*reduce the rows too*")]
    [InlineData("output = Cast(input)", "*whole numbers are imported as ids*")]
    [InlineData("output = CumSum(input, W)", "*operator is not imported*")]
    public void What_has_no_counterpart_is_refused_with_its_reason(string node, string message)
    {
        ModelOf model = new ModelOf(0, 3).Floats("W", 3, 3);
        _ = node.Contains("Gemm", StringComparison.Ordinal) ? model.Node(node, ("transA", 1)) : node.Contains("Cast", StringComparison.Ordinal)
            ? model.Node(node, ("to", 6)) : model.Node(node);
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    [Theory]
    [InlineData("LSTM", "Sigmoid Softsign Tanh", 1f, 0.5f, "*candidate of the LSTM goes through Softsign, and*Tanh*")]
    [InlineData("LSTM", "Sigmoid LeakyRelu LeakyRelu", 0.1f, 0.5f, "*LeakyRelu(0.1), and*LeakyRelu(0.01)*")]
    [InlineData("GRU", "HardSigmoid Tanh", 0.2f, 0.4f, "*\"HardSigmoid\" of GRU, with its settings, is none*")]
    [InlineData("GRU", "Sigmoid ScaledTanh", 1.7f, 0.6f, "*\"ScaledTanh\" of GRU*")]
    [InlineData("GRU", "Sigmoid Affine", 2f, 0f, "*\"Affine\" of GRU*")]
    [InlineData("GRU", "Sigmoid What", 2f, 0f, "*\"What\" of GRU*")]
    [InlineData("LSTM", "Sigmoid Tanh", 1f, 0f, "*takes 3 activations, and has 2*")]
    public void Activations_within_a_recurrent_layer_that_it_has_not_are_refused(
        string operation, string activations, float alpha, float beta, string message)
    {
        ModelOf model = Recurrent(operation, operation == "LSTM" ? 4 : 3, 1, ("activations", activations.Split(' ')),
            ("activation_alpha", new[] { alpha }), ("activation_beta", new[] { beta }));
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    public enum DataKind
    {
        Half,
        Brain,
        Wide,
        InItsField,
    }

    // [rows, steps, 3] to [rows, steps, directions · 2]
    private static ModelOf Recurrent(string operation, int gates, int directions, params (string Name, object Value)[] attributes) =>
        new ModelOf(0, 4, 3)
        .Floats("W", directions, gates * 2, 3).Floats("R", directions, gates * 2, 2).Floats("B", directions, gates * 4)
            .List("s", 0, 4, directions * 2)
        .Node("t = Transpose(input)", ("perm", new long[] { 1, 0, 2 })).Node($"y = {operation}(t, W, R, B)", [("hidden_size", 2), .. attributes])
        .Node("z = Transpose(y)", ("perm", new long[] { 2, 0, 1, 3 })).Node("output = Reshape(z, s)");
}
