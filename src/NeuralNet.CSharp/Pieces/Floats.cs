using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Floats = System.Numerics.Vector<float>;
using Vectors = System.Numerics.Vector;

namespace NeuralNet.CSharp.Pieces;

/// <content>As many floats as the machine's vectors have, 4 to 16: what the library's formulas ask of them and .NET 8 lacks.</content>
internal static partial class Parts
{
    // A vector of the values from i on; past the end is what is beyond.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats Load(ReadOnlySpan<float> x, int i, float beyond = 0) =>
        x.Length - i >= Floats.Count ? LoadWhole(x, i) : LoadLast(x, i, beyond);

    // The same where there is a whole one. Loops over these keep their values in registers, for nothing in them is called.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats LoadWhole(ReadOnlySpan<float> x, int i) => Vectors.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreWhole(Floats value, Span<float> y, int i) =>
        Vectors.StoreUnsafe(value, ref MemoryMarshal.GetReference(y), (nuint)i);

    public static Floats LoadLast(ReadOnlySpan<float> x, int i, float beyond)
    {
        Span<float> values = stackalloc float[16];
        values.Fill(beyond);
        if (i < x.Length)
            x.Slice(i).CopyTo(values);
        return new Floats(values);
    }

    // A vector from i on, or as much of it as there is room for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Floats value, Span<float> y, int i)
    {
        if (y.Length - i >= Floats.Count)
            StoreWhole(value, y, i);
        else
            StoreLast(value, y, i);
    }

    public static void StoreLast(Floats value, Span<float> y, int i)
    {
        Span<float> values = stackalloc float[16];
        value.CopyTo(values);
        if (i < y.Length)
            values.Slice(0, y.Length - i).CopyTo(y.Slice(i));
    }

    // left · right + addend, rounded once. A processor without such an instruction computes it slowly, with the same bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats FusedMultiplyAdd(Floats left, Floats right, Floats addend) =>
        Floats.Count == 8 && Fma.IsSupported ? Fma.MultiplyAdd(left.AsVector256(), right.AsVector256(), addend.AsVector256()).AsVector()
        : Floats.Count == 4 && Fma.IsSupported ? Fma.MultiplyAdd(left.AsVector128(), right.AsVector128(), addend.AsVector128()).AsVector()
        : Floats.Count == 4 && AdvSimd.IsSupported
            ? AdvSimd.FusedMultiplyAdd(addend.AsVector128(), left.AsVector128(), right.AsVector128()).AsVector()
        : Floats.Count == 16 && Avx512F.IsSupported
            ? Avx512F.FusedMultiplyAdd(left.AsVector512(), right.AsVector512(), addend.AsVector512()).AsVector()
        : FusedMultiplyAddOfEach(left, right, addend);

    public static Floats FusedMultiplyAddOfEach(Floats left, Floats right, Floats addend)
    {
        Span<float> values = stackalloc float[16];
        for (int i = 0; i < Floats.Count; i++)
            values[i] = global::System.MathF.FusedMultiplyAdd(left[i], right[i], addend[i]);
        return new Floats(values);
    }

    // sum += left · right. In place the JIT makes one instruction of it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(ref Floats sum, Floats left, Floats right) => sum = FusedMultiplyAdd(left, right, sum);

    // The same of single numbers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FusedMultiplyAdd(float a, float b, float c) => Fma.IsSupported
        ? Fma.MultiplyAddScalar(Vector128.CreateScalarUnsafe(a), Vector128.CreateScalarUnsafe(b), Vector128.CreateScalarUnsafe(c)).ToScalar()
        : global::System.MathF.FusedMultiplyAdd(a, b, c);

    // NaN where either is NaN, and −0 below 0: of .NET 8's own that is not so.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats Min(Floats left, Floats right) =>
        Vectors.ConditionalSelect(
            Vectors.LessThan<float>(left, right), left, Vectors.ConditionalSelect(Vectors.LessThan<float>(right, left), right, left | right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats Max(Floats left, Floats right) => -Min(-left, -right);

    // value, but no more than a bound; NaN stays NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats AtMost(Floats value, float bound) =>
        Vectors.ConditionalSelect(Vectors.LessThan<float>(new Floats(bound), value), new Floats(bound), value);

    // value · 2^power, rounded once: 2^power itself need not be a float, but its two halves are. Added to 1.5 · 2²³, whose bits are 0x4B400000,
    // the whole power stands in the lowest bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats Scale(Floats value, Floats power)
    {
        var whole = Vectors.AsVectorInt32(power + new Floats(12582912f)) - new global::System.Numerics.Vector<int>(0x4B400000);
        var half = whole >> 1;
        var bias = new global::System.Numerics.Vector<int>(127);
        return value * Vectors.AsVectorSingle((half + bias) << 23) * Vectors.AsVectorSingle((whole - half + bias) << 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats AddBits(Floats left, Floats right) => Vectors.AsVectorSingle(Vectors.AsVectorInt32(left) + Vectors.AsVectorInt32(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats SubtractBits(Floats left, Floats right) =>
        Vectors.AsVectorSingle(Vectors.AsVectorInt32(left) - Vectors.AsVectorInt32(right));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats BitsToExponent(Floats value) => Vectors.AsVectorSingle(Vectors.AsVectorInt32(value) << 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats ConvertBits(Floats value) => Vectors.ConvertToSingle(Vectors.AsVectorInt32(value));

    // The larger of each two, and of all; where one is NaN, any.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats MaxOfNumbers(Floats left, Floats right) => Vectors.ConditionalSelect(Vectors.LessThan<float>(left, right), right, left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanesOfNumbers(Floats value)
    {
        if (Floats.Count == 16)
            value = MaxOfNumbers(value, value.AsVector512().GetUpper().ToVector512().AsVector());
        if (Floats.Count >= 8)
            value = MaxOfNumbers(value, value.AsVector256().GetUpper().ToVector256().AsVector());
        Vector128<float> four = value.AsVector128(), two = Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        four = Vector128.ConditionalSelect(Vector128.LessThan(four, two), two, four);
        return four.GetElement(0) < four.GetElement(1) ? four.GetElement(1) : four.GetElement(0);
    }
}
