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
        for (int i = 0; i < y.Length; i += Floats.Count)
        {
            Floats normalized = (FusedMultiplyAdd(Load(x, i), new Floats(scale), new Floats(origin)) - new Floats(mean)) * new Floats(inverse);
            Store(bias.IsEmpty ? Load(gain, i) * normalized : FusedMultiplyAdd(Load(gain, i), normalized, Load(bias, i)), y, i);
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
                Floats sum = Load(lanes, lane);
                for (int i = from + lane; i < end; i += size)
                {
                    Floats distance = FusedMultiplyAdd(Load(x, i), new Floats(scale), new Floats(origin)) - new Floats(mean);
                    sum = squares ? FusedMultiplyAdd(distance, distance, sum) : sum + distance;
                }

                Store(sum, lanes, lane);
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
        for (int i = 0; i < 16; i++)
            lanes[i] = lanes[i] + lanes[16 + i] + (lanes[32 + i] + lanes[48 + i]);
        for (int half = 8; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        }

        return lanes[0];
    }
}
