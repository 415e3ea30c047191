namespace NeuralNet.Tests.Layers;

/// <summary>LSTM and GRU with other activations, and the GRU whose r multiplies h before the recurrent product.
/// <see cref="RecurrentTests"/> asks of them what it asks of the others.</summary>
public class GateVariantTests
{
    private static readonly Shape input = Shape.Sequence(4, 3);

    // The same functions as people's own kinds, for which a layer has no formula: they go the other way.
    [Fact]
    public void With_the_usual_functions_they_have_the_bits_of_the_usual_layers()
    {
        OwnSigmoid gates = new();
        OwnTanh tanh = new();
        foreach (bool lastStep in new[] { false, true })
        {
            foreach (int hidden in new[] { 1, 5, 20, 90 })
            {
                float[] lstm = Everything(new Lstm(input, hidden, lastStep)), gru = Everything(new Gru(input, hidden, lastStep));
                Everything(new Lstm(input, hidden, lastStep, gates: gates, activation: tanh)).Should().Equal(lstm);
                Everything(new Gru(input, hidden, lastStep, gates: gates, activation: tanh)).Should().Equal(gru);
            }
        }

        static float[] Everything(Layer layer)
        {
            Network network = Network.Create(input).Add(_ => layer).Build();
            for (int i = 0; i < network.Parameters.Length; i++)
                network.Parameters[i] = new RandomStream(3).Normal(0, i);
            float[] x = TestData.Normal(3 * input.Size), dy = TestData.Normal(3 * network.Output.Size, 2), dx = new float[x.Length];
            float[] y = new float[dy.Length], gradient = new float[network.Parameters.Length], state = TestData.Normal(3 * network.StatePerRow, 4);
            using Workspace workspace = network.CreateWorkspace(3);
            network.Forward(new Batch { Rows = 3, Inputs = x, State = state }, y, workspace);
            network.Backward(new Batch { Rows = 3, Inputs = x, State = state }, dy, gradient, dx, workspace);
            return [.. y, .. dx, .. gradient, .. state];
        }
    }

    // The equations as Keras has them, in double.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_values_of_a_gru_are_those_of_the_equations(bool resetsBefore)
    {
        const int Hidden = 5;
        Network network = Network.Create(input).Gru(Hidden, resetsBefore: resetsBefore, gates: new HardSigmoid(0.2f), activation: Activation.Softsign)
            .Build(1);
        TestData.Normal(3 * Hidden, 4).CopyTo(network.Parameter("0.bias"));
        float[] x = TestData.Normal(input.Size), w = Values("weight_ih"), u = Values("weight_hh"), b = Values("bias");
        network.Blocks.Count.Should().Be(resetsBefore ? 3 : 4);
        if (!resetsBefore)
            TestData.Normal(Hidden, 3).CopyTo(network.Parameter("0.bias_hn"));
        float[] bhn = resetsBefore ? new float[Hidden] : Values("bias_hn");
        float[] y = network.Predict(x);

        double[] h = new double[Hidden];
        for (int step = 0; step < input.Steps; step++)
        {
            double[] r = [.. Units(j => Hard(Z(step, j) + Product(h, j)))];
            double[] update = [.. Units(j => Hard(Z(step, Hidden + j) + Product(h, Hidden + j)))];
            double[] reset = [.. Units(j => r[j] * h[j])];
            double[] n = [.. Units(j => Softsign(Z(step, (2 * Hidden) + j)
                + (resetsBefore ? Product(reset, (2 * Hidden) + j) : r[j] * (Product(h, (2 * Hidden) + j) + bhn[j]))))];
            h = [.. Units(j => (update[j] * h[j]) + ((1 - update[j]) * n[j]))];
            for (int j = 0; j < Hidden; j++)
                ((double)y[(step * Hidden) + j]).Should().BeApproximately(h[j], 1e-6);
        }

        float[] Values(string block) => network.Parameter("0." + block).ToArray();
        IEnumerable<double> Units(Func<int, double> value) => Enumerable.Range(0, Hidden).Select(value);
        double Z(int step, int column) => b[column] + Enumerable.Range(0, 3).Sum(i => (double)x[(step * 3) + i] * w[(i * 3 * Hidden) + column]);
        double Product(double[] from, int column) => Units(i => from[i] * u[(i * 3 * Hidden) + column]).Sum();
    }

    [Fact]
    public void The_values_of_an_lstm_are_those_of_the_equations()
    {
        const int Hidden = 5;
        Network network = Network.Create(input).Lstm(Hidden, gates: new HardSigmoid(0.2f), activation: Activation.Softsign).Build(1);
        TestData.Normal(4 * Hidden, 4).CopyTo(network.Parameter("0.bias"));
        float[] x = TestData.Normal(input.Size), w = Values("weight_ih"), u = Values("weight_hh"), b = Values("bias"), y = network.Predict(x);

        double[] h = new double[Hidden], c = new double[Hidden];
        for (int step = 0; step < input.Steps; step++)
        {
            double[] z = [.. Enumerable.Range(0, 4 * Hidden).Select(column => b[column]
                + Enumerable.Range(0, 3).Sum(i => (double)x[(step * 3) + i] * w[(i * 4 * Hidden) + column])
                + Enumerable.Range(0, Hidden).Sum(i => h[i] * u[(i * 4 * Hidden) + column]))];
            for (int j = 0; j < Hidden; j++)
            {
                c[j] = (Hard(z[Hidden + j]) * c[j]) + (Hard(z[j]) * Softsign(z[(2 * Hidden) + j]));
                h[j] = Hard(z[(3 * Hidden) + j]) * Softsign(c[j]);
                ((double)y[(step * Hidden) + j]).Should().BeApproximately(h[j], 1e-6);
            }
        }

        float[] Values(string block) => network.Parameter("0." + block).ToArray();
    }

    // The contracts take smooth activations; of these the sums that these seeds make lie beside the kinks, not at one.
    [Fact]
    public void Their_gradients_are_right_where_no_sum_is_near_a_kink()
    {
        foreach (Func<Shape, Layer> make in new Func<Shape, Layer>[]
        {
            shape => new Lstm(shape, 6, gates: Activation.HardSigmoid), shape => new Gru(shape, 6, gates: Activation.HardSigmoid),
            shape => new Gru(shape, 6, resetsBefore: true, gates: Activation.HardSigmoid),
        })
        {
            GradientCheck.Layer(make(input), rows: 3, seed: 4).EnsurePasses();
            GradientCheck.Layer(make(input), rows: 3, seed: 2, lengths: [2, 4, 1]).EnsurePasses();
        }
    }

    [Fact]
    public void They_say_what_they_are()
    {
        var gru = new Gru(input, 2, resetsBefore: true, gates: new HardSigmoid(0.2f), activation: Activation.Relu);
        gru.ToString().Should().Be("Gru Sequence(4, 3) → Sequence(4, 2), resets before, gates HardSigmoid(0.2), Relu");
        (gru.ResetsBefore, gru.GateActivation.ToString(), gru.Activation).Should().Be((true, "HardSigmoid(0.2)", Activation.Relu));
        gru.Settings.Names.Should().Equal("hidden", "lastStep", "resetsBefore", "gates", "activation");
        new Lstm(input, 2, activation: Activation.Relu).ToString().Should().Be("Lstm Sequence(4, 3) → Sequence(4, 2), Relu");
        Network.Create(input).Add(_ => gru).Build().Summary().Should().Contain("Gru, resets before, gates HardSigmoid(0.2), Relu");

        // What was given by hand and is the usual is the usual layer.
        var usual = new Lstm(input, 2, gates: Activation.Sigmoid, activation: Activation.Tanh);
        usual.ToString().Should().Be("Lstm Sequence(4, 3) → Sequence(4, 2)");
        usual.Settings.Names.Should().Equal("hidden", "lastStep");
        (usual.GateActivation, usual.Activation).Should().Be((Activation.Sigmoid, Activation.Tanh));
        new Gru(input, 2).Settings.Names.Should().Equal("hidden", "lastStep");
        new Gru(input, 2).ResetsBefore.Should().BeFalse();
    }

    [Fact]
    public void What_is_no_activation_of_one_value_is_refused_with_words()
    {
        Refused(() => new Lstm(input, 2, gates: Activation.Softmax), "gates", "*scalar activation*Sigmoid*gates*Softmax*");
        Refused(() => new Lstm(input, 2, activation: Activation.RandomizedLeakyRelu), "activation", "*not random*Tanh*RandomizedLeakyRelu*");
        Refused(() => new Gru(input, 2, gates: Activation.Glu), "gates", "*scalar activation*Glu*");
        Refused(() => new Gru(input, 2, resetsBefore: true, activation: Activation.Max), "activation", "*scalar activation*Max*");

        static void Refused(Func<Layer> make, string name, string message) =>
            FluentActions.Invoking(make).Should().Throw<ArgumentException>().WithMessage(message).Which.ParamName.Should().Be(name);
    }

    [Fact]
    public void The_slope_of_a_hard_sigmoid_is_kept_and_checked()
    {
        var keras = new HardSigmoid(0.2f);
        (keras.Slope, keras.ToString()).Should().Be((0.2f, "HardSigmoid(0.2)"));
        keras.Kinks.Should().Equal(-2.5f, 2.5f);
        new[] { -3f, -2.5f, -1f, 0f, 1f, 2.5f, 3f }.Select(keras.Value).Should().Equal(0, 0, 0.3f, 0.5f, 0.7f, 1, 1);
        new HardSigmoid(1f / 6).ToString().Should().Be("HardSigmoid");
        new HardSigmoid().Kinks.Should().Equal(-3f, 3f);
        foreach (float slope in new[] { 1e-30f, 0.013f, 0.21f, 7.3f, 1e30f })
        {
            var hard = new HardSigmoid(slope);
            float end = 0.5f / slope;
            foreach (float z in new[] { end, MathF.BitDecrement(end), float.MaxValue, float.PositiveInfinity, 0, end / 2 })
            {
                hard.Value(z).Should().BeInRange(0.4999999f, 1);
                hard.Value(-z).Should().BeInRange(0, 0.5000001f);
            }

            (hard.Derivative(end / 2, 0), hard.Derivative(end, 0), hard.Derivative(-end, 0)).Should().Be((slope, 0f, 0f));
            hard.Value(float.NaN).Should().Be(float.NaN);
        }

        foreach (float wrong in new[] { 0, -0.2f, float.NaN, float.PositiveInfinity, 1e-40f })
            FluentActions.Invoking(() => new HardSigmoid(wrong)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*slope*");
    }

    private static double Hard(double z) => Math.Clamp((0.2 * z) + 0.5, 0, 1);

    private static double Softsign(double z) => z / (1 + Math.Abs(z));

    private sealed class OwnSigmoid() : ScalarActivation<Sigmoid.Formula>(default);

    private sealed class OwnTanh() : ScalarActivation<Tanh.Formula>(default);
}
