using System.Runtime.Intrinsics;
using Float4 = System.Runtime.Intrinsics.Vector128<float>;

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
            for (int i = 0; i < mean.Length; i += 4)
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
            for (int i = 0; i < mean.Length; i += 4)
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
            for (int i = 0; i < lambda.Length; i += 4)
            {
                Float4 value = Load(from, i), power = Load(lambda, i, 1);
                Float4 m = Vector128.ConditionalSelect(Vector128.LessThan(value, Float4.Zero), Vector128.Create(2f) - power, power);
                Float4 a = Vector128.Abs(value), made = isInverse ? InversePower(a, m) : PowerOfOneMore(a, m);
                made = Vector128.ConditionalSelect(Vector128.LessThan(value, Float4.Zero), -made, made);
                Store(Vector128.ConditionalSelect(Vector128.Equals(m, Float4.One), value, made), to, i);
            }
        }
    }

    // ((1 + a)^m − 1) / m, and its limit log(1 + a) where m = 0
    private static Float4 PowerOfOneMore(Float4 a, Float4 m)
    {
        Float4 log = LogOfOneMore(a), t = m * log, power = Expm1(t) / m;
        power = Vector128.ConditionalSelect(Vector128.Equals(m, Float4.Zero), log, power);
        return Vector128.ConditionalSelect(Vector128.LessThan(Vector128.Abs(t), Vector128.Create(1f / 33554432f)), log, power);
    }

    // (1 + m a)^(1/m) − 1, and ∞ past the end of what has an inverse
    private static Float4 InversePower(Float4 a, Float4 m)
    {
        Float4 t = m * a;
        Float4 log = LogOfOneMore(Vector128.ConditionalSelect(Vector128.LessThan(t, Vector128.Create(-1f)), Vector128.Create(-1f), t)) / m;
        log = Vector128.ConditionalSelect(Vector128.Equals(m, Float4.Zero), a, log);
        return Expm1(Vector128.ConditionalSelect(Vector128.LessThan(Vector128.Abs(t), Vector128.Create(1f / 33554432f)), a, log));
    }

    // log(1 + a), above 2⁶⁴ by the 2⁴⁰th part
    private static Float4 LogOfOneMore(Float4 a)
    {
        Float4 isLarge = Vector128.LessThan(Vector128.Create(18446744073709551616f), a);
        Float4 log = Log1p(Vector128.ConditionalSelect(isLarge, a * Vector128.Create(1f / 1099511627776f), a));
        return Vector128.ConditionalSelect(isLarge, log + Vector128.Create(27.7258872f), log);
    }
}
