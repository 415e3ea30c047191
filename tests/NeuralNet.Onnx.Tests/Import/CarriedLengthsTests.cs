using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Models with the lengths of rows as an input, sequence_lens of recurrent nodes: they are those of a batch. ONNX Runtime gives what is
/// expected.</summary>
public class CarriedLengthsTests
{
    private const int Inputs = 3, Hidden = 4, Steps = 5;

    private static readonly int[] lengths = [2, 5, 1];

    // [steps, rows, features], and the lengths of the rows.
    private static ModelOf Model(Action<ModelOf> nodes, TensorProto.Types.DataType type = TensorProto.Types.DataType.Int32)
    {
        ModelOf model = new(Steps, 0, Inputs);
        model.Graph.Input.Add(ModelOf.Info("n", 0));
        model.Graph.Input[1].Type.TensorType.ElemType = (int)type;
        nodes(model.List("zero", 0).List("one", 1));
        return model;
    }

    private static ModelOf Recurrent(ModelOf model, string node, string name, int inputs, params (string, object)[] attributes)
    {
        bool isBoth = attributes.Contains(("direction", "bidirectional"));
        int gates = node.Contains("LSTM", StringComparison.Ordinal) ? 4 : node.Contains("GRU", StringComparison.Ordinal) ? 3 : 1;
        int both = isBoth ? 2 : 1;
        return model.Floats($"W{name}", both, gates * Hidden, inputs).Floats($"R{name}", both, gates * Hidden, Hidden)
            .Floats($"B{name}", both, 2 * gates * Hidden).Node(node, [("hidden_size", Hidden), .. attributes]);
    }

    private static readonly Dictionary<string, Action<ModelOf>> kinds = new()
    {
        ["all steps"] = m => Recurrent(m, "Y = RNN(input, W, R, B, n)", "", Inputs).Node("output = Squeeze(Y, one)"),
        ["backward"] = m => Recurrent(m, "Y = LSTM(input, W, R, B, n)", "", Inputs, ("direction", "reverse")).Node("output = Squeeze(Y, one)"),
        ["both ways"] = m => Recurrent(m, "Y = LSTM(input, W, R, B, n)", "", Inputs, ("direction", "bidirectional"))
            .List("s", Steps, -1, 2 * Hidden).Node("t = Transpose(Y)", ModelOf.Perm(0, 2, 1, 3)).Node("output = Reshape(t, s)"),
        ["last step"] = m => Recurrent(m, ", h = GRU(input, W, R, B, n)", "", Inputs, ("linear_before_reset", 1)).Node("output = Squeeze(h, zero)"),
        ["last steps of both ways"] = m => Recurrent(m, ", h = LSTM(input, W, R, B, n)", "", Inputs, ("direction", "bidirectional"))
            .List("s", -1, 2 * Hidden).Node("t = Transpose(h)", ModelOf.Perm(1, 0, 2)).Node("output = Reshape(t, s)"),
        ["layers around"] = m =>
        {
            m.Floats("U", Inputs, 6).Floats("u", 6).Floats("V", Hidden, 2).Floats("v", 2).Node("e = MatMul(input, U)").Node("f = Add(e, u)")
                .Node("g = Tanh(f)");
            Recurrent(m, "Y0 = LSTM(g, W0, R0, B0, n)", "0", 6).Node("y0 = Squeeze(Y0, one)");
            Recurrent(m, "Y1, h1 = GRU(y0, W1, R1, B1, n)", "1", Hidden, ("linear_before_reset", 1)).Node("last = Squeeze(h1, zero)")
                .Node("output = Gemm(last, V, v)");
        },
        ["lengths on the way"] = m =>
        {
            m.Node("k = Identity(n)").List("s", -1).Node("l = Reshape(k, s)");
            Recurrent(m, "Y = RNN(input, W, R, B, l)", "", Inputs).Node("output = Squeeze(Y, one)");
        },
    };

    public static TheoryData<string> Kinds => [.. kinds.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Rows_end_where_the_batch_says_it(string kind)
    {
        byte[] model = Model(kinds[kind]).Bytes();
        Network network = OnnxFile.Load(model);
        network.Input.Should().Be(Shape.Sequence(Steps, Inputs));
        using var runtime = new CarriedRun(model);
        float[] x = CarriedRun.Random(lengths.Length * Steps * Inputs, 1);
        float[] expected = runtime.Run(("input", StepsFirst(x, Inputs), [Steps, lengths.Length, Inputs]), Lengths)["output"];
        float[] y = Predict(network, x);
        Imported.Close(network.Output.Kind == ShapeKind.Sequence ? StepsFirst(y, network.Output.FeatureCount) : y, expected);
    }

    // Behind the length the graph goes on with zeros, of which a Dense makes its bias; here there is 0.
    [Fact]
    public void Behind_a_length_there_is_0()
    {
        byte[] model = Model(m => Recurrent(m.Floats("V", Hidden, 2).Floats("v", 2), "Y = RNN(input, W, R, B, n)", "", Inputs)
            .Node("y = Squeeze(Y, one)").Node("z = MatMul(y, V)").Node("output = Add(z, v)")).Bytes();
        using var runtime = new CarriedRun(model);
        float[] x = CarriedRun.Random(lengths.Length * Steps * Inputs, 1);
        float[] expected = runtime.Run(("input", StepsFirst(x, Inputs), [Steps, lengths.Length, Inputs]), Lengths)["output"];
        for (int step = 0; step < Steps; step++)
        {
            for (int row = 0; row < lengths.Length; row++)
            {
                if (step >= lengths[row])
                    expected.AsSpan(((step * lengths.Length) + row) * 2, 2).Clear();
            }
        }

        Imported.Close(StepsFirst(Predict(OnnxFile.Load(model), x), 2), expected);
    }

    [Fact]
    public void Ids_are_steps_with_lengths_and_a_state_goes_along()
    {
        ModelOf model = new(0, Steps);
        model.Graph.Input[0].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64;
        model.Graph.Input.Add(ModelOf.Info("n", 0));
        model.Graph.Input[1].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64;
        model.Graph.Input.Add(ModelOf.Info("h", 1, 0, Hidden));
        model.Graph.Output.Add(ModelOf.Info("hn", 1, 0, Hidden));
        model.Floats("T", 10, Inputs).List("one", 1).Node("e = Gather(T, input)").Node("x = Transpose(e)", ModelOf.Perm(1, 0, 2))
            .Node("k = Cast(n)", ("to", (int)TensorProto.Types.DataType.Int32));
        Recurrent(model, "Y, hn = RNN(x, W, R, B, k, h)", "", Inputs).Node("y = Squeeze(Y, one)")
            .Node("output = Transpose(y)", ModelOf.Perm(1, 0, 2));
        Network network = model.Import();
        network.Input.Should().Be(Shape.Sequence(Steps, 1));
        using var runtime = new CarriedRun(model.Bytes());
        float[] ids = [.. Enumerable.Range(0, lengths.Length * Steps).Select(i => (float)(i * 7 % 10))];
        float[] h = CarriedRun.Random(lengths.Length * Hidden, 3), state = [.. h];
        Dictionary<string, float[]> made = runtime.Run(("input", ids, [lengths.Length, Steps]), Lengths, ("h", h, [1, lengths.Length, Hidden]));
        Imported.Close(Predict(network, ids, state), made["output"]);
        Imported.Close(state, made["hn"]);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "last step of all", "*(LastStep) would go over the real steps*goes over all of them in the file*take Y_h*" },
        { "mean", "*(MeanOverSteps) would go over the real steps*" },
        { "largest", "*(MaxOverSteps) would go over the real steps*" },
        { "turned round", "*(Reverse) would go over the real steps*" },
        { "side by side", "*(Flatten) would go over the real steps*" },
        { "window", "*(Conv) would go over the real steps*" },
        { "none of another layer", "*give each recurrent node the same sequence_lens*" },
        { "two", "*\"n\" and \"m\" both give lengths*" },
        { "floats", "*whole numbers were expected*" },
        { "computed", "*lengths (sequence_lens) are computed*" },
        { "constant", "*constant lengths (sequence_lens)*Batch.Lengths*" },
        { "no steps", "*Rows of *have none*" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_would_mean_something_else_is_refused_with_words(string kind, string words)
    {
        ModelOf model = Model(
            m =>
            {
                m.Index("last", -1).List("back", -1).List("end", long.MinValue).Floats("K", 2, Inputs, 3).Floats("V", Hidden, Hidden)
                    .Node("two = Add(n, n)").List("c", 2).Floats("V1", 1, Hidden, Hidden);
                if (kind != "computed")
                    m.Graph.Node.RemoveAt(0);
                string n = kind switch { "computed" => "two", "constant" => "c", _ => "n" }, x = "input";
                if (kind == "window")
                {
                    m.Node("a = Transpose(input)", ModelOf.Perm(1, 2, 0)).Node("b = Conv(a, K)", ("pads", new long[] { 1, 1 }))
                        .Node("x = Transpose(b)", ModelOf.Perm(2, 0, 1));
                    x = "x";
                }

                Recurrent(m, $"Y = RNN({x}, W, R, B, {n})", "", kind == "window" ? 2 : Inputs).Node("y = Squeeze(Y, one)");
                switch (kind)
                {
                    case "last step of all": m.Node("output = Gather(y, last)", ("axis", 0)); break;
                    case "mean": m.Node("output = ReduceMean(y)", ModelOf.Axes(0), ("keepdims", 0)); break;
                    case "largest": m.Node("output = ReduceMax(y)", ModelOf.Axes(0), ("keepdims", 0)); break;
                    case "turned round": m.Node("output = Slice(y, back, end, zero, back)"); break;
                    case "side by side":
                        m.List("s", -1, Steps * Hidden).Floats("F", Steps * Hidden, 2).Node("t = Transpose(y)", ModelOf.Perm(1, 0, 2))
                            .Node("f = Reshape(t, s)").Node("output = MatMul(f, F)");
                        break;
                    case "none of another layer": m.Node("Y2 = RNN(y, V1, V1)", ("hidden_size", Hidden)).Node("output = Squeeze(Y2, one)"); break;
                    case "two":
                        m.Graph.Input.Add(m.Graph.Input[1].Clone());
                        m.Graph.Input[2].Name = "m";
                        m.Node("Y2 = RNN(y, V1, V1, , m)", ("hidden_size", Hidden)).Node("output = Squeeze(Y2, one)");
                        break;
                    default: m.Node("output = Relu(y)"); break;
                }
            }, kind == "floats" ? TensorProto.Types.DataType.Float : TensorProto.Types.DataType.Int32);
        if (kind == "constant")
            model.Graph.Input.RemoveAt(1);
        if (kind == "no steps")
        {
            model.Graph.Input.Add(ModelOf.Info("more", 0, 2));
            model.Floats("M", 2, Hidden).Node("p = MatMul(more, M)").Node("q = Add(output, p)").Graph.Output[0].Name = "q";
        }

        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(words);
    }

    private static (string, float[], int[]) Lengths => ("n", Array.ConvertAll(lengths, length => (float)length), [lengths.Length]);

    private static float[] Predict(Network network, float[] x, float[]? state = null)
    {
        using Workspace workspace = network.CreateWorkspace(lengths.Length, training: false);
        float[] y = new float[lengths.Length * network.Output.Size];
        network.Predict(new Batch { Rows = lengths.Length, Inputs = x, Lengths = lengths, State = state }, y, workspace);
        return y;
    }

    // [rows, steps, n] as [steps, rows, n]
    private static float[] StepsFirst(float[] x, int width)
    {
        float[] moved = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            (int row, int rest) = Math.DivRem(i, Steps * width);
            (int step, int j) = Math.DivRem(rest, width);
            moved[(((step * (x.Length / (Steps * width))) + row) * width) + j] = x[i];
        }

        return moved;
    }
}
