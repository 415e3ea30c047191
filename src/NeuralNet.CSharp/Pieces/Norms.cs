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
        for (int i = 0; i < y.Length; i++)
        {
            float normalized = (FusedMultiplyAdd(x[i], scale, origin) - mean) * inverse;
            y[i] = bias.IsEmpty ? gain[i] * normalized : FusedMultiplyAdd(gain[i], normalized, bias[i]);
        }
    }

    // The mean of s x − s x₀, and the sum of its squares about that mean; in 64 lanes as far as 64 values are left, then in 16.
    private static float Moments(ReadOnlySpan<float> x, bool centers, float scale, out float mean)
    {
        Span<float> lanes = stackalloc float[64];
        float origin = centers ? -(scale * x[0]) : 0;
        mean = 0;
        if (centers)
        {
            lanes.Clear();
            for (int i = 0; i < x.Length; i++)
                lanes[LaneOf(i, x.Length)] += FusedMultiplyAdd(x[i], scale, origin);
            mean = SumOf64Lanes(lanes) / x.Length;
        }

        lanes.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            float distance = FusedMultiplyAdd(x[i], scale, origin) - mean;
            ref float lane = ref lanes[LaneOf(i, x.Length)];
            lane = FusedMultiplyAdd(distance, distance, lane);
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

    // Whole 64 go to 64 lanes, whole 16 after them to the first 16, and what is left to the second 16.
    private static int LaneOf(int i, int n) => i < (n & -64) ? i & 63 : i < (n & -16) ? i & 15 : 16 + (i & 15);

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
