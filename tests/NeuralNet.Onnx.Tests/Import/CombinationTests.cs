using NeuralNet.Onnx.Schema;
using static NeuralNet.Onnx.Tests.Import.ModelOf;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>
/// What no test of one operator has: branches beside transformations and repeated values, refused values beside others, outputs that are
/// repeated, constants that are repeated for each row. What is imported predicts what ONNX Runtime makes of the same file.
/// </summary>
public class CombinationTests
{
    private static readonly Dictionary<string, ModelOf> graphs = new()
    {
        ["power in branch"] = Power(0),
        ["power in branch, constants around"] = Power(1),
        ["power"] = Power(2),
        ["power looked into by a branch"] = Power(3),
        ["power of repeated"] = Power(4),
        ["power of quantized"] = Power(5),
        ["power of nothing"] = Power(6),
        ["output of rows of none"] = Outputs(Two(new ModelOf(0, 3), "other", 3).Node("s = Shape(input)").Node("e = Expand(other, s)")
            .Node("t = Neg(input)"),
            "e", "t"),
        ["output too large"] = new ModelOf(0, 1).List("s", 1, 3000000000).Node("output = Expand(input, s)"),
        ["output too large twice"] = new ModelOf(0, 1).List("s", 3000000000, 1, 3000000000).Node("output = Expand(input, s)"),
        ["unknown and repeated"] = Outputs(new ModelOf(0, 1).List("s", 1, 3).Node("d = Det(input)").Node("e = Expand(d, s)")
            .Node("f = Expand(input, s)"),
            "e", "f"),
        ["unknown and repeated together"] = new ModelOf(0, 1).List("s", 1, 3).Node("d = Det(input)").Node("f = Expand(input, s)")
            .Node("output = Add(f, d)"),
        ["expanded constant"] = new ModelOf(0, 1, 3).Floats("c", 1, 1, 3).List("i", 0).List("r", 5, 3).Node("s = Shape(input)")
            .Node("n = Gather(s, i)")
            .Node("t = Concat(n, r)", ("axis", 0)).Node("e = Expand(c, t)").Node("output = Add(input, e)"),
        ["expanded constant added up"] = new ModelOf(0, 3).Floats("c", 1, 3).List("a", 0).Node("s = Shape(input)").Node("e = Expand(c, s)")
            .Node("u = ReduceSum(e, a)").Node("output = Add(input, u)"),
        ["expanded constant elsewhere"] = new ModelOf(0, 3).Floats("c", 3).Node("s = Shape(input)").Node("e = Expand(c, s)").Node("f = Mul(e, e)")
            .Node("g = Neg(f)").Node("output = Add(input, g)"),
        ["expanded constant transposed"] = new ModelOf(0, 3).Floats("c", 3).Node("s = Shape(input)").Node("e = Expand(c, s)").Node("f = Transpose(e)")
            .Node("g = Transpose(input)").Node("h = Add(f, g)").Node("output = Transpose(h)"),
        ["expanded constant reshaped"] = new ModelOf(0, 3).Floats("c", 3).List("r", -1, 3).Node("s = Shape(input)").Node("e = Expand(c, s)")
            .Node("f = Reshape(e, r)").Node("output = Add(f, input)"),
        ["expanded constant as shape"] = new ModelOf(0, 3).Floats("c", 3).Node("s = Shape(input)").Node("e = Expand(c, s)").Node("f = Shape(e)")
            .Node("g = Reshape(input, f)").Node("output = Add(g, input)"),
        ["if of repeated"] = If(new ModelOf(0, 1), Branch("b", b => b.List("s", 1, 4).Node("b = Expand(input, s)"))).Node("output = Mul(y, input)"),
        ["if of repeated as output"] = Outputs(If(new ModelOf(0, 1), Branch("b", b => b.List("s", 1, 4).Node("b = Expand(input, s)"))), "y"),
        ["if of constant"] = If(new ModelOf(0, 3), Branch("b", b => b.Floats("b", 3).Node("unused = Neg(input)"))).Node("output = Mul(y, input)"),
        ["if of input"] = If(new ModelOf(0, 3), Branch("b", b => b.Node("b = Identity(input)"))).Node("output = Mul(y, input)"),
        ["if of unknown"] = If(new ModelOf(0, 3), Branch("b", b => b.Node("b = Det(input)"))).Node("output = Mul(y, input)"),
        ["mask in branch"] = If(new ModelOf(0, 3), Branch("b", b => b.Number("z", 0).Node("g = Greater(input, z)").Node("b = Where(g, input, z)")))
            .Node("output = Neg(y)"),
        ["norm in branch"] = If(new ModelOf(0, 3), Branch("b", b => b.Node("g = ReduceMean(input)", Axes(1)).Node("b = Sub(input, g)")))
            .Node("output = Neg(y)"),
        ["where of expand"] = new ModelOf(0, 1, 3).List("s", 1, 4, 3).Node("e = Expand(input, s)").Mask("m", [1, 0, 0, 1], 4, 1).Number("z", 1)
            .Node("output = Where(m, e, z)"),
        ["where of both"] = new ModelOf(0, 1, 3).List("s", 1, 4, 3).Node("e = Expand(input, s)").Mask("m", [1, 0, 0, 1], 4, 1).Node("n = Tanh(e)")
            .Node("output = Where(m, n, input)"),
        ["where of two axes"] = new ModelOf(0, 2, 3).Mask("m", [1, 0, 0, 1, 1, 0], 2, 3).Floats("z", 2, 1).Node("output = Where(m, input, z)"),
        ["where transposed"] = new ModelOf(0, 2, 3).Mask("m", [1, 0, 0, 1, 1, 0], 3, 2).Floats("z", 2).Node("t = Transpose(input)", Perm(0, 2, 1))
            .Node("w = Where(m, z, t)").Node("output = Transpose(w)", Perm(0, 2, 1)),
        ["where always"] = new ModelOf(0, 2, 3).Mask("m", [1], 1).Floats("z", 2, 1).Node("output = Where(m, z, input)"),
        ["where with a larger mask"] = new ModelOf(0, 1, 3).Mask("m", [1, 0, 0, 1], 4, 1).Number("z", 2).Node("output = Where(m, z, input)"),
        ["where with larger values"] = new ModelOf(0, 1, 3).Mask("m", [1, 0, 1], 3).Floats("z", 4, 3).Node("output = Where(m, z, input)"),
        ["where empty"] = new ModelOf(0, 3).Mask("m", [1, 0, 1], 3).Floats("z", 0).Node("output = Where(m, z, input)"),
        ["where empty mask"] = new ModelOf(0, 3).Mask("m", [], 0).Floats("z", 3).Node("output = Where(m, z, input)"),
        ["max empty"] = new ModelOf(0, 3).Floats("z", 0).Node("output = Max(z, input)"),
        ["max empty 1"] = new ModelOf(0, 1).Floats("z", 0).Node("output = Max(z, input)"),
        ["expand empty"] = new ModelOf(0, 3).Floats("z", 0).Node("s = Shape(input)").Node("e = Expand(z, s)").Node("output = Max(e, input)"),
        ["steps"] = new ModelOf(0, 1, 3).List("r", 1, 5, 1).Node("e = Expand(input, r)").Node("m = ReduceMax(e)", Axes(1, 2))
            .Node("output = Sub(e, m)"),
        ["reduce of reduce"] = new ModelOf(0, 4, 3).Node("m = ReduceMax(input)", Axes(1)).Node("k = ReduceMax(m)", Axes(2))
            .Node("output = Sub(input, k)"),
        ["max min several"] = new ModelOf(0, 4, 3).Node("m = ReduceMax(input)", Axes(1)).Node("k = ReduceMin(input)", Axes(2))
            .Node("output = Max(m, k, input)"),
        ["mod of both"] = new ModelOf(0, 4, 3).Node("m = ReduceL1(input)", Axes(1)).Node("k = ReduceL1(input)", Axes(2)).Node("n = Add(m, k)")
            .Node("output = Div(input, n)"),
        ["wide apart"] = new ModelOf(0, 2, 3, 2).Node("m = ReduceL1(input)", Axes(1, 3)).Node("output = Sub(input, m)"),
        ["wide apart min"] = new ModelOf(0, 2, 3, 2).Node("m = ReduceMin(input)", Axes(3, 1), ("keepdims", 0)).Node("output = Neg(m)"),
        ["negative axes"] = new ModelOf(0, 2, 3, 2).Node("m = ReduceMin(input)", Axes(-1, 1), ("keepdims", 0)).Node("output = Neg(m)"),
        ["L2 of one"] = new ModelOf(0, 1, 3).Node("m = ReduceL2(input)", Axes(1)).Node("output = Neg(m)"),
        ["L2 of ones"] = new ModelOf(0, 1, 3, 1).Node("m = ReduceL2(input)", Axes(1, 3)).Node("output = Neg(m)"),
        ["SumSquare of ones"] = new ModelOf(0, 1, 3, 1).Node("m = ReduceSumSquare(input)", Axes(1, 3)).Node("output = Neg(m)"),
        ["SumSquare of ones beside"] = new ModelOf(0, 3, 1, 1).Node("m = ReduceSumSquare(input)", Axes(2, 3)).Node("output = Neg(m)"),
        ["SumSquare of one and more"] = new ModelOf(0, 1, 3, 2).Node("m = ReduceSumSquare(input)", Axes(1, 3)).Node("output = Neg(m)"),
    };

    // Of those that are refused, the words.
    private static readonly Dictionary<string, string> refused = new()
    {
        ["power in branch, constants around"] = "*is not imported; with one number it is*",
        ["power looked into by a branch"] = "*is not imported; with one number it is*",
        ["power of quantized"] = "*arithmetic on quantized numbers*",
        ["power of nothing"] = "*",
        ["output of rows of none"] = "The output \"e\" is not imported: [1, 3] cannot be repeated to [rows, 3]*",
        ["output too large"] = "The output \"output\" is not imported: a row would have too many values.",
        ["output too large twice"] = "The output \"output\" is not imported: a row would have too many values.",
        ["unknown and repeated"] = "*(Det)*",
        ["unknown and repeated together"] = "*(Det)*",
        ["expanded constant added up"] = "*(ReduceSum): it takes a constant that Expand repeats for each row*",
        ["expanded constant reshaped"] = "*(Reshape): it takes a constant*",
        ["expanded constant as shape"] = "*(Shape): it takes a constant*",
        ["if of unknown"] = "*(Det)*",
        ["where always"] = "*always chooses the constant*",
        ["where empty"] = "*cannot be broadcast*",
        ["where empty mask"] = "*cannot be broadcast*",
        ["max empty"] = "*cannot be broadcast*",
        ["expand empty"] = "*cannot be broadcast*",
        ["max empty 1"] = "*cannot be repeated*",
        ["mod of both"] = "*divided by computed ones*",
        ["L2 of ones"] = "*do not lie in one piece*",
        ["SumSquare of ones"] = "*do not lie in one piece*",
        ["SumSquare of one and more"] = "*do not lie in one piece*",
    };

    public static TheoryData<string> Names => [.. graphs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_combination_is_read_right_or_refused(string name)
    {
        ModelOf model = graphs[name];
        if (refused.TryGetValue(name, out string? words))
        {
            FluentActions.Invoking(() => OnnxFile.Load(model.Bytes())).Should().Throw<InvalidDataException>().WithMessage(words);
            return;
        }

        int[] sizes = [.. model.Graph.Input[0].Type.TensorType.Shape.Dim.Select(axis => axis.DimValue == 0 ? 2 : (int)axis.DimValue)];
        var stream = new RandomStream(3);
        float[] x = [.. Enumerable.Range(0, sizes.Aggregate((product, size) => product * size)).Select(i => stream.Normal(0, i))];
        Network network = OnnxFile.Load(model.Bytes(), OnnxImages.AsInFile);
        using var runtime = new Runtime(model.Bytes(), optimized: false);
        Imported.Close(Same.Predict(network, x, sizes[0]), runtime.RunAsItIs(x, sizes, model.Graph.Output[0].Name));
    }

    private static ModelOf If(ModelOf m, GraphProto then, GraphProto? otherwise = null)
    {
        m.Graph.Node.Insert(0, new ModelOf(1).Node("yes = Constant()",
            ("value", new TensorProto { DataType = 9, Int32Data = { 1 } })).Graph.Node[0]);
        return m.Node("y = If(yes)", ("then_branch", then), ("else_branch", otherwise ?? Branch("no", b => b.Node("no = Neg(input)"))));
    }

    private static ModelOf Power(int how)
    {
        ModelProto own = ModelProto.Parser.ParseFrom(Network.Create(3).PowerTransform([0, 1.5f, 1]).Build(seed: 1).ToOnnx());
        ModelOf m = new ModelOf(0, 3);
        m.Proto.OpsetImport[0].Version = own.OpsetImport[0].Version;
        string name = own.Graph.Output[0].Name, from = own.Graph.Input[0].Name;
        foreach (NodeProto node in own.Graph.Node)
        {
            if (node.Output[0] == name)
                node.Output[0] = "p";
            for (int k = 0; k < node.Input.Count; k++)
                node.Input[k] = node.Input[k] == from ? (how == 4 ? "e" : how == 5 ? "d" : how == 6 ? "" : "input") : node.Input[k];
        }

        if (how is 0 or 1)
        {
            GraphProto branch = Branch("p", b =>
            {
                b.Graph.Node.Add(own.Graph.Node);
                (how == 0 ? b.Graph : m.Graph).Initializer.Add(own.Graph.Initializer);
            });
            return If(m, branch).Node("output = Neg(y)");
        }

        m.Graph.Initializer.Add(own.Graph.Initializer);
        if (how == 4)
            m.List("big", 2, 3).Graph.Input[0] = ModelOf.Info("input", 1, 3);
        if (how == 4)
            m.Node("e = Expand(input, big)");
        if (how == 5)
            Q5(m);
        m.Graph.Node.Add(own.Graph.Node);
        if (how == 3)
            If(m, Branch("z", b => b.Node($"z = Neg({own.Graph.Node.First(n => n.OpType == "Abs").Output[0]})"))).Node($"output = Add(y, p)");
        else
            m.Node($"output = Neg(p)");
        return m;

        static ModelOf Q5(ModelOf m)
        {
            m.Number("s8", 1e-4f).Graph.Initializer.Add(new TensorProto { Name = "z8", DataType = 4, Int32Data = { 30000 } });
            return m.Node("q = QuantizeLinear(input, s8, z8)").Node("d = Identity(q)");
        }
    }

    private static ModelOf Two(ModelOf m, string name, params long[] sizes)
    {
        m.Graph.Input.Add(ModelOf.Info(name, sizes));
        return m;
    }

    private static ModelOf Outputs(ModelOf m, params string[] names)
    {
        m.Graph.Output.Clear();
        foreach (string n in names)
        {
            ValueInfoProto o = ModelOf.Info(n);
            o.Type.TensorType.Shape = null;
            m.Graph.Output.Add(o);
        }

        return m;
    }
}
