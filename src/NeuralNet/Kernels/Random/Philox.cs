using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>Philox 4×32 with 10 rounds (J. Salmon, M. Moraes, R. Dror, D. Shaw, 2011): a counter of four words becomes four random
/// words. No counter depends on another, so that several are computed at once, one a lane.</summary>
internal static unsafe class Philox
{
    public const uint FirstMultiplier = 0xD2511F53, SecondMultiplier = 0xCD9E8D57, FirstWeyl = 0x9E3779B9, SecondWeyl = 0xBB67AE85;

    /// <summary>How many of the random bits a uniform number has: as many as a float.</summary>
    public const int UniformBits = 24;

    private const float UniformUnit = 1f / (1 << UniformBits);

    /// <summary>The four random words of the counter (block, row, step).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (uint C0, uint C1, uint C2, uint C3) Words(ulong key, ulong step, int row, uint block)
    {
        uint c0 = block, c1 = (uint)row, c2 = (uint)step, c3 = (uint)(step >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)FirstMultiplier * c0, p1 = (ulong)SecondMultiplier * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += FirstWeyl;
            k1 += SecondWeyl;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>The number in [0, 1) that a word stands for.</summary>
    public static float Uniform(uint word) => (word >> (32 - UniformBits)) * UniformUnit;

    /// <summary>Uniform numbers of a row's elements first, first + 1, …: element i has word i mod 4 of block i / 4, wherever it lies in
    /// the span.</summary>
    /// <remarks>Not an <see cref="IJob{TSelf}"/>: the lanes are words of 64 bits, and each width needs its own instruction set beside the
    /// registers.</remarks>
    public static void Uniform(ulong key, ulong step, int row, int first, Span<float> values)
    {
        fixed (float* to = values)
        {
            if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
                Uniform<PhiloxLanes512>(key, step, row, (uint)first, to, values.Length);
            else if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
                Uniform<PhiloxLanes256>(key, step, row, (uint)first, to, values.Length);
            else if (Sse2.IsSupported || AdvSimd.Arm64.IsSupported)
                Uniform<PhiloxLanes128>(key, step, row, (uint)first, to, values.Length);
            else
                UniformOneByOne(key, step, row, (uint)first, to, values.Length);
        }
    }

    internal static void UniformOneByOne(ulong key, ulong step, int row, uint first, float* to, int count)
    {
        for (uint end = first + (uint)count; first != end;)
        {
            (uint c0, uint c1, uint c2, uint c3) = Words(key, step, row, first >> 2);
            do
                *to++ = Uniform((first & 3) switch { 0 => c0, 1 => c1, 2 => c2, _ => c3 });
            while (++first != end && (first & 3) != 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Uniform<TLanes>(ulong key, ulong step, int row, uint first, float* to, int count) where TLanes : struct, IPhiloxLanes<TLanes>
    {
        // A few numbers are made one by one; a whole group would take longer.
        const int Few = 4;
        int group = 4 * TLanes.Count, done = 0;
        float* made = stackalloc float[4 * PhiloxLanes512.MaxCount];
        while (done < count)
        {
            uint at = first + (uint)done;
            int skipped = (int)(at & 3), taken = Math.Min(group - skipped, count - done);
            if (taken == group)
            {
                Group<TLanes>(key, step, row, at >> 2, to + done);
            }
            else if (taken <= Few)
            {
                UniformOneByOne(key, step, row, at, to + done, taken);
            }
            else
            {
                Group<TLanes>(key, step, row, at >> 2, made);
                new ReadOnlySpan<float>(made + skipped, taken).CopyTo(new Span<float>(to + done, taken));
            }

            done += taken;
        }
    }

    // The numbers of as many blocks as there are lanes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Group<TLanes>(ulong key, ulong step, int row, uint block, float* to) where TLanes : struct, IPhiloxLanes<TLanes>
    {
        TLanes c0 = TLanes.Blocks(block), c1 = TLanes.Broadcast((uint)row), c2 = TLanes.Broadcast(step), c3 = TLanes.Broadcast(step >> 32);
        TLanes k0 = TLanes.Broadcast(key), k1 = TLanes.Broadcast(key >> 32);
        TLanes first = TLanes.Broadcast(FirstMultiplier), second = TLanes.Broadcast(SecondMultiplier);
        TLanes firstWeyl = TLanes.Broadcast(FirstWeyl), secondWeyl = TLanes.Broadcast(SecondWeyl);
        for (int round = 0; round < 10; round++)
        {
            TLanes p0 = TLanes.Multiply(first, c0), p1 = TLanes.Multiply(second, c2);
            (c0, c1, c2, c3) = (TLanes.HighXor(p1, c1, k0), p1, TLanes.HighXor(p0, c3, k1), p0);
            k0 = TLanes.Add(k0, firstWeyl);
            k1 = TLanes.Add(k1, secondWeyl);
        }

        TLanes.StoreUniform(c0, c1, c2, c3, UniformUnit, to);
    }
}
