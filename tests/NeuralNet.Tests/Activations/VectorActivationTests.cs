namespace NeuralNet.Tests.Activations;

/// <summary>What each vector activation promises beyond the contract of all.</summary>
public class VectorActivationTests
{
    /// <summary>A gate of people's own: one number at a time, reads z and y.</summary>
    private sealed class Swish : ScalarActivation
    {
        public override float Value(float z) => z / (1 + MathF.Exp(-z));

        public override float Derivative(float z, float y) => (y + (1 - y) / (1 + MathF.Exp(-z)));
    }

    private sealed class Drawn : ScalarActivation
    {
        public override bool IsRandom => true;

        public override float Value(float z) => z;

        public override float Derivative(float z, float y) => 1;
    }

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, Settings().Length)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Backward_agrees_with_finite_differences_for_other_settings_and_widths(int kind)
    {
        (Activation activation, int outputs) = Settings()[kind];
        GradientCheckResult check = GradientCheck.Activation(activation, outputs, vectors: outputs > 100 ? 1 : 13);
        check.Passes().Should().BeTrue($"{activation}: {check}");
        check = GradientCheck.Layer(new Dense(3, outputs, activation), rows: 3);
        check.Passes().Should().BeTrue($"Dense with {activation}: {check}");
    }

    [Fact]
    public void Ties_in_max_give_the_first_of_the_group_all_of_the_gradient()
    {
        var max = new Max(3);
        float[] z = [2, 2, 1, -0f, 0f, -1, 1, 3, 3, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity], y = new float[4],
            dz = new float[12];
        max.Forward(z, y);
        max.Backward(z, y, [5, 6, 7, 8], dz);
        y.Should().Equal(2, 0, 3, float.NegativeInfinity);
        dz.Should().Equal(5, 0, 0, 6, 0, 0, 0, 7, 0, 8, 0, 0);
    }

    [Fact]
    public void One_NaN_in_a_group_makes_its_maximum_NaN_and_wins()
    {
        foreach (int groupSize in new[] { 2, 3, 16, 17, 40 })
        {
            var max = new Max(groupSize);
            for (int i = 0; i < groupSize; i++)
            {
                float[] z = new float[2 * groupSize], y = new float[2], dz = new float[z.Length], expected = new float[z.Length];
                z[i] = float.NaN;
                z[^1] = 1;
                max.Forward(z, y);
                max.Backward(z, y, [3, 4], dz);
                y.Should().Equal(float.NaN, 1);
                (expected[i], expected[^1]) = (3, 4);
                dz.Should().Equal(expected);
            }
        }
    }

    // f = Σ cⱼ max of group j with c ≥ 0 is convex; from a point with many ties to many others.
    [Fact]
    public void At_ties_max_gives_a_subgradient()
    {
        var max = new Max(3);
        var random = new RandomStream(5);
        float[] c = [1, 0.5f, 2, 0], y = new float[4], v = new float[12];
        double Value(float[] z)
        {
            max.Forward(z, y);
            return y.Zip(c, (one, weight) => (double)one * weight).Sum();
        }

        for (int trial = 0; trial < 50; trial++)
        {
            float[] z0 = [.. Enumerable.Range(0, 12).Select(i => MathF.Floor(3 * random.Uniform(trial, i)))];
            double at = Value(z0);
            max.Backward(z0, y, c, v);
            for (int other = 0; other < 20; other++)
            {
                float[] z = [.. Enumerable.Range(0, 12).Select(i => z0[i] + random.Fork(1).Normal((20 * trial) + other, i))];
                double bound = Enumerable.Range(0, 12).Sum(i => (double)v[i] * (z[i] - z0[i]));
                (Value(z) - at).Should().BeGreaterThanOrEqualTo(bound - 1e-6);
            }
        }
    }

    [Fact]
    public void Pairs_that_share_an_argument_add_their_gradients()
    {
        var product = new Product(4, (0, 1), (1, 1), (2, 0));
        float[] z = [2, 3, 5, 7], y = new float[3], dz = new float[4];
        product.Forward(z, y);
        product.Backward(z, y, [1, 10, 100], dz);
        y.Should().Equal(6, 9, 10);
        dz.Should().Equal(3 + 500, 2 + 60, 200, 0);
    }

    [Fact]
    public void A_vector_of_any_size_has_length_1_afterwards()
    {
        foreach (float size in new[] { 1e-30f, 1e-20f, 1e-5f, 1, 1e10f, 1e30f, 3e38f })
        {
            var normalize = new L2Normalize(float.Epsilon);
            float[] z = [3 * (size / 4), -size, 0], y = new float[3], dz = new float[3];
            normalize.Forward(z, y);
            normalize.Backward(z, y, [1, 1, 1], dz);
            (double[] expected, double length) = ([0.6, -0.8, 0], Math.Sqrt(z.Sum(one => (double)one * one)));
            for (int i = 0; i < 3; i++)
            {
                ((double)y[i]).Should().BeApproximately(expected[i], 2e-7);
                (dz[i] * length).Should().BeApproximately(1 - (expected[i] * -0.2), 1e-6 + (1e-38 * length));
            }
        }
    }

    [Fact]
    public void A_vector_shorter_than_epsilon_is_divided_by_it_and_so_is_its_gradient()
    {
        var normalize = new L2Normalize(0.5f);
        float[] y = new float[2], dz = new float[2];
        normalize.Forward([0.25f, 0], y);
        normalize.Backward([0.25f, 0], y, [1, 2], dz);
        y.Should().Equal(0.5f, 0);
        dz.Should().Equal(2, 4);
        normalize.Forward([0, 0], y);
        normalize.Backward([0, 0], y, [1, 2], dz);
        y.Should().Equal(0, 0);
        dz.Should().Equal(2, 4);
    }

    [Fact]
    public void Temperature_divides_the_argument_and_1_changes_nothing()
    {
        float[] z = [1, -2, 0.5f, 3, 40], half = [.. z.Select(one => one / 2)], y = new float[5], expected = new float[5];
        new Softmax(2).Forward(z, y);
        Activation.Softmax.Forward(half, expected);
        for (int i = 0; i < 5; i++)
            y[i].Should().BeApproximately(expected[i], 1e-6f);
        new Softmax(temperature: 1).Forward(z, y);
        Activation.Softmax.Forward(z, expected);
        y.Should().Equal(expected);
        new Softmax().ToString().Should().Be("Softmax");
        new Softmax(2.5f).ToString().Should().Be("Softmax(2.5)");
    }

    [Fact]
    public void A_vector_activation_lies_between_layers_like_any_other()
    {
        Network network = Network.Create(6).Maxout(8, pieces: 3).Dense(8, new Glu(new Tanh())).Dense(4, Activation.L2Normalize)
            .Dense(2, new Product(3, (0, 1), (1, 2))).Dense(3, new Softmax(0.5f)).Build(seed: 1);
        network.Parameter("0.weight").Length.Should().Be(6 * 24);
        network.Parameter("1.weight").Length.Should().Be(8 * 16);
        network.Parameter("3.weight").Length.Should().Be(4 * 3);
        float[] x = new float[60], d = new float[30];
        for (int row = 0; row < 10; row++)
        {
            new Span<float>(x, row * 6, 6).Fill(row % 3);
            x[row * 6] = 1;
            d[(row * 3) + (row % 3)] = 1;
        }

        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.03f));
        float first = trainer.Step(x, d, 10), last = first;
        for (int step = 0; step < 150; step++)
            last = trainer.Step(x, d, 10);
        last.Should().BeLessThan(0.1f * first);
    }

    [Fact]
    public void Bad_settings_are_refused_with_words()
    {
        Refused<ArgumentOutOfRangeException>(() => new Softmax(0), "*1e-30*");
        Refused<ArgumentOutOfRangeException>(() => new Softmax(float.NaN), "*1e-30*");
        Refused<ArgumentOutOfRangeException>(() => new Softmax(float.PositiveInfinity), "*1e30*");
        Refused<ArgumentOutOfRangeException>(() => new Max(0), "*groupSize*");
        Refused<ArgumentOutOfRangeException>(() => new Max(3).InputWidth(int.MaxValue / 2), "*Max(3)*2,147,483,648*");
        Refused<ArgumentOutOfRangeException>(() => new L2Normalize(0), "*ε must be a positive number*");
        Refused<ArgumentOutOfRangeException>(() => new L2Normalize(float.NaN), "*ε must be a positive number*");
        Refused<ArgumentOutOfRangeException>(() => new Product(3, (0, 1), (1, 3)), "*Pair 1*(1, 3)*0 to 2*");
        Refused<ArgumentOutOfRangeException>(() => new Product(3, (-1, 1)), "*Pair 0*(-1, 1)*");
        Refused<ArgumentOutOfRangeException>(() => new Product(0, (0, 0)), "*inputs*");
        Refused<ArgumentException>(() => new Product(3), "*pair*");
        Refused<ArgumentException>(() => new Product(3, (0, 1)).InputWidth(2), "*1 pairs*2*");
        Refused<ArgumentException>(() => Network.Create(4).Dense(2, new Product(3, (0, 1))), "*Layer 0*1 pairs*2*");
        Refused<ArgumentException>(() => new Glu(new Drawn()), "*random*Drawn*");
        Refused<ArgumentOutOfRangeException>(() => Network.Create(4).Maxout(2, pieces: 0), "*Layer 0*groupSize*");
    }

    private static void Refused<TException>(Func<object> action, string words)
        where TException : ArgumentException => action.Should().Throw<TException>().WithMessage(words);

    private static (Activation Activation, int Outputs)[] Settings() =>
    [
        (new Softmax(3), 5), (new Softmax(0.5f), 40), (Activation.LogSoftmax, 1), (Activation.LogSoftmax, 40),
        (new Max(1), 4), (new Max(3), 20), (new Max(18), 3),
        (new Product(5, (0, 1), (1, 1), (4, 0)), 3), (new Product(1, (0, 0)), 1), (Activation.Product, 17),
        (new Glu(new Tanh()), 5), (new Glu(new Relu()), 5), (new Glu(new Swish()), 7), (new Glu(new Identity()), 6), (Activation.Glu, 600),
        (Activation.L2Normalize, 1), (Activation.L2Normalize, 40), (new L2Normalize(100), 3),
    ];
}
