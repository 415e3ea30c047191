using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>LSTM and GRU: the operators of those names with the activations that they know, with any other a loop of the formulas.</summary>
internal static class GatedExport
{
    // i, f, g, o here; i, o, f, c there.
    public static string Convert(LayerWriter w, Lstm lstm, string x)
    {
        // One for the gates, one for the candidate and one for what is shown of the cell.
        return Settings(lstm.GateActivation, lstm.Activation, lstm.Activation) is { } settings
            ? RecurrentParts.Operator(w, "LSTM", lstm, x, [0, 3, 1, 2], new float[4 * lstm.Hidden], settings)
            : RecurrentParts.Loop(w, lstm, x, 2, Step);

        // c′ = f c + i g; h′ = o k(c′)
        string[] Step(LayerWriter body, string z, string[] before)
        {
            string product = body.Node("MatMul", before[0], w.Parameter("weight_hh", lstm.Hidden, 4 * lstm.Hidden));
            string[] sums = body.Split(body.Node("Add", z, product), 1, 4);
            string Gate(int gate) => ActivationExport.Convert(body, (ScalarActivation)lstm.GateActivation, sums[gate]);
            string g = ActivationExport.Convert(body, (ScalarActivation)lstm.Activation, sums[2]);
            string c = body.Node("Add", body.Node("Mul", Gate(1), before[1]), body.Node("Mul", Gate(0), g));
            return [body.Node("Mul", Gate(3), ActivationExport.Convert(body, (ScalarActivation)lstm.Activation, c)), c];
        }
    }

    // r, u, n here; z, r, h there. Where the candidate's reset gate multiplies the recurrent product with its bias, PyTorch's form, the operator
    // calls it linear_before_reset.
    public static string Convert(LayerWriter w, Gru gru, string x)
    {
        int hidden = gru.Hidden;
        float[] recurrentBias = gru.ResetsBefore ? new float[3 * hidden] : [.. new float[2 * hidden], .. w.Values("bias_hn")];
        return Settings(gru.GateActivation, gru.Activation) is { } settings
            ? RecurrentParts.Operator(
                w, "GRU", gru, x, [1, 0, 2], recurrentBias, [Attribute.Int("linear_before_reset", gru.ResetsBefore ? 0 : 1), .. settings])
            : RecurrentParts.Loop(w, gru, x, 1, Step);

        // n = k(z_n + r (p_n + b_hn)), or k(z_n + U_n (r h)); h′ = n + u (h − n)
        string[] Step(LayerWriter body, string z, string[] before)
        {
            string h = before[0];
            (float[] ofGates, float[] ofCandidate) = Columns(w.Values("weight_hh"), hidden);
            string[] sums = body.Split(z, 1, 3);
            string[] products = body.Split(body.Node("MatMul", h, w.Constant("weight_hh.gates", ofGates, hidden, 2 * hidden)), 1, 2);
            string u = w.Constant("weight_hh.candidate", ofCandidate, hidden, hidden);
            string Gate(int gate) =>
                ActivationExport.Convert(body, (ScalarActivation)gru.GateActivation, body.Node("Add", sums[gate], products[gate]));
            string reset = Gate(0);
            string product = gru.ResetsBefore ? body.Node("MatMul", body.Node("Mul", reset, h), u)
                : body.Node("Mul", reset, body.Node("Add", body.Node("MatMul", h, u), w.Parameter("bias_hn", hidden)));
            string n = ActivationExport.Convert(body, (ScalarActivation)gru.Activation, body.Node("Add", sums[2], product));
            return [body.Node("Add", n, body.Node("Mul", Gate(1), body.Node("Sub", h, n)))];
        }
    }

    // The columns of U that make the gates, and those of the candidate.
    private static (float[] Gates, float[] Candidate) Columns(ReadOnlySpan<float> weight, int hidden)
    {
        float[] gates = new float[2 * hidden * hidden], candidate = new float[hidden * hidden];
        for (int i = 0; i < hidden; i++)
        {
            ReadOnlySpan<float> row = weight.Slice(3 * i * hidden, 3 * hidden);
            row[..(2 * hidden)].CopyTo(gates.AsSpan(2 * i * hidden));
            row[(2 * hidden)..].CopyTo(candidate.AsSpan(i * hidden));
        }

        return (gates, candidate);
    }

    // The attributes that name activations, none for those that operators have anyway; null if there is one that they do not know.
    private static AttributeProto[]? Settings(params ReadOnlySpan<Activation> activations)
    {
        var names = new List<string>();
        List<float> alphas = [], betas = [];
        foreach (Activation activation in activations)
        {
            (string? name, float? alpha, float? beta) = activation switch
            {
                Sigmoid or Tanh or Relu or Softsign or Softplus => (activation.Kind, (float?)null, (float?)null),
                LeakyRelu leaky => ("LeakyRelu", leaky.Slope, null),
                ThresholdedRelu rectifier => ("ThresholdedRelu", rectifier.Alpha, null),
                Elu elu => ("Elu", elu.Alpha, null),
                HardSigmoid hard => ("HardSigmoid", hard.Slope, 0.5f),
                Identity => ("Affine", 1, 0),
                _ => (null, null, null),
            };
            if (name is null)
                return null;
            names.Add(name);
            alphas.AddRange(alpha is { } a ? [a] : []);
            betas.AddRange(beta is { } b ? [b] : []);
        }

        if (names is ["Sigmoid", "Tanh", ..] && names[^1] == "Tanh")
            return [];
        return
        [
            Attribute.Strings("activations", [.. names]),
            .. alphas.Count > 0 ? new[] { Attribute.Floats("activation_alpha", [.. alphas]) } : [],
            .. betas.Count > 0 ? new[] { Attribute.Floats("activation_beta", [.. betas]) } : [],
        ];
    }
}
