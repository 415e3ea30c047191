using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>One word of several counters of <see cref="Philox"/>, each in the lower half of a 64-bit lane. The upper halves may hold
/// anything: products use the lower halves alone, and no other operation carries from the upper halves into the lower ones.</summary>
internal unsafe interface IPhiloxLanes<TSelf> where TSelf : struct, IPhiloxLanes<TSelf>
{
    static abstract int Count { get; }

    static abstract TSelf Broadcast(ulong value);

    /// <summary>The numbers of the blocks from the first on, one a lane, in an order that <see cref="StoreUniform"/> undoes.</summary>
    static abstract TSelf Blocks(uint first);

    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>The products of the lower halves, 64 bits each.</summary>
    static abstract TSelf Multiply(TSelf left, TSelf right);

    /// <summary>The upper halves of a product, xor two more.</summary>
    static abstract TSelf HighXor(TSelf product, TSelf other, TSelf key);

    /// <summary>The upper 24 bits of every word, times a unit, block after block.</summary>
    static abstract void StoreUniform(TSelf c0, TSelf c1, TSelf c2, TSelf c3, float unit, float* to);
}

/// <summary>8 counters in 512-bit registers.</summary>
internal readonly unsafe struct PhiloxLanes512(Vector512<ulong> value) : IPhiloxLanes<PhiloxLanes512>
{
    /// <summary>The largest number of lanes.</summary>
    public const int MaxCount = 8;

    private readonly Vector512<ulong> value = value;

    public static int Count => MaxCount;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes512 Broadcast(ulong value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes512 Blocks(uint first) => new(Vector512.Create((ulong)first) + Vector512.Create(0UL, 4, 1, 5, 2, 6, 3, 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes512 Add(PhiloxLanes512 left, PhiloxLanes512 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes512 Multiply(PhiloxLanes512 left, PhiloxLanes512 right) =>
        new(Avx512F.Multiply(left.value.AsUInt32(), right.value.AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes512 HighXor(PhiloxLanes512 product, PhiloxLanes512 other, PhiloxLanes512 key) =>
        new((product.value >> 32) ^ other.value ^ key.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUniform(PhiloxLanes512 c0, PhiloxLanes512 c1, PhiloxLanes512 c2, PhiloxLanes512 c3, float unit, float* to)
    {
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue);
        Vector512<ulong> c01 = (c0.value & low) | (c1.value << 32), c23 = (c2.value & low) | (c3.value << 32);
        Store(Avx512F.UnpackLow(c01, c23), to);
        Store(Avx512F.UnpackHigh(c01, c23), to + 16);

        void Store(Vector512<ulong> words, float* at) =>
            (Vector512.ConvertToSingle((words.AsUInt32() >> (32 - Philox.UniformBits)).AsInt32()) * Vector512.Create(unit)).Store(at);
    }
}

/// <summary>4 counters in 256-bit registers.</summary>
internal readonly unsafe struct PhiloxLanes256(Vector256<ulong> value) : IPhiloxLanes<PhiloxLanes256>
{
    private readonly Vector256<ulong> value = value;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes256 Broadcast(ulong value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes256 Blocks(uint first) => new(Vector256.Create((ulong)first) + Vector256.Create(0UL, 2, 1, 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes256 Add(PhiloxLanes256 left, PhiloxLanes256 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes256 Multiply(PhiloxLanes256 left, PhiloxLanes256 right) =>
        new(Avx2.Multiply(left.value.AsUInt32(), right.value.AsUInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes256 HighXor(PhiloxLanes256 product, PhiloxLanes256 other, PhiloxLanes256 key) =>
        new((product.value >> 32) ^ other.value ^ key.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUniform(PhiloxLanes256 c0, PhiloxLanes256 c1, PhiloxLanes256 c2, PhiloxLanes256 c3, float unit, float* to)
    {
        Vector256<ulong> low = Vector256.Create((ulong)uint.MaxValue);
        Vector256<ulong> c01 = (c0.value & low) | (c1.value << 32), c23 = (c2.value & low) | (c3.value << 32);
        Store(Avx2.UnpackLow(c01, c23), to);
        Store(Avx2.UnpackHigh(c01, c23), to + 8);

        void Store(Vector256<ulong> words, float* at) =>
            (Vector256.ConvertToSingle((words.AsUInt32() >> (32 - Philox.UniformBits)).AsInt32()) * Vector256.Create(unit)).Store(at);
    }
}

/// <summary>2 counters in 128-bit registers.</summary>
internal readonly unsafe struct PhiloxLanes128(Vector128<ulong> value) : IPhiloxLanes<PhiloxLanes128>
{
    private readonly Vector128<ulong> value = value;

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes128 Broadcast(ulong value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes128 Blocks(uint first) => new(Vector128.Create((ulong)first) + Vector128.Create(0UL, 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes128 Add(PhiloxLanes128 left, PhiloxLanes128 right) => new(left.value + right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes128 Multiply(PhiloxLanes128 left, PhiloxLanes128 right)
        => new(Sse2.IsSupported
            ? Sse2.Multiply(left.value.AsUInt32(), right.value.AsUInt32())
            : AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(left.value), AdvSimd.ExtractNarrowingLower(right.value)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PhiloxLanes128 HighXor(PhiloxLanes128 product, PhiloxLanes128 other, PhiloxLanes128 key) =>
        new((product.value >> 32) ^ other.value ^ key.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUniform(PhiloxLanes128 c0, PhiloxLanes128 c1, PhiloxLanes128 c2, PhiloxLanes128 c3, float unit, float* to)
    {
        Vector128<ulong> low = Vector128.Create((ulong)uint.MaxValue);
        Vector128<ulong> c01 = (c0.value & low) | (c1.value << 32), c23 = (c2.value & low) | (c3.value << 32);
        Store(Sse2.IsSupported ? Sse2.UnpackLow(c01, c23) : AdvSimd.Arm64.ZipLow(c01, c23), to);
        Store(Sse2.IsSupported ? Sse2.UnpackHigh(c01, c23) : AdvSimd.Arm64.ZipHigh(c01, c23), to + 4);

        void Store(Vector128<ulong> words, float* at) =>
            (Vector128.ConvertToSingle((words.AsUInt32() >> (32 - Philox.UniformBits)).AsInt32()) * Vector128.Create(unit)).Store(at);
    }
}
