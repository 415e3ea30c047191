using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>
/// Two vectors as one that is twice as wide. A pair of <see cref="Simd256"/>, or a pair of pairs of
/// <see cref="Simd128"/>, has the 16 lanes of <see cref="Simd512"/>: a sum over 16 lanes has one order everywhere.
/// </summary>
internal readonly unsafe struct Pair<T>(T low, T high) : ISimdVector<Pair<T>>
    where T : struct, ISimdVector<T>
{
    private readonly T low = low;
    private readonly T high = high;

    public static int Count => 2 * T.Count;

    public static int Registers => T.Registers / 2;

    public static Pair<T> Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(T.Zero, T.Zero);
    }

    public static Pair<T> One
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(T.One, T.One);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Broadcast(float value) => new(T.Broadcast(value), T.Broadcast(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Load(float* from) => new(T.Load(from), T.Load(from + T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair<T> value, float* to)
    {
        T.Store(value.low, to);
        T.Store(value.high, to + T.Count);
    }

    // The upper half takes what the lower leaves; a count below 0 means none to it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LoadPartial(float* from, int count) => new(T.LoadPartial(from, count), T.LoadPartial(from + T.Count, count - T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LoadPartial(float* from, int count, Pair<T> first)
        => new(T.LoadPartial(from, count, first.low), T.LoadPartial(from + T.Count, count - T.Count, first.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Pair<T> value, float* to, int count)
    {
        T.StorePartial(value.low, to, count);
        T.StorePartial(value.high, to + T.Count, count - T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> FirstLanes(int count) => new(T.FirstLanes(count), T.FirstLanes(count - T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator +(Pair<T> left, Pair<T> right) => new(left.low + right.low, left.high + right.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator -(Pair<T> left, Pair<T> right) => new(left.low - right.low, left.high - right.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator *(Pair<T> left, Pair<T> right) => new(left.low * right.low, left.high * right.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator /(Pair<T> left, Pair<T> right) => new(left.low / right.low, left.high / right.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator -(Pair<T> value) => new(-value.low, -value.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> FusedMultiplyAdd(Pair<T> left, Pair<T> right, Pair<T> addend)
        => new(T.FusedMultiplyAdd(left.low, right.low, addend.low), T.FusedMultiplyAdd(left.high, right.high, addend.high));

    public static void MultiplyAdd(ref Pair<T> sum, Pair<T> left, Pair<T> right) => sum = FusedMultiplyAdd(left, right, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Min(Pair<T> left, Pair<T> right) => new(T.Min(left.low, right.low), T.Min(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Max(Pair<T> left, Pair<T> right) => new(T.Max(left.low, right.low), T.Max(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Abs(Pair<T> value) => new(T.Abs(value.low), T.Abs(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Sqrt(Pair<T> value) => new(T.Sqrt(value.low), T.Sqrt(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LessThan(Pair<T> left, Pair<T> right) => new(T.LessThan(left.low, right.low), T.LessThan(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LessThanOrEqual(Pair<T> left, Pair<T> right) => new(T.LessThanOrEqual(left.low, right.low), T.LessThanOrEqual(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Equal(Pair<T> left, Pair<T> right) => new(T.Equal(left.low, right.low), T.Equal(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Select(Pair<T> mask, Pair<T> ifSet, Pair<T> otherwise)
        => new(T.Select(mask.low, ifSet.low, otherwise.low), T.Select(mask.high, ifSet.high, otherwise.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Exp(Pair<T> value) => new(T.Exp(value.low), T.Exp(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Log(Pair<T> value) => new(T.Log(value.low), T.Log(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Log1p(Pair<T> value) => new(T.Log1p(value.low), T.Log1p(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Tanh(Pair<T> value) => new(T.Tanh(value.low), T.Tanh(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Sigmoid(Pair<T> value) => new(T.Sigmoid(value.low), T.Sigmoid(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Expm1(Pair<T> value) => new(T.Expm1(value.low), T.Expm1(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> ScaledExp(Pair<T> value, Pair<T> correction, Pair<T> factor)
        => new(T.ScaledExp(value.low, correction.low, factor.low), T.ScaledExp(value.high, correction.high, factor.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> ScaledNormalCdf(Pair<T> value, Pair<T> factor)
        => new(T.ScaledNormalCdf(value.low, factor.low), T.ScaledNormalCdf(value.high, factor.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Sin(Pair<T> value) => new(T.Sin(value.low), T.Sin(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Cos(Pair<T> value) => new(T.Cos(value.low), T.Cos(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> AtMost(Pair<T> value, float bound) => new(T.AtMost(value.low, bound), T.AtMost(value.high, bound));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Scale(Pair<T> value, Pair<T> power) => new(T.Scale(value.low, power.low), T.Scale(value.high, power.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> BitAnd(Pair<T> left, Pair<T> right) => new(T.BitAnd(left.low, right.low), T.BitAnd(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> BitOr(Pair<T> left, Pair<T> right) => new(T.BitOr(left.low, right.low), T.BitOr(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> AddBits(Pair<T> left, Pair<T> right) => new(T.AddBits(left.low, right.low), T.AddBits(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> SubtractBits(Pair<T> left, Pair<T> right) => new(T.SubtractBits(left.low, right.low), T.SubtractBits(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> MaxBits(Pair<T> left, Pair<T> right) => new(T.MaxBits(left.low, right.low), T.MaxBits(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreBitsZero(Pair<T> value) => T.AreBitsZero(T.BitOr(value.low, value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> BitsToExponent(Pair<T> value) => new(T.BitsToExponent(value.low), T.BitsToExponent(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> ConvertBits(Pair<T> value) => new(T.ConvertBits(value.low), T.ConvertBits(value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SumLanes(Pair<T> value) => T.SumLanes(value.low + value.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxLanesOfNumbers(Pair<T> value) => T.MaxLanesOfNumbers(T.MaxOfNumbers(value.low, value.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> MaxOfNumbers(Pair<T> left, Pair<T> right) => new(T.MaxOfNumbers(left.low, right.low), T.MaxOfNumbers(left.high, right.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float First(Pair<T> value) => T.First(value.low);
}
