using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>The numbers by which channels are normalized: x̂ = (d − m) r with d = x − o, of each statistic, which is that of one channel over the
/// batch, or of a group of neighbouring channels over a row.</summary>
/// <remarks>o is a float near the mean, so that d keeps the digits of values that lie far from 0 beside their spread, and m is what is left of the
/// mean. The variance is mean d² − m², which loses no digit that counts where m² is at most the variance. o is the mean of the first block, and if
/// that does not do, the mean of all, for which x is read once more. Statistics whose squares overflow are made again, of scaled values.</remarks>
internal static class ChannelFigures
{
    /// <summary>The numbers of a statistic that backward needs: o, m and r.</summary>
    public const int Kept = 3;

    // The largest distance of two floats, times this, can be squared and summed.
    private const float SmallScale = 1f / (1 << 30) / (1 << 30) / (1 << 10);

    /// <summary>Measures mean and variance.</summary>
    /// <param name="sums">The values; its origin is overwritten.</param>
    /// <param name="group">How many channels, side by side, have a statistic in common.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="origin">The origin of the sums.</param>
    /// <param name="kept">Overwritten with the o of all statistics, then every m, then every r; if it is longer, then every variance.</param>
    public static void Measure(in ColumnSums sums, int group, float epsilon, Span<float> origin, Span<float> kept)
    {
        if (!Measure(sums, group, epsilon, scale: 1, origin, kept))
            Measure(sums, group, epsilon, SmallScale, origin, kept);
    }

    /// <summary>The numbers by which y = (x − o) s + t: s = g r, t = b − m s.</summary>
    /// <param name="kept">o, m and r of each statistic.</param>
    /// <param name="group">How many channels have one.</param>
    /// <param name="gain">g; empty: 1.</param>
    /// <param name="bias">b; empty: 0.</param>
    /// <param name="channels">How many channels there are.</param>
    /// <param name="origin">Overwritten with o for each place of a line.</param>
    /// <param name="scale">Overwritten with s.</param>
    /// <param name="shift">Overwritten with t.</param>
    /// <returns>The three.</returns>
    public static ChannelScale Forward(
        scoped ReadOnlySpan<float> kept, int group, scoped ReadOnlySpan<float> gain, scoped ReadOnlySpan<float> bias, int channels,
        Span<float> origin, Span<float> scale, Span<float> shift)
    {
        int statistics = channels / group;
        ReadOnlySpan<float> origins = kept[..statistics], rests = kept.Slice(statistics, statistics), roots = kept.Slice(2 * statistics, statistics);
        for (int statistic = 0, channel = 0; statistic < statistics; statistic++)
        {
            for (int end = channel + group; channel < end; channel++)
            {
                double s = (gain.IsEmpty ? 1 : (double)gain[channel]) * roots[statistic];
                origin[channel] = origins[statistic];
                scale[channel] = (float)s;
                shift[channel] = (float)((bias.IsEmpty ? 0 : (double)bias[channel]) - (rests[statistic] * s));
            }
        }

        return Repeated(channels, origin, scale, shift);
    }

    /// <summary>The same for stored statistics, whose mean is the origin: s = g r and t = b.</summary>
    /// <param name="kept">o, m and r of each channel.</param>
    /// <param name="gain">g; empty: 1.</param>
    /// <param name="bias">b; empty: 0.</param>
    /// <param name="origin">Overwritten with o for each place of a line.</param>
    /// <param name="scale">Overwritten with s.</param>
    /// <param name="shift">Overwritten with t.</param>
    /// <returns>The three.</returns>
    public static ChannelScale Stored(
        scoped ReadOnlySpan<float> kept, scoped ReadOnlySpan<float> gain, scoped ReadOnlySpan<float> bias, Span<float> origin, Span<float> scale,
        Span<float> shift)
    {
        int channels = kept.Length / Kept;
        ReadOnlySpan<float> roots = kept.Slice(2 * channels, channels);
        kept[..channels].CopyTo(origin);
        if (gain.IsEmpty)
            roots.CopyTo(scale);
        else
            TensorPrimitives.Multiply(gain, roots, scale);
        if (bias.IsEmpty)
            shift[..channels].Clear();
        else
            bias.CopyTo(shift);
        return Repeated(channels, origin, scale, shift);
    }

    /// <summary>o, m and r of stored statistics.</summary>
    public static void Keep(ReadOnlySpan<float> means, ReadOnlySpan<float> variances, float epsilon, Span<float> kept)
    {
        int channels = means.Length, i = 0;
        means.CopyTo(kept);
        kept.Slice(channels, channels).Clear();
        Span<float> roots = kept.Slice(2 * channels, channels);
        for (; i <= channels - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Create(variances[i..]));
            Vector256.Narrow(Root(low), Root(high)).CopyTo(roots[i..]);
        }

        for (; i < channels; i++)
            roots[i] = (float)(1 / Math.Sqrt((double)variances[i] + epsilon));

        Vector256<double> Root(Vector256<double> variance) =>
            Vector256<double>.One / Vector256.Sqrt(variance + Vector256.Create((double)epsilon));
    }

    /// <summary>The origins alone, for the sums of <see cref="SlopeTerms"/>.</summary>
    public static void Origins(ReadOnlySpan<float> kept, int group, int channels, Span<float> origin)
    {
        for (int channel = 0; channel < channels; channel++)
            origin[channel] = kept[channel / group];
        Repeat(origin, channels);
    }

    /// <summary>The chain rule of a mean and a variance that are made of x, of which each statistic has N values: with A = mean g ∇z and
    /// B = mean g ∇z x̂, ∇x = r (g ∇z − A − x̂ B) = s ∇z + p (x − o) + q, where s = g r, p = −r² B and q = −r A − p m.</summary>
    /// <param name="sums">Σ ∇z and Σ ∇z (x − o) of each channel.</param>
    /// <param name="kept">o, m and r of each statistic.</param>
    /// <param name="group">How many channels have one.</param>
    /// <param name="gain">g; empty: 1.</param>
    /// <param name="scale">Overwritten with s for each place of a line.</param>
    /// <param name="slope">Overwritten with p.</param>
    /// <param name="shift">Overwritten with q.</param>
    public static void Backward(
        in ColumnSums sums, ReadOnlySpan<float> kept, int group, ReadOnlySpan<float> gain, Span<float> scale, Span<float> slope, Span<float> shift)
    {
        int channels = sums.Lines.Width, statistics = channels / group;
        ReadOnlySpan<double> slopes = sums.First, products = sums.Second;
        double values = (double)sums.Vectors.Count * group;
        for (int statistic = 0; statistic < statistics; statistic++)
        {
            double m = kept[statistics + statistic], r = kept[(2 * statistics) + statistic], meanSlope = 0, meanProduct = 0;
            for (int channel = statistic * group; channel < (statistic + 1) * group; channel++)
            {
                double g = gain.IsEmpty ? 1 : gain[channel];
                meanSlope += g * slopes[channel];
                meanProduct += g * r * (products[channel] - (m * slopes[channel]));
                scale[channel] = (float)(g * r);
            }

            double p = -r * r * meanProduct / values, q = (-r * meanSlope / values) - (p * m);
            scale.Slice(statistic * group, values == 1 ? group : 0).Clear(); // of one value x̂ is 0, whatever it is
            slope.Slice(statistic * group, group).Fill(values == 1 ? 0 : (float)p);
            shift.Slice(statistic * group, group).Fill(values == 1 ? 0 : (float)q);
        }

        Repeat(scale, channels);
        Repeat(slope, channels);
        Repeat(shift, channels);
    }

    /// <summary>∇g += Σ ∇z x̂ and ∇b += Σ ∇z.</summary>
    /// <param name="sums">Σ ∇z and Σ ∇z (x − o) of each channel.</param>
    /// <param name="kept">o, m and r of each statistic.</param>
    /// <param name="group">How many channels have one.</param>
    /// <param name="gainGradient">∇g; empty: not wanted.</param>
    /// <param name="biasGradient">∇b; empty: not wanted.</param>
    public static void AddGradients(in ColumnSums sums, ReadOnlySpan<float> kept, int group, Span<float> gainGradient, Span<float> biasGradient)
    {
        int statistics = sums.Lines.Width / group;
        ReadOnlySpan<double> slopes = sums.First, products = sums.Second;
        for (int channel = 0; channel < gainGradient.Length; channel++)
        {
            double m = kept[statistics + (channel / group)], r = kept[(2 * statistics) + (channel / group)];
            gainGradient[channel] += (float)(r * (products[channel] - (m * slopes[channel])));
        }

        for (int channel = 0; channel < biasGradient.Length; channel++)
            biasGradient[channel] += (float)slopes[channel];
    }

    // False if squares of a statistic overflow; its r is then NaN. Scaled, only those statistics are made anew.
    private static bool Measure(in ColumnSums sums, int group, float epsilon, float scale, Span<float> origin, Span<float> kept)
    {
        int channels = sums.Lines.Width, statistics = channels / group;
        int block = scale == 1 ? Math.Min(sums.Vectors.Count, sums.Lines.BlockVectors) : sums.Vectors.Count;
        BlockOf(sums, block).Add(new MeanTerms(scale));
        for (int statistic = 0; statistic < statistics; statistic++)
        {
            if (scale == 1 || float.IsNaN(kept[(2 * statistics) + statistic]))
                kept[statistic] = (float)(SumOf(sums.First, statistic, group) / scale / ((double)block * group));
        }

        Origins(kept, group, channels, origin);
        sums.Add(new MomentTerms(scale));
        if (!Compute(sums, group, epsilon, scale, kept, out bool isFinite))
        {
            for (int statistic = 0; statistic < statistics; statistic++)
                kept[statistic] = (float)((double)kept[statistic] + kept[statistics + statistic]);
            Origins(kept, group, channels, origin);
            sums.Add(new MomentTerms(scale));
            Compute(sums, group, epsilon, scale, kept, out isFinite);
        }

        return isFinite;
    }

    private static ColumnSums BlockOf(in ColumnSums sums, int block) => new()
    {
        Lines = sums.Lines,
        Vectors = sums.Vectors with { Count = block },
        Input = sums.Input,
        Origin = sums.Origin,
        Memory = sums.Memory,
        Workers = sums.Workers,
    };

    // m, r and the variance of each statistic; false if an origin is too far from its mean, which that of all values is not.
    private static bool Compute(in ColumnSums sums, int group, float epsilon, float scale, Span<float> kept, out bool isFinite)
    {
        int statistics = sums.Lines.Width / group;
        double values = (double)sums.Vectors.Count * group;
        bool isNear = true;
        isFinite = true;
        for (int statistic = 0; statistic < statistics; statistic++)
        {
            ref float r = ref kept[(2 * statistics) + statistic];
            if (scale != 1 && !float.IsNaN(r))
                continue;
            double m = SumOf(sums.First, statistic, group) / scale / values;
            double square = SumOf(sums.Second, statistic, group) / scale / scale / values, variance = square - (m * m);
            if (variance < 0)
                variance = 0;
            bool overflows = !double.IsFinite(square);
            isFinite &= !overflows;
            isNear &= scale != 1 || overflows || m * m <= variance + epsilon;
            kept[statistics + statistic] = (float)m;
            r = overflows ? float.NaN : (float)(1 / Math.Sqrt(variance + epsilon));
            if (kept.Length > Kept * statistics)
                kept[(Kept * statistics) + statistic] = (float)variance;
        }

        return isNear;
    }

    private static double SumOf(ReadOnlySpan<double> channels, int statistic, int group)
    {
        if (group == 1)
            return channels[statistic];
        double sum = 0;
        foreach (double one in channels.Slice(statistic * group, group))
            sum += one;
        return sum;
    }

    private static ChannelScale Repeated(int channels, Span<float> origin, Span<float> scale, Span<float> shift)
    {
        Repeat(origin, channels);
        Repeat(scale, channels);
        Repeat(shift, channels);
        return new ChannelScale { Origin = origin, Scale = scale, Shift = shift };
    }

    // The numbers of the first vector for the others of a line.
    private static void Repeat(Span<float> line, int channels)
    {
        for (int at = channels; at < line.Length; at += channels)
            line[..channels].CopyTo(line[at..]);
    }
}
