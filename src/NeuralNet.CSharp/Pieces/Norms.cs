using Floats = System.Numerics.Vector<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>Normalization: x̂ = ((s x − s x₀) − m) / σ, y = g ⊙ x̂ + b; without centering x₀ and m are 0.</content>
internal static partial class Parts
{
    // Each vector of n values; no bias is an empty span.
    public static void NormalizeVectors(
        ReadOnlySpan<float> x, int n, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, bool centers, float epsilon, Span<float> y)
    {
        for (int at = 0; at < x.Length; at += n)
            NormalizeVector(x.Slice(at, n), gain, bias, centers, epsilon, y.Slice(at, n));
    }

    public static void NormalizeVector(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, bool centers, float epsilon, Span<float> y)
    {
        float scale = 1, squares = Moments(x, centers, scale, out float mean);
        if (!float.IsFinite(squares))
        {
            scale = PowerOfTwo.Reciprocal(LargestMagnitude(x, 1));
            squares = Moments(x, centers, scale, out mean);
        }

        float inverse = 1 / global::System.MathF.Sqrt((squares / x.Length) + (epsilon * scale * scale)), origin = centers ? -(scale * x[0]) : 0;
        Floats s = new(scale), o = new(origin), m = new(mean), r = new(inverse);
        for (int i = 0; i < y.Length - (Floats.Count - 1); i += Floats.Count)
        {
            Floats normalized = (FusedMultiplyAdd(LoadWhole(x, i), s, o) - m) * r, g = LoadWhole(gain, i);
            StoreWhole(bias.IsEmpty ? g * normalized : FusedMultiplyAdd(g, normalized, LoadWhole(bias, i)), y, i);
        }

        for (int i = y.Length - (y.Length % Floats.Count); i < y.Length; i++)
        {
            float normalized = (FusedMultiplyAdd(x[i], scale, origin) - mean) * inverse;
            y[i] = bias.IsEmpty ? gain[i] * normalized : FusedMultiplyAdd(gain[i], normalized, bias[i]);
        }
    }

    // The mean of s x − s x₀, and the sum of its squares about that mean.
    private static float Moments(ReadOnlySpan<float> x, bool centers, float scale, out float mean)
    {
        float origin = centers ? -(scale * x[0]) : 0;
        mean = centers ? SumIn64Lanes(x, scale, origin, 0, squares: false) / x.Length : 0;
        return SumIn64Lanes(x, scale, origin, mean, squares: true);
    }

    // Σ d or Σ d² with d = s x + o − m, in 64 lanes as far as 64 values are left, then in the first 16 of them as far as 16 are, and then in the
    // second 16.
    private static float SumIn64Lanes(ReadOnlySpan<float> x, float scale, float origin, float mean, bool squares)
    {
        Span<float> lanes = stackalloc float[64];
        lanes.Clear();
        for (int from = 0, size = 64; size > 1; from = x.Length & -size, size = size == 64 ? 16 : 1)
        {
            int end = x.Length & -size;
            for (int lane = 0; lane < (from < end ? size : 0); lane += Floats.Count)
            {
                Floats sum = LoadWhole(lanes, lane), s = new(scale), o = new(origin), m = new(mean);
                for (int i = from + lane; i < end; i += size)
                {
                    Floats distance = FusedMultiplyAdd(LoadWhole(x, i), s, o) - m;
                    sum = squares ? FusedMultiplyAdd(distance, distance, sum) : sum + distance;
                }

                StoreWhole(sum, lanes, lane);
            }
        }

        for (int i = x.Length & -16; i < x.Length; i++)
        {
            float distance = FusedMultiplyAdd(x[i], scale, origin) - mean;
            ref float lane = ref lanes[16 + (i & 15)];
            lane = squares ? FusedMultiplyAdd(distance, distance, lane) : lane + distance;
        }

        return SumOf64Lanes(lanes);
    }

    // The largest |x| of those that lie so far apart; NaN where any is. As whole numbers the bits of |x| have the order of |x|.
    private static float LargestMagnitude(ReadOnlySpan<float> x, int apart)
    {
        int largest = 0;
        for (int i = 0; i < x.Length; i += apart)
            largest = global::System.Math.Max(largest, global::System.BitConverter.SingleToInt32Bits(x[i]) & 0x7FFFFFFF);
        return global::System.BitConverter.Int32BitsToSingle(largest);
    }

    // Four are added to one, and then the upper half to the lower until one is left.
    private static float SumOf64Lanes(Span<float> lanes)
    {
        for (int i = 0; i < 16; i += Floats.Count)
            StoreWhole(LoadWhole(lanes, i) + LoadWhole(lanes, i + 16) + (LoadWhole(lanes, i + 32) + LoadWhole(lanes, i + 48)), lanes, i);
        return Lanes.SumLanes(Lanes.Load(lanes, 0));
    }
}
