namespace NeuralNet.Tests.Layers;

/// <summary>Cells that people write themselves. <see cref="RecurrentTests"/> asks of two of them what it asks of the library's own.</summary>
public class OwnCellTests
{
    private static readonly Shape input = Shape.Sequence(4, 3);

    [Fact]
    public void Their_gradients_are_right_narrower_and_wider_than_a_register()
    {
        foreach (int hidden in new[] { 1, 5, 19 })
        {
            Layer[] layers =
            [
                new CoupledLstm(input, hidden), new CoupledLstm(input, hidden, lastStep: true), new MinimalGatedUnit(input, hidden),
                new MinimalGatedUnit(input, hidden, lastStep: true), new LeakyUnits(input, hidden, 0.3f), new EightGates(input, hidden),
            ];
            foreach (Layer layer in layers)
            {
                GradientCheck.Layer(layer, rows: 3, seed: 4).EnsurePasses();
                GradientCheck.Layer(layer, rows: 3, seed: 2, lengths: [2, 4, 1]).EnsurePasses();
            }
        }
    }

    [Fact]
    public void Their_values_are_those_of_the_equations()
    {
        const int Hidden = 5;
        Network network = Network.Create(input).Add(shape => new MinimalGatedUnit(shape, Hidden)).Build(1);
        float[] x = TestData.Normal(input.Size), wih = Values("weight_ih"), whh = Values("weight_hh");
        TestData.Normal(Hidden, 3).CopyTo(network.Parameter("0.bias_hn"));
        TestData.Normal(2 * Hidden, 4).CopyTo(network.Parameter("0.bias"));
        float[] b = Values("bias"), bhn = Values("bias_hn"), y = network.Predict(x);

        double[] h = new double[Hidden];
        for (int step = 0; step < input.Steps; step++)
        {
            double[] after = new double[Hidden];
            for (int j = 0; j < Hidden; j++)
            {
                double f = 1 / (1 + Math.Exp(-Z(step, j) - Product(j))), n = Math.Tanh(Z(step, Hidden + j) + (f * (Product(Hidden + j) + bhn[j])));
                after[j] = h[j] + (f * (n - h[j]));
                ((double)y[(step * Hidden) + j]).Should().BeApproximately(after[j], 1e-6);
            }

            h = after;
        }

        float[] Values(string block) => network.Parameter("0." + block).ToArray();
        double Z(int step, int column) => b[column] + Enumerable.Range(0, 3).Sum(i => (double)x[(step * 3) + i] * wih[(i * 2 * Hidden) + column]);
        double Product(int column) => Enumerable.Range(0, Hidden).Sum(i => h[i] * whh[(i * 2 * Hidden) + column]);
    }

    [Fact]
    public void The_formula_of_an_Lstm_gives_its_bits_in_another_layer()
    {
        Network library = Network.Create(input).Lstm(20).Build(1), own = Network.Create(input).Add(shape => new AgainLstm(shape, 20)).Build(1);
        library.Parameters.CopyTo(own.Parameters);
        float[] x = TestData.Normal(3 * input.Size), dy = TestData.Normal(3 * 4 * 20, 2);
        Gradient(own).Should().Equal(Gradient(library));

        float[] Gradient(Network network)
        {
            float[] y = new float[dy.Length], gradient = new float[network.Parameters.Length], dx = new float[x.Length];
            using Workspace workspace = network.CreateWorkspace(3);
            network.Forward(x, y, 3, workspace);
            network.Backward(x, dy, gradient, dx, 3, workspace);
            return [.. y, .. dx, .. gradient];
        }
    }

    [Fact]
    public void Files_keep_them_with_their_settings_and_their_weights()
    {
        Network network = Network.Create(input)
            .Add(shape => new LeakyUnits(shape, 4, 0.25f))
            .Add(shape => new MinimalGatedUnit(shape, 5))
            .Add(shape => new CoupledLstm(shape, 3, lastStep: true))
            .Build(1);
        LayerTypes types = new LayerTypes()
            .Add(nameof(LeakyUnits), (shape, s) => new LeakyUnits(shape, s.GetInt32("hidden"), s.GetSingle("leak"), s.GetBoolean("lastStep")))
            .Add(nameof(MinimalGatedUnit), (shape, s) => new MinimalGatedUnit(shape, s.GetInt32("hidden"), s.GetBoolean("lastStep")))
            .Add(nameof(CoupledLstm), (shape, s) => new CoupledLstm(shape, s.GetInt32("hidden"), s.GetBoolean("lastStep")));
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            network.Save(path);
            Network same = Network.Load(path, types);
            same.Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
            float[] x = TestData.Normal(input.Size);
            same.Predict(x).Should().Equal(network.Predict(x));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_formula_reaches_only_what_it_has_declared()
    {
        for (int what = 0; what <= 12; what++)
        {
            Layer layer = new Wrong(input, 5, what);
            FluentActions.Invoking(() => GradientCheck.Layer(layer))
                .Should().Throw<InvalidOperationException>($"of case {what}").WithMessage("*formula*declared*");
        }

        FluentActions.Invoking(() => new WrongGates<NineGates>(input)).Should().Throw<ArgumentException>().WithMessage("*1 to 8 gates*9 and 0*");
        FluentActions.Invoking(() => new WrongGates<NoGates>(input)).Should().Throw<ArgumentException>().WithMessage("*1 to 8 gates*0 and 0*");
        FluentActions.Invoking(() => new CoupledLstm(Shape.Features(3), 2)).Should().Throw<ArgumentException>().WithMessage("*takes a sequence*");
        FluentActions.Invoking(() => new CoupledLstm(input, 0)).Should().Throw<ArgumentOutOfRangeException>();
    }
}
