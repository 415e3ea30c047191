using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralNet.Kernels;

/// <summary>A vector register: <see cref="IVectorLanes{TSelf}"/> with what a kernel needs beside arithmetic, memory and bits.</summary>
/// <remarks>Kernels are generic methods over this interface; the JIT compiles each for <see cref="Simd128"/>, <see cref="Simd256"/>,
/// <see cref="Simd512"/> and a <see cref="WideVector{T}"/> of them as if it had been written by hand for that width. Which one a
/// machine uses is decided once a call, by <c>IsHardwareAccelerated</c>, which is a constant for the JIT.</remarks>
internal unsafe interface ISimdVector<TSelf> : IVectorLanes<TSelf> where TSelf : struct, ISimdVector<TSelf>
{
    /// <summary>How many such registers a kernel may count on.</summary>
    static abstract int Registers { get; }

    static abstract TSelf Load(float* from);

    static abstract void Store(TSelf value, float* to);

    /// <summary>Loads a whole vector from memory that the garbage collector may move.</summary>
    static abstract TSelf LoadAt(ref float from);

    static abstract void StoreAt(TSelf value, ref float to);

    /// <summary>Loads the first <paramref name="count"/> elements; the rest is 0. Reads nothing past them.
    /// A count of 0 or less loads none, one of Count or more loads all.</summary>
    static abstract TSelf LoadPartial(float* from, int count);

    /// <summary>The same, for loops: <paramref name="first"/> is FirstLanes(count), made before.</summary>
    static abstract TSelf LoadPartial(float* from, int count, TSelf first);

    /// <summary>Stores the first <paramref name="count"/> elements, none or all as in LoadPartial. Writes nothing past them.</summary>
    static abstract void StorePartial(TSelf value, float* to, int count);

    /// <summary>The same, for loops: <paramref name="first"/> is FirstLanes(count), made before.</summary>
    static abstract void StorePartial(TSelf value, float* to, int count, TSelf first);

    /// <summary>A mask of the first <paramref name="count"/> elements, none or all as in LoadPartial.</summary>
    static abstract TSelf FirstLanes(int count);

    /// <summary>min(value, bound) for a bound that is a number; NaN stays NaN. One instruction where Min, which must look for
    /// NaN and for −0 on both sides, takes several.</summary>
    static abstract TSelf AtMost(TSelf value, float bound);

    /// <summary>max(value, 0): 0 for −0 too, and NaN stays NaN. Two quick instructions where a comparison and a choice, for which a mask is made
    /// in between, take longer.</summary>
    static abstract TSelf Rectify(TSelf value);

    /// <summary>sum += left · right, rounded once. In place, because of <c>sum = FusedMultiplyAdd(left, right, sum)</c> the JIT makes
    /// an instruction that overwrites a factor, and a move.</summary>
    static abstract void MultiplyAdd(ref TSelf sum, TSelf left, TSelf right);

    /// <summary>value · 2^power, rounded once even where the result is denormal, for whole powers from −150 to 128 and values near 1.</summary>
    static abstract TSelf Scale(TSelf value, TSelf power);

    /// <summary>The bits that are set in both.</summary>
    static abstract TSelf BitAnd(TSelf left, TSelf right);

    /// <summary>The bits that are set in either.</summary>
    static abstract TSelf BitOr(TSelf left, TSelf right);

    /// <summary>The sum of the bits taken as 32-bit integers. Added to a float's bits, n · 2²³ multiplies it by 2ⁿ.</summary>
    static abstract TSelf AddBits(TSelf left, TSelf right);

    /// <summary>The difference of the bits taken as 32-bit integers.</summary>
    static abstract TSelf SubtractBits(TSelf left, TSelf right);

    /// <summary>The larger of the bits taken as 32-bit integers.</summary>
    static abstract TSelf MaxBits(TSelf left, TSelf right);

    /// <summary>Whether no bit is set: every element is 0, and none is −0.</summary>
    static abstract bool AreBitsZero(TSelf value);

    /// <summary>The bits moved to the left by 23: a whole number from the lowest bits to where a float keeps its exponent.</summary>
    static abstract TSelf BitsToExponent(TSelf value);

    /// <summary>The bits moved to the left by 16: the lower half of each element as a bfloat16, which is the upper half of a float.</summary>
    static abstract TSelf BitsUp16(TSelf value);

    /// <summary>The bits taken as 32-bit integers, as floats.</summary>
    static abstract TSelf ConvertBits(TSelf value);

    /// <summary>The first element.</summary>
    static abstract float First(TSelf value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TSelf IVectorLanes<TSelf>.Load(ReadOnlySpan<float> from, int index, float beyond)
    {
        ReadOnlySpan<float> rest = from[index..];
        if (rest.Length >= TSelf.Count)
            return TSelf.LoadAt(ref MemoryMarshal.GetReference(rest));
        fixed (float* first = rest)
        {
            TSelf loaded = TSelf.LoadPartial(first, rest.Length);
            bool isZero = BitConverter.SingleToInt32Bits(beyond) == 0;
            return isZero ? loaded : TSelf.Select(TSelf.FirstLanes(rest.Length), loaded, TSelf.Broadcast(beyond));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IVectorLanes<TSelf>.Store(TSelf value, Span<float> to, int index)
    {
        Span<float> rest = to[index..];
        if (rest.Length >= TSelf.Count)
        {
            TSelf.StoreAt(value, ref MemoryMarshal.GetReference(rest));
            return;
        }

        fixed (float* first = rest)
            TSelf.StorePartial(value, first, rest.Length);
    }
}
