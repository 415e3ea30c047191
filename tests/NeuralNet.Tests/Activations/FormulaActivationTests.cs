using NeuralNet.Kernels;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Activations;

/// <summary>A person's own vector activation, written as a formula.</summary>
public class FormulaActivationTests
{
    /// <summary>The vector less its mean: y = z − z̄; ∇z = ∇y less its mean.</summary>
    private sealed class Centered() : VectorActivation<Centered.Formula>(default)
    {
        public override bool WorksInPlace => true;

        public readonly struct Formula : IVectorFormula
        {
            public static BackwardReads Reads => BackwardReads.None;

            public void Forward<TVector>(ReadOnlySpan<float> z, Span<float> y)
                where TVector : struct, IVectorLanes<TVector>
            {
                TVector sums = TVector.Zero;
                for (int i = 0; i < z.Length; i += TVector.Count)
                    sums += TVector.Load(z, i);

                TVector mean = TVector.Broadcast(TVector.SumLanes(sums) / z.Length);
                for (int i = 0; i < z.Length; i += TVector.Count)
                    TVector.Store(TVector.Load(z, i) - mean, y, i);
            }

            public void Backward<TVector>(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
                where TVector : struct, IVectorLanes<TVector> => Forward<TVector>(dy, dz);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(50)]
    public void It_passes_the_gradient_check_and_has_the_numbers_of_a_loop(int width)
    {
        GradientCheck.Activation(new Centered(), width).EnsurePasses();
        float[] z = Floats.Random(width, 1), y = new float[width];
        new Centered().Forward(z, y);
        float mean = Floats.SumInLanes(z) / width;
        y.ShouldHaveTheBitsOf(Array.ConvertAll(z, one => one - mean), "one vector");
    }

    [Fact]
    public void Threads_and_width_change_no_bit()
    {
        const int Vectors = 1500, Width = 20;
        using var workers = new Workers(3);
        float[] z = Floats.Random(Vectors * Width, 1), alone = new float[z.Length], shared = new float[z.Length];
        new Centered().Forward(new ActivationForwardPass { Vectors = Vectors, Z = z, Y = alone });
        new Centered().Forward(new ActivationForwardPass { Vectors = Vectors, Z = z, Y = shared, Workers = workers });
        shared.ShouldHaveTheBitsOf(alone, "threads");
        OnWidth<WideVector<Simd256>>(z.AsSpan(0, Width), alone.AsSpan(0, Width));
        OnWidth<WideVector<WideVector<Simd128>>>(z.AsSpan(0, Width), alone.AsSpan(0, Width));
    }

    [Fact]
    public void Loads_and_stores_stay_within_the_span()
    {
        InSpan<Simd512>();
        InSpan<Simd256>();
        InSpan<Simd128>();
        InSpan<WideVector<Simd256>>();
        InSpan<WideVector<WideVector<Simd128>>>();
    }

    private static void OnWidth<TVector>(ReadOnlySpan<float> z, ReadOnlySpan<float> expected)
        where TVector : struct, ISimdVector<TVector>
    {
        float[] y = new float[z.Length];
        default(Centered.Formula).Forward<TVector>(z, y);
        y.ShouldHaveTheBitsOf(expected, $"{typeof(TVector)}");
    }

    private static void InSpan<TVector>()
        where TVector : struct, ISimdVector<TVector>
    {
        float[] from = Floats.Random(2 * TVector.Count, 1);
        for (int length = 0; length <= from.Length; length++)
        {
            for (int index = 0; index <= length; index++)
            {
                var lanes = new float[TVector.Count];
                Store(Load<TVector>(from.AsSpan(0, length), index, 7), lanes, 0);
                for (int lane = 0; lane < lanes.Length; lane++)
                    lanes[lane].Should().Be(index + lane < length ? from[index + lane] : 7);

                var to = new Guarded(new float[length], index % 4);
                Store(Load<TVector>(lanes, 0, 0), to.Span, index);
                to.ShouldBeIntact($"{typeof(TVector)} {index} of {length}");
                for (int i = 0; i < length; i++)
                    to.Span[i].Should().Be(i >= index && i < index + TVector.Count ? from[i] : 0);
            }

            foreach (int index in new[] { -1, length + 1, int.MinValue, int.MaxValue })
            {
                Assert.Throws<ArgumentOutOfRangeException>(() => Load<TVector>(from.AsSpan(0, length), index, 0));
                Assert.Throws<ArgumentOutOfRangeException>(() => Store(TVector.Zero, from.AsSpan(0, length), index));
            }
        }
    }

    private static TVector Load<TVector>(ReadOnlySpan<float> from, int index, float beyond)
        where TVector : struct, IVectorLanes<TVector> => TVector.Load(from, index, beyond);

    private static void Store<TVector>(TVector value, Span<float> to, int index)
        where TVector : struct, IVectorLanes<TVector> => TVector.Store(value, to, index);
}
