using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

/// <summary>Passes over sparse gradients beside the dense ones: the same bits, and most of the range is only looked at.</summary>
public class SparseUpdatePassesTests
{
    private static readonly (Optimizer Optimizer, float Rate)[] exact =
    [
        (new Sgd(), 0.1f), (new Sgd(weightDecay: 0.01f), 0.1f), (new Sgd(), 0), (new Adagrad(), 0.1f), (new Adagrad(initialSum: 0.5f), 0.1f),
        (new Adagrad(weightDecay: 0.01f), 0.1f),
    ];

    // About every boundary of vectors, lines, groups of lines and stretches.
    public static TheoryData<int> Lengths => [0, 1, 3, 15, 16, 17, 31, 63, 64, 65, 127, 129, 2047, 2048, 2049, 4100, 5003];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Where_a_gradient_of_0_changes_nothing_the_bits_are_those_of_the_dense_pass(int n)
    {
        foreach ((Optimizer optimizer, float rate) in exact)
        {
            foreach (float[] gradient in Gradients(n))
            {
                float[] start = Start(n), sums = [.. Floats.Random(n, 3).Select(MathF.Abs)], w = [.. start], g = [.. gradient], sum = [.. sums];
                (Guarded sparseW, Guarded sparseG, Guarded sparseSum) = (new(start, 1), new(gradient, 2), new(sums, 3));
                optimizer.Move(w, g, sum, rate: rate);
                optimizer.Move(sparseW.Span, sparseG.Span, sparseSum.Span, isSparse: true, rate: rate);
                sparseW.Span.ShouldHaveTheBitsOf(w, $"w of {n}");
                sparseSum.Span.ShouldHaveTheBitsOf(sum, $"the sum of {n}");
                sparseG.Span.ShouldHaveTheBitsOf(new float[n], $"the gradient of {n}: 0, and not −0");
                foreach (Guarded guarded in new[] { sparseW, sparseG, sparseSum })
                    guarded.ShouldBeIntact($"{n}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Lazy_Adam_moves_as_the_dense_one_what_has_a_gradient_and_leaves_the_rest(int n)
    {
        foreach ((Optimizer denseAdam, Optimizer lazyAdam) in new (Optimizer, Optimizer)[]
        {
            (new Adam(0.05f), new Adam(0.05f, lazy: true)), (new Adam(0.05f, weightDecay: 0.1f), new Adam(0.05f, weightDecay: 0.1f, lazy: true)),
            (new AdamW(0.05f, weightDecay: 0.1f), new AdamW(0.05f, weightDecay: 0.1f, lazy: true)),
        })
        {
            foreach (float[] gradient in Gradients(n))
            {
                float[][] before = [Start(n), gradient, [.. Floats.Random(n, 3), .. Floats.Random(n, 4).Select(MathF.Abs)]];
                float[][] dense = [.. before.Select(values => (float[])values.Clone())];
                Guarded[] lazy = [.. before.Select((values, i) => new Guarded(values, i))];
                denseAdam.Move(dense[0], dense[1], dense[2]);
                lazyAdam.Move(lazy[0].Span, lazy[1].Span, lazy[2].Span, isSparse: true);
                for (int k = 0; k < 3; k++)
                {
                    for (int i = 0; i < before[k].Length; i++)
                    {
                        float expected = k == 1 ? 0 : gradient[i % n] == 0 ? before[k][i] : dense[k][i];
                        lazy[k].Span[i].ShouldHaveTheBitsOf(expected, $"span {k}, element {i} of {n}");
                    }

                    lazy[k].ShouldBeIntact($"span {k} of {n}");
                }
            }
        }
    }

    [Fact]
    public void Lazy_Adam_is_the_formula_over_steps()
    {
        const int N = 12 * 3, Steps = 40;
        float[] w = Floats.Random(N, 1), g = new float[N], values = new float[2 * N];
        var optimizer = new Adam(0.05f, lazy: true);
        double[] exactW = [.. w.Select(x => (double)x)], exactM = new double[N], exactV = new double[N];
        for (int t = 1; t <= Steps; t++)
        {
            float[] drawn = Floats.Random(N, 100 + t);
            for (int i = 0; i < N; i++)
                g[i] = i / 3 % 5 == t % 5 ? drawn[i] : 0;
            (double c1, double c2) = (1 - Math.Pow(0.9, t), 1 - Math.Pow(0.999, t));
            for (int i = 0; i < N; i++)
            {
                if (g[i] == 0)
                    continue;
                exactM[i] = (0.9 * exactM[i]) + (0.1 * g[i]);
                exactV[i] = (0.999 * exactV[i]) + (0.001 * g[i] * g[i]);
                exactW[i] -= 0.05 * exactM[i] / c1 / (Math.Sqrt(exactV[i] / c2) + 1e-8);
            }

            optimizer.Move(w, g, values, t, isSparse: true);
        }

        for (int i = 0; i < N; i++)
        {
            w[i].ShouldBeNear(exactW[i], 3e-6, $"w {i}", floor: 0.1);
            values[i].ShouldBeNear(exactM[i], 3e-6, $"m {i}", floor: 0.1);
            values[N + i].ShouldBeNear(exactV[i], 3e-6, $"v {i}", floor: 1e-4);
        }
    }

    // Of an infinite parameter 0 · ∞ is taken where it is not passed by: that shows which are.
    [Fact]
    public void Lines_without_a_gradient_are_passed_by_and_no_others()
    {
        const int N = 200;
        float[] w = new float[N], g = new float[N];
        int[] lines = [0, 3, 4, 11];
        foreach ((int line, float value) in lines.Zip([1e-45f, -0f, float.NaN, -1]))
            g[(16 * line) + (line % 8)] = value;
        Array.Fill(w, float.PositiveInfinity);
        new Sgd(0.1f).Move(w, g, [], isSparse: true);
        for (int i = 0; i < N; i++)
            float.IsNaN(w[i]).Should().Be(lines.Contains(i / 16), $"element {i}");
    }

    [Fact]
    public void NaN_gradients_are_never_passed_by()
    {
        for (int at = 0; at < 150; at++)
        {
            foreach (Optimizer optimizer in new Optimizer[] { new Sgd(0.1f), new Adagrad(0.1f, epsilon: 1e-8f), new Adam(0.1f, lazy: true) })
            {
                float[] g = new float[150], w = new float[150];
                g[at] = float.NaN;
                optimizer.Move(w, g, new float[150 * optimizer.ValuesPerParameter], isSparse: true);
                (float.IsNaN(w[at]), w.Count(float.IsNaN)).Should().Be((true, 1));
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        const int N = 40_001;
        using var workers = new Workers(threads);
        foreach (float[] gradient in Gradients(N))
        {
            foreach ((Optimizer optimizer, float rate) in ((Optimizer, float)[])[.. exact, (new Adam(weightDecay: 0.01f, lazy: true), 0.05f)])
            {
                float[][] alone = [Start(N), [.. gradient], [.. Floats.Random(2 * N, 3).Select(MathF.Abs)]];
                float[][] shared = [.. alone.Select(values => (float[])values.Clone())];
                optimizer.Move(alone[0], alone[1], alone[2], isSparse: true, rate: rate);
                optimizer.Move(shared[0], shared[1], shared[2], isSparse: true, workers: workers, rate: rate);
                for (int i = 0; i < 3; i++)
                    shared[i].ShouldHaveTheBitsOf(alone[i], $"span {i}");
            }
        }
    }

    // With zeros of both signs among them.
    private static float[] Start(int n)
    {
        float[] w = Floats.Random(n, 1);
        for (int i = 0; i < n; i++)
            w[i] = i % 7 == 0 ? 0 : i % 7 == 1 ? -0f : w[i];
        return w;
    }

    // All 0; rows of 20, a few of them and most of them; elements here and there, of all kinds; −0 only; dense; dense with zeros.
    private static IEnumerable<float[]> Gradients(int n)
    {
        float[] drawn = Floats.Random(n, 2);
        yield return new float[n];
        yield return [.. drawn.Select((g, i) => i / 20 % 9 == 2 ? g : 0)];
        yield return [.. drawn.Select((g, i) => i / 20 % 9 == 2 ? 0 : g)];
        float[] special = [float.Epsilon, -0f, float.NaN, 1e30f, -1e-20f];
        yield return [.. drawn.Select((g, i) => i % 37 != 0 ? 0 : i % 6 < special.Length ? special[i % 6] : g)];
        yield return [.. drawn.Select((g, i) => i / 20 % 9 == 2 ? -0f : 0)];
        yield return drawn;
        yield return [.. drawn.Select((g, i) => i % 5 == 2 ? 0 : g)];
    }
}
