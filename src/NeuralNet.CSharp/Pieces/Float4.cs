using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Float4 = System.Runtime.Intrinsics.Vector128<float>;

namespace NeuralNet.CSharp.Pieces;

/// <content>Four floats as one more vector width: what the library's formulas ask of a vector, and .NET 8 does not have by itself.</content>
internal static partial class Parts
{
    // Four values from i on; past the end there are zeros.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float4 Load(ReadOnlySpan<float> x, int i) => x.Length - i >= 4 ? Vector128.Create(x.Slice(i, 4)) : LoadLast(x.Slice(i));

    public static Float4 LoadLast(ReadOnlySpan<float> x) => Vector128.Create(x[0], x.Length > 1 ? x[1] : 0, x.Length > 2 ? x[2] : 0, 0);

    // Four values from i on, or as many as there are.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float4 value, Span<float> y, int i)
    {
        if (y.Length - i >= 4)
            value.CopyTo(y.Slice(i, 4));
        else
            StoreLast(value, y.Slice(i));
    }

    public static void StoreLast(Float4 value, Span<float> y)
    {
        for (int i = 0; i < y.Length; i++)
            y[i] = value.GetElement(i);
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

    // Only whether it is above 0 is asked.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanesOfNumbers(Float4 value) => Vector128.GreaterThanAny(value, Float4.Zero) ? 1 : 0;
}
