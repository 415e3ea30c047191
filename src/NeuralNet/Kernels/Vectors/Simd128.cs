using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>4 floats in a 128-bit register.</summary>
internal unsafe struct Simd128(Vector128<float> value) : ISimdVector<Simd128>
{
    private Vector128<float> value = value;

    public static int Count => Vector128<float>.Count;
    public static int Registers => AdvSimd.IsSupported ? 32 : 16;
    public static Simd128 Zero => new(Vector128<float>.Zero);
    public static Simd128 One => new(Vector128<float>.One);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Broadcast(float value) => new(Vector128.Create(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Load(float* from) => new(Vector128.Load(from));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void Store(Simd128 value, float* to) => value.value.Store(to);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 LoadAt(ref float from) => new(Vector128.LoadUnsafe(ref from));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static void StoreAt(Simd128 value, ref float to) => value.value.StoreUnsafe(ref to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LoadPartial(float* from, int count) => LoadPartial(from, count, FirstLanes(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LoadPartial(float* from, int count, Simd128 first)
    {
        if (Avx512F.VL.IsSupported)
            return new(Avx512F.VL.MaskLoad(from, first.value, Vector128<float>.Zero));
        if (Avx.IsSupported)
            return new(Avx.MaskLoad(from, first.value));

        Vector128<float> whole = default;
        Unsafe.CopyBlockUnaligned(&whole, from, (uint)Math.Clamp(count, 0, Count) * sizeof(float));
        return new(whole);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Simd128 value, float* to, int count) => StorePartial(value, to, count, FirstLanes(count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Simd128 value, float* to, int count, Simd128 first)
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

        Vector128<float> whole = value.value;
        Unsafe.CopyBlockUnaligned(to, &whole, (uint)Math.Clamp(count, 0, Count) * sizeof(float));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 FirstLanes(int count) => new(Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(count)).AsSingle());

    // The bound comes first: of a number and NaN the x86 instruction returns its second operand, and ARM's returns NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 AtMost(Simd128 value, float bound) => new(Vector128.MinNative(Vector128.Create(bound), value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Rectify(Simd128 value) => Select(LessThanOrEqual(value, Zero), Zero, value);

    // 2^power itself need not be a float (2^−150 is not), but its two halves are; only the last product rounds.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Scale(Simd128 value, Simd128 power)
    {
        Vector128<int> whole = Vector128.ConvertToInt32Native(power.value);
        Vector128<int> half = whole >> 1;
        Vector128<int> bias = Vector128.Create(127);
        Vector128<float> first = ((half + bias) << 23).AsSingle();
        Vector128<float> second = ((whole - half + bias) << 23).AsSingle();
        return new(value.value * first * second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 BitAnd(Simd128 left, Simd128 right) => new(left.value & right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 BitOr(Simd128 left, Simd128 right) => new(left.value | right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 AddBits(Simd128 left, Simd128 right) => new((left.value.AsInt32() + right.value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 SubtractBits(Simd128 left, Simd128 right) => new((left.value.AsInt32() - right.value.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 MaxBits(Simd128 left, Simd128 right) => new(Vector128.Max(left.value.AsInt32(), right.value.AsInt32()).AsSingle());
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static bool AreBitsZero(Simd128 value) => value.value.AsInt32() == Vector128<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 BitsToExponent(Simd128 value) => new((value.value.AsInt32() << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 BitsUp16(Simd128 value) => new((value.value.AsInt32() << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 ConvertBits(Simd128 value) => new(Vector128.ConvertToSingle(value.value.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumLanes(Simd128 value)
    {
        Vector128<float> two = value.value + Vector128.Shuffle(value.value, Vector128.Create(2, 3, 2, 3));
        return (two + Vector128.Shuffle(two, Vector128.Create(1, 1, 1, 1))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 MaxOfNumbers(Simd128 left, Simd128 right) => new(Vector128.MaxNative(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanesOfNumbers(Simd128 value)
    {
        Vector128<float> two = Vector128.MaxNative(value.value, Vector128.Shuffle(value.value, Vector128.Create(2, 3, 2, 3)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 1, 1, 1))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float First(Simd128 value) => value.value.ToScalar();
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 operator +(Simd128 left, Simd128 right) => new(left.value + right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 operator -(Simd128 left, Simd128 right) => new(left.value - right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 operator *(Simd128 left, Simd128 right) => new(left.value * right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 operator /(Simd128 left, Simd128 right) => new(left.value / right.value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 operator -(Simd128 value) => new(-value.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyAdd(ref Simd128 sum, Simd128 left, Simd128 right) =>
        sum.value = Vector128.FusedMultiplyAdd(left.value, right.value, sum.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 FusedMultiplyAdd(Simd128 left, Simd128 right, Simd128 addend) =>
        new(Vector128.FusedMultiplyAdd(left.value, right.value, addend.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Min(Simd128 left, Simd128 right) => new(Vector128.Min(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Max(Simd128 left, Simd128 right) => new(Vector128.Max(left.value, right.value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Abs(Simd128 value) => new(Vector128.Abs(value.value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Sqrt(Simd128 value) => new(Vector128.Sqrt(value.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LessThan(Simd128 left, Simd128 right) => new(Vector128.LessThan(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 LessThanOrEqual(Simd128 left, Simd128 right) => new(Vector128.LessThanOrEqual(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Equal(Simd128 left, Simd128 right) => new(Vector128.Equals(left.value, right.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 Select(Simd128 mask, Simd128 ifSet, Simd128 otherwise) =>
        new(Vector128.ConditionalSelect(mask.value, ifSet.value, otherwise.value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Exp(Simd128 value) => VectorMath.Exp(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Log(Simd128 value) => VectorMath.Log(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Log1p(Simd128 value) => VectorMath.Log1p(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Tanh(Simd128 value) => VectorMath.Tanh(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Sigmoid(Simd128 value) => VectorMath.Sigmoid(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Expm1(Simd128 value) => VectorMath.Expm1(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 ScaledExp(Simd128 value, Simd128 correction, Simd128 factor) => VectorMath.ScaledExp(value, correction, factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Simd128 ScaledNormalCdf(Simd128 value, Simd128 factor) => VectorMath.ScaledNormalCdf(value, factor);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Sin(Simd128 value) => VectorMath.Sin(value);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static Simd128 Cos(Simd128 value) => VectorMath.Cos(value);
}
