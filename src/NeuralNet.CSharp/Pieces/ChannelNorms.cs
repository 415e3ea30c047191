using Floats = System.Numerics.Vector<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>Normalization of channels over the places of an image or a sequence: y = (x − o) s + t.</content>
internal static partial class Parts
{
    // Each number is given for as many values as lie beside each other; what is left of them at the end has the first ones.
    public static void ScaleChannels(
        ReadOnlySpan<float> x, ReadOnlySpan<float> origin, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y)
    {
        for (int at = 0; at < x.Length; at += origin.Length)
        {
            int count = global::System.Math.Min(origin.Length, x.Length - at);
            ReadOnlySpan<float> from = x.Slice(at, count), o = origin.Slice(0, count), s = scale.Slice(0, count), t = shift.Slice(0, count);
            Span<float> to = y.Slice(at, count);
            if (count < Floats.Count)
                Store(FusedMultiplyAdd(Load(from, 0) - Load(o, 0), Load(s, 0), Load(t, 0)), to, 0);

            // The last vector overlaps the one before it.
            for (int i = 0, last = count - Floats.Count; last >= 0 && i < count; i += Floats.Count)
            {
                int j = global::System.Math.Min(i, last);
                StoreWhole(FusedMultiplyAdd(LoadWhole(from, j) - LoadWhole(o, j), LoadWhole(s, j), LoadWhole(t, j)), to, j);
            }
        }
    }

    // Mean and variance of each group of neighbouring channels over all places. Several vectors may be a line: sums are made for
    // each place of a line, those of a block of lines in floats, those of blocks in double, part by part.
    public static void NormalizeGroups(
        ReadOnlySpan<float> x, int channels, int groups, int line, int part, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias,
        float epsilon, Span<float> y, Span<float> memory)
    {
        Span<double> sums = global::System.Runtime.InteropServices.MemoryMarshal.Cast<float, double>(memory.Slice(0, 8 * line));
        Span<float> origin = memory.Slice(8 * line, line), lanes = memory.Slice(9 * line, 2 * line), kept = memory.Slice(11 * line, 3 * groups);
        if (!MeasureGroups(x, channels, groups, part, epsilon, 1, sums, origin, lanes, kept))
            MeasureGroups(x, channels, groups, part, epsilon, 1f / (1 << 30) / (1 << 30) / (1 << 10), sums, origin, lanes, kept);
        Span<float> scale = lanes.Slice(0, line), shift = lanes.Slice(line, line);
        for (int i = 0; i < line; i++)
        {
            int channel = i % channels, group = channel / (channels / groups);
            double factor = (gain.IsEmpty ? 1 : (double)gain[channel]) * kept[(2 * groups) + group];
            scale[i] = (float)factor;
            shift[i] = (float)((bias.IsEmpty ? 0 : (double)bias[channel]) - (kept[groups + group] * factor));
        }

        ScaleChannels(x, origin, scale, shift, y);
    }

    // The origin of each group, near its mean, what is left of the mean, and 1 / √(variance + ε): NaN, and false, if squares overflow.
    // Those groups are made anew of scaled values.
    private static bool MeasureGroups(
        ReadOnlySpan<float> x, int channels, int groups, int part, float epsilon, float scale, Span<double> sums, Span<float> origin,
        Span<float> lanes, Span<float> kept)
    {
        int block = scale == 1 ? global::System.Math.Min(64 * origin.Length, x.Length) : x.Length, size = channels / groups;
        SumColumns(x.Slice(0, block), channels, part, false, scale, sums, origin, lanes);
        for (int group = 0; group < groups; group++)
        {
            if (scale == 1 || float.IsNaN(kept[(2 * groups) + group]))
                kept[group] = (float)(SumOfGroup(sums, group, size) / scale / ((double)(block / channels) * size));
        }

        SetOrigins(kept, channels, groups, origin);
        SumColumns(x, channels, part, true, scale, sums, origin, lanes);
        if (!Moments(x.Length / channels, size, groups, epsilon, scale, sums, kept, out bool isFinite))
        {
            for (int group = 0; group < groups; group++)
                kept[group] = (float)((double)kept[group] + kept[groups + group]);
            SetOrigins(kept, channels, groups, origin);
            SumColumns(x, channels, part, true, scale, sums, origin, lanes);
            Moments(x.Length / channels, size, groups, epsilon, scale, sums, kept, out isFinite);
        }

        return isFinite;
    }

    // What is left of each mean, and then 1 / √(variance + ε); false if an origin is too far from its mean.
    private static bool Moments(
        int vectors, int size, int groups, float epsilon, float scale, ReadOnlySpan<double> sums, Span<float> kept, out bool isFinite)
    {
        double values = (double)vectors * size;
        bool isNear = true;
        isFinite = true;
        for (int group = 0; group < groups; group++)
        {
            ref float inverse = ref kept[(2 * groups) + group];
            if (scale != 1 && !float.IsNaN(inverse))
                continue;
            double mean = SumOfGroup(sums, group, size) / scale / values;
            double square = SumOfGroup(sums.Slice(sums.Length / 4), group, size) / scale / scale / values, variance = square - (mean * mean);
            if (variance < 0)
                variance = 0;
            bool overflows = !double.IsFinite(square);
            isFinite &= !overflows;
            isNear &= scale != 1 || overflows || mean * mean <= variance + epsilon;
            kept[groups + group] = (float)mean;
            inverse = overflows ? float.NaN : (float)(1 / global::System.Math.Sqrt(variance + epsilon));
        }

        return isNear;
    }

    private static void SetOrigins(ReadOnlySpan<float> origins, int channels, int groups, Span<float> origin)
    {
        for (int i = 0; i < origin.Length; i++)
            origin[i] = origins[i % channels / (channels / groups)];
    }

    private static double SumOfGroup(ReadOnlySpan<double> sums, int group, int size)
    {
        double sum = sums[group * size];
        for (int i = (group * size) + 1; i < (group + 1) * size; i++)
            sum += sums[i];
        return sum;
    }

    // Σ s x of each channel, or Σ d and Σ d², with d = s (x − o): the first quarter of the sums and the second one; the others are memory.
    private static void SumColumns(
        ReadOnlySpan<float> x, int channels, int part, bool squares, float scale, Span<double> sums, ReadOnlySpan<float> origin, Span<float> lanes)
    {
        int line = origin.Length, block = 64 * line;
        Span<double> own = sums.Slice(2 * line, 2 * line);
        sums.Clear();
        for (int at = 0; at < x.Length; at += part)
        {
            int end = global::System.Math.Min(x.Length - at, part) + at;
            own.Clear();
            for (int from = at; from < end; from += block)
            {
                SumBlock(x.Slice(from, global::System.Math.Min(block, end - from)), squares, scale, origin, lanes);
                for (int i = 0; i < own.Length; i++)
                    own[i] += lanes[i];
            }

            for (int i = 0; i < own.Length; i++)
                sums[i] += own[i];
        }

        for (int at = channels; at < line; at += channels)
        {
            for (int i = 0; i < channels; i++)
            {
                sums[i] += sums[at + i];
                sums[line + i] += sums[line + at + i];
            }
        }
    }

    private static void SumBlock(ReadOnlySpan<float> x, bool squares, float scale, ReadOnlySpan<float> origin, Span<float> lanes)
    {
        int line = origin.Length, whole = x.Length / line * line;
        var factor = new Floats(scale);
        Span<float> first = lanes.Slice(0, line), second = lanes.Slice(line, line);
        for (int i = 0; i < line; i += Floats.Count)
        {
            // The last vector overlaps the one before it.
            int j = global::System.Math.Min(i, line - Floats.Count);
            Floats from = squares ? LoadWhole(origin, j) : Floats.Zero, sum = Floats.Zero, sumOfSquares = Floats.Zero;
            if (squares)
            {
                for (int at = j; at < whole; at += line)
                {
                    Floats distance = (LoadWhole(x, at) - from) * factor;
                    sum += distance;
                    MultiplyAdd(ref sumOfSquares, distance, distance);
                }
            }
            else
            {
                for (int at = j; at < whole; at += line)
                    MultiplyAdd(ref sum, LoadWhole(x, at), factor);
            }

            StoreWhole(sum, first, j);
            StoreWhole(sumOfSquares, second, j);
        }

        // What is cut off from a line is squared by itself, and then added.
        ReadOnlySpan<float> rest = x.Slice(whole);
        for (int i = 0; i < rest.Length; i++)
        {
            float distance = (rest[i] - origin[i]) * scale;
            first[i] = squares ? first[i] + distance : FusedMultiplyAdd(rest[i], scale, first[i]);
            second[i] = squares ? second[i] + (distance * distance) : second[i];
        }
    }
}
