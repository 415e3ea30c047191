using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Two vectors as one that is twice as wide. Two of <see cref="Simd256"/>, or twice two of <see cref="Simd128"/>, have the 16
/// lanes of <see cref="Simd512"/>, so that a sum over 16 lanes has one order everywhere.</summary>
internal readonly unsafe struct WideVector<T>(T low, T high) : ISimdVector<WideVector<T>>
    where T : struct, ISimdVector<T>
{
    private readonly T low = low;
    private readonly T high = high;

    public static int Count => 2 * T.Count;
    public static int Registers => T.Registers / 2;

    public static WideVector<T> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(T.Zero, T.Zero);
    }

    public static WideVector<T> One
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(T.One, T.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Broadcast(float value) => new(T.Broadcast(value), T.Broadcast(value));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static WideVector<T> Load(float* from) => new(T.Load(from), T.Load(from + T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(WideVector<T> value, float* to)
    {
        T.Store(value.low, to);
        T.Store(value.high, to + T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> LoadAt(ref float from) => new(T.LoadAt(ref from), T.LoadAt(ref Unsafe.Add(ref from, T.Count)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreAt(WideVector<T> value, ref float to)
    {
        T.StoreAt(value.low, ref to);
        T.StoreAt(value.high, ref Unsafe.Add(ref to, T.Count));
    }

    // The upper half takes what the lower leaves; a count below 0 means none to it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> LoadPartial(float* from, int count) =>
        new(T.LoadPartial(from, count), T.LoadPartial(from + T.Count, count - T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> LoadPartial(float* from, int count, WideVector<T> first)
        => new(T.LoadPartial(from, count, first.low), T.LoadPartial(from + T.Count, count - T.Count, first.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(WideVector<T> value, float* to, int count)
    {
        T.StorePartial(value.low, to, count);
        T.StorePartial(value.high, to + T.Count, count - T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(WideVector<T> value, float* to, int count, WideVector<T> first)
    {
        T.StorePartial(value.low, to, count, first.low);
        T.StorePartial(value.high, to + T.Count, count - T.Count, first.high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> FirstLanes(int count) => new(T.FirstLanes(count), T.FirstLanes(count - T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> operator +(WideVector<T> left, WideVector<T> right) => new(left.low + right.low, left.high + right.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> operator -(WideVector<T> left, WideVector<T> right) => new(left.low - right.low, left.high - right.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> operator *(WideVector<T> left, WideVector<T> right) => new(left.low * right.low, left.high * right.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> operator /(WideVector<T> left, WideVector<T> right) => new(left.low / right.low, left.high / right.high);
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static WideVector<T> operator -(WideVector<T> value) => new(-value.low, -value.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> FusedMultiplyAdd(WideVector<T> left, WideVector<T> right, WideVector<T> addend)
        => new(T.FusedMultiplyAdd(left.low, right.low, addend.low), T.FusedMultiplyAdd(left.high, right.high, addend.high));

    public static void MultiplyAdd(ref WideVector<T> sum, WideVector<T> left, WideVector<T> right) => sum = FusedMultiplyAdd(left, right, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Min(WideVector<T> left, WideVector<T> right) => new(T.Min(left.low, right.low), T.Min(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Max(WideVector<T> left, WideVector<T> right) => new(T.Max(left.low, right.low), T.Max(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Abs(WideVector<T> value) => new(T.Abs(value.low), T.Abs(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Sqrt(WideVector<T> value) => new(T.Sqrt(value.low), T.Sqrt(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> LessThan(WideVector<T> left, WideVector<T> right) =>
        new(T.LessThan(left.low, right.low), T.LessThan(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> LessThanOrEqual(WideVector<T> left, WideVector<T> right) =>
        new(T.LessThanOrEqual(left.low, right.low), T.LessThanOrEqual(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Equal(WideVector<T> left, WideVector<T> right) => new(T.Equal(left.low, right.low), T.Equal(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Select(WideVector<T> mask, WideVector<T> ifSet, WideVector<T> otherwise)
        => new(T.Select(mask.low, ifSet.low, otherwise.low), T.Select(mask.high, ifSet.high, otherwise.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Exp(WideVector<T> value) => new(T.Exp(value.low), T.Exp(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Log(WideVector<T> value) => new(T.Log(value.low), T.Log(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Log1p(WideVector<T> value) => new(T.Log1p(value.low), T.Log1p(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Tanh(WideVector<T> value) => new(T.Tanh(value.low), T.Tanh(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Sigmoid(WideVector<T> value) => new(T.Sigmoid(value.low), T.Sigmoid(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Expm1(WideVector<T> value) => new(T.Expm1(value.low), T.Expm1(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> ScaledExp(WideVector<T> value, WideVector<T> correction, WideVector<T> factor)
        => new(T.ScaledExp(value.low, correction.low, factor.low), T.ScaledExp(value.high, correction.high, factor.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> ScaledNormalCdf(WideVector<T> value, WideVector<T> factor)
        => new(T.ScaledNormalCdf(value.low, factor.low), T.ScaledNormalCdf(value.high, factor.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Sin(WideVector<T> value) => new(T.Sin(value.low), T.Sin(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Cos(WideVector<T> value) => new(T.Cos(value.low), T.Cos(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> AtMost(WideVector<T> value, float bound) => new(T.AtMost(value.low, bound), T.AtMost(value.high, bound));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Rectify(WideVector<T> value) => new(T.Rectify(value.low), T.Rectify(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> Scale(WideVector<T> value, WideVector<T> power) =>
        new(T.Scale(value.low, power.low), T.Scale(value.high, power.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> BitAnd(WideVector<T> left, WideVector<T> right) =>
        new(T.BitAnd(left.low, right.low), T.BitAnd(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> BitOr(WideVector<T> left, WideVector<T> right) => new(T.BitOr(left.low, right.low), T.BitOr(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> AddBits(WideVector<T> left, WideVector<T> right) =>
        new(T.AddBits(left.low, right.low), T.AddBits(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> SubtractBits(WideVector<T> left, WideVector<T> right) =>
        new(T.SubtractBits(left.low, right.low), T.SubtractBits(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> MaxBits(WideVector<T> left, WideVector<T> right) =>
        new(T.MaxBits(left.low, right.low), T.MaxBits(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreBitsZero(WideVector<T> value) => T.AreBitsZero(T.BitOr(value.low, value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> BitsToExponent(WideVector<T> value) => new(T.BitsToExponent(value.low), T.BitsToExponent(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> BitsUp16(WideVector<T> value) => new(T.BitsUp16(value.low), T.BitsUp16(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> ConvertBits(WideVector<T> value) => new(T.ConvertBits(value.low), T.ConvertBits(value.high));
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float SumLanes(WideVector<T> value) => T.SumLanes(value.low + value.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanesOfNumbers(WideVector<T> value) => T.MaxLanesOfNumbers(T.MaxOfNumbers(value.low, value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideVector<T> MaxOfNumbers(WideVector<T> left, WideVector<T> right) =>
        new(T.MaxOfNumbers(left.low, right.low), T.MaxOfNumbers(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public static float First(WideVector<T> value) => T.First(value.low);
}
