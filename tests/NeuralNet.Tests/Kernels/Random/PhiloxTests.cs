using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>Many numbers at once beside one at a time, which <c>RandomStreamReferenceTests</c> compares with known answers.</summary>
public unsafe class PhiloxTests
{
    // The keys and steps have bits in both of their halves.
    private const ulong Key = 0xFEDCBA9876543210, Step = 0x8000000100000007;

    private static readonly int[] rows = [0, 1, 77, int.MaxValue];
    private static readonly int[] firsts = [0, 1, 2, 3, 4, 30, 31, 33, 1_000_001, int.MaxValue - 40];

    [Fact]
    public void Every_row_offset_and_length_has_the_numbers_of_one_at_a_time()
    {
        foreach (int row in rows)
        {
            foreach (int first in firsts)
            {
                for (int n = 0; n <= 40; n++)
                    Check(row, first, n);
            }
        }

        Check(3, 5, 1000);
        Check(3, 6, 1024);
    }

    [Fact]
    public void A_stream_gives_them_too()
    {
        RandomStream stream = new RandomStream(-5).Fork(3).AtStep(long.MaxValue);
        float[] numbers = new float[333];
        stream.Uniform(9, 7, numbers);
        for (int i = 0; i < numbers.Length; i++)
            numbers[i].ShouldHaveTheBitsOf(stream.Uniform(9, 7 + i), $"element {i}");
    }

    private static void Check(int row, int first, int n)
    {
        string what = $"row {row}, from {first}, {n} numbers";
        float[] expected = new float[n];
        for (int i = 0; i < n; i++)
        {
            uint element = (uint)(first + i);
            (uint c0, uint c1, uint c2, uint c3) = Philox.Words(Key, Step, row, element / 4);
            expected[i] = (float)(((element % 4) switch { 0 => c0, 1 => c1, 2 => c2, _ => c3 } >> 8) / 16777216.0);
        }

        var made = new Guarded(new float[n], n % 4);
        Philox.Uniform(Key, Step, row, first, made.Span);
        made.Span.ShouldHaveTheBitsOf(expected, what);
        made.ShouldBeIntact(what);
        fixed (float* to = made.Span)
        {
            if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
                Philox.Uniform<PhiloxLanes512>(Key, Step, row, (uint)first, Cleared(to, n), n);
            made.Span.ShouldHaveTheBitsOf(expected, what + ", 512");
            if (Avx2.IsSupported)
                Philox.Uniform<PhiloxLanes256>(Key, Step, row, (uint)first, Cleared(to, n), n);
            made.Span.ShouldHaveTheBitsOf(expected, what + ", 256");
            if (Sse2.IsSupported || AdvSimd.Arm64.IsSupported)
                Philox.Uniform<PhiloxLanes128>(Key, Step, row, (uint)first, Cleared(to, n), n);
            made.Span.ShouldHaveTheBitsOf(expected, what + ", 128");
            Philox.UniformOneByOne(Key, Step, row, (uint)first, Cleared(to, n), n);
            made.Span.ShouldHaveTheBitsOf(expected, what + ", one by one");
        }

        made.ShouldBeIntact(what);
    }

    private static float* Cleared(float* values, int n)
    {
        new Span<float>(values, n).Fill(-1);
        return values;
    }
}
