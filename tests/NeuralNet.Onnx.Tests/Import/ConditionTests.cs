using NeuralNet.Onnx.Schema;
using static NeuralNet.Onnx.Tests.Import.ModelOf;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Branches that the sizes decide, and arithmetic on constants.</summary>
public class ConditionTests
{
    // As PyTorch writes squeeze(1): whether the axis has one index is asked in the graph.
    internal static ModelOf Squeezed(long size, int axis)
    {
        ModelOf model = new ModelOf(0, size, 4).List("i", axis).List("one", 1).Floats("W", 4, 3).List("a", axis)
            .Node("h = MatMul(input, W)").Node("s = Shape(h)").Node("n = Gather(s, i)").Node("c = Equal(n, one)").Node("d = Squeeze(c)");
        return model.Node("y = If(d)", ("then_branch", Branch("t", m => m.Node("t = Squeeze(h, a)"))),
            ("else_branch", Branch("e", m => m.Number("two", 2).Node("e = Mul(h, two)")))).Node("output = Tanh(y)");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void The_branch_that_the_sizes_choose_is_followed(int size)
    {
        ModelOf model = Squeezed(size, 1);
        model.Graph.Input[0].Type.TensorType.Shape.Dim[1].DimParam = "steps";
        Network network = OnnxFile.Load(model.Bytes(), steps: size);
        network.Output.Size.Should().Be(3 * size);
        IsAsTheRuntime(model, network, [2, size, 4]);
    }

    [Fact]
    public void A_branch_that_the_number_of_rows_chooses_is_refused_and_goes_with_one_row()
    {
        ModelOf model = Squeezed(5, 0);
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>()
            .WithMessage("*(Equal): what it computes depends on how many rows there are*rows: OnnxRows.One*");
        Network network = OnnxFile.Load(model.Bytes(), rows: OnnxRows.One);
        IsAsTheRuntime(model, network, [1, 5, 4]);
    }

    [Fact]
    public void Branches_within_branches_may_use_names_again()
    {
        ModelOf model = new ModelOf(0, 3).Node("yes = Constant()", ("value", new TensorProto { DataType = (int)DataType.Bool, Int32Data = { 1 } }))
            .Node("no = Not(yes)").Node("p = Tanh(input)");
        GraphProto Inner(string output) => Branch(output, m => m.Number("c", 3).Node($"{output} = Add(p, c)"));
        GraphProto Outer(string condition) => Branch("r", m => m.Node("t = Relu(p)").Number("k", 2).Node($"u = If({condition})",
            ("then_branch", Inner("v")), ("else_branch", Branch("v", n => n.Node("v = Neg(t)")))).Node("r = Mul(u, k)"));
        model.Node("x = If(yes)", ("then_branch", Outer("no")), ("else_branch", Outer("yes")))
            .Node("y = If(no)", ("then_branch", Outer("no")), ("else_branch", Outer("yes"))).Node("output = Sub(x, y)");
        IsAsTheRuntime(model, model.Import(), [2, 3]);
    }

    [Fact]
    public void Conditions_and_branches_that_cannot_be_followed_are_refused()
    {
        GraphProto same = Branch("t", m => m.Node("t = Relu(input)"));
        Refused(new ModelOf(0, 1).Node("c = Cast(input)", ("to", 9)).Node("output = If(c)", ("then_branch", same), ("else_branch", same)),
            "*depends on the values that the network is given*");
        ModelOf Known() => new ModelOf(0, 3)
            .Node("yes = Constant()", ("value", new TensorProto { DataType = (int)DataType.Bool, Int32Data = { 1 } }));
        Refused(Known().Node("output = If(yes)", ("then_branch", same)), "*no else_branch*");
        Refused(Known().Node("output = If(yes)", ("then_branch", Branch("t", m => m.Node("t = Det(input)"))), ("else_branch", same)), "*(Det): *");
        Refused(Known().Node("output = If(yes)", ("then_branch", Branch("t", m => m.Node("t = Relu(nowhere)"))), ("else_branch", same)),
            "*reads \"nowhere\", which nothing makes*");
        Refused(Known().Node("t = Tanh(input)").Node("o = If(yes)", ("then_branch", same), ("else_branch", same)).Node("output = Add(o, t)"),
            "*its branch makes \"t\", which the graph around it has already*");
        Refused(Known().Node("output, more = If(yes)", ("then_branch", same), ("else_branch", same)), "*other outputs than the node*");
    }

    private static readonly Dictionary<string, ModelOf> constants = new()
    {
        ["Mod"] = Ints().Node("c = Mod(a, b)").Node("f = Cast(c)", ("to", 1)),
        ["Mod as C has it"] = Ints().Node("c = Mod(a, b)", ("fmod", 1)).Node("f = Cast(c)", ("to", 1)),
        ["Div"] = Ints().Node("c = Div(a, b)").Node("f = Cast(c)", ("to", 1)),
        ["Less of floats"] = Floats().Node("c = Less(x, y)").Node("f = Cast(c)", ("to", 1)),
        ["Xor"] = Floats().Node("c = Less(x, y)").Node("d = Greater(x, z)").Node("e = Xor(c, d)").Node("f = Cast(e)", ("to", 1)),
        ["Floor"] = Floats().Node("f = Floor(x)"),
        ["Ceil"] = Floats().Node("f = Ceil(x)"),
        ["Round"] = Floats().Node("f = Round(x)"),
        ["Sign"] = Floats().Node("f = Sign(x)"),
        ["Erf"] = Floats().Node("f = Erf(x)"),
        ["Clip"] = Floats().Number("l", -0.5f).Number("h", 1).Node("f = Clip(x, l, h)"),
        ["Clip of whole numbers"] = Ints().Index("l", -3).Node("c = Clip(a, l)").Node("f = Cast(c)", ("to", 1)),
        ["Mod of floats"] = Floats().Node("f = Mod(x, y)", ("fmod", 1)),
        ["weight normalization"] = new ModelOf(0, 4).Floats("v", 4, 4).Floats("g", 1, 4)
            .Node("n = ReduceL2(v)", ("axes", new long[] { 0 }), ("keepdims", 1)).Node("q = Div(v, n)").Node("w = Mul(q, g)")
            .Node("u = MatMul(w, v)").Node("f = ReduceMean(u)", ("axes", new long[] { 0 }), ("keepdims", 0)),
        ["ReduceMax"] = Square().Node("f = ReduceMax(m)", ("axes", new long[] { 1 }), ("keepdims", 0)),
        ["ReduceMin"] = Square().Node("f = ReduceMin(m)", ("axes", new long[] { -2 }), ("keepdims", 0)),
        ["ReduceL1"] = Square().Node("f = ReduceL1(m)", ("axes", new long[] { 0 })),
        ["ReduceSumSquare of all"] = Square().Node("f = ReduceSumSquare(m)", ("keepdims", 0)),
        ["ReduceSum and ReduceProd"] = Square().List("one", 1).Node("s = ReduceSum(m, one)", ("keepdims", 0))
            .Node("p = ReduceProd(m)", ("axes", new long[] { 1 }), ("keepdims", 0)).Node("f = Add(s, p)"),
        ["ReduceProd of sizes"] = new ModelOf(0, 4).Node("s = Shape(input)", ("start", 1)).Node("p = ReduceProd(s)", ("keepdims", 0))
            .Node("f = Cast(p)", ("to", 1)),
        ["CumSum"] = Square().Index("one", 1).Node("c = CumSum(m, one)", ("exclusive", 1)).Node("d = CumSum(c, one)", ("reverse", 1))
            .Node("f = ReduceMean(d)", ("axes", new long[] { 0 }), ("keepdims", 0)),
        ["CumSum of whole numbers"] = Ints().Index("zero", 0).Node("c = CumSum(a, zero)", ("reverse", 1), ("exclusive", 1))
            .Node("f = Cast(c)", ("to", 1)),
        ["Trilu"] = Square().Index("one", 1).Node("u = Trilu(m, one)").Node("l = Trilu(m)", ("upper", 0)).Node("d = Sub(u, l)")
            .Node("f = ReduceMean(d)", ("axes", new long[] { 1 }), ("keepdims", 0)),
    };

    public static TheoryData<string> Constants => [.. constants.Keys];

    [Theory]
    [MemberData(nameof(Constants))]
    public void Constants_are_computed_as_the_runtime_does(string name)
    {
        ModelOf model = constants[name];
        if (model.Graph.Node[^1].Output[0] != "output")
            model.Node("output = Add(input, f)");
        IsAsTheRuntime(model, model.Import(), [3, 4]);
    }

    [Theory]
    [InlineData("Equal", 1, false)]
    [InlineData("Equal", -1, true)]
    [InlineData("Less", 5, false)]
    [InlineData("Greater", 0, true)]
    [InlineData("Min", 5, false)]
    [InlineData("Max", 1, true)]
    [InlineData("Div", 2, false)]
    [InlineData("Mod", 2, false)]
    public void What_the_number_of_rows_decides_is_refused(string operation, long number, bool isDecided)
    {
        ModelOf model = new ModelOf(0, 4).List("zero", 0).List("n", number).Node("s = Shape(input)").Node("r = Gather(s, zero)")
            .Node($"c = {operation}(r, n)").Node("f = Cast(c)", ("to", 1)).Node("t = Mul(f, w)").Number("w", 0).Node("output = Add(input, t)");
        if (isDecided)
            model.Import().Predict([1, 2, 3, 4]).Should().Equal(1, 2, 3, 4);
        else
            Refused(model, "*depends on how many rows there are*");
    }

    [Fact]
    public void Arithmetic_on_constants_that_is_wrong_or_too_large_is_refused()
    {
        Refused(Ints().List("z", 0, 0, 0, 0).Node("c = Mod(a, z)").Node("f = Cast(c)", ("to", 1)).Node("output = Add(input, f)"), "*divides by 0*");
        Refused(new ModelOf(0, 4).List("s", 1 << 15, 1 << 15).Node("c = ConstantOfShape(s)").Node("d = ReduceSum(c)").Node("output = Add(input, d)"),
            "*values that the file does not hold*");
        Refused(new ModelOf(0, 4).List("s", 1 << 10, 1 << 10).Node("c = ConstantOfShape(s)").Node("d = MatMul(c, c)")
            .Node("output = MatMul(input, d)"),
            "*values that the file does not hold*");
        Refused(new ModelOf(0, 4).List("s", 1 << 30, 1 << 30).Node("c = ConstantOfShape(s)").Node("d = Trilu(c)").Node("output = Add(input, d)"),
            "*values that the file does not hold*");
        Refused(Ints().Index("i", 7).Node("c = CumSum(a, i)").Node("output = Add(input, c)"), "*there is no axis 7*");
    }

    private static ModelOf Ints() => new ModelOf(0, 4).List("a", -7, 7, 5, -8).List("b", 3, -3, 2, 2);

    private static ModelOf Floats() => new ModelOf(0, 4).Scales("x", -1.5f, 0.5f, 2.5f, 0.2f).Scales("y", -1.2f, 0.7f, 2, 0.2f)
        .Scales("z", -2, 0.6f, 2.2f, 0.1f);

    private static ModelOf Square() => new ModelOf(0, 4).Floats("m", 4, 4);

    private static void IsAsTheRuntime(ModelOf model, Network network, int[] sizes)
    {
        var stream = new RandomStream(6);
        float[] x = [.. Enumerable.Range(0, sizes.Aggregate((product, size) => product * size)).Select(i => stream.Normal(0, i))];
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        Imported.Close(Same.Predict(network, x, sizes[0]), runtime.RunAsItIs(x, sizes));
    }

    private static void Refused(ModelOf model, string message) =>
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(message);
}
