namespace NeuralNet.Onnx.Export;

/// <summary>LSTM and GRU, by the operators of those names.</summary>
internal static class GatedExport
{
    // i, f, g, o here; i, o, f, c there.
    public static string Convert(LayerWriter w, Lstm lstm, string x) =>
        RecurrentParts.Operator(w, "LSTM", lstm, x, [0, 3, 1, 2], new float[4 * lstm.Hidden]);

    // r, u, n here; z, r, h there. The candidate's reset gate multiplies the recurrent product with its bias: PyTorch's form,
    // which the operator calls linear_before_reset.
    public static string Convert(LayerWriter w, Gru gru, string x)
    {
        float[] recurrentBias = [.. new float[2 * gru.Hidden], .. w.Values("bias_hn")];
        return RecurrentParts.Operator(w, "GRU", gru, x, [1, 0, 2], recurrentBias, Attribute.Int("linear_before_reset", 1));
    }
}
