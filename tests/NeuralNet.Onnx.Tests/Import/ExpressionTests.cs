namespace NeuralNet.Onnx.Tests.Import;

/// <summary>What exporters write element by element, along axes and with constants, where the library puts several layers together.</summary>
public class ExpressionTests
{
    private static readonly long[] last = [-1], steps = [1], both = [1, 2], ends = [1, 3], sides = [2, 3], bodies = [1, 2], lines = [2];

    private static readonly Dictionary<string, ModelOf> models = new()
    {
        // Sums and means.
        ["a sum of features"] = new ModelOf(0, 4).List("a", -1).Node("output = ReduceSum(input, a)"),
        ["a sum of steps"] = new ModelOf(0, 4, 3).List("a", 1).Node("output = ReduceSum(input, a)", ("keepdims", 0)),
        ["a sum of both"] = new ModelOf(0, 4, 3).List("a", 1, 2).Node("output = ReduceSum(input, a)", ("keepdims", 0)),
        ["a sum of the features of each step"] = new ModelOf(0, 4, 3).List("a", 2).Node("output = ReduceSum(input, a)"),
        ["a mean of the features of each step"] = new ModelOf(0, 4, 3).Node("output = ReduceMean(input)", ("axes", last)),
        ["a mean of channels"] = new ModelOf(0, 3, 2, 4).Node("output = ReduceMean(input)", ("axes", steps)),
        ["a mean of lines"] = new ModelOf(0, 3, 2, 4).Node("output = ReduceMean(input)", ("axes", new long[] { 2 })),
        ["a mean of channels and columns"] = new ModelOf(0, 3, 2, 4).Node("output = ReduceMean(input)", ("axes", ends)),
        ["a mean of everything"] = new ModelOf(0, 3, 2, 4).Node("output = ReduceMean(input)", ("axes", new long[] { 1, 2, 3 }), ("keepdims", 0)),
        ["the smallest"] = new ModelOf(0, 4, 3).Node("output = ReduceMin(input)", ("axes", last)),
        ["a sum of magnitudes"] = new ModelOf(0, 4, 3).Node("output = ReduceL1(input)", ("axes", last)),
        ["a sum of squares"] = new ModelOf(0, 4, 3).Node("output = ReduceSumSquare(input)", ("axes", last)),
        ["a length"] = new ModelOf(0, 4).Node("output = ReduceL2(input)", ("axes", last)),
        ["a length of each step"] = new ModelOf(0, 4, 3).Node("output = ReduceL2(input)", ("axes", last), ("keepdims", 0)),
        ["a table of columns"] = new ModelOf(0, 6).Number("z", 0).Node("i = Constant()", ("value", Indices()))
            .Node("output = Gather(input, i)", ("axis", 1)),
        ["sums with axes as an attribute"] = new ModelOf(11, [0, 4, 3]).Node("output = ReduceSum(input)", ("axes", last)),
        ["the mean of three"] = new ModelOf(0, 4).Node("t = Tanh(input)").Node("r = Relu(input)").Node("output = Mean(input, t, r)"),

        // Dueling heads: V + A − mean A, in the orders that are written.
        ["dueling heads"] = Dueling("d = Sub(a, m)", "output = Add(v, d)"),
        ["dueling heads, added first"] = Dueling("d = Add(v, a)", "output = Sub(d, m)"),
        ["dueling heads, added last"] = Dueling("d = Sub(v, m)", "output = Add(a, d)"),
        ["dueling heads with the largest"] = Dueling("d = Add(v, a)", "output = Sub(d, m)", "ReduceMax"),

        // One number for each vector, and one vector for each step.
        ["a gate of one number"] = new ModelOf(0, 4).Floats("W", 4, 1).Floats("V", 4, 5).Node("g = MatMul(input, W)").Node("s = Sigmoid(g)")
            .Node("h = MatMul(input, V)").Node("output = Mul(s, h)"),
        ["a gate of each step"] = new ModelOf(0, 4, 3).Floats("W", 3, 1).Node("g = MatMul(input, W)").Node("s = Sigmoid(g)")
            .Node("output = Mul(input, s)"),
        ["attention pooling"] = new ModelOf(0, 4, 3).Floats("W", 3, 1).List("a", 1).Node("g = MatMul(input, W)").Node("s = Softmax(g)", ("axis", 1))
            .Node("p = Mul(input, s)").Node("output = ReduceSum(p, a)", ("keepdims", 0)),
        ["a vector for all steps"] = new ModelOf(0, 4, 3).Node("m = ReduceMean(input)", ("axes", steps)).Node("output = Sub(input, m)"),
        ["a number for all steps and features"] = new ModelOf(0, 4, 3).Node("m = ReduceMean(input)", ("axes", both)).Node("output = Sub(input, m)"),
        ["rows and columns of a table"] = new ModelOf(0, 4, 3).Node("r = ReduceMean(input)", ("axes", steps))
            .Node("c = ReduceMean(input)", ("axes", last))
            .Node("output = Add(r, c)"),
        ["a constant that repeats a number"] = new ModelOf(0, 4).Floats("W", 4, 1).Floats("b", 5).Node("g = MatMul(input, W)")
            .Node("output = Add(g, b)"),
        ["one repeated by Expand"] = new ModelOf(0, 4).Floats("W", 4, 1).List("s", 1, 5).Node("g = MatMul(input, W)").Node("output = Expand(g, s)"),
        ["one repeated by Tile"] = new ModelOf(0, 4).Floats("W", 4, 1).List("s", 1, 5).Node("g = MatMul(input, W)").Node("output = Tile(g, s)"),
        ["a context for each step by Expand"] = new ModelOf(0, 4, 3).List("s", 1, 4, 3).Node("m = ReduceMax(input)", ("axes", steps))
            .Node("e = Expand(m, s)").Node("output = Concat(input, e)", ("axis", 2)),

        // Squeeze and excitation.
        ["squeeze by ReduceMean, excite by Conv"] = Squeezed(keeps: true),
        ["squeeze by GlobalAveragePool, excite by Gemm"] = Squeezed(keeps: false),
        ["a number for each pixel"] = new ModelOf(0, 3, 2, 4).Node("m = ReduceMean(input)", ("axes", steps)).Node("s = Sigmoid(m)")
            .Node("output = Mul(input, s)"),

        // Columns.
        ["columns in another order"] = new ModelOf(0, 6).List("i", 4, 0, 1, 5).Node("output = Gather(input, i)", ("axis", 1)),
        ["channels in another order"] = new ModelOf(0, 3, 2, 4).List("i", 2, 0, 1, 1).Node("output = Gather(input, i)", ("axis", 1)),
        ["steps in another order"] = new ModelOf(0, 5, 3).List("i", 3, 0, 4).Node("output = Gather(input, i)", ("axis", 1)),
        ["columns before a matrix"] = new ModelOf(0, 6).List("i", 4, 0, 1).Floats("W", 3, 2).Node("c = Gather(input, i)", ("axis", 1))
            .Node("output = MatMul(c, W)"),

        // Limits.
        ["lower limits"] = new ModelOf(0, 4).Floats("c", 4).Node("output = Max(input, c)"),
        ["upper limits"] = new ModelOf(0, 4).Floats("c", 4).Node("output = Min(c, input)"),
        ["limits of steps"] = new ModelOf(0, 4, 3).Floats("c", 4, 1).Node("output = Max(input, c)"),
        ["limits that are far away"] = new ModelOf(0, 3).Scales("c", float.NegativeInfinity, -1e30f, 0)
            .Scales("d", 1e30f, 0.5f, float.PositiveInfinity)
            .Node("h = Max(input, c)").Node("output = Min(h, d)"),
        ["the larger of two"] = new ModelOf(0, 4).Node("t = Neg(input)").Node("s = Sigmoid(t)").Node("output = Max(input, s)"),
        ["the smaller of two"] = new ModelOf(0, 4, 3).Node("s = Sigmoid(input)").Node("output = Min(s, input)"),

        // Choices.
        ["a choice by a constant"] = new ModelOf(0, 4).List("m", 1, 0, 0, 1).Number("z", -7).Node("c = Cast(m)", ("to", 9))
            .Node("output = Where(c, input, z)"),
        ["a choice by a constant, the other way round"] = new ModelOf(0, 4).List("m", 1, 0, 0, 1).Floats("z", 4).Node("c = Cast(m)", ("to", 9))
            .Node("output = Where(c, z, input)"),
        ["a choice of two by a constant"] = new ModelOf(0, 3, 4).List("m", 1, 0, 0, 1).Node("t = Tanh(input)").Node("c = Cast(m)", ("to", 9))
            .Node("output = Where(c, input, t)"),
        ["a leaky Relu by Where"] = new ModelOf(0, 4).Number("z", 0).Number("s", 0.1f).Node("g = Greater(input, z)").Node("m = Mul(input, s)")
            .Node("output = Where(g, input, m)"),
        ["Elu by Where"] = new ModelOf(0, 4).Number("z", 0).Number("o", 1).Node("g = LessOrEqual(input, z)").Node("e = Exp(input)")
            .Node("m = Sub(e, o)").Node("output = Where(g, m, input)"),
        ["Relu by a factor"] = new ModelOf(0, 4).Number("z", 0).Node("g = Less(z, input)").Node("m = Cast(g)", ("to", 1))
            .Node("output = Mul(input, m)"),
        ["hard Tanh by two choices"] = new ModelOf(0, 4).Number("l", -1).Number("h", 1).Node("a = Less(input, l)").Node("b = Greater(input, h)")
            .Node("c = Where(a, l, input)").Node("output = Where(b, h, c)"),
        ["Softmax with its guard"] = new ModelOf(0, 4).Number("z", 0).Node("s = Softmax(input)").Node("n = IsNaN(s)").Node("output = Where(n, z, s)"),

        // Powers and shrinkage.
        ["a square"] = new ModelOf(0, 4).Number("p", 2).Node("output = Pow(input, p)"),
        ["a cube by products"] = new ModelOf(0, 4).Node("s = Mul(input, input)").Node("output = Mul(s, input)"),
        ["soft shrinkage"] = new ModelOf(0, 4).Node("output = Shrink(input)", ("bias", 0.5f)),
        ["hard shrinkage"] = new ModelOf(0, 4).Node("output = Shrink(input)"),
    };

    private static readonly Dictionary<string, ModelOf> inFile = new()
    {
        ["the largest of the second of three axes"] = new ModelOf(0, 2, 3, 4).Floats("W", 4, 4).Node("h = MatMul(input, W)")
            .Node("output = ReduceMax(h)", ("axes", new long[] { 2 })),
        ["squeeze with the channels last"] = new ModelOf(0, 2, 4, 3).Floats("W", 3, 2).Floats("V", 2, 3)
            .Node("m = ReduceMean(input)", ("axes", bodies)).Node("h = MatMul(m, W)").Node("r = Relu(h)").Node("g = MatMul(r, V)")
            .Node("s = HardSigmoid(g)", ("alpha", 0.2f)).Node("output = Mul(input, s)"),
        ["a number of each pixel with the channels last"] = new ModelOf(0, 2, 4, 3).Node("m = ReduceMax(input)", ("axes", last))
            .Node("output = Add(input, m)"),
        ["lines and columns"] = new ModelOf(0, 2, 4, 3).Node("m = ReduceMean(input)", ("axes", ends)).Node("n = ReduceMean(input)", ("axes", lines))
            .Node("output = Add(n, m)"),
    };

    public static TheoryData<string> NamesInFile => [.. inFile.Keys];

    public static TheoryData<string> Names => [.. models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_predicts_what_the_runtime_makes_of_it(string name) => Imported.PredictsAsRun(models[name]);

    [Theory]
    [MemberData(nameof(NamesInFile))]
    public void A_model_whose_rows_stay_as_they_are_predicts_what_the_runtime_makes_of_it(string name) => Imported.PredictsAsRunInFile(inFile[name]);

    [Theory]
    [InlineData("a leaky Relu by Where", "LeakyRelu(0.1)")]
    [InlineData("Elu by Where", "Elu(1)")]
    [InlineData("Relu by a factor", "Relu")]
    [InlineData("hard Tanh by two choices", "HardTanh(-1, 1)")]
    [InlineData("Softmax with its guard", "Softmax")]
    public void A_choice_is_known_as_the_activation_that_it_is(string name, string activation)
    {
        Layer layer = models[name].Import().Layers.Should().ContainSingle().Subject;
        layer.Should().BeOfType<ActivationLayer>().Which.Activation.ToString().Should().Be(activation);
    }

    // What is chosen, limited or repeated is not computed with: an infinite value stays what it is, and does not become NaN elsewhere.
    [Theory]
    [InlineData("columns in another order")]
    [InlineData("lower limits")]
    [InlineData("upper limits")]
    [InlineData("a choice by a constant")]
    [InlineData("a choice of two by a constant")]
    public void Infinite_values_stay_where_they_are(string name)
    {
        ModelOf model = models[name];
        Network network = model.Import();
        float[] x = Same.Inputs(network, 2, seed: 1);
        (x[0], x[2], x[^1]) = (float.PositiveInfinity, float.NegativeInfinity, float.PositiveInfinity);
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        Imported.Close(Same.Predict(network, x, 2), runtime.Run(x, 2, network.Input).Values);
    }

    [Theory]
    [InlineData("output = ArgMax(input)", "*index of the largest output*")]
    [InlineData("n = IsNaN(input);output = Where(n, c, input)", "*replace missing values in the data*")]
    [InlineData("g = Greater(input, c);output = Where(g, c, input);", null)]
    [InlineData("g = Greater(input, c);output = Cast(g)", "*no activation that this*")]
    [InlineData("t = Tanh(input);output = Div(t, input)", "*divided by computed ones*")]
    [InlineData("output = Reciprocal(input)", "*divided by computed ones*")]
    [InlineData("output = Sqrt(input)", "*no activation that this*")]
    [InlineData("output = Tile(input, two)", "*write it with Concat*")]
    public void What_no_layers_compute_is_refused_with_its_reason(string nodes, string? message)
    {
        ModelOf model = new ModelOf(0, 3).Number("c", 0.5f).List("two", 1, 2);
        foreach (string node in nodes.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            _ = node.Contains("Cast", StringComparison.Ordinal) ? model.Node(node, ("to", 1)) : model.Node(node);
        }

        if (message is null)
            Imported.PredictsAsRun(model);
        else
            model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(message);
    }

    private static Schema.TensorProto Indices()
    {
        Schema.TensorProto indices = ModelOf.Integers("", 4, 0, 1, 5, 5, 2);
        indices.Dims.Clear();
        indices.Dims.Add([2, 3]);
        return indices;
    }

    private static ModelOf Dueling(string first, string second, string operation = "ReduceMean") => new ModelOf(0, 4).Floats("T", 4, 6)
        .Floats("V", 6, 1).Floats("A", 6, 3).Floats("c", 3).Node("t = MatMul(input, T)").Node("h = Relu(t)").Node("v = MatMul(h, V)")
        .Node("w = MatMul(h, A)").Node("a = Add(w, c)").Node($"m = {operation}(a)", ("axes", last)).Node(first).Node(second);

    private static ModelOf Squeezed(bool keeps)
    {
        ModelOf model = new ModelOf(0, 3, 2, 4).Floats("K", 4, 3, 1, 1).List("u", 2, 3).Node("x = Conv(input, K)");
        if (keeps)
        {
            return model.Floats("W", 2, 4, 1, 1).Floats("V", 4, 2, 1, 1).Node("m = ReduceMean(x)", ("axes", sides)).Node("h = Conv(m, W)")
                .Node("r = Relu(h)").Node("g = Conv(r, V)").Node("s = HardSigmoid(g)", ("alpha", 1 / 6f)).Node("output = Mul(s, x)");
        }

        return model.Floats("W", 2, 4).Floats("V", 4, 2).Node("m = GlobalAveragePool(x)").Node("f = Flatten(m)")
            .Node("h = Gemm(f, W)", ("transB", 1)).Node("r = Relu(h)").Node("g = Gemm(r, V)", ("transB", 1)).Node("s = Sigmoid(g)")
            .Node("q = Unsqueeze(s, u)").Node("output = Mul(x, q)");
    }
}
