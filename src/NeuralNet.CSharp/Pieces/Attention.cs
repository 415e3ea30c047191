using Floats = System.Numerics.Vector<float>;
using Vectors = System.Numerics.Vector;

namespace NeuralNet.CSharp.Pieces;

/// <content>Scaled dot-product attention.</content>
internal static partial class Parts
{
    // Of each head o = softmax(q kᵀ / √d − slope · |i − j|) v, over the keys that a mask of 1 and 0 leaves (an empty one leaves all), with a
    // window over those fewer steps away, for a causal one over those up to the query's own step. The heads lie side by side in a step, those of
    // the keys each for as many of the queries; o is [steps, heads · d]. Needs memory for 16 (d + keySteps) + d values, with slopes for keySteps
    // more, and with a mask for 2 keySteps · d + 16 more; behind q, k and v there are 16 values.
    public static void Attention(
        ReadOnlySpan<float> q, int queryStride, ReadOnlySpan<float> k, ReadOnlySpan<float> v, int keyStride, int keySteps,
        ReadOnlySpan<float> mask, int maskStep, bool causal, int window, ReadOnlySpan<float> slopes, int heads, int keyHeads, int d,
        Span<float> o, Span<float> memory)
    {
        int width = heads * d, steps = o.Length / width;
        Span<float> begins = stackalloc float[16], seen = stackalloc float[16], places = memory.Slice((16 * (d + keySteps)) + d);
        Span<float> copy = places.Slice(slopes.IsEmpty ? 0 : keySteps);
        for (int head = 0; head < heads; head++)
        {
            int at = head * d, keyAt = head / (heads / keyHeads) * d;
            ReadOnlySpan<float> keys = k.Slice(keyAt), values = v.Slice(keyAt);
            int stride = keyStride, kept = mask.IsEmpty ? keySteps : 0;
            for (int step = 0; step < keySteps && !slopes.IsEmpty; step++)
                places[step] = step;
            if (!mask.IsEmpty)
            {
                for (int step = 0; step < keySteps; step++)
                {
                    if (mask[step * maskStep] == 0)
                        continue;
                    keys.Slice(step * keyStride, d).CopyTo(copy.Slice(kept * d));
                    values.Slice(step * keyStride, d).CopyTo(copy.Slice((keySteps + kept) * d));
                    if (!slopes.IsEmpty)
                        places[kept] = step;
                    kept++;
                }

                keys = copy.Slice(0, keySteps * d);
                values = copy.Slice(keySteps * d);
                stride = d;
            }

            begins.Clear();
            seen.Fill(kept);
            for (int first = 0, begin = 0, before = 0, end = 0, sees = 0; first < steps; first += 16)
            {
                int count = global::System.Math.Min(16, steps - first);
                for (int r = 0; (causal || window > 0) && r < count; r++)
                {
                    for (int to = global::System.Math.Min(keySteps, first + r + (causal ? 1 : window)); end < to; end++)
                        sees += mask.IsEmpty || mask[end * maskStep] != 0 ? 1 : 0;
                    for (int to = window > 0 ? first + r + 1 - window : 0; begin < to; begin++)
                        before += mask.IsEmpty || mask[begin * maskStep] != 0 ? 1 : 0;
                    seen[r] = sees;
                    begins[r] = before;
                }

                ReadOnlySpan<float> own = q.Slice((first * queryStride) + at), keyPlaces = slopes.IsEmpty ? default : places;
                Attend(
                    own, queryStride, keys, values, stride, begins.Slice(0, count), seen.Slice(0, count), d, o.Slice((first * width) + at), width,
                    keyPlaces, first, slopes.IsEmpty ? 0 : slopes[head], memory);
            }
        }
    }

    // Up to 16 queries, of which each sees the keys from one to another; of none o is 0. The queries and what they make of the keys are transposed: a
    // vector has as many queries as it has room for.
    private static void Attend(
        ReadOnlySpan<float> q, int queryStride, ReadOnlySpan<float> keys, ReadOnlySpan<float> values, int stride, ReadOnlySpan<float> begins,
        ReadOnlySpan<float> seen, int d, Span<float> o, int width, ReadOnlySpan<float> places, int place, float slope, Span<float> memory)
    {
        int queries = seen.Length, from = (int)begins[0], all = (int)seen[queries - 1] - from, common = (int)seen[0] - from;
        Span<float> transposed = memory.Slice(0, 16 * d), before = memory.Slice(16 * d, d), weights = memory.Slice(17 * d);
        for (int i = 0; i < d; i++)
        {
            for (int r = 0; r < 16; r++)
                transposed[(16 * i) + r] = r < queries ? q[(r * queryStride) + i] : 0;
        }

        var scores = new Sweep { Lines = 1, Pieces = 1, Steps = d, XStep = 1, WStep = 16, XRow = stride, ZRow = 16 };
        Sum(keys.Slice(from * stride), transposed, default, weights, all, 16, scores, isWhole: true);
        float scale = 1 / global::System.MathF.Sqrt(d);
        if (!places.IsEmpty)
        {
            SubtractDistances(weights, places.Slice(from, all), place, scale, slope);
            scale = 1;
        }

        for (int r = 0; r < queries; r += Floats.Count)
            SoftmaxOfColumns(weights.Slice(r), from, all, Load(begins, r), Load(seen, r), scale);

        var sums = new Sweep { Lines = 1, Pieces = 1, Steps = common, XStep = 16, WStep = stride, XRow = 1, ZRow = width };
        if (from != (int)begins[queries - 1])
        {
            for (int r = 0; r < queries; r++)
            {
                int begin = (int)begins[r];
                sums.Steps = (int)seen[r] - begin;
                ReadOnlySpan<float> own = weights.Slice((16 * (begin - from)) + r);
                Sum(own, values.Slice(begin * stride), default, o.Slice(r * width, d), 1, d, sums, isWhole: false);
            }

            return;
        }

        // First the keys that all queries see, then for each query the others.
        values = values.Slice(from * stride);
        Sum(weights, values, default, o, queries, d, sums, isWhole: false);
        for (int r = 1; r < queries && common < all; r++)
        {
            sums.Steps = (int)seen[r] - from - common;
            Span<float> sum = o.Slice(r * width, d);
            sum.CopyTo(before);
            if (sums.Steps > 0)
                Sum(weights.Slice((16 * common) + r), values.Slice(common * stride), before, sum, 1, d, sums, isWhole: false);
        }
    }

    // s · scale − slope · |i − j| of lines of 16, of which each is of a key j, and of queries from one place on.
    private static void SubtractDistances(Span<float> scores, ReadOnlySpan<float> places, int first, float scale, float slope)
    {
        Span<float> queries = stackalloc float[16];
        for (int r = 0; r < 16; r++)
            queries[r] = first + r;
        for (int j = 0; j < places.Length; j++)
        {
            for (int r = 0; r < 16; r += Floats.Count)
            {
                Span<float> line = scores.Slice((16 * j) + r);
                Floats distance = Vectors.Abs(new Floats(queries.Slice(r)) - new Floats(places[j]));
                FusedMultiplyAdd(new Floats(line), new Floats(scale), new Floats(-slope) * distance).CopyTo(line);
            }
        }
    }

    // Of each column of lines of 16, of which it sees those from one to another, e^((s − max s) · scale) over its sum; 0 of the others.
    private static void SoftmaxOfColumns(Span<float> scores, int first, int lines, Floats begin, Floats seen, float scale)
    {
        Floats max = new(float.NegativeInfinity), sum = Floats.Zero;
        for (int j = 0; j < lines; j++)
        {
            Floats score = new(scores.Slice(16 * j));
            max = MaxOfNumbers(max, Vectors.ConditionalSelect(IsSeen(first + j, begin, seen), score, new Floats(float.NegativeInfinity)));
        }

        for (int j = 0; j < lines; j++)
        {
            Floats exp = ExpOrZero((new Floats(scores.Slice(16 * j)) - max) * new Floats(scale));
            exp = Vectors.ConditionalSelect(IsSeen(first + j, begin, seen), exp, Floats.Zero);
            exp.CopyTo(scores.Slice(16 * j));
            sum += exp;
        }

        Floats inverse = Vectors.ConditionalSelect(Vectors.LessThan<float>(begin, seen), Floats.One / sum, Floats.Zero);
        for (int j = 0; j < lines; j++)
            (new Floats(scores.Slice(16 * j)) * inverse).CopyTo(scores.Slice(16 * j));
    }

    private static Floats IsSeen(int key, Floats begin, Floats seen) =>
        Vectors.AndNot<float>(Vectors.LessThan<float>(new Floats(key), seen), Vectors.LessThan<float>(new Floats(key), begin));

    // (x_a, x_b) ← (x_a cos φ − x_b sin φ, x_b cos φ + x_a sin φ) of so many pairs of each head; of each step the table has its cosines, then sines.
    public static void Turn(Span<float> x, int stride, int heads, int d, ReadOnlySpan<float> table, int pairs, bool interleaved)
    {
        for (int step = 0; 2 * step * pairs < table.Length; step++)
        {
            ReadOnlySpan<float> cos = table.Slice(2 * step * pairs, pairs), sin = table.Slice(((2 * step) + 1) * pairs, pairs);
            for (int head = 0; head < heads; head++)
            {
                Span<float> turned = x.Slice((step * stride) + (head * d), 2 * pairs), first = turned.Slice(0, pairs), second = turned.Slice(pairs);
                for (int i = 0; i < pairs && interleaved; i++)
                {
                    float a = turned[2 * i], b = turned[(2 * i) + 1];
                    turned[2 * i] = (a * cos[i]) - (b * sin[i]);
                    turned[(2 * i) + 1] = (b * cos[i]) + (a * sin[i]);
                }

                for (int i = 0; i < pairs && !interleaved; i += Floats.Count)
                {
                    Floats a = Load(first, i), b = Load(second, i), c = Load(cos, i), s = Load(sin, i);
                    Store((a * c) - (b * s), first, i);
                    Store((b * c) + (a * s), second, i);
                }
            }
        }
    }
}
