using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>LSTM and GRU: the operators of those names with the activations that these know, with any others a loop of their formulas.</summary>
internal static class GatedExport
{
    // i, f, g, o here; i, o, f, c there.
    public static string Convert(LayerWriter w, Lstm lstm, string x)
    {
        Activation k = lstm.Activation;
        return Attributes(lstm.GateActivation, k, k) is { } activations
            ? RecurrentParts.Operator(w, "LSTM", lstm, x, [0, 3, 1, 2], new float[4 * lstm.Hidden], activations)
            : Loop(w, lstm, x);
    }

    // r, u, n here; z, r, h there. In PyTorch's form, which the operator calls linear_before_reset, the reset gate multiplies the recurrent product
    // of the candidate with its bias, in the original one h.
    public static string Convert(LayerWriter w, Gru gru, string x)
    {
        if (Attributes(gru.GateActivation, gru.Activation) is not { } activations)
            return Loop(w, gru, x);
        float[] recurrentBias = gru.ResetsBefore ? new float[3 * gru.Hidden] : [.. new float[2 * gru.Hidden], .. w.Values("bias_hn")];
        return RecurrentParts.Operator(
            w, "GRU", gru, x, [1, 0, 2], recurrentBias, [Attribute.Int("linear_before_reset", gru.ResetsBefore ? 0 : 1), .. activations]);
    }

    // c = a(f) c + a(i) k(g), h = a(o) k(c)
    private static string Loop(LayerWriter w, Lstm lstm, string x)
    {
        string u = w.Parameter("weight_hh", lstm.Hidden, 4 * lstm.Hidden);
        return RecurrentParts.Loop(w, lstm, x, ["h", "c"], (body, before, z) =>
        {
            string[] sums = body.Split(body.Node("Add", z, body.Node("MatMul", before[0], u)), 1, 4);
            string kept = body.Node("Mul", Of(body, lstm.GateActivation, sums[1]), before[1]);
            string taken = body.Node("Mul", Of(body, lstm.GateActivation, sums[0]), Of(body, lstm.Activation, sums[2]));
            string c = body.Node("Add", kept, taken);
            return [body.Node("Mul", Of(body, lstm.GateActivation, sums[3]), Of(body, lstm.Activation, c)), c];
        });
    }

    // n = k(z + r (U h + b)), or k(z + U (r h)); h = n + u (h − n)
    private static string Loop(LayerWriter w, Gru gru, string x)
    {
        int hidden = gru.Hidden;
        string u = gru.ResetsBefore ? Columns(w, "U_ru", hidden, 0, 2 * hidden) : w.Parameter("weight_hh", hidden, 3 * hidden);
        string ofReset = gru.ResetsBefore ? Columns(w, "U_n", hidden, 2 * hidden, hidden) : w.Parameter("bias_hn", hidden);
        return RecurrentParts.Loop(w, gru, x, ["h"], (body, before, z) =>
        {
            string h = before[0];
            string[] sums = body.Split(z, 1, 3), products = body.Split(body.Node("MatMul", h, u), 1, gru.ResetsBefore ? 2 : 3);
            string r = Of(body, gru.GateActivation, body.Node("Add", sums[0], products[0]));
            string update = Of(body, gru.GateActivation, body.Node("Add", sums[1], products[1]));
            string p = gru.ResetsBefore
                ? body.Node("MatMul", body.Node("Mul", r, h), ofReset)
                : body.Node("Mul", r, body.Node("Add", products[2], ofReset));
            string n = Of(body, gru.Activation, body.Node("Add", sums[2], p));
            return [body.Node("Add", n, body.Node("Mul", update, body.Node("Sub", h, n)))];
        });
    }

    private static string Of(LayerWriter body, Activation activation, string z) => ActivationExport.Convert(body, (ScalarActivation)activation, z);

    // Some columns of a GRU's U as a constant.
    private static string Columns(LayerWriter w, string name, int hidden, int first, int count)
    {
        ReadOnlySpan<float> u = w.Values("weight_hh");
        float[] some = new float[hidden * count];
        for (int i = 0; i < hidden; i++)
            u.Slice((i * 3 * hidden) + first, count).CopyTo(some.AsSpan(i * count));
        return w.Constant(name, some, hidden, count);
    }

    // What states the activations: nothing for the usual ones. Those that have settings take them in their order from two lists. None, if the
    // operators do not know one.
    private static AttributeProto[]? Attributes(Activation gates, params Activation[] others)
    {
        if (gates is Sigmoid && others.All(activation => activation is Tanh))
            return [];
        (string Name, float[] Alpha, float[] Beta)?[] known = [.. others.Prepend(gates).Select(Known)];
        if (known.Any(one => one is null))
            return null;
        float[] alphas = [.. known.SelectMany(one => one!.Value.Alpha)], betas = [.. known.SelectMany(one => one!.Value.Beta)];
        AttributeProto names = Attribute.Strings("activations", [.. known.Select(one => one!.Value.Name)]);
        return
        [
            names, .. alphas.Length > 0 ? [Attribute.Floats("activation_alpha", alphas)] : (AttributeProto[])[],
            .. betas.Length > 0 ? [Attribute.Floats("activation_beta", betas)] : (AttributeProto[])[],
        ];
    }

    private static (string Name, float[] Alpha, float[] Beta)? Known(Activation activation) => activation switch
    {
        Sigmoid => ("Sigmoid", [], []),
        Tanh => ("Tanh", [], []),
        Relu => ("Relu", [], []),
        Softsign => ("Softsign", [], []),
        LeakyRelu leaky => ("LeakyRelu", [leaky.Slope], []),
        HardSigmoid hard => ("HardSigmoid", [hard.Slope], [0.5f]),
        _ => null,
    };
}
