using NeuralNet.Tests.Contracts;

namespace NeuralNet.Tests.Activations;

/// <summary>The scalar activation is the special case ∂yⱼ/∂zᵢ = 0 for i ≠ j of the vector one, and other identities between the two.</summary>
public class ScalarAsVectorTests
{
    private const int Width = 6;

    public static TheoryData<string> ScalarActivations => PublicKinds.Names(Scalars());

    /// <summary>A scalar activation as if it were any vector one: backward multiplies ∇y with all of the Jacobian.</summary>
    private sealed class ThroughTheJacobian(Activation scalar) : Activation
    {
        public override BackwardReads BackwardReads => BackwardReads.Input;

        public override Initializer DefaultInitializer => scalar.DefaultInitializer;

        protected override void ForwardVector(ReadOnlySpan<float> z, Span<float> y) => scalar.Forward(z, y);

        // ∇zᵢ = Σⱼ ∇yⱼ ∂yⱼ/∂zᵢ
        protected override void BackwardVector(ReadOnlySpan<float> z, ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dz)
        {
            float[] jacobian = new float[dy.Length * dz.Length];
            scalar.Jacobian(z, jacobian);
            for (int i = 0; i < dz.Length; i++)
            {
                dz[i] = 0;
                for (int j = 0; j < dy.Length; j++)
                    dz[i] += dy[j] * jacobian[(j * dz.Length) + i];
            }
        }
    }

    [Theory]
    [MemberData(nameof(ScalarActivations))]
    public void A_scalar_activation_trains_the_same_through_its_full_Jacobian(string name)
    {
        Activation scalar = PublicKinds.Find(Scalars(), name);
        float[] direct = Trained(scalar), full = Trained(new ThroughTheJacobian(scalar));
        full.Should().Equal(direct);
    }

    [Fact]
    public void Softmax_of_two_classes_is_the_sigmoid()
    {
        foreach (float z in new[] { -30f, -5, -0.3f, 0, 1e-3f, 0.7f, 4, 30 })
        {
            float[] y = new float[2], dz = new float[2], sigmoid = new float[1], slope = new float[1];
            Activation.Softmax.Forward([z, 0], y);
            Activation.Softmax.Backward([z, 0], y, [1, 0], dz);
            Activation.Sigmoid.Forward([z], sigmoid);
            Activation.Sigmoid.Backward([z], sigmoid, [1], slope);
            y[0].Should().BeApproximately(sigmoid[0], 4e-7f * sigmoid[0]);
            y[1].Should().BeApproximately(1 - sigmoid[0], 2e-7f);
            dz[0].Should().BeApproximately(slope[0], 2e-7f);
            dz[1].Should().BeApproximately(-slope[0], 2e-7f);
        }
    }

    [Fact]
    public void Max_of_z_and_0_is_the_rectifier() =>
        Same(Activation.Relu, new Max(2), z => [z, 0], [-3, -1e-30f, 1e-30f, 2, 1e30f, float.PositiveInfinity]);

    [Fact]
    public void A_product_of_an_argument_with_itself_is_the_square()
    {
        float[] z = [-3, 0.5f, 1e15f, 0], y = new float[4], dz = new float[4];
        var square = new Product(4, (0, 0), (1, 1), (2, 2), (3, 3));
        square.Forward(z, y);
        square.Backward(z, y, [1, 1, 1, 2], dz);
        y.Should().Equal(9, 0.25f, 1e15f * 1e15f, 0);
        dz.Should().Equal(-6, 1, 2e15f, 0);
    }

    [Fact]
    public void LogSoftmax_is_the_logarithm_of_softmax_where_that_is_not_lost()
    {
        float[] z = Draw(9, 3), y = new float[9], log = new float[9], dy = Draw(9, 4), dz = new float[9], through = new float[9];
        Activation.Softmax.Forward(z, y);
        Activation.LogSoftmax.Forward(z, log);
        Activation.LogSoftmax.Backward(z, log, dy, dz);

        // The chain rule: ∂ log y/∂y = 1/y.
        Activation.Softmax.Backward(z, y, [.. dy.Zip(y, (gradient, one) => gradient / one)], through);
        for (int i = 0; i < 9; i++)
        {
            log[i].Should().BeApproximately(MathF.Log(y[i]), 1e-6f * MathF.Abs(log[i]));
            dz[i].Should().BeApproximately(through[i], 3e-6f);
        }
    }

    [Fact]
    public void A_gated_unit_whose_gate_is_the_identity_is_the_product_of_its_halves()
    {
        float[] z = Draw(2 * Width, 5), y = new float[Width], product = new float[Width], dy = Draw(Width, 6), dz = new float[2 * Width],
            productDz = new float[2 * Width];
        var glu = new Glu(new Identity());
        var pairs = new Product(2 * Width, [.. Enumerable.Range(0, Width).Select(i => (i, Width + i))]);
        glu.Forward(z, y);
        pairs.Forward(z, product);
        y.Should().Equal(product);
        glu.Backward(z, y, dy, dz);
        pairs.Backward(z, y, dy, productDz);
        dz.Should().Equal(productDz);
    }

    [Fact]
    public void Products_of_neighbours_are_the_pairs_of_neighbours()
    {
        float[] z = Draw(2 * Width, 5), y = new float[Width], other = new float[Width], dy = Draw(Width, 6), dz = new float[2 * Width],
            otherDz = new float[2 * Width];
        var pairs = new Product(2 * Width, [.. Enumerable.Range(0, Width).Select(i => (2 * i, (2 * i) + 1))]);
        Activation.Product.Forward(z, y);
        pairs.Forward(z, other);
        other.Should().Equal(y);
        Activation.Product.Backward(z, y, dy, dz);
        pairs.Backward(z, y, dy, otherDz);
        otherDz.Should().Equal(dz);
    }

    // One number through the scalar activation, and as the first argument of a vector one of one output.
    private static void Same(Activation scalar, Activation vector, Func<float, float[]> arguments, float[] values)
    {
        foreach (float value in values)
        {
            float[] z = arguments(value), y = new float[1], expected = new float[1], dz = new float[z.Length], slope = new float[1];
            scalar.Forward([value], expected);
            scalar.Backward([value], expected, [3], slope);
            vector.Forward(z, y);
            vector.Backward(z, y, [3], dz);
            y.Should().Equal(expected);
            dz[0].Should().Be(slope[0]);
        }
    }

    private static float[] Trained(Activation hidden)
    {
        Network network = Network.Create(4).Dense(Width, hidden).Dense(5, hidden).Dense(2, Activation.Identity).Build(seed: 4);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.05f, momentum: 0.9f)) { Seed = 2 };
        float[] x = Draw(4 * 8, 1), d = Draw(2 * 8, 2);
        for (int step = 0; step < 10; step++)
            trainer.Step(x, d, 8);
        return network.Parameters.ToArray();
    }

    // What draws random numbers is another function in each row: its Jacobian is not that of f(z).
    private static IEnumerable<Activation> Scalars() =>
        PublicKinds.Activations().Where(activation => activation is ScalarActivation && !activation.IsRandom);

    private static float[] Draw(int count, long seed) => [.. Enumerable.Range(0, count).Select(i => new RandomStream(seed).Normal(0, i))];
}
