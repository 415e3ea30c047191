using Floats = System.Numerics.Vector<float>;
using Vectors = System.Numerics.Vector;

namespace NeuralNet.CSharp.Pieces;

/// <content>Scaling by numbers of each feature, vector by vector.</content>
internal static partial class Parts
{
    // y = (x − μ) / σ
    public static void ScaleFeatures(ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, Span<float> y)
    {
        for (int at = 0; at < x.Length; at += mean.Length)
        {
            ReadOnlySpan<float> from = x.Slice(at, mean.Length);
            Span<float> to = y.Slice(at, mean.Length);
            for (int i = 0; i < mean.Length; i += Floats.Count)
                Store((Load(from, i) - Load(mean, i)) / Load(deviation, i, 1), to, i);
        }
    }

    // y = σ x + μ, which is −0 for −0 where μ = 0
    public static void UnscaleFeatures(ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, Span<float> y)
    {
        for (int at = 0; at < x.Length; at += mean.Length)
        {
            ReadOnlySpan<float> from = x.Slice(at, mean.Length);
            Span<float> to = y.Slice(at, mean.Length);
            for (int i = 0; i < mean.Length; i += Floats.Count)
                Store(-FusedMultiplyAdd(-Load(from, i), Load(deviation, i), -Load(mean, i)), to, i);
        }
    }

    // Yeo and Johnson's power of |x| + 1, with the power λ for x ≥ 0 and 2 − λ for x < 0, or what it was made of.
    public static void TransformFeatures(ReadOnlySpan<float> x, ReadOnlySpan<float> lambda, bool isInverse, Span<float> y)
    {
        for (int at = 0; at < x.Length; at += lambda.Length)
        {
            ReadOnlySpan<float> from = x.Slice(at, lambda.Length);
            Span<float> to = y.Slice(at, lambda.Length);
            for (int i = 0; i < lambda.Length; i += Floats.Count)
            {
                Floats value = Load(from, i), power = Load(lambda, i, 1);
                Floats m = Vectors.ConditionalSelect(Vectors.LessThan<float>(value, Floats.Zero), new Floats(2f) - power, power);
                Floats a = Vectors.Abs(value), made = isInverse ? InversePower(a, m) : PowerOfOneMore(a, m);
                made = Vectors.ConditionalSelect(Vectors.LessThan<float>(value, Floats.Zero), -made, made);
                Store(Vectors.ConditionalSelect(Vectors.Equals<float>(m, Floats.One), value, made), to, i);
            }
        }
    }

    // ((1 + a)^m − 1) / m, and its limit log(1 + a) where m = 0
    private static Floats PowerOfOneMore(Floats a, Floats m)
    {
        Floats log = LogOfOneMore(a), t = m * log, power = Expm1(t) / m;
        power = Vectors.ConditionalSelect(Vectors.Equals<float>(m, Floats.Zero), log, power);
        return Vectors.ConditionalSelect(Vectors.LessThan<float>(Vectors.Abs(t), new Floats(1f / 33554432f)), log, power);
    }

    // (1 + m a)^(1/m) − 1, and ∞ past the end of what has an inverse
    private static Floats InversePower(Floats a, Floats m)
    {
        Floats t = m * a;
        Floats log = LogOfOneMore(Vectors.ConditionalSelect(Vectors.LessThan<float>(t, new Floats(-1f)), new Floats(-1f), t)) / m;
        log = Vectors.ConditionalSelect(Vectors.Equals<float>(m, Floats.Zero), a, log);
        return Expm1(Vectors.ConditionalSelect(Vectors.LessThan<float>(Vectors.Abs(t), new Floats(1f / 33554432f)), a, log));
    }

    // log(1 + a), above 2⁶⁴ by the 2⁴⁰th part
    private static Floats LogOfOneMore(Floats a)
    {
        Floats isLarge = Vectors.LessThan<float>(new Floats(18446744073709551616f), a);
        Floats log = Log1p(Vectors.ConditionalSelect(isLarge, a * new Floats(1f / 1099511627776f), a));
        return Vectors.ConditionalSelect(isLarge, log + new Floats(27.7258872f), log);
    }
}
