using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Models whose first states are inputs: they are the state that a batch carries from call to call, and ONNX Runtime's own are what it
/// holds after each.</summary>
public class CarriedStateTests
{
    private const int Inputs = 3, Hidden = 4, Rows = 2;

    /// <summary>A model, and of each layer which numbers of which inputs (and the outputs like them) are its state, in the library's order.</summary>
    private sealed record Streaming(
        ModelOf Model, int Steps, bool StepsFirst, (string State, string After, int[] Sizes)[] States, (int Input, int Layer)[] Order)
    {
        public float[] Packed(float[][] states)
        {
            var packed = new List<float>();
            for (int row = 0; row < Rows; row++)
            {
                foreach ((int input, int layer) in Order)
                {
                    // [layers, rows, hidden]
                    int start = ((layer * Rows) + row) * Hidden;
                    packed.AddRange(states[input][start..(start + Hidden)]);
                }
            }

            return [.. packed];
        }
    }

    private static ModelOf Weights(ModelOf model, string name, int gates, int inputs) => model
        .Floats($"W{name}", 1, gates * Hidden, inputs).Floats($"R{name}", 1, gates * Hidden, Hidden).Floats($"B{name}", 1, 2 * gates * Hidden);

    private static ModelOf With(ModelOf model, string[] inputs, string[] outputs, params long[] sizes)
    {
        foreach (string input in inputs)
            model.Graph.Input.Add(ModelOf.Info(input, sizes));
        foreach (string output in outputs)
            model.Graph.Output.Add(ModelOf.Info(output, sizes));
        return model;
    }

    // As torch.onnx.export writes nn.LSTM(num_layers=2) with (h0, c0).
    private static Streaming Stacked(long steps = 3, bool batchFirst = false)
    {
        var model = new ModelOf(batchFirst ? [0, steps, Inputs] : [steps, 0, Inputs]);
        With(model, ["h0", "c0"], ["hn", "cn"], 2, 0, Hidden);
        Weights(model, "0", 4, Inputs);
        Weights(model, "1", 4, Hidden);
        model.List("zero", 0).List("one", 1).List("two", 2);
        if (batchFirst)
            model.Node("x = Transpose(input)", ModelOf.Perm(1, 0, 2));
        string below = batchFirst ? "x" : "input";
        for (int k = 0; k < 2; k++)
        {
            (string from, string to) = k == 0 ? ("zero", "one") : ("one", "two");
            model.Node($"h0_{k} = Slice(h0, {from}, {to}, zero)").Node($"c0_{k} = Slice(c0, {from}, {to}, zero)")
                .Node($"Y{k}, h_{k}, c_{k} = LSTM({below}, W{k}, R{k}, B{k}, , h0_{k}, c0_{k})", ("hidden_size", Hidden))
                .Node($"y{k} = Squeeze(Y{k}, one)");
            below = $"y{k}";
        }

        model.Node("hn = Concat(h_0, h_1)", ("axis", 0)).Node("cn = Concat(c_0, c_1)", ("axis", 0));
        model.Floats("V", Hidden, 2).Floats("v", 2);
        model.Node("m = MatMul(y1, V)").Node(batchFirst ? "t = Add(m, v)" : "output = Add(m, v)");
        if (batchFirst)
            model.Node("output = Transpose(t)", ModelOf.Perm(1, 0, 2));
        return new Streaming(model, (int)steps, !batchFirst, [("h0", "hn", [2, Rows, Hidden]), ("c0", "cn", [2, Rows, Hidden])],
            [(0, 0), (1, 0), (0, 1), (1, 1)]);
    }

    // One tensor with h and c, as of a detector of voices: state[0] is h, state[1] is c.
    private static Streaming OneTensor()
    {
        ModelOf model = With(new ModelOf(3, 0, Inputs), ["state"], ["after"], 2, 0, Hidden);
        Weights(model, "", 4, Inputs).Index("i0", 0).Index("i1", 1).List("zero", 0).List("one", 1);
        model.Node("h = Gather(state, i0)", ("axis", 0)).Node("c = Gather(state, i1)", ("axis", 0)).Node("h1 = Unsqueeze(h, zero)")
            .Node("c1 = Unsqueeze(c, zero)").Node("Y, hn, cn = LSTM(input, W, R, B, , h1, c1)", ("hidden_size", Hidden))
            .Node("y = Squeeze(Y, one)").Node("output = Relu(y)").Node("hs = Squeeze(hn, zero)").Node("cs = Squeeze(cn, zero)")
            .Node("hu = Unsqueeze(hs, zero)").Node("cu = Unsqueeze(cs, zero)").Node("after = Concat(hu, cu)", ("axis", 0));
        return new Streaming(model, 3, true, [("state", "after", [2, Rows, Hidden])], [(0, 0), (0, 1)]);
    }

    // The second layer's state first, and split.
    private static Streaming OtherOrder()
    {
        ModelOf model = With(new ModelOf(3, 0, Inputs), ["h"], ["hn"], 2, 0, Hidden);
        Weights(model, "0", 3, Inputs);
        Weights(model, "1", 3, Hidden).List("zero", 0).List("one", 1);
        model.Node("b, a = Split(h)", ("axis", 0))
            .Node("Y0, a1 = GRU(input, W0, R0, B0, , a)", ("hidden_size", Hidden), ("linear_before_reset", 1)).Node("y0 = Squeeze(Y0, one)")
            .Node("Y1, b1 = GRU(y0, W1, R1, B1, , b)", ("hidden_size", Hidden), ("linear_before_reset", 1)).Node("output = Squeeze(Y1, one)")
            .Node("hn = Concat(b1, a1)", ("axis", 0));
        return new Streaming(model, 3, true, [("h", "hn", [2, Rows, Hidden])], [(0, 1), (0, 0)]);
    }

    // A decoder that takes one step: features in, features out, and the next state as the last outputs.
    private static Streaming Decoder()
    {
        ModelOf model = With(new ModelOf(0, Inputs), ["h"], ["hn"], 1, 0, Hidden);
        Weights(model, "", 1, Inputs).List("zero", 0).List("one", 1).Floats("V", Hidden, 2).Floats("v", 2);
        model.Node("x = Unsqueeze(input, zero)").Node("Y, hn = RNN(x, W, R, B, , h)", ("hidden_size", Hidden)).Node("y = Squeeze(Y, one)")
            .Node("z = Squeeze(y, zero)").Node("p = Gemm(z, V, v)").Node("output = Softmax(p)");
        return new Streaming(model, 1, true, [("h", "hn", [1, Rows, Hidden])], [(0, 0)]);
    }

    public static TheoryData<string> Kinds => ["stacked", "batch first", "one tensor", "other order", "decoder"];

    private static Streaming Of(string kind) => kind switch
    {
        "stacked" => Stacked(),
        "batch first" => Stacked(batchFirst: true),
        "one tensor" => OneTensor(),
        "other order" => OtherOrder(),
        _ => Decoder(),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_state_goes_from_call_to_call_as_in_the_runtime(string kind)
    {
        Streaming model = Of(kind);
        byte[] bytes = model.Model.Bytes();
        Network network = OnnxFile.Load(bytes);
        network.StatePerRow.Should().Be(model.Order.Length * Hidden);
        network.Outputs.Should().ContainSingle();
        using var runtime = new CarriedRun(bytes);
        using Workspace workspace = network.CreateWorkspace(Rows, training: false);
        float[][] states = [.. model.States.Select((state, k) => CarriedRun.Random(state.Sizes.Aggregate((a, b) => a * b), 50 + k))];
        float[] carried = model.Packed(states), y = new float[Rows * network.Output.Size];
        for (int call = 0; call < 3; call++)
        {
            float[] x = CarriedRun.Random(Rows * model.Steps * Inputs, call);
            bool isDecoder = kind == "decoder";
            (string, float[], int[])[] inputs =
            [
                ("input", model.StepsFirst ? StepsFirst(x, model.Steps, Inputs) : x,
                    isDecoder ? [Rows, Inputs] : model.StepsFirst ? [model.Steps, Rows, Inputs] : [Rows, model.Steps, Inputs]),
                .. model.States.Select((state, k) => (state.State, states[k], state.Sizes)),
            ];
            Dictionary<string, float[]> made = runtime.Run(inputs);
            states = [.. model.States.Select(state => made[state.After])];
            network.Predict(new Batch { Rows = Rows, Inputs = x, State = carried }, y, workspace);
            Imported.Close(model.StepsFirst ? StepsFirst(y, model.Steps, network.Output.FeatureCount) : y, made["output"]);
            Imported.Close(carried, model.Packed(states));
        }
    }

    [Fact]
    public void Pieces_have_what_the_whole_has()
    {
        Streaming model = Stacked();
        Network network = model.Model.Import();
        using var runtime = new CarriedRun(model.Model.Bytes());
        using Workspace workspace = network.CreateWorkspace(Rows, training: false);
        float[] x = CarriedRun.Random(Rows * 3 * Inputs, 1), none = new float[2 * Rows * Hidden];
        Dictionary<string, float[]> whole =
            runtime.Run(("input", StepsFirst(x, 3, Inputs), [3, Rows, Inputs]), ("h0", none, [2, Rows, Hidden]), ("c0", none, [2, Rows, Hidden]));
        float[] state = new float[Rows * network.StatePerRow], y = new float[Rows * 2], all = new float[Rows * 3 * 2];
        for (int step = 0; step < 3; step++)
        {
            float[] one = [.. x[(step * Inputs)..((step + 1) * Inputs)], .. x[((3 + step) * Inputs)..((4 + step) * Inputs)]];
            network.Predict(new Batch { Rows = Rows, Steps = 1, Inputs = one, State = state }, y, workspace);
            y.CopyTo(all.AsSpan(step * Rows * 2));
        }

        Imported.Close(all, whole["output"]);
        Imported.Close(state, model.Packed([whole["hn"], whole["cn"]]));
    }

    [Fact]
    public void Without_a_state_in_the_batch_rows_begin_at_0()
    {
        Streaming model = Stacked();
        Network network = model.Model.Import();
        using var runtime = new CarriedRun(model.Model.Bytes());
        float[] x = CarriedRun.Random(3 * Inputs, 1), none = new float[2 * Hidden];
        Imported.Close(network.Predict(x),
            runtime.Run(("input", x, [3, 1, Inputs]), ("h0", none, [2, 1, Hidden]), ("c0", none, [2, 1, Hidden]))["output"]);
    }

    [Fact]
    public void An_output_that_is_a_part_of_the_last_state_stays_one()
    {
        Streaming model = Stacked(steps: 1);
        model.Model.Index("last", -1).Node("top = Gather(hn, last)", ("axis", 0));
        model.Model.Graph.Output.Add(ModelOf.Info("top", 0, Hidden));
        Network network = model.Model.Import();
        network.Outputs.Select(output => output.Name).Should().Equal("output", "top");
        using var runtime = new CarriedRun(model.Model.Bytes());
        float[] x = CarriedRun.Random(Inputs, 1), h = CarriedRun.Random(2 * Hidden, 2), c = CarriedRun.Random(2 * Hidden, 3);
        float[] state = [.. h[..Hidden], .. c[..Hidden], .. h[Hidden..], .. c[Hidden..]], y = new float[network.Output.Size];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        network.Predict(new Batch { Rows = 1, Inputs = x, State = state }, y, workspace);
        Dictionary<string, float[]> made = runtime.Run(("input", x, [1, 1, Inputs]), ("h0", h, [2, 1, Hidden]), ("c0", c, [2, 1, Hidden]));
        Imported.Close(y, [.. made["output"], .. made["top"]]);

        // Of several steps the outputs lie flat in one row, which pieces of one would not have.
        ModelOf longer = Stacked().Model.Index("last", -1).Node("top = Gather(hn, last)", ("axis", 0));
        longer.Graph.Output.Add(ModelOf.Info("top", 0, Hidden));
        longer.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*(Flatten) needs whole rows*output: *");
        OnnxFile.Load(longer.Bytes(), output: "top").StatePerRow.Should().Be(4 * Hidden);
    }

    [Fact]
    public void A_named_output_may_be_the_last_state()
    {
        byte[] model = Stacked().Model.Bytes();
        OnnxFile.Load(model, output: "hn").Output.Size.Should().Be(2 * Hidden);
        FluentActions.Invoking(() => OnnxFile.Load(model, output: "cn")).Should().Throw<InvalidDataException>().WithMessage("*Batch.State*");
    }

    [Fact]
    public void An_encoder_gives_its_last_h_and_leaves_c_to_the_state()
    {
        ModelOf model = With(new ModelOf(3, 0, Inputs), ["h0", "c0"], ["c"], 1, 0, Hidden);
        model.Graph.Output[0].Name = "h";
        Weights(model, "", 4, Inputs).Node(", h, c = LSTM(input, W, R, B, , h0, c0)", ("hidden_size", Hidden));
        Network network = model.Import();
        network.Outputs.Should().ContainSingle().Which.Name.Should().Be("h");
        using var runtime = new CarriedRun(model.Bytes());
        float[] x = CarriedRun.Random(3 * Inputs, 1), h = CarriedRun.Random(Hidden, 2), c = CarriedRun.Random(Hidden, 3);
        Dictionary<string, float[]> made = runtime.Run(("input", x, [3, 1, Inputs]), ("h0", h, [1, 1, Hidden]), ("c0", c, [1, 1, Hidden]));
        float[] state = [.. h, .. c], y = new float[Hidden];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        network.Predict(new Batch { Rows = 1, Inputs = x, State = state }, y, workspace);
        Imported.Close(y, made["h"]);
        Imported.Close(state, [.. made["h"], .. made["c"]]);
    }

    [Fact]
    public void A_batch_of_a_fixed_size_and_rows_first_are_understood()
    {
        // The runtime does not know this layout, so that the model with the steps first is what it is compared with.
        ModelOf fixedRows = With(new ModelOf(3, Rows, Inputs), ["h"], ["hn"], 1, Rows, Hidden);
        Weights(fixedRows, "", 1, Inputs).List("one", 1).Node("Y, hn = RNN(input, W, R, B, , h)", ("hidden_size", Hidden))
            .Node("output = Squeeze(Y, one)");
        ModelOf rowsFirst = With(new ModelOf(0, 3, Inputs), ["h"], ["hn"], 0, 1, Hidden);
        Weights(rowsFirst, "", 1, Inputs).List("two", 2).Node("Y, hn = RNN(input, W, R, B, , h)", ("hidden_size", Hidden), ("layout", 1))
            .Node("output = Squeeze(Y, two)");
        using var runtime = new CarriedRun(fixedRows.Bytes());
        float[] x = CarriedRun.Random(Rows * 3 * Inputs, 1), h = CarriedRun.Random(Rows * Hidden, 2);
        Dictionary<string, float[]> made = runtime.Run(("input", StepsFirst(x, 3, Inputs), [3, Rows, Inputs]), ("h", h, [1, Rows, Hidden]));
        foreach (Network network in new[] { fixedRows.Import(), rowsFirst.Import() })
        {
            using Workspace workspace = network.CreateWorkspace(Rows, training: false);
            float[] state = [.. h], y = new float[Rows * network.Output.Size];
            network.Predict(new Batch { Rows = Rows, Inputs = x, State = state }, y, workspace);
            Imported.Close(StepsFirst(y, 3, Hidden), made["output"]);
            Imported.Close(state, made["hn"]);
        }
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "backward", "*goes backward*first state is not 0*forward*" },
        { "both ways", "*goes both ways*first state is not 0*" },
        { "c is 0", "*initial_h and initial_c one is an input*" },
        { "constant", "*constant other than 0 (initial_h)*as an input of the graph*Batch.State*" },
        { "computed", "*initial_h is computed*" },
        { "shared", "*each layer has its own*" },
        { "other layer", "*would go on from call to call too*" },
        { "positions", "*LearnedPositions*would go on from call to call too*" },
        { "mean", "*(MeanOverSteps) needs whole rows*" },
        { "units apart", "*is not ?1, rows, hidden? of neighbours*" },
        { "other batch", "*none of its axes, *, is that of the rows*" },
        { "open", "*2 axes without a size*" },
        { "whole numbers", "*floats were expected*" },
        { "only c", "*All outputs are the state after the last step*" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_no_batch_carries_is_refused_with_words(string kind, string words)
    {
        bool isBoth = kind == "both ways";
        long[] sizes = kind switch
        {
            "other batch" => [1, 3, Hidden],
            "open" => [0, 0, Hidden],
            "both ways" => [2, 0, Hidden],
            "units apart" => [0, Hidden, 2],
            _ => [1, 0, Hidden],
        };
        ModelOf model = With(new ModelOf(3, 0, Inputs), ["h"], ["hn"], sizes);
        int directions = isBoth ? 2 : 1;
        bool isLstm = kind is "c is 0" or "only c";
        string operation = isLstm ? "LSTM" : "RNN";
        model.Floats("W", directions, (isLstm ? 4 : 1) * Hidden, Inputs).Floats("R", directions, (isLstm ? 4 : 1) * Hidden, Hidden).List("one", 1);
        model.Floats("V", 1, Hidden, Hidden).Floats("k", 1, 1, Hidden).Floats("U", Hidden, Hidden).Floats("p", 3, 1, Hidden);
        string start = "h";
        switch (kind)
        {
            case "constant": start = "k"; break;
            case "computed": model.Node("s = MatMul(h, U)"); start = "s"; break;
            case "units apart":
                model.Index("i", 0).List("zero", 0).Node("s = Gather(h, i)", ("axis", 2)).Node("s1 = Unsqueeze(s, zero)");
                start = "s1";
                break;
            case "only c": With(model, ["c"], [], sizes); break;
            case "whole numbers": model.Graph.Input[1].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64; break;
        }

        model.Node(
            kind == "only c" ? "Y, hh, hn = LSTM(input, W, R, , , h, c)" : $"Y, hn = {operation}(input, W, R, , , {start})", ("hidden_size", Hidden),
            ("direction", kind == "backward" ? "reverse" : isBoth ? "bidirectional" : "forward"));
        if (isBoth)
            model.List("sh", 3, -1, 2 * Hidden).Node("t = Transpose(Y)", ModelOf.Perm(0, 2, 1, 3)).Node("y = Reshape(t, sh)");
        else
            model.Node("y = Squeeze(Y, one)");
        switch (kind)
        {
            case "shared": model.Node("Y2, h2 = RNN(y, V, V, , , h)", ("hidden_size", Hidden)).Node("output = Squeeze(Y2, one)"); break;
            case "other layer": model.Node("Y2, h2 = RNN(y, V, V)", ("hidden_size", Hidden)).Node("output = Squeeze(Y2, one)"); break;
            case "positions": model.Node("output = Add(y, p)"); break;
            case "mean": model.Node("output = ReduceMean(y)", ModelOf.Axes(0), ("keepdims", 0)); break;
            case "only c": model.Graph.Output.RemoveAt(0); break;
            default: model.Node("output = Relu(y)"); break;
        }

        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(words);
    }

    // A few nodes that make a state of millions of parts, of which a layer would take some in the middle.
    [Theory]
    [InlineData(2, "*is not ?1, rows, hidden? of neighbours*")]
    [InlineData((Hidden << 17) - 2, "*initial_h is computed*")]
    public void A_state_that_is_repeated_again_and_again_is_refused_at_once(int start, string words)
    {
        ModelOf model = With(new ModelOf(3, 0, Inputs), ["h"], ["hn"], 1, 0, Hidden);
        string state = "h";
        for (int k = 0; k < 18; k++, state = $"s{k - 1}")
            model.Node($"s{k} = Concat({state}, {state})", ("axis", 2));
        Weights(model, "", 1, Inputs).List("one", 1).List("two", 2).List("from", start).List("to", start + Hidden)
            .Node($"part = Slice({state}, from, to, two)").Node("Y, hn = RNN(input, W, R, B, , part)", ("hidden_size", Hidden))
            .Node("output = Squeeze(Y, one)");
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage(words);
    }

    [Fact]
    public void C_of_a_layer_that_begins_at_0_is_refused_with_the_output_that_goes_without_it()
    {
        ModelOf model = new(3, 0, Inputs);
        Weights(model, "", 4, Inputs).List("one", 1).Node("Y, h, c = LSTM(input, W, R, B)", ("hidden_size", Hidden)).Node("output = Squeeze(Y, one)");
        model.Graph.Output.Add(ModelOf.Info("c", 1, 0, Hidden));
        model.Invoking(m => m.Import()).Should().Throw<InvalidDataException>().WithMessage("*Y_c*Batch.State*output: \"output\"*");
    }

    // [rows, steps, n] as [steps, rows, n]
    private static float[] StepsFirst(float[] x, int steps, int width)
    {
        float[] moved = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            (int row, int rest) = Math.DivRem(i, steps * width);
            (int step, int j) = Math.DivRem(rest, width);
            moved[(((step * (x.Length / (steps * width))) + row) * width) + j] = x[i];
        }

        return moved;
    }
}
