namespace NeuralNet.CSharp;

/// <content>Recurrent layers.</content>
internal sealed partial class SourceExport
{
    // From a state of 0: z = W x + b of all steps, and step by step h, and c if there is one, from z and U h
    private void WriteRecurrent(RecurrentLayer layer, string path, Body body)
    {
        int inputs = layer.Input.FeatureCount, steps = layer.Input.Steps, hidden = layer.Hidden, width = layer.Blocks[2].Length;
        string z = body.Span("z", (long)steps * width), product = body.Span("product", width), h = body.Span("h", hidden), c = "default";
        body.Line($"{h}.Clear();");
        if (layer.StatePerRow > hidden)
            body.Line($"{c = body.Span("c", hidden)}.Clear();");
        string reset = layer is Gru { ResetsBefore: true } ? body.Span("reset", hidden) : "";
        WriteProduct(body, "x", inputs, inputs, Value(path, "weight_ih", width), width, Value(path, "bias"), z, steps);

        // What is done at a step stands in a loop.
        var step = new Body();
        step.Line($"Span<float> zs = {z}.Slice(step * {Text(width)}, {Text(width)});");
        if (reset.Length == 0)
            step.Line($"Product({h}, {Value(path, "weight_hh", width)}, default, {product});");
        switch (layer)
        {
            case Rnn rnn:
                step.Line(ByVectors($"{Formula(rnn.Activation, path, layer)}.Value(Load(zs, i) + Load(product, i))", h, hidden));
                break;
            case Lstm lstm when lstm.GateActivation is not Sigmoid || lstm.Activation is not Tanh:
                WriteCell(lstm, path, step);
                break;
            case Gru gru when gru.ResetsBefore || gru.GateActivation is not Sigmoid || gru.Activation is not Tanh:
                WriteCell(gru, path, step);
                break;
            default:
                WriteFormulaCell(layer, path, step, c);
                break;
        }

        if (!layer.IsLastStepOnly)
            step.Line($"{h}.CopyTo(y.Slice(step * {Text(hidden)}, {Text(hidden)}));");
        body.Line($"for (int step = 0; step < {Text(steps)}; step++)\n{{");
        body.Text.Lines(step.Text.ToString(), 4);
        body.Line("}");
        if (layer.IsLastStepOnly)
            body.Line($"\n{h}.CopyTo(y);");
    }

    // Gate after gate: with few functions in a loop the JIT makes the best code.
    private void WriteFormulaCell(RecurrentLayer layer, string path, Body step, string c)
    {
        int hidden = layer.Hidden, gates = layer.Blocks[2].Length / hidden;
        string formula = FormulaOf(layer, new KindSettings()) ?? throw Foreign(layer, path);
        string bias = layer.Blocks.Count > 3 ? Value(path, "bias_hn") : "default";
        step.Line(
            $$"""
            var units = new CellUnits(zs, product, {{bias}}, h, {{c}});
            for (int gate = 0; gate < {{Text(gates)}}; gate++)
            {
                for (units.At = 0; units.At < {{Text(hidden)}}; units.At += Floats.Count)
                    units.SetGate(gate, {{formula}}.Gate(gate, units));
            }

            for (units.At = 0; units.At < {{Text(hidden)}}; units.At += Floats.Count)
                {{formula}}.Forward(units);
            """);
    }

    // i, f, o = a(z + U h), g = k(z + U h); c = f c + i g; h = o k(c)
    private void WriteCell(Lstm lstm, string path, Body step)
    {
        int hidden = lstm.Hidden;
        Columns(step, "gates", "zs", 0, 2 * hidden);
        Columns(step, "taken", "zs", 0, hidden);
        Columns(step, "kept", "zs", hidden, hidden);
        Columns(step, "candidate", "zs", 2 * hidden, hidden);
        Columns(step, "shown", "zs", 3 * hidden, hidden);
        Columns(step, "ofState", "product", 0, hidden);
        step.Line("Add(zs, product, zs);");
        Activate(lstm.GateActivation, "gates", "gates", 2 * hidden);
        Activate(lstm.Activation, "candidate", "candidate", hidden);
        Activate(lstm.GateActivation, "shown", "shown", hidden);
        step.Line(ByVectors("FusedMultiplyAdd(Load(kept, i), Load(c, i), Load(taken, i) * Load(candidate, i))", "c", hidden));
        Activate(lstm.Activation, "c", "ofState", hidden);
        step.Line("Multiply(shown, ofState, h);");

        void Activate(Activation f, string z, string y, int count) => WriteActivation(f, path, lstm, step, z, y, count, count, vectors: 1);
    }

    // r, u = a(z + U h); n = k(z + r (U h + b)), or k(z + U (r h)); h = n + u (h − n)
    private void WriteCell(Gru gru, string path, Body step)
    {
        int hidden = gru.Hidden;
        Columns(step, "gates", "zs", 0, 2 * hidden);
        Columns(step, "r", "zs", 0, hidden);
        Columns(step, "u", "zs", hidden, hidden);
        Columns(step, "n", "zs", 2 * hidden, hidden);
        Columns(step, "ofGates", "product", 0, 2 * hidden);
        Columns(step, "p", "product", 2 * hidden, hidden);
        if (gru.ResetsBefore)
            step.Line($"Product(h, {WeightColumns(gru, path, "gates", 0, 2 * hidden)}, default, ofGates);");
        step.Line("Add(gates, ofGates, gates);");
        WriteActivation(gru.GateActivation, path, gru, step, "gates", "gates", 2 * hidden, 2 * hidden, vectors: 1);
        if (gru.ResetsBefore)
        {
            step.Line("Multiply(r, h, reset);");
            step.Line($"Product(reset, {WeightColumns(gru, path, "candidate", 2 * hidden, hidden)}, default, p);");
        }
        else
        {
            step.Line($"Add(p, {Value(path, "bias_hn")}, p);");
            step.Line("Multiply(r, p, p);");
        }

        step.Line("Add(n, p, n);");
        WriteActivation(gru.Activation, path, gru, step, "n", "n", hidden, hidden, vectors: 1);
        step.Line(ByVectors("FusedMultiplyAdd(Load(u, i), Load(h, i) - Load(n, i), Load(n, i))", "h", hidden));
    }

    private static void Columns(Body step, string name, string of, int first, int count) =>
        step.Line($"Span<float> {name} = {of}.Slice({Text(first)}, {Text(count)});");

    // Some columns of U, as a matrix of their own.
    private string WeightColumns(Gru gru, string path, string name, int first, int count)
    {
        int width = gru.Blocks[2].Length;
        float[] u = network.CopyParameter($"{path}.weight_hh"), columns = new float[gru.Hidden * count];
        for (int i = 0; i < gru.Hidden; i++)
            u.AsSpan((i * width) + first, count).CopyTo(columns.AsSpan(i * count));
        return Data(path, $"weight_hh_{name}", WithRoom(columns, count));
    }
}
