using System.Runtime.Intrinsics;

namespace NeuralNet.CSharp.Pieces;

/// <content>Scaled dot-product attention.</content>
internal static partial class Parts
{
    // Of each head o = softmax(q kᵀ / √d) v, over the keys that a mask of 1 and 0 leaves (an empty one leaves all), for a causal
    // one over those up to the query's own step. The heads lie side by side in a step; o is [steps, heads · d]. Needs memory for
    // keySteps · (2 d + 1) values.
    public static void Attention(
        ReadOnlySpan<float> q, int queryStride, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int keyStride, int keySteps,
        ReadOnlySpan<float> mask, int maskStep, bool causal, int heads, int d, Span<float> o, Span<float> memory)
    {
        Span<float> keys = memory.Slice(0, keySteps * d), values = memory.Slice(keySteps * d, keySteps * d);
        Span<float> weights = memory.Slice(2 * keySteps * d, keySteps);
        int steps = o.Length / (heads * d);
        for (int head = 0; head < heads; head++)
        {
            // The keys that are left: transposed, so that a product with one query gives the scores of all; and their values.
            int kept = 0;
            for (int step = 0; step < keySteps; step++)
            {
                if (!mask.IsEmpty && mask[step * maskStep] == 0)
                    continue;
                int at = (step * keyStride) + (head * d);
                for (int i = 0; i < d; i++)
                    keys[(i * keySteps) + kept] = k[at + i];
                v.Slice(at, d).CopyTo(values.Slice(kept * d, d));
                kept++;
            }

            int seen = causal ? 0 : kept;
            for (int step = 0; step < steps; step++)
            {
                if (causal && (mask.IsEmpty || mask[step * maskStep] != 0))
                    seen++;
                ReadOnlySpan<float> query = q.Slice((step * queryStride) + (head * d), d);
                AttendTo(query, keys, keySteps, values, weights.Slice(0, seen), o.Slice(((step * heads) + head) * d, d));
            }
        }
    }

    // One query, with as many keys as there are weights; of none o is 0.
    private static void AttendTo(
        ReadOnlySpan<float> q, ReadOnlySpan<float> keys, int keyStride, ReadOnlySpan<float> values, Span<float> weights, Span<float> o)
    {
        Product(q, keys, keyStride, default, weights);
        float max = Largest(weights), sum = 0, scale = 1 / global::System.MathF.Sqrt(q.Length);
        for (int j = 0; j < weights.Length; j += 4)
            Store(ExpOrZero((Load(weights, j) - Vector128.Create(max)) * Vector128.Create(scale)), weights, j);
        foreach (float weight in weights)
            sum += weight;

        float inverse = 1 / sum;
        for (int j = 0; j < weights.Length; j++)
            weights[j] *= inverse;
        Product(weights, values, o.Length, default, o);
    }

    // The largest; where one is NaN, any.
    public static float Largest(ReadOnlySpan<float> x)
    {
        float largest = float.NegativeInfinity;
        foreach (float value in x)
            largest = value > largest ? value : largest;
        return largest;
    }
}
