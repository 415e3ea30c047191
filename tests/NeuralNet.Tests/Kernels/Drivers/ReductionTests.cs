using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public unsafe class ReductionTests
{
    /// <summary>(a − b)², but 1 more: not 0 where there is nothing.</summary>
    private readonly struct SquareAndOne : IPairFormula
    {
        public TVector Value<TVector>(TVector a, TVector b)
            where TVector : struct, ISimdVector<TVector> => ((a - b) * (a - b)) + TVector.One;
    }

    [Fact]
    public void Sums_run_over_16_lanes_in_one_order()
    {
        for (int n = 0; n <= 130; n++)
        {
            float[] a = Floats.Random(n, n, 3f), b = Floats.Random(n, n + 500);
            var terms = new float[n];
            for (int i = 0; i < n; i++)
                terms[i] = ((a[i] - b[i]) * (a[i] - b[i])) + 1f;
            (Guarded ga, Guarded gb) = (new(a, n % 4), new(b, n % 3));

            float sumOf = Floats.SumInLanes(terms);
            Reduction.SumOf(default(SquareAndOne), ga.Span, gb.Span).ShouldHaveTheBitsOf(sumOf, $"sum of {n}");
            OnWidth<Simd512>(a, b, sumOf);
            OnWidth<WideVector<Simd256>>(a, b, sumOf);
            OnWidth<WideVector<WideVector<Simd128>>>(a, b, sumOf);
        }
    }

    private static void OnWidth<TVector>(float[] a, float[] b, float sumOf)
        where TVector : struct, ISimdVector<TVector>
    {
        fixed (float* pa = a, pb = b)
            Reduction.SumOf<SquareAndOne, TVector>(default, pa, pb, a.Length).ShouldHaveTheBitsOf(sumOf, $"sum of {typeof(TVector)}");
    }

    [Fact]
    public void The_largest_is_found_wherever_it_is()
    {
        for (int n = 1; n <= 70; n++)
        {
            float[] x = Floats.Random(n, n);
            for (int i = 0; i < n; i++)
            {
                float before = x[i];
                x[i] -= 5;
                Largest(x, x.Max(), x.Max(MathF.Abs));
                x[i] = 7;
                Largest(x, 7, 7);
                x[i] = float.NaN;
                Largest(x, float.NaN, float.NaN);
                x[i] = before;
            }
        }

        Largest([], float.NegativeInfinity, 0);
        Largest([-3f, -2f, -4f], -2, 4); // what lies past the end is no 0
    }

    private static void Largest(float[] x, float max, float magnitude)
    {
        var guarded = new Guarded(x, x.Length % 3);
        Reduction.MaxMagnitude(guarded.Span).ShouldHaveTheBitsOf(magnitude, $"magnitude {x.Length}");
        fixed (float* p = guarded.Span)
        {
            if (!float.IsNaN(max))
                Reduction.MaxOfNumbers<Simd512>(p, x.Length).ShouldHaveTheBitsOf(max, "max 512");
            if (!float.IsNaN(max))
                Reduction.MaxOfNumbers<WideVector<Simd256>>(p, x.Length).ShouldHaveTheBitsOf(max, "max 2 x 256");
            if (!float.IsNaN(max))
                Reduction.MaxOfNumbers<WideVector<WideVector<Simd128>>>(p, x.Length).ShouldHaveTheBitsOf(max, "max 4 x 128");
            Reduction.MaxMagnitude<Simd512>(p, x.Length).ShouldHaveTheBitsOf(magnitude, "magnitude 512");
            Reduction.MaxMagnitude<WideVector<Simd256>>(p, x.Length).ShouldHaveTheBitsOf(magnitude, "magnitude 2 x 256");
            Reduction.MaxMagnitude<WideVector<WideVector<Simd128>>>(p, x.Length).ShouldHaveTheBitsOf(magnitude, "magnitude 4 x 128");
        }
    }

    [Fact]
    public void Spans_of_other_lengths_are_refused()
        => Assert.Throws<ArgumentException>(() => Reduction.SumOf(default(SquareAndOne), new float[3], new float[4]));
}
