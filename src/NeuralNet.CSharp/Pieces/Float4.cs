using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Float4 = System.Runtime.Intrinsics.Vector128<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>Four floats as one more vector width: what the library's formulas ask of a vector, and .NET 8 does not have by itself.</content>
internal static partial class Parts
{
    // Four values from i on; past the end is what is beyond.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Load(ReadOnlySpan<float> x, int i, float beyond = 0) =>
        x.Length - i >= 4 ? Vector128.Create(x.Slice(i, 4)) : LoadLast(x, i, beyond);

    public static Float4 LoadLast(ReadOnlySpan<float> x, int i, float beyond) => Vector128.Create(
        i < x.Length ? x[i] : beyond, i + 1 < x.Length ? x[i + 1] : beyond, i + 2 < x.Length ? x[i + 2] : beyond, beyond);

    // Four values from i on, or as many as there are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float4 value, Span<float> y, int i)
    {
        if (y.Length - i >= 4)
            value.CopyTo(y.Slice(i, 4));
        else
            StoreLast(value, y, i);
    }

    public static void StoreLast(Float4 value, Span<float> y, int i)
    {
        for (int k = i; k < y.Length; k++)
            y[k] = value.GetElement(k - i);
    }

    // left · right + addend, rounded once. A processor without such an instruction computes it slowly, with the same bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 FusedMultiplyAdd(Float4 left, Float4 right, Float4 addend) =>
        Fma.IsSupported ? Fma.MultiplyAdd(left, right, addend)
        : AdvSimd.IsSupported ? AdvSimd.FusedMultiplyAdd(addend, left, right)
        : FusedMultiplyAddOfEach(left, right, addend);

    public static Float4 FusedMultiplyAddOfEach(Float4 left, Float4 right, Float4 addend)
    {
        for (int i = 0; i < 4; i++)
            addend = addend.WithElement(i, global::System.MathF.FusedMultiplyAdd(left.GetElement(i), right.GetElement(i), addend.GetElement(i)));
        return addend;
    }

    // The same of single numbers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FusedMultiplyAdd(float a, float b, float c) => Fma.IsSupported
        ? Fma.MultiplyAddScalar(Vector128.CreateScalarUnsafe(a), Vector128.CreateScalarUnsafe(b), Vector128.CreateScalarUnsafe(c)).ToScalar()
        : global::System.MathF.FusedMultiplyAdd(a, b, c);

    // NaN where either is NaN, and −0 below 0: of .NET 8's own that is not so.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Min(Float4 left, Float4 right) =>
        Vector128.ConditionalSelect(
            Vector128.LessThan(left, right), left, Vector128.ConditionalSelect(Vector128.LessThan(right, left), right, left | right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Max(Float4 left, Float4 right) => -Min(-left, -right);

    // value, but no more than a bound; NaN stays NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 AtMost(Float4 value, float bound) =>
        Vector128.ConditionalSelect(Vector128.LessThan(Vector128.Create(bound), value), Vector128.Create(bound), value);

    // value · 2^power, rounded once: 2^power itself need not be a float, but its two halves are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Scale(Float4 value, Float4 power)
    {
        Vector128<int> whole = Vector128.ConvertToInt32(power), half = whole >> 1, bias = Vector128.Create(127);
        return value * ((half + bias) << 23).AsSingle() * ((whole - half + bias) << 23).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 AddBits(Float4 left, Float4 right) => (left.AsInt32() + right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 SubtractBits(Float4 left, Float4 right) => (left.AsInt32() - right.AsInt32()).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 BitsToExponent(Float4 value) => (value.AsInt32() << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 ConvertBits(Float4 value) => Vector128.ConvertToSingle(value.AsInt32());

    // The larger of each two, and of all four; where one is NaN, any.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 MaxOfNumbers(Float4 left, Float4 right) => Vector128.ConditionalSelect(Vector128.LessThan(left, right), right, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanesOfNumbers(Float4 value)
    {
        Float4 two = MaxOfNumbers(value, Vector128.Shuffle(value, Vector128.Create(2, 3, 2, 3)));
        return MaxOfNumbers(two, Vector128.Shuffle(two, Vector128.Create(1, 1, 1, 1))).ToScalar();
    }
}
