using System.Globalization;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>
/// Random stacks of recurrent layers, with first states and lengths as inputs or without: what ONNX Runtime makes of them call after call, the
/// network predicts, and the state that a batch carries is the runtime's. NEURALNET_ONNX_GRAPHS is their number for a long run.
/// </summary>
public class RandomRecurrentTests
{
    [Fact]
    public void A_random_stack_goes_on_from_call_to_call_as_in_the_runtime()
    {
        for (int seed = 0; seed < RandomGraphTests.Number() / 2; seed++)
        {
            var stack = new Stack(seed);
            try
            {
                Check(stack, seed);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(FormattableString.Invariant($"Seed {seed}: {stack}"), failure);
            }
        }
    }

    private static void Check(Stack stack, int seed)
    {
        byte[] bytes = stack.Model.Bytes();
        Network network = OnnxFile.Load(bytes);
        network.Outputs.Should().ContainSingle();
        using var runtime = new CarriedRun(bytes);
        using Workspace workspace = network.CreateWorkspace(stack.Rows, training: false);
        Dictionary<string, float[]> states = stack.States.ToDictionary(
            state => state.Name, state => CarriedRun.Random(state.Layers * stack.Rows * Stack.Hidden, seed + 1000));
        float[]? carried = stack.HasState ? Packed() : null;
        if (stack.HasState)
            network.StatePerRow.Should().Be(carried!.Length / stack.Rows);
        float[] y = new float[stack.Rows * network.Output.Size];
        for (int call = 0; call < 2; call++)
        {
            float[] x = CarriedRun.Random(stack.Rows * stack.Steps * stack.Inputs, seed + call);
            Dictionary<string, float[]> made = runtime.Run(
            [
                ("input", Turned(x, stack.Rows, stack.Steps), [stack.Steps, stack.Rows, stack.Inputs]),
                .. stack.Lengths.Length > 0 ? [("n", Array.ConvertAll(stack.Lengths, length => (float)length), [stack.Rows])]
                    : Array.Empty<(string, float[], int[])>(),
                .. stack.States.Select(state => (state.Name, states[state.Name], (int[])[state.Layers, stack.Rows, Stack.Hidden])),
            ]);
            foreach ((string name, _) in stack.States)
                states[name] = made[$"{name}_after"];
            network.Predict(new Batch { Rows = stack.Rows, Inputs = x, Lengths = stack.Lengths, State = carried }, y, workspace);
            if (carried is not null)
                Imported.Close(carried, Packed());
            float[] expected = stack.GivesSteps ? Turned(made["output"], stack.Steps, stack.Rows) : made["output"];
            Imported.Close(stack.WithoutPadding(y), stack.WithoutPadding(expected));
        }

        float[] Packed()
        {
            var packed = new List<float>();
            for (int row = 0; row < stack.Rows; row++)
            {
                foreach ((string name, int layer) in stack.Order)
                {
                    int start = ((layer * stack.Rows) + row) * Stack.Hidden;
                    packed.AddRange(states[name][start..(start + Stack.Hidden)]);
                }
            }

            return [.. packed];
        }
    }

    // [first, second, n] as [second, first, n]
    private static float[] Turned(float[] values, int first, int second)
    {
        int width = values.Length / first / second;
        float[] moved = new float[values.Length];
        for (int i = 0; i < first * second; i++)
            values.AsSpan(i * width, width).CopyTo(moved.AsSpan((((i % second) * first) + (i / second)) * width));
        return moved;
    }

    private sealed class Stack
    {
        public const int Hidden = 3;

        private readonly RandomStream random;
        private int drawn;

        public Stack(int seed)
        {
            random = new RandomStream(seed);
            (Rows, Steps, Inputs) = (1 + Next(3), 1 + Next(4), 1 + Next(3));
            HasState = Next(2) == 0;
            Lengths = Next(2) == 0 ? [.. Enumerable.Range(0, Rows).Select(_ => 1 + Next(Steps))] : [];
            Model = new ModelOf(Steps, 0, Inputs).List("zero", 0).List("one", 1).List("turned", Steps, -1, 2 * Hidden).List("last", -1, 2 * Hidden);
            if (Lengths.Length > 0)
            {
                Model.Graph.Input.Add(ModelOf.Info("n", 0));
                Model.Graph.Input[^1].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int32;
            }

            string[] kinds = [.. Enumerable.Range(0, 1 + Next(3)).Select(_ => new[] { "LSTM", "GRU", "RNN" }[Next(3)])];
            bool areStacked = HasState && Next(2) == 0;
            if (HasState)
                AddStates(kinds, areStacked);
            GivesSteps = Next(3) > 0;
            (string y, int width) = ("input", Inputs);
            for (int k = 0; k < kinds.Length; k++)
                (y, width) = Layer(k, kinds[k], y, width, isLast: k == kinds.Length - 1);
            Model.Node($"output = {new[] { "Identity", "Relu", "Tanh" }[Next(3)]}({y})");
            if (areStacked)
                Gather(kinds);
        }

        public ModelOf Model { get; }

        public int Rows { get; }

        public int Steps { get; }

        public int Inputs { get; }

        public bool HasState { get; }

        public bool GivesSteps { get; }

        public int[] Lengths { get; }

        /// <summary>The inputs that give first states, and of how many layers.</summary>
        public List<(string Name, int Layers)> States { get; } = [];

        /// <summary>Of which of them the state of the library is made.</summary>
        public List<(string Name, int Layer)> Order { get; } = [];

        // What there is behind a row's length, the two need not agree about.
        public float[] WithoutPadding(float[] y)
        {
            float[] real = [.. y];
            for (int row = 0; GivesSteps && row < Lengths.Length; row++)
            {
                int width = y.Length / Rows / Steps;
                real.AsSpan(((row * Steps) + Lengths[row]) * width, (Steps - Lengths[row]) * width).Clear();
            }

            return real;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Rows} rows of {Steps} × {Inputs}, lengths {string.Join(' ', Lengths)}, {Model.Graph}");

        private int Next(int count) => (int)(random.Uniform(0, drawn++) * count);

        private void AddStates(string[] kinds, bool areStacked)
        {
            int cells = kinds.Count(kind => kind == "LSTM"), cell = 0;
            List<(string Name, int Layers)> own = areStacked ? [("h", kinds.Length), .. cells > 0 ? [("c", cells)] : Array.Empty<(string, int)>()]
                : [.. kinds.SelectMany((kind, k) => kind == "LSTM" ? new[] { ($"h{k}", 1), ($"c{k}", 1) } : [($"h{k}", 1)])];
            States.AddRange(Next(2) == 0 ? own : own.AsEnumerable().Reverse());
            foreach ((string name, int layers) in States)
            {
                Model.Graph.Input.Add(ModelOf.Info(name, layers, 0, Hidden));
                Model.Graph.Output.Add(ModelOf.Info($"{name}_after", layers, 0, Hidden));
            }

            for (int k = 0; k < kinds.Length; k++)
            {
                Order.Add(areStacked ? ("h", k) : ($"h{k}", 0));
                if (areStacked)
                    Model.Index($"at{k}", k).Node($"h{k}g = Gather(h, at{k})", ("axis", 0)).Node($"h{k} = Unsqueeze(h{k}g, zero)");
                if (kinds[k] != "LSTM")
                    continue;
                Order.Add(areStacked ? ("c", cell) : ($"c{k}", 0));
                if (areStacked)
                    Model.List($"from{k}", cell).List($"to{k}", cell + 1).Node($"c{k} = Slice(c, from{k}, to{k}, zero)");
                cell++;
            }
        }

        private void Gather(string[] kinds)
        {
            string Joined(string letter, IEnumerable<int> layers) => string.Join(", ", layers.Select(k => $"{letter}{k}_after"));
            int[] all = [.. Enumerable.Range(0, kinds.Length)], cells = [.. all.Where(k => kinds[k] == "LSTM")];
            Model.Node($"h_after = Concat({Joined("h", all)})", ("axis", 0));
            if (cells.Length > 0)
                Model.Node($"c_after = Concat({Joined("c", cells)})", ("axis", 0));
        }

        private (string Y, int Width) Layer(int k, string kind, string x, int inputs, bool isLast)
        {
            int gates = kind switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
            string direction = HasState ? "forward" : new[] { "forward", "reverse", "bidirectional" }[Next(3)];
            int both = direction == "bidirectional" ? 2 : 1;
            Model.Floats($"W{k}", both, gates * Hidden, inputs).Floats($"R{k}", both, gates * Hidden, Hidden)
                .Floats($"B{k}", both, 2 * gates * Hidden);
            string gate = new[] { "Sigmoid", "Sigmoid", "HardSigmoid" }[Next(3)], candidate = new[] { "Tanh", "Softsign", "Relu", "Elu" }[Next(4)];
            string[] own = kind switch { "LSTM" => [gate, candidate, candidate], "GRU" => [gate, candidate], _ => [candidate] };
            List<(string, object)> attributes =
            [
                ("hidden_size", Hidden), ("direction", direction), ("activations", (string[])[.. own, .. both == 2 ? own : []]),
            ];
            if (kind == "GRU")
                attributes.Add(("linear_before_reset", Next(2)));
            bool givesSteps = !isLast || GivesSteps;
            string n = Lengths.Length > 0 ? "n" : "", y = givesSteps ? $"Y{k}" : "", h = !givesSteps || HasState ? $"h{k}_after" : "";
            (string start, string c) = ("", "");
            if (HasState)
                (start, c) = kind == "LSTM" ? ($", h{k}, c{k}", $", c{k}_after") : ($", h{k}", "");
            Model.Node($"{y}, {h}{c} = {kind}({x}, W{k}, R{k}, B{k}, {n}{start})", [.. attributes]);
            string from = givesSteps ? y : h, axis = givesSteps ? "one" : "zero";
            if (both == 1)
                Model.Node($"y{k} = Squeeze({from}, {axis})");
            else
                Model.Node($"t{k} = Transpose({from})", givesSteps ? ModelOf.Perm(0, 2, 1, 3) : ModelOf.Perm(1, 0, 2))
                    .Node($"y{k} = Reshape(t{k}, {(givesSteps ? "turned" : "last")})");
            int width = both * Hidden;
            if (Next(2) == 0)
                return ($"y{k}", width);
            Model.Floats($"V{k}", width, 2).Floats($"v{k}", 2).Node($"m{k} = MatMul(y{k}, V{k})").Node($"z{k} = Add(m{k}, v{k})");
            return ($"z{k}", 2);
        }
    }
}
