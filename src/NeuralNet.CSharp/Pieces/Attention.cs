using Floats = System.Numerics.Vector<float>;
using Vectors = System.Numerics.Vector;

namespace NeuralNet.CSharp.Pieces;

/// <content>Scaled dot-product attention.</content>
internal static partial class Parts
{
    // Of each head o = softmax(q kᵀ / √d) v, over the keys that a mask of 1 and 0 leaves (an empty one leaves all), for a causal
    // one over those up to the query's own step. The heads lie side by side in a step; o is [steps, heads · d]. Needs memory for
    // 16 (d + keySteps) + d values, and with a mask for 2 keySteps · d + 16 more; behind q, k and v there are 16 values.
    public static void Attention(
        ReadOnlySpan<float> q, int queryStride, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int keyStride, int keySteps,
        ReadOnlySpan<float> mask, int maskStep, bool causal, int heads, int d, Span<float> o, Span<float> memory)
    {
        int width = heads * d, steps = o.Length / width;
        Span<float> seen = stackalloc float[16], copy = memory.Slice((16 * (d + keySteps)) + d);
        for (int at = 0; at < width; at += d)
        {
            ReadOnlySpan<float> keys = k.Slice(at), values = v.Slice(at);
            int stride = keyStride, kept = keySteps;
            if (!mask.IsEmpty)
            {
                kept = 0;
                for (int step = 0; step < keySteps; step++)
                {
                    if (mask[step * maskStep] == 0)
                        continue;
                    keys.Slice(step * keyStride, d).CopyTo(copy.Slice(kept * d));
                    values.Slice(step * keyStride, d).CopyTo(copy.Slice((keySteps + kept) * d));
                    kept++;
                }

                keys = copy.Slice(0, keySteps * d);
                values = copy.Slice(keySteps * d);
                stride = d;
            }

            seen.Fill(kept);
            for (int first = 0, sees = 0; first < steps; first += 16)
            {
                int count = global::System.Math.Min(16, steps - first);
                for (int r = 0; causal && r < count; r++)
                    seen[r] = sees += mask.IsEmpty || mask[(first + r) * maskStep] != 0 ? 1 : 0;
                ReadOnlySpan<float> own = q.Slice((first * queryStride) + at);
                Attend(own, queryStride, keys, values, stride, seen.Slice(0, count), d, o.Slice((first * width) + at), width, memory);
            }
        }
    }

    // Up to 16 queries, of which each sees so many of the keys; of none o is 0. The queries and what they make of the keys are transposed: a vector
    // has as many queries as it has room for.
    private static void Attend(
        ReadOnlySpan<float> q, int queryStride, ReadOnlySpan<float> keys, ReadOnlySpan<float> values, int stride, ReadOnlySpan<float> seen, int d,
        Span<float> o, int width, Span<float> memory)
    {
        int queries = seen.Length, common = (int)seen[0], all = (int)seen[queries - 1];
        Span<float> transposed = memory.Slice(0, 16 * d), before = memory.Slice(16 * d, d), weights = memory.Slice(17 * d);
        for (int i = 0; i < d; i++)
        {
            for (int r = 0; r < 16; r++)
                transposed[(16 * i) + r] = r < queries ? q[(r * queryStride) + i] : 0;
        }

        var scores = new Sweep { Lines = 1, Pieces = 1, Steps = d, XStep = 1, WStep = 16, XRow = stride, ZRow = 16 };
        Sum(keys, transposed, default, weights, all, 16, scores, isWhole: true);
        for (int r = 0; r < queries; r += Floats.Count)
            SoftmaxOfColumns(weights.Slice(r), all, Load(seen, r), 1 / global::System.MathF.Sqrt(d));

        // First the keys that all queries see, then for each query the others.
        var sums = new Sweep { Lines = 1, Pieces = 1, Steps = common, XStep = 16, WStep = stride, XRow = 1, ZRow = width };
        Sum(weights, values, default, o, queries, d, sums, isWhole: false);
        for (int r = 1; r < queries && common < all; r++)
        {
            sums.Steps = (int)seen[r] - common;
            Span<float> sum = o.Slice(r * width, d);
            sum.CopyTo(before);
            if (sums.Steps > 0)
                Sum(weights.Slice((16 * common) + r), values.Slice(common * stride), before, sum, 1, d, sums, isWhole: false);
        }
    }

    // Of each column of lines of 16, of which it sees so many, e^((s − max s) · scale) over its sum; 0 of the others.
    private static void SoftmaxOfColumns(Span<float> scores, int lines, Floats seen, float scale)
    {
        Floats max = new(float.NegativeInfinity), sum = Floats.Zero;
        for (int j = 0; j < lines; j++)
        {
            Floats isSeen = Vectors.LessThan<float>(new Floats(j), seen), score = new(scores.Slice(16 * j));
            max = MaxOfNumbers(max, Vectors.ConditionalSelect(isSeen, score, new Floats(float.NegativeInfinity)));
        }

        for (int j = 0; j < lines; j++)
        {
            Floats isSeen = Vectors.LessThan<float>(new Floats(j), seen);
            Floats exp = ExpOrZero((new Floats(scores.Slice(16 * j)) - max) * new Floats(scale));
            exp = Vectors.ConditionalSelect(isSeen, exp, Floats.Zero);
            exp.CopyTo(scores.Slice(16 * j));
            sum += exp;
        }

        Floats inverse = Vectors.ConditionalSelect(Vectors.Equals<float>(seen, Floats.Zero), Floats.Zero, Floats.One / sum);
        for (int j = 0; j < lines; j++)
            (new Floats(scores.Slice(16 * j)) * inverse).CopyTo(scores.Slice(16 * j));
    }
}
