using Float4 = System.Runtime.Intrinsics.Vector128<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>The steps of recurrent layers, from a state of 0. z = W x + b is there already; h becomes the state after a step.</content>
internal static partial class Parts
{
    // The gates i, f, g, o: c′ = f ⊙ c + i ⊙ g; h′ = o ⊙ tanh c′. z and product are [4 · hidden].
    public static void LstmStep(ReadOnlySpan<float> z, ReadOnlySpan<float> product, Span<float> h, Span<float> c)
    {
        int n = h.Length;
        for (int j = 0; j < n; j += 4)
        {
            Float4 i = Sigmoid(Load(z, j) + Load(product, j)), f = Sigmoid(Load(z, n + j) + Load(product, n + j));
            Float4 g = Tanh(Load(z, (2 * n) + j) + Load(product, (2 * n) + j)), o = Sigmoid(Load(z, (3 * n) + j) + Load(product, (3 * n) + j));
            Float4 next = FusedMultiplyAdd(f, Load(c, j), i * g);
            Store(next, c, j);
            Store(o * Tanh(next), h, j);
        }
    }

    // The gates r, u and the candidate n = tanh(z_n + r ⊙ (U_n h + b)): h′ = n + u ⊙ (h − n). z and product are [3 · hidden].
    public static void GruStep(ReadOnlySpan<float> z, ReadOnlySpan<float> product, ReadOnlySpan<float> bias, Span<float> h)
    {
        int n = h.Length;
        for (int j = 0; j < n; j += 4)
        {
            Float4 r = Sigmoid(Load(z, j) + Load(product, j)), u = Sigmoid(Load(z, n + j) + Load(product, n + j));
            Float4 candidate = Tanh(Load(z, (2 * n) + j) + (r * (Load(product, (2 * n) + j) + Load(bias, j))));
            Store(FusedMultiplyAdd(u, Load(h, j) - candidate, candidate), h, j);
        }
    }
}
