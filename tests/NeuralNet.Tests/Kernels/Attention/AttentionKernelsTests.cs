using NeuralNet.Kernels;

namespace NeuralNet.Tests.Kernels;

public partial class AttentionKernelsTests
{
    // rows, heads, d, query steps, key steps, causal, mask, lengths: one block of queries and several, whole vectors and not.
    public static TheoryData<int, int, int, int, int, bool, bool, bool> Sizes => new()
    {
        { 1, 1, 1, 1, 1, false, false, false },
        { 2, 3, 2, 3, 5, false, false, false },
        { 3, 2, 16, 32, 32, false, false, false },
        { 2, 2, 5, 65, 17, false, false, false },
        { 1, 2, 20, 100, 100, false, false, false },
        { 1, 1, 33, 17, 300, false, false, false },
        { 2, 1, 4, 1, 1, true, false, false },
        { 2, 2, 16, 33, 33, true, false, false },
        { 1, 1, 7, 100, 100, true, false, false },
        { 3, 2, 3, 9, 40, false, true, false },
        { 3, 2, 16, 70, 70, true, true, false },
        { 4, 2, 8, 50, 50, false, false, true },
        { 4, 1, 17, 40, 40, true, true, true },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Results_are_those_of_the_equations_in_double(int rows, int heads, int d, int queries, int keys, bool causal, bool mask, bool lengths)
    {
        var one = new Case(rows, heads, d, queries, keys, causal, mask, lengths);
        one.Run<Simd512>();
        (double[] o, double[] dq, double[] dk, double[] dv) = one.InDouble();
        Near(one.O, o, "o");
        Near(one.QGradient, dq, "∇q");
        Near(one.KGradient, dk, "∇k");
        Near(one.VGradient, dv, "∇v");
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_register_width_gives_the_same_bits(int rows, int heads, int d, int queries, int keys, bool causal, bool mask, bool lengths)
    {
        Case Make() => new(rows, heads, d, queries, keys, causal, mask, lengths);
        Case expected = Make(), by256 = Make(), by128 = Make();
        expected.Run<Simd512>();
        by256.Run<Simd256>();
        by128.Run<Simd128>();
        by256.ShouldBe(expected, "256");
        by128.ShouldBe(expected, "128");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        using var workers = new Workers(threads);
        foreach ((bool causal, bool mask, bool lengths) in new[] { (false, false, false), (true, false, true), (true, true, false) })
        {
            Case alone = new(7, 3, 16, 45, 45, causal, mask, lengths), shared = new(7, 3, 16, 45, 45, causal, mask, lengths) { Workers = workers };
            alone.Run<Simd512>();
            shared.Run();
            shared.ShouldBe(alone, $"{threads} {causal} {mask} {lengths}");
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Keeping_the_weights_changes_nothing(int rows, int heads, int d, int queries, int keys, bool causal, bool mask, bool lengths)
    {
        var one = new Case(rows, heads, d, queries, keys, causal, mask, lengths);
        one.Run<Simd512>();
        float[] o = [.. one.O];
        Array.Fill(one.O, float.NaN);
        AttentionKernels.Forward(one.Pass, default, one.O);
        one.O.ShouldHaveTheBitsOf(o, "without weights");
    }

    // With as many features as keys and the unit vectors as values, o is a.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_of_masked_keys_are_0_and_the_others_sum_to_1(bool causal)
    {
        const int Steps = 37;
        var one = new Case(2, 1, Steps, Steps, Steps, causal, mask: true, lengths: false);
        for (int i = 0; i < one.V.Length; i++)
            one.V[i] = i / Steps % Steps == i % Steps ? 1 : 0;
        one.Run<Simd512>();
        for (int query = 0; query < 2 * Steps; query++)
        {
            Span<float> a = one.O.AsSpan(query * Steps, Steps);
            double sum = 0;
            bool any = false;
            for (int key = 0; key < Steps; key++)
            {
                bool seen = one.Sees(query / Steps, query % Steps, key);
                any |= seen;
                sum += a[key];
                (a[key] != 0).Should().Be(seen, $"query {query}, key {key}");
                a[key].Should().BeInRange(0, 1);
            }

            sum.Should().BeApproximately(any ? 1 : 0, 1e-6);
        }
    }

    [Fact]
    public void Scores_of_any_size_give_finite_weights()
    {
        // Scores of ±1e30, two of them equal, and of next to nothing.
        float[] q = [1e15f, -1e15f, 1e-30f], k = [1e15f, 1e15f, -1e15f, 1e-15f], v = [1, 2, 4, 8], o = new float[3];
        AttentionKernels.Forward(Simple(q, k, v), default, o);
        o.Should().Equal(1.5f, 4, 3.75f);
    }

    [Fact]
    public void A_NaN_is_never_swallowed_and_minus_infinity_beside_a_number_has_no_weight()
    {
        float[] o = new float[1];
        AttentionKernels.Forward(Simple([1], [1, float.NaN, 0], [1, 1, 1]), default, o);
        o.Should().Equal(float.NaN);
        AttentionKernels.Forward(Simple([1], [1, float.PositiveInfinity, 0], [1, 1, 1]), default, o);
        o.Should().Equal(float.NaN);
        AttentionKernels.Forward(Simple([1], [0, float.NegativeInfinity, 0], [1, 5, 2]), default, o);
        o.Should().Equal(1.5f);
        AttentionKernels.Forward(Simple([1], [0, 0, 0], [1, float.NaN, 2]), default, o);
        o.Should().Equal(float.NaN);
    }

    [Fact]
    public void Spans_that_do_not_fit_are_refused()
    {
        float[] three = [1, 2, 3], two = [1, 2];
        Assert.Throws<ArgumentException>(() => AttentionKernels.Forward(Simple(three, three, two), default, new float[3]));
        Assert.Throws<ArgumentException>(() => AttentionKernels.Forward(Simple(three, three, three), default, new float[2]));
        Assert.Throws<ArgumentException>(() => AttentionKernels.Forward(Simple(three, three, three), new float[31], new float[3]));
        Assert.Throws<ArgumentException>(() => AttentionKernels.Forward(Simple(three, three, three), default, new float[3], new float[8]));
        float[] dq = new float[3], dk = new float[3], dv = new float[3], sums = new float[32];
        Assert.Throws<ArgumentException>(() => AttentionKernels.Backward(Simple(three, three, three), default, three, dq, dk, dv));
        Assert.Throws<ArgumentException>(() => AttentionKernels.Backward(Simple(three, three, three), sums, three, dq, new float[2], dv));
    }

    // One row, one head of one feature.
    private static AttentionPass Simple(float[] q, float[] k, float[] v) => new()
    {
        Rows = 1,
        Heads = 1,
        KeyHeads = 1,
        HeadWidth = 1,
        QuerySteps = q.Length,
        KeySteps = k.Length,
        Q = q,
        K = k,
        V = v,
        QueryStride = 1,
        KeyStride = 1,
        Workers = Workers.Alone,
    };

    private static void Near(float[] actual, double[] expected, string what)
    {
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            actual[i].ShouldBeNear(expected[i], 1e-5, $"{what} {i}", largest);
    }

    private sealed class Case
    {
        private readonly int rows, heads, keyHeads, d, queries, keys, window;
        private readonly bool causal;
        private const int FirstRow = 3;

        private static readonly RandomStream stream = new(7);
        private readonly float dropout;
        private readonly float[] mask = [], slopes = [], sums, weights;
        private readonly int[] lengths = [];

        public Case(
            int rows, int heads, int d, int queries, int keys, bool causal, bool mask, bool lengths, int? keyHeads = null, int window = 0,
            bool slopes = false, float dropout = 0)
        {
            (this.rows, this.heads, this.d, this.queries, this.keys, this.causal) = (rows, heads, d, queries, keys, causal);
            (this.keyHeads, this.window, this.dropout) = (keyHeads ?? heads, window, dropout);
            int width = heads * d, keyWidth = this.keyHeads * d;
            if (slopes)
                this.slopes = [.. Enumerable.Range(1, heads).Select(h => 0.3f / h)];
            if (lengths)
                this.lengths = [.. Enumerable.Range(0, rows).Select(row => 1 + (row * 13 % keys))];
            if (mask)
                this.mask =
                    [.. Enumerable.Range(0, rows * keys * 2).Select(i => i % 2 == 1 ? float.NaN : i / 2 / keys == 1 || i * 7 % 11 < 4 ? 0 : 1f)];
            (int allQueries, int allKeys) = (FirstQuery(rows), FirstKey(rows));
            Q = Floats.Random(allQueries * width, 1, 2);
            K = Floats.Random(allKeys * keyWidth, 2, 2);
            V = Floats.Random(allKeys * keyWidth, 3, 2);
            OGradient = Floats.Random(allQueries * width, 4);
            (O, QGradient, KGradient, VGradient) = (Unset(Q), Unset(Q), Unset(K), Unset(V));
            sums = new float[rows * heads * AttentionKernels.SumsPerHead(queries)];
            Array.Fill(sums, float.NaN);
            weights = new float[rows * heads * queries * keys];
            Array.Fill(weights, float.NaN);
        }

        public Workers Workers { get; init; } = Workers.Alone;

        public float[] Q { get; }

        public float[] K { get; }

        public float[] V { get; }

        public float[] O { get; }

        public float[] OGradient { get; }

        public float[] QGradient { get; }

        public float[] KGradient { get; }

        public float[] VGradient { get; }

        public AttentionPass Pass => new()
        {
            Rows = rows,
            Heads = heads,
            KeyHeads = keyHeads,
            HeadWidth = d,
            QuerySteps = queries,
            KeySteps = keys,
            Lengths = lengths,
            IsCausal = causal,
            Window = window,
            Slopes = slopes,
            Dropout = dropout,
            Stream = stream,
            FirstRow = FirstRow,
            Mask = mask,
            MaskRow = 2 * keys,
            MaskStep = 2,
            Q = Q,
            K = K,
            V = V,
            QueryStride = heads * d,
            KeyStride = keyHeads * d,
            Workers = Workers,
        };

        public bool Sees(int row, int query, int key) => (mask.Length == 0 || mask[((row * keys) + key) * 2] != 0) && (!causal || key <= query)
            && (window == 0 || Math.Abs(query - key) < window);

        public void Run()
        {
            SpoilScratch();
            AttentionKernels.Forward(Pass, sums, O, weights);
            AttentionKernels.Backward(Pass, sums, OGradient, QGradient, KGradient, VGradient);
        }

        public void Run<TVector>()
            where TVector : struct, ISimdVector<TVector>
        {
            SpoilScratch();
            var forward = new AttentionJob { Pass = Pass, Sums = sums, O = O, Weights = weights };
            forward.TakeScratch(1);
            AttentionJob.Part<TVector>(ref forward, 0, 1);
            var backward = new AttentionJob
            {
                Pass = Pass,
                IsBackward = true,
                KeptSums = sums,
                OGradient = OGradient,
                QGradient = QGradient,
                KGradient = KGradient,
                VGradient = VGradient,
            };
            backward.TakeScratch(1);
            AttentionJob.Part<TVector>(ref backward, 0, 1);
        }

        // Anything may lie in the memory to work in.
        private unsafe void SpoilScratch() => new Span<float>(Workers.Scratch(1 << 16), 1 << 16).Fill(float.NaN);

        public void ShouldBe(Case expected, string what)
        {
            O.ShouldHaveTheBitsOf(expected.O, $"{what} o");
            weights.ShouldHaveTheBitsOf(expected.weights, $"{what} a");
            QGradient.ShouldHaveTheBitsOf(expected.QGradient, $"{what} ∇q");
            KGradient.ShouldHaveTheBitsOf(expected.KGradient, $"{what} ∇k");
            VGradient.ShouldHaveTheBitsOf(expected.VGradient, $"{what} ∇v");
        }

        // With them those that forward kept are compared, too: exactly 0 where nothing is seen.
        public (double[] O, double[] QGradient, double[] KGradient, double[] VGradient) InDouble()
        {
            double[] all = new double[weights.Length];
            double[] o = new double[O.Length], dq = new double[Q.Length], dk = new double[K.Length], dv = new double[V.Length];
            for (int row = 0; row < rows; row++)
            {
                int count = lengths.Length == 0 ? queries : lengths[row], keyCount = lengths.Length == 0 ? keys : lengths[row];
                for (int at = 0; at < heads * count; at++)
                {
                    (int head, int i) = Math.DivRem(at, count);
                    int q = (((FirstQuery(row) + i) * heads) + head) * d, step = keyHeads * d;
                    int k = (FirstKey(row) * step) + (head / (heads / keyHeads) * d);
                    int[] seen = [.. Enumerable.Range(0, keyCount).Where(key => Sees(row, i, key)).Select(key => k + (key * step))];
                    if (seen.Length == 0)
                        continue;
                    double[] s = [.. seen.Select(j => (Dot(Q, q, K, j) / Math.Sqrt(d))
                        - (slopes.Length == 0 ? 0 : slopes[head] * (double)Math.Abs(i - ((j - k) / step))))],
                        exp = [.. s.Select(x => Math.Exp(x - s.Max()))],
                        a = [.. exp.Select(e => e / exp.Sum())];
                    RandomStream ofQuery = stream.Fork(head).Fork(i);
                    double[] m = [.. seen.Select(j => ofQuery.Uniform(FirstRow + row, (j - k) / step) < dropout ? 0 : 1 / (1 - (double)dropout))];
                    double[] da = [.. seen.Select((j, n) => m[n] * Dot(OGradient, q, V, j))];
                    double mean = a.Zip(da, (x, y) => x * y).Sum();
                    for (int n = 0; n < seen.Length; n++)
                    {
                        all[(((((row * heads) + head) * queries) + i) * keys) + ((seen[n] - k) / step)] = a[n];
                        double ds = a[n] * (da[n] - mean) / Math.Sqrt(d);
                        for (int f = 0; f < d; f++)
                        {
                            o[q + f] += m[n] * a[n] * V[seen[n] + f];
                            dv[seen[n] + f] += m[n] * a[n] * OGradient[q + f];
                            dq[q + f] += ds * K[seen[n] + f];
                            dk[seen[n] + f] += ds * Q[q + f];
                        }
                    }
                }
            }

            for (int n = 0; n < all.Length; n++)
                weights[n].ShouldBeNear(all[n], all[n] == 0 ? 0 : 3e-6, $"a {n}", floor: 1);
            return (o, dq, dk, dv);
        }

        private int FirstQuery(int row) => lengths.Length == 0 ? row * queries : lengths.Take(row).Sum();

        private int FirstKey(int row) => lengths.Length == 0 ? row * keys : lengths.Take(row).Sum();

        private double Dot(float[] a, int from, float[] b, int to) => Enumerable.Range(0, d).Sum(f => (double)a[from + f] * b[to + f]);

        private static float[] Unset(float[] like)
        {
            float[] values = new float[like.Length];
            Array.Fill(values, float.NaN);
            return values;
        }
    }
}
