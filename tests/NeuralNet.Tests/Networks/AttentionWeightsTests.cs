using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Networks;

/// <summary>What an attention layer looked at, beside plain arithmetic in double.</summary>
public class AttentionWeightsTests
{
    private const int Rows = 3;

    // One layer each: fewer steps than a block of queries has and more; with a mask the last feature of a step says whether it is seen.
    private static readonly Dictionary<string, Layer> layers = new()
    {
        ["plain"] = new MultiHeadAttention(Shape.Sequence(5, 6), 2),
        ["long"] = new MultiHeadAttention(Shape.Sequence(150, 8), 2, outputs: 3, bias: false),
        ["causal"] = new MultiHeadAttention(Shape.Sequence(40, 8), 4, causal: true),
        ["masked"] = new MultiHeadAttention(Shape.Sequence(40, 9), 2, keyMask: true),
        ["causal and masked"] = new MultiHeadAttention(Shape.Sequence(40, 9), 2, causal: true, keyMask: true),
        ["window"] = new MultiHeadAttention(Shape.Sequence(50, 8), 2, window: 4),
        ["window, causal, masked"] = new MultiHeadAttention(Shape.Sequence(50, 9), 2, causal: true, keyMask: true, window: 3),
        ["groups, rotary"] = new MultiHeadAttention(Shape.Sequence(20, 16), 4, causal: true, positions: Rotary.Default, keyHeads: 2),
        ["interleaved"] = new MultiHeadAttention(Shape.Sequence(20, 16), 2, positions: new Rotary(50, 6, interleaved: true), window: 9, keyHeads: 1),
        ["alibi"] = new MultiHeadAttention(Shape.Sequence(40, 9), 4, keyMask: true, positions: Alibi.Default),
        ["cross"] = MultiHeadAttention.Cross(Shape.Sequence(7, 6), Shape.Sequence(20, 4), 3),
        ["cross, masked"] = MultiHeadAttention.Cross(Shape.Sequence(35, 8), Shape.Sequence(40, 5), 4, keyMask: true, keyHeads: 2),
    };

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach ((string name, Layer layer) in layers)
            {
                cases.Add(name, false);
                if (layer is MultiHeadAttention { IsCross: false })
                    cases.Add(name, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Weights_and_what_they_make_of_the_values_are_those_of_the_equations(string name, bool hasLengths)
    {
        var layer = (MultiHeadAttention)layers[name];
        Network network = Of(layer);
        float[] x = Inputs(layer);
        int[] lengths = hasLengths ? [1, layer.Queries.Steps, (layer.Queries.Steps / 2) + 1] : [];
        var batch = new Batch { Rows = Rows, Inputs = x, Lengths = lengths };

        AttentionWeights weights = network.PredictAttention(batch, "0");

        (weights.Rows, weights.Heads, weights.Queries, weights.Keys).Should().Be((Rows, layer.Heads, layer.Queries.Steps, layer.Memory.Steps));
        weights.Values.Length.Should().Be(Rows * layer.Heads * layer.Queries.Steps * layer.Memory.Steps);
        float[] y = new float[Rows * network.Output.Size];
        network.Predict(batch, y, network.CreateWorkspace(Rows, training: false));
        for (int row = 0; row < Rows; row++)
        {
            int queries = hasLengths ? lengths[row] : layer.Queries.Steps, keys = hasLengths ? lengths[row] : layer.Memory.Steps;
            var one = new InDouble(network, layer, x.AsSpan(row * layer.Input.Size, layer.Input.Size).ToArray());
            for (int query = 0; query < layer.Queries.Steps; query++)
            {
                bool isReal = query < queries;
                double[] o = new double[layer.Queries.FeatureCount];
                for (int head = 0; head < layer.Heads; head++)
                {
                    ReadOnlySpan<float> a = weights.Head(row, head).Slice(query * layer.Memory.Steps, layer.Memory.Steps);
                    double[] expected = isReal ? one.Weights(query, head, keys) : new double[a.Length];
                    for (int key = 0; key < a.Length; key++)
                        a[key].ShouldBeNear(expected[key], expected[key] == 0 ? 0 : 3e-6, $"{row} {head} {query} {key}", floor: 1);
                    double sum = a.ToArray().Sum(weight => (double)weight);
                    sum.Should().BeApproximately(expected.Any(weight => weight > 0) ? 1 : 0, 1e-6);
                    one.AddValues(o, head, a);
                }

                double[] made = isReal ? one.Project(o) : new double[network.Output.FeatureCount];
                for (int f = 0; f < made.Length; f++)
                    y[(((row * layer.Queries.Steps) + query) * made.Length) + f].ShouldBeNear(made[f], 1e-5, $"y {row} {query} {f}", floor: 1);
            }
        }
    }

    // Weights are those of a prediction: what comes before the layer has no dropout, nor has the layer.
    [Fact]
    public void Within_a_network_they_have_the_bits_of_the_layer_alone()
    {
        Network network = Network.Create(Shape.Sequence(12, 1)).Embedding(20, 8).LearnedPositions()
            .Residual(b => b.LayerNorm().Dropout(0.5f).MultiHeadAttention(2, causal: true, dropout: 0.5f))
            .Parallel(Merge.Concat, b => b.MultiHeadAttention(4), b => b.MultiHeadAttention(1, window: 2))
            .Dense(3, Activation.Softmax).Build(1);
        float[] x = [.. TestData.Labels(300 * 12, 20).Select(id => (float)id)];
        foreach ((string place, string before) in new[] { ("2.1.2", "2.1.1"), ("3.0.0", "2"), ("3.1.0", "2") })
        {
            float[] hidden = network.PredictLayers(x, before).Hidden[before];
            Layer layer = place.Split('.').Aggregate((Layer)network.Chain, (one, k) => one.Children[k[0] - '0']);
            var alone = new Network(new Chain([layer]), [], new RandomStream(1));
            foreach (Block block in alone.Blocks)
                network.CopyParameter($"{place}.{block.Name[2..]}").CopyTo(alone.Parameter(block.Name));

            AttentionWeights weights = network.PredictAttention(x, place);

            weights.Values.ShouldHaveTheBitsOf(alone.PredictAttention(hidden, "0").Values, place);
            weights.Head(299, 0).ShouldHaveTheBitsOf(network.PredictAttention(x.AsSpan(299 * 12), place).Head(0, 0), "the last row by itself");
        }
    }

    [Fact]
    public void Fewer_steps_and_layers_that_change_them_have_weights_of_the_steps_that_there_are()
    {
        Network network = Network.Create(Shape.Sequence(64, 3)).Conv(8, kernel: 3, stride: 2, padding: Padding.Same).MultiHeadAttention(2).Build(1);
        float[] x = TestData.Normal(2 * 20 * 3);

        AttentionWeights weights = network.PredictAttention(new Batch { Rows = 2, Inputs = x, Steps = 20, Lengths = [20, 7] }, "1");

        (weights.Queries, weights.Keys, weights.Values.Length).Should().Be((10, 10, 2 * 2 * 10 * 10));
        weights.ToString().Should().Be("Attention weights of layer 1, 2 rows, 2 heads, 10 queries, 10 keys");
        for (int query = 0; query < 10; query++)
        {
            float[] a = weights.Head(1, 1).Slice(query * 10, 10).ToArray();
            a.Count(weight => weight > 0).Should().Be(query < 4 ? 4 : 0, "7 steps become 4");
        }

        float[] mean = weights.MeanOfHeads(0);
        for (int i = 0; i < mean.Length; i++)
            mean[i].Should().Be((weights.Head(0, 0)[i] + weights.Head(0, 1)[i]) / 2);
        float[] first = weights.HeadPart(1, 0, queries: 4, keys: 3), ofMean = weights.MeanOfHeads(1, 4, 3);
        (first.Length, ofMean.Length).Should().Be((12, 12));
        (first[11], first[3], ofMean[3]).Should().Be((weights.Head(1, 0)[32], weights.Head(1, 0)[10], weights.MeanOfHeads(1)[10]));
        Refused(() => weights.HeadPart(0, 0, 0, 1), "A number of queries from 1 to 10 was expected.*");
        Refused(() => weights.MeanOfHeads(0, keys: 11), "A number of keys from 1 to 10 was expected.*");
        Refused(() => weights.Head(2, 0), "A row from 0 to 1 was expected.*");
        Refused(() => weights.Head(0, -1), "A head from 0 to 1 was expected.*");
        Refused(() => weights.MeanOfHeads(-1), "A row from 0 to 1 was expected.*");
    }

    [Fact]
    public void What_has_no_weights_is_refused_with_the_layers_that_have()
    {
        Network network = Network.Create(Shape.Sequence(4, 4)).Dense(4)
            .Residual(b => b.MultiHeadAttention(2, causal: true)).MultiHeadAttention(1, causal: true)
            .Add(shape => new Wrapper(new MultiHeadAttention(shape, 1))).Build(1);
        float[] x = TestData.Normal(16);
        Refused(() => network.PredictAttention(x, "0"),
            "Layer \"0\" is a Dense. A MultiHeadAttention was expected: the network has \"1.1.0\", \"2\".*");
        Refused(() => network.PredictAttention(x, "1"), "Layer \"1\" is a Branches.*");
        Refused(() => network.PredictAttention(x, "4"), "There is no layer \"4\". The network has the layers \"0\" to \"3\".*");
        Refused(() => network.PredictAttention(x, "3.0"), "\"3.0\" is within layer 3 (Wrapper)*cannot be kept: derive it from Composite.*");
        Refused(() => network.PredictAttention(new float[3], "2"), "x has 3 values*");
        Refused(() => network.PredictAttention(new Batch { Rows = 1, Inputs = x, Lengths = [5] }, "2"), "*5*");
        Refused(() => Network.Create(2).Dense(1).Build().PredictAttention([1, 2], "0"), "*A MultiHeadAttention was expected: the network has none.*");
        Network writer = network.Slice(0, 3);
        Refused(() => writer.PredictAttention(new Batch { Rows = 1, Inputs = x, State = new float[writer.StatePerRow] }, "2"),
            "The batch carries state*give whole rows, without State.*");
        network.Invoking(one => one.PredictAttention(x, null!)).Should().Throw<ArgumentNullException>();

        // 2 · 50,000² weights of a row.
        Network huge = Network.Create(Shape.Sequence(50_000, 2)).MultiHeadAttention(2).Build(1);
        Refused(() => huge.PredictAttention(new float[100_000], "0"),
            "The attention weights of 1 rows, 2 heads, 50000 queries and 50000 keys would be 5000000000 values*give fewer rows or steps at a time.*");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void What_is_not_seen_has_0_also_for_a_query_that_is_no_number(int window)
    {
        Network network = Network.Create(Shape.Sequence(40, 8))
            .MultiHeadAttention(2, causal: true, window: window > 0 ? window : null).Build(1);
        float[] x = TestData.Normal(40 * 8);
        x[12 * 8] = float.NaN;
        ReadOnlySpan<float> a = network.PredictAttention(x, "0").Head(0, 1);
        for (int query = 0; query < 40; query++)
        {
            for (int key = 0; key < 40; key++)
            {
                bool isSeen = key <= query && (window == 0 || key > query - window);
                if (!isSeen)
                    a[(query * 40) + key].Should().Be(0, $"{query} {key}");
                else
                    float.IsNaN(a[(query * 40) + key]).Should().Be(query == 12 || (query > 12 && (window == 0 || 12 > query - window)));
            }
        }
    }

    [Fact]
    public void A_composite_that_runs_the_layer_twice_is_told()
    {
        Network network = Network.Create(Shape.Sequence(4, 4)).Add(shape => new Twice(new MultiHeadAttention(shape, 2))).Build(1);

        network.Invoking(one => one.PredictAttention(new float[32], "0.0")).Should().Throw<InvalidOperationException>()
            .WithMessage("The layer ran more than once in this prediction*");
    }

    [Fact]
    public void A_composite_that_leaves_the_layer_out_is_told()
    {
        Network network = Network.Create(Shape.Sequence(4, 4)).Add(shape => new Unused(new MultiHeadAttention(shape, 2))).Build(1);

        network.Invoking(one => one.PredictAttention(new float[16], "0.0")).Should().Throw<InvalidOperationException>()
            .WithMessage("Layer 0.0 has no weights: a composite around it did not run it for all rows of this prediction.");
    }

    private static void Refused(Action call, string words) => call.Should().Throw<ArgumentException>().WithMessage(words);

    private static Network Of(Layer layer)
    {
        var network = new Network(new Chain([layer]), [], new RandomStream(4));
        foreach (Block block in network.Blocks.Where(block => block.Role == BlockRole.Bias))
            TestData.Normal(block.Length).CopyTo(network.Parameter(block.Name));
        return network;
    }

    // Of the last row no key at all is seen where there is a mask.
    private static float[] Inputs(MultiHeadAttention layer)
    {
        float[] x = TestData.Normal(Rows * layer.Input.Size);
        for (int i = 0; i < x.Length; i++)
        {
            if (layer.IdsAt(i % layer.Input.Size) > 0)
                x[i] = i >= 2 * layer.Input.Size || i * 7 % 11 < 4 ? 0 : 1;
        }

        return x;
    }

    private sealed class Unused(Layer child) : Composite(child.Input, child.Output, [child])
    {
        public override KindSettings Settings => new KindSettings().Set("layers", Children);

        public override void Forward(in ForwardPass pass) => pass.Input.CopyTo(pass.Output);

        public override void Backward(in BackwardPass pass) => pass.OutputGradient.CopyTo(pass.InputGradient);
    }

    private sealed class Twice(Layer child) : Composite(child.Input, child.Output, [child])
    {
        public override KindSettings Settings => new KindSettings().Set("layers", Children);

        public override void Forward(in ForwardPass pass)
        {
            ForwardChild(pass, 0, pass.Input).CopyTo(pass.Output);
            ForwardChild(pass, 0, pass.Output).CopyTo(pass.Output);
        }

        public override void Backward(in BackwardPass pass) => throw new NotSupportedException();
    }

    // The definitions, one row at a time.
    private sealed class InDouble
    {
        private readonly MultiHeadAttention layer;
        private readonly Network network;
        private readonly double[][] q, k, v;
        private readonly bool[] isSeen;
        private readonly int d;

        public InDouble(Network network, MultiHeadAttention layer, float[] x)
        {
            (this.network, this.layer, d) = (network, layer, layer.Queries.FeatureCount / layer.Heads);
            int width = layer.Queries.FeatureCount, keyWidth = layer.KeyHeads * d;
            if (layer.IsCross)
            {
                q = Projected(x, 0, layer.Queries.Steps, width, width, "query", 0, width);
                (int from, int inputs) = (layer.Queries.Size, layer.Memory.FeatureCount);
                k = Projected(x, from, layer.Memory.Steps, inputs, inputs, "key_value", 0, keyWidth);
                v = Projected(x, from, layer.Memory.Steps, inputs, inputs, "key_value", keyWidth, keyWidth);
                isSeen = [.. k.Select((_, key) => !layer.HasKeyMask || x[from + layer.Memory.Size + key] == 1)];
            }
            else
            {
                int stride = layer.Input.FeatureCount;
                q = Turned(Projected(x, 0, layer.Queries.Steps, stride, width, "in", 0, width));
                k = Turned(Projected(x, 0, layer.Queries.Steps, stride, width, "in", width, keyWidth));
                v = Projected(x, 0, layer.Queries.Steps, stride, width, "in", width + keyWidth, keyWidth);
                isSeen = [.. k.Select((_, key) => !layer.HasKeyMask || x[(key * stride) + width] == 1)];
            }
        }

        public double[] Weights(int query, int head, int keys)
        {
            double[] a = new double[k.Length];
            int[] seen = [.. Enumerable.Range(0, keys).Where(key => isSeen[key] && (!layer.IsCausal || key <= query)
                && (layer.Window is not int window || Math.Abs(query - key) < window))];
            if (seen.Length == 0)
                return a;
            double slope = layer.Positions is Alibi alibi ? alibi.SlopesOf(layer.Heads)[head] : 0;
            double[] s = [.. seen.Select(key => (Enumerable.Range(0, d).Sum(f => q[query][(head * d) + f] * k[key][KeyAt(head) + f]) / Math.Sqrt(d))
                - (slope * Math.Abs(query - key)))];
            double sum = s.Sum(score => Math.Exp(score - s.Max()));
            for (int i = 0; i < seen.Length; i++)
                a[seen[i]] = Math.Exp(s[i] - s.Max()) / sum;
            return a;
        }

        // o += a v
        public void AddValues(double[] o, int head, ReadOnlySpan<float> a)
        {
            for (int key = 0; key < a.Length; key++)
            {
                for (int f = 0; f < d; f++)
                    o[(head * d) + f] += a[key] * v[key][KeyAt(head) + f];
            }
        }

        public double[] Project(double[] o) => Times(o, "out", 0, layer.Output.FeatureCount);

        private int KeyAt(int head) => head * layer.KeyHeads / layer.Heads * d;

        private double[][] Projected(float[] x, int from, int steps, int stride, int inputs, string name, int first, int count) =>
            [.. Enumerable.Range(0, steps).Select(step =>
                Times([.. x.Skip(from + (step * stride)).Take(inputs).Select(value => (double)value)], name, first, count))];

        private double[] Times(double[] x, string name, int first, int count)
        {
            float[] w = network.CopyParameter($"0.{name}_weight"), b = layer.HasBias ? network.CopyParameter($"0.{name}_bias") : [];
            int columns = w.Length / x.Length;
            return [.. Enumerable.Range(first, count).Select(
                column => (b.Length == 0 ? 0 : b[column]) + x.Select((value, i) => value * w[(i * columns) + column]).Sum())];
        }

        // (x₁, x₂) of each pair of features turned by t θ^(−2i/n).
        private double[][] Turned(double[][] steps)
        {
            if (layer.Positions is not Rotary rotary)
                return steps;
            int turned = rotary.Features ?? d, pairs = turned / 2;
            for (int t = 0; t < steps.Length; t++)
            {
                for (int at = 0; at < steps[t].Length; at += d)
                {
                    for (int i = 0; i < pairs; i++)
                    {
                        (int one, int two) = rotary.Interleaved ? (at + (2 * i), at + (2 * i) + 1) : (at + i, at + i + pairs);
                        double angle = t * Math.Pow(rotary.Theta, -2.0 * i / turned), x = steps[t][one], y = steps[t][two];
                        steps[t][one] = (x * Math.Cos(angle)) - (y * Math.Sin(angle));
                        steps[t][two] = (y * Math.Cos(angle)) + (x * Math.Sin(angle));
                    }
                }
            }

            return steps;
        }
    }
}
