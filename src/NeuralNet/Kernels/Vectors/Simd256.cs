using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>8 floats in a 256-bit register.</summary>
internal unsafe struct Simd256(Vector256<float> value) : ISimdVector<Simd256>
{
    private Vector256<float> value = value;

    public static int Count => Vector256<float>.Count;
    public static int Registers => 16;
    public static Simd256 Zero => new(Vector256<float>.Zero);
    public static Simd256 One => new(Vector256<float>.One);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Broadcast(float value) => new(Vector256.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Load(float* from) => new(Vector256.Load(from));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Simd256 value, float* to) => value.value.Store(to);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 LoadAt(ref float from) => new(Vector256.LoadUnsafe(ref from));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void StoreAt(Simd256 value, ref float to) => value.value.StoreUnsafe(ref to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LoadPartial(float* from, int count) => LoadPartial(from, count, FirstLanes(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LoadPartial(float* from, int count, Simd256 first)
    {
        if (Avx512F.VL.IsSupported)
            return new(Avx512F.VL.MaskLoad(from, first.value, Vector256<float>.Zero));
        if (Avx.IsSupported)
            return new(Avx.MaskLoad(from, first.value));

        Vector256<float> whole = default;
        Unsafe.CopyBlockUnaligned(&whole, from, (uint)Math.Clamp(count, 0, Count) * sizeof(float));
        return new(whole);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Simd256 value, float* to, int count) => StorePartial(value, to, count, FirstLanes(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Simd256 value, float* to, int count, Simd256 first)
    {
        if (Avx512F.VL.IsSupported)
        {
            Avx512F.VL.MaskStore(to, first.value, value.value);
            return;
        }

        if (Avx.IsSupported)
        {
            Avx.MaskStore(to, first.value, value.value);
            return;
        }

        Vector256<float> whole = value.value;
        Unsafe.CopyBlockUnaligned(to, &whole, (uint)Math.Clamp(count, 0, Count) * sizeof(float));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 FirstLanes(int count) => new(Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle());

    // The bound comes first: of a number and NaN the x86 instruction returns its second operand, and ARM's returns NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 AtMost(Simd256 value, float bound) => new(Vector256.MinNative(Vector256.Create(bound), value.value));

    // The processor's maximum is its second operand where one is NaN, or both are 0; the sum makes 0 of −0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Rectify(Simd256 value) =>
        new(Vector256.MaxNative(Vector256<float>.Zero, value.value) + Vector256<float>.Zero);

    // 2^power itself need not be a float (2^−150 is not), but its two halves are; only the last product rounds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Scale(Simd256 value, Simd256 power)
    {
        Vector256<int> whole = Vector256.ConvertToInt32Native(power.value);
        Vector256<int> half = whole >> 1;
        Vector256<int> bias = Vector256.Create(127);
        Vector256<float> first = ((half + bias) << 23).AsSingle();
        Vector256<float> second = ((whole - half + bias) << 23).AsSingle();
        return new(value.value * first * second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 BitAnd(Simd256 left, Simd256 right) => new(left.value & right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 BitOr(Simd256 left, Simd256 right) => new(left.value | right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 AddBits(Simd256 left, Simd256 right) => new((left.value.AsInt32() + right.value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 SubtractBits(Simd256 left, Simd256 right) => new((left.value.AsInt32() - right.value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 MaxBits(Simd256 left, Simd256 right) => new(Vector256.Max(left.value.AsInt32(), right.value.AsInt32()).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool AreBitsZero(Simd256 value) => value.value.AsInt32() == Vector256<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 BitsToExponent(Simd256 value) => new((value.value.AsInt32() << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 BitsUp16(Simd256 value) => new((value.value.AsInt32() << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 ConvertBits(Simd256 value) => new(Vector256.ConvertToSingle(value.value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumLanes(Simd256 value) => Simd128.SumLanes(new(value.value.GetLower() + value.value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanesOfNumbers(Simd256 value) =>
        Simd128.MaxLanesOfNumbers(new(Vector128.MaxNative(value.value.GetLower(), value.value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 MaxOfNumbers(Simd256 left, Simd256 right) => new(Vector256.MaxNative(left.value, right.value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float First(Simd256 value) => value.value.ToScalar();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 operator +(Simd256 left, Simd256 right) => new(left.value + right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 operator -(Simd256 left, Simd256 right) => new(left.value - right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 operator *(Simd256 left, Simd256 right) => new(left.value * right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 operator /(Simd256 left, Simd256 right) => new(left.value / right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 operator -(Simd256 value) => new(-value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(ref Simd256 sum, Simd256 left, Simd256 right) =>
        sum.value = Vector256.FusedMultiplyAdd(left.value, right.value, sum.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 FusedMultiplyAdd(Simd256 left, Simd256 right, Simd256 addend) =>
        new(Vector256.FusedMultiplyAdd(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Min(Simd256 left, Simd256 right) => new(Vector256.Min(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Max(Simd256 left, Simd256 right) => new(Vector256.Max(left.value, right.value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Abs(Simd256 value) => new(Vector256.Abs(value.value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Sqrt(Simd256 value) => new(Vector256.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LessThan(Simd256 left, Simd256 right) => new(Vector256.LessThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 LessThanOrEqual(Simd256 left, Simd256 right) => new(Vector256.LessThanOrEqual(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Equal(Simd256 left, Simd256 right) => new(Vector256.Equals(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 Select(Simd256 mask, Simd256 ifSet, Simd256 otherwise) =>
        new(Vector256.ConditionalSelect(mask.value, ifSet.value, otherwise.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Exp(Simd256 value) => VectorMath.Exp(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Log(Simd256 value) => VectorMath.Log(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Log1p(Simd256 value) => VectorMath.Log1p(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Tanh(Simd256 value) => VectorMath.Tanh(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Sigmoid(Simd256 value) => VectorMath.Sigmoid(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Expm1(Simd256 value) => VectorMath.Expm1(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 ScaledExp(Simd256 value, Simd256 correction, Simd256 factor) => VectorMath.ScaledExp(value, correction, factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd256 ScaledNormalCdf(Simd256 value, Simd256 factor) => VectorMath.ScaledNormalCdf(value, factor);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Sin(Simd256 value) => VectorMath.Sin(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd256 Cos(Simd256 value) => VectorMath.Cos(value);
}
