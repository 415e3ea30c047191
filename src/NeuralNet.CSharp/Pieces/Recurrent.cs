namespace NeuralNet.CSharp.Pieces;

/// <content>The steps of recurrent layers, from a state of 0. z = W x + b is there already; h becomes the state after a step.</content>
internal static partial class Parts
{
    // The gates i, f, g, o: c′ = f ⊙ c + i ⊙ g; h′ = o ⊙ tanh c′. z and product are [4 · hidden].
    public static void LstmStep(Span<float> z, ReadOnlySpan<float> product, Span<float> h, Span<float> c)
    {
        int n = h.Length;
        for (int j = 0; j < n; j++)
        {
            float i = Sigmoid(z[j] + product[j]), f = Sigmoid(z[n + j] + product[n + j]);
            float g = Tanh(z[(2 * n) + j] + product[(2 * n) + j]), o = Sigmoid(z[(3 * n) + j] + product[(3 * n) + j]);
            c[j] = MultiplyAdd(f, c[j], i * g);
            h[j] = o * Tanh(c[j]);
        }
    }

    // The gates r, u and the candidate n = tanh(z_n + r ⊙ (U_n h + b)): h′ = n + u ⊙ (h − n). z and product are [3 · hidden].
    public static void GruStep(Span<float> z, ReadOnlySpan<float> product, ReadOnlySpan<float> bias, Span<float> h)
    {
        int n = h.Length;
        for (int j = 0; j < n; j++)
        {
            float r = Sigmoid(z[j] + product[j]), u = Sigmoid(z[n + j] + product[n + j]);
            float candidate = Tanh(z[(2 * n) + j] + (r * (product[(2 * n) + j] + bias[j])));
            h[j] = MultiplyAdd(u, h[j] - candidate, candidate);
        }
    }
}
