using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>16 floats in a 512-bit register.</summary>
internal unsafe struct Simd512(Vector512<float> value) : ISimdVector<Simd512>
{
    private Vector512<float> value = value;

    public static int Count => Vector512<float>.Count;
    public static int Registers => 32;
    public static Simd512 Zero => new(Vector512<float>.Zero);
    public static Simd512 One => new(Vector512<float>.One);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Broadcast(float value) => new(Vector512.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Load(float* from) => new(Vector512.Load(from));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Simd512 value, float* to) => value.value.Store(to);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 LoadAt(ref float from) => new(Vector512.LoadUnsafe(ref from));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void StoreAt(Simd512 value, ref float to) => value.value.StoreUnsafe(ref to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LoadPartial(float* from, int count) => LoadPartial(from, count, FirstLanes(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LoadPartial(float* from, int count, Simd512 first)
    {
        if (Avx512F.IsSupported)
            return new(Avx512F.MaskLoad(from, first.value, Vector512<float>.Zero));

        Vector512<float> whole = default;
        Unsafe.CopyBlockUnaligned(&whole, from, (uint)Math.Clamp(count, 0, Count) * sizeof(float));
        return new(whole);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Simd512 value, float* to, int count) => StorePartial(value, to, count, FirstLanes(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Simd512 value, float* to, int count, Simd512 first)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.MaskStore(to, first.value, value.value);
            return;
        }

        Vector512<float> whole = value.value;
        Unsafe.CopyBlockUnaligned(to, &whole, (uint)Math.Clamp(count, 0, Count) * sizeof(float));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 FirstLanes(int count) => new(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle());

    // The bound comes first: of a number and NaN the x86 instruction returns its second operand, and ARM's returns NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 AtMost(Simd512 value, float bound) => new(Vector512.MinNative(Vector512.Create(bound), value.value));

    // The processor's maximum is its second operand where one is NaN, or both are 0; the sum makes 0 of −0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Rectify(Simd512 value) =>
        new(Vector512.MaxNative(Vector512<float>.Zero, value.value) + Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Scale(Simd512 value, Simd512 power)
        => Avx512F.IsSupported ? new(Avx512F.Scale(value.value, power.value)) : InTwoSteps(value, power);

    // As in the narrower structs; only for machines where this width is put together of smaller ones.
    private static Simd512 InTwoSteps(Simd512 value, Simd512 power)
    {
        Vector512<int> whole = Vector512.ConvertToInt32Native(power.value);
        Vector512<int> half = whole >> 1;
        Vector512<int> bias = Vector512.Create(127);
        Vector512<float> first = ((half + bias) << 23).AsSingle();
        Vector512<float> second = ((whole - half + bias) << 23).AsSingle();
        return new(value.value * first * second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 BitAnd(Simd512 left, Simd512 right) => new(left.value & right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 BitOr(Simd512 left, Simd512 right) => new(left.value | right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 AddBits(Simd512 left, Simd512 right) => new((left.value.AsInt32() + right.value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 SubtractBits(Simd512 left, Simd512 right) => new((left.value.AsInt32() - right.value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 MaxBits(Simd512 left, Simd512 right) => new(Vector512.Max(left.value.AsInt32(), right.value.AsInt32()).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool AreBitsZero(Simd512 value) => value.value.AsInt32() == Vector512<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 BitsToExponent(Simd512 value) => new((value.value.AsInt32() << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 BitsUp16(Simd512 value) => new((value.value.AsInt32() << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 ConvertBits(Simd512 value) => new(Vector512.ConvertToSingle(value.value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumLanes(Simd512 value) => Simd256.SumLanes(new(value.value.GetLower() + value.value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanesOfNumbers(Simd512 value) =>
        Simd256.MaxLanesOfNumbers(new(Vector256.MaxNative(value.value.GetLower(), value.value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 MaxOfNumbers(Simd512 left, Simd512 right) => new(Vector512.MaxNative(left.value, right.value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float First(Simd512 value) => value.value.ToScalar();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 operator +(Simd512 left, Simd512 right) => new(left.value + right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 operator -(Simd512 left, Simd512 right) => new(left.value - right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 operator *(Simd512 left, Simd512 right) => new(left.value * right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 operator /(Simd512 left, Simd512 right) => new(left.value / right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 operator -(Simd512 value) => new(-value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(ref Simd512 sum, Simd512 left, Simd512 right) =>
        sum.value = Vector512.FusedMultiplyAdd(left.value, right.value, sum.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 FusedMultiplyAdd(Simd512 left, Simd512 right, Simd512 addend) =>
        new(Vector512.FusedMultiplyAdd(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Min(Simd512 left, Simd512 right) => new(Vector512.Min(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Max(Simd512 left, Simd512 right) => new(Vector512.Max(left.value, right.value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Abs(Simd512 value) => new(Vector512.Abs(value.value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Sqrt(Simd512 value) => new(Vector512.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LessThan(Simd512 left, Simd512 right) => new(Vector512.LessThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 LessThanOrEqual(Simd512 left, Simd512 right) => new(Vector512.LessThanOrEqual(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Equal(Simd512 left, Simd512 right) => new(Vector512.Equals(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 Select(Simd512 mask, Simd512 ifSet, Simd512 otherwise) =>
        new(Vector512.ConditionalSelect(mask.value, ifSet.value, otherwise.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Exp(Simd512 value) => VectorMath.Exp(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Log(Simd512 value) => VectorMath.Log(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Log1p(Simd512 value) => VectorMath.Log1p(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Tanh(Simd512 value) => VectorMath.Tanh(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Sigmoid(Simd512 value) => VectorMath.Sigmoid(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Expm1(Simd512 value) => VectorMath.Expm1(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 ScaledExp(Simd512 value, Simd512 correction, Simd512 factor) => VectorMath.ScaledExp(value, correction, factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd512 ScaledNormalCdf(Simd512 value, Simd512 factor) => VectorMath.ScaledNormalCdf(value, factor);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Sin(Simd512 value) => VectorMath.Sin(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd512 Cos(Simd512 value) => VectorMath.Cos(value);
}
