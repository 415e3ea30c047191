using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>What the registers add to arithmetic, on every width: partial memory, masks, bits and folds.</summary>
public unsafe class SimdVectorTests
{
    private const int MaxCount = 16;

    [Fact]
    public void Every_width_does_the_same()
    {
        Check<Simd128>();
        Check<Simd256>();
        Check<Simd512>();
        Check<WideVector<Simd128>>();
        Check<WideVector<Simd256>>();
        Check<WideVector<WideVector<Simd128>>>();
    }

    private static void Check<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        PartialMemoryTouchesNothingElse<TVector>();
        MinAndMaxKeepNaN<TVector>();
        BoundKeepsNaN<TVector>();
        ScaleRoundsOnce<TVector>();
        FoldsAreTrees<TVector>();
        BitsAreZeroOrNot<TVector>();
    }

    private static void PartialMemoryTouchesNothingElse<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        float[] x = Floats.Random(MaxCount, 1);
        for (int count = -3; count <= TVector.Count + 3; count++)
        {
            string what = $"{typeof(TVector)} {count}";
            int taken = Math.Clamp(count, 0, TVector.Count);
            var expected = new float[TVector.Count];
            x.AsSpan(0, taken).CopyTo(expected);

            var source = new Guarded(x.AsSpan(0, taken), 1);
            fixed (float* from = source.Span)
                Elements(TVector.LoadPartial(from, count)).ShouldHaveTheBitsOf(expected, "load " + what);

            var target = new Guarded(new float[taken], 1);
            fixed (float* from = x, to = target.Span)
                TVector.StorePartial(TVector.Load(from), to, count);
            target.ShouldBeIntact("store " + what);
            target.Span.ShouldHaveTheBitsOf(x.AsSpan(0, taken), "store " + what);

            TVector mask = TVector.Select(TVector.FirstLanes(count), TVector.One, TVector.Zero);
            expected.AsSpan(0, taken).Fill(1f);
            Elements(mask).ShouldHaveTheBitsOf(expected, "mask " + what);
        }
    }

    private static void MinAndMaxKeepNaN<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        foreach (float a in Floats.Special)
        {
            foreach (float b in Floats.Special)
            {
                (TVector va, TVector vb) = (TVector.Broadcast(a), TVector.Broadcast(b));
                TVector.First(TVector.Min(va, vb)).ShouldHaveTheBitsOf(MathF.Min(a, b), $"min({a}, {b})");
                TVector.First(TVector.Max(va, vb)).ShouldHaveTheBitsOf(MathF.Max(a, b), $"max({a}, {b})");
            }
        }
    }

    private static void BoundKeepsNaN<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        foreach (float x in Floats.Special)
        {
            TVector.First(TVector.AtMost(TVector.Broadcast(x), 3f)).ShouldHaveTheBitsOf(MathF.Min(x, 3f), $"{x} at most 3");
            TVector.First(TVector.Rectify(TVector.Broadcast(x))).ShouldHaveTheBitsOf(x <= 0 ? 0f : x, $"{x} rectified");
        }
    }

    private static void ScaleRoundsOnce<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        for (int power = -150; power <= 128; power++)
        {
            foreach (float x in new[] { 1f, 0.7071068f, 1.4142134f, 1.3333334f, 0.75000006f })
            {
                float expected = (float)(x * Math.Pow(2, power)); // exact in double, so the conversion is the one rounding
                TVector.First(TVector.Scale(TVector.Broadcast(x), TVector.Broadcast(power))).ShouldHaveTheBitsOf(expected, $"{x} * 2^{power}");
            }
        }
    }

    private static void BitsAreZeroOrNot<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        TVector.AreBitsZero(TVector.Zero).Should().BeTrue();
        float* x = stackalloc float[TVector.Count];
        new Span<float>(x, TVector.Count).Clear();
        for (int i = 0; i < TVector.Count; i++)
        {
            foreach (float value in Floats.Special)
            {
                x[i] = value;
                TVector.AreBitsZero(TVector.Load(x))
                    .Should().Be(BitConverter.SingleToInt32Bits(value) == 0, $"{typeof(TVector)} element {i}: {value}");
            }

            x[i] = 0;
        }
    }

    private static void FoldsAreTrees<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        float[] x = Floats.Random(TVector.Count, 2);
        float[] sums = [.. x];
        for (int half = x.Length / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
                sums[i] += sums[i + half];
        }

        fixed (float* p = x)
        {
            TVector.SumLanes(TVector.Load(p)).ShouldHaveTheBitsOf(sums[0], $"sum {typeof(TVector)}");
            for (int i = 0; i < x.Length; i++)
            {
                x[i] += 10;
                TVector.MaxLanesOfNumbers(TVector.Load(p)).ShouldHaveTheBitsOf(x[i], $"max {typeof(TVector)}");
                x[i] = -1;
            }
        }
    }

    private static float[] Elements<TVector>(TVector value)
        where TVector : struct, ISimdVector<TVector>
    {
        var elements = new float[TVector.Count];
        fixed (float* p = elements)
            TVector.Store(value, p);
        return elements;
    }
}
