using System.Runtime.Intrinsics;

namespace NeuralNet.CSharp.Pieces;

/// <content>Activations of a vector. Sums run over 16 lanes (element i goes to lane i mod 16), as in the library.</content>
internal static partial class Parts
{
    // yᵢ = e^zᵢ / Σⱼ e^zⱼ; the largest is subtracted first. y may be z.
    public static void Softmax(ReadOnlySpan<float> z, Span<float> y)
    {
        Span<float> lanes = stackalloc float[16];
        lanes.Clear();
        float max = Largest(z);
        for (int i = 0; i < y.Length; i += 4)
            Store(Exp(Load(z, i) - Vector128.Create(max)), y, i);
        for (int i = 0; i < y.Length; i++)
            lanes[i & 15] += y[i];

        float sum = SumOfLanes(lanes);
        for (int i = 0; i < y.Length; i++)
            y[i] /= sum;
    }

    // softmax(z / T)
    public static void TemperedSoftmax(ReadOnlySpan<float> z, Span<float> y, float temperature)
    {
        float max = Largest(z);
        for (int i = 0; i < y.Length; i++)
            y[i] = (z[i] - max) / temperature;
        Softmax(y, y);
    }

    // yᵢ = (zᵢ − m) − ln(1 + the others' Σ e^(zⱼ − m)), where one of the largest is left out of the sum. y may be z.
    public static void LogSoftmax(ReadOnlySpan<float> z, Span<float> y)
    {
        Span<float> lanes = stackalloc float[16], exps = stackalloc float[4];
        lanes.Clear();
        float max = Largest(z), largest = 0;
        for (int i = 0; i < y.Length; i += 4)
        {
            Store(Load(z, i) - Vector128.Create(max), y, i);
            Exp(Load(y, i)).CopyTo(exps);
            for (int k = i; k < y.Length && k < i + 4; k++)
            {
                if (y[k] == 0)
                    largest++;
                else
                    lanes[k & 15] += exps[k - i];
            }
        }

        float log = Log1p(Vector128.Create(SumOfLanes(lanes) + (largest - 1))).ToScalar();
        for (int i = 0; i < y.Length; i++)
            y[i] -= log;
    }

    // y = z / max(‖z‖, ε), with the squares taken of z over a power of 2 near its largest element. y may be z.
    public static void L2Normalize(ReadOnlySpan<float> z, Span<float> y, float epsilon)
    {
        Span<float> lanes = stackalloc float[16];
        lanes.Clear();
        float scale = ReciprocalPowerOfTwo(LargestMagnitude(z));
        for (int i = 0; i < z.Length; i++)
        {
            float scaled = z[i] * scale;
            lanes[i & 15] = FusedMultiplyAdd(scaled, scaled, lanes[i & 15]);
        }

        float norm = global::System.MathF.Sqrt(SumOfLanes(lanes));
        if (norm < epsilon * scale)
            (scale, norm) = (1, epsilon);
        for (int i = 0; i < y.Length; i++)
            y[i] = z[i] * scale / norm;
    }

    // The largest of each group of neighbours.
    public static void MaxOfGroups(ReadOnlySpan<float> z, Span<float> y)
    {
        int size = z.Length / y.Length;
        for (int i = 0; i < y.Length; i++)
        {
            float largest = float.NegativeInfinity;
            foreach (float value in z.Slice(i * size, size))
                largest = global::System.MathF.Max(largest, value);
            y[i] = largest;
        }
    }

    // The product of each pair, whose indices lie side by side.
    public static void ProductOfPairs(ReadOnlySpan<float> z, ReadOnlySpan<int> pairs, Span<float> y)
    {
        for (int i = 0; i < y.Length; i++)
            y[i] = z[pairs[2 * i]] * z[pairs[(2 * i) + 1]];
    }
}
