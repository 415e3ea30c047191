namespace NeuralNet.Tests.Layers;

public class DropoutTests
{
    private static readonly RandomStream stream = new(11);

    [Theory]
    [InlineData(0.1f)]
    [InlineData(0.5f)]
    [InlineData(0.9f)]
    public void So_many_are_dropped_and_the_mean_stays(float rate)
    {
        const int Rows = 100, Width = 1000;
        LayerRun run = Run(new Dropout(Width, rate), Ones(Rows * Width));
        float kept = (float)(1 / (1 - (double)rate));
        run.Output.Should().OnlyContain(value => value == 0 || value == kept);

        // Of so many draws the share is off by √(p (1 − p) / n); five times that, in all, in each column's tenth and in each row.
        Check(run.Output);
        for (int part = 0; part < 10; part++)
            Check([.. run.Output.Where((_, i) => i % Width / (Width / 10) == part)]);
        for (int row = 0; row < Rows; row++)
            Check(run.Output[(row * Width)..((row + 1) * Width)]);

        void Check(float[] values)
        {
            double share = values.Count(value => value == 0) / (double)values.Length, deviation = Math.Sqrt(rate * (1 - rate) / values.Length);
            share.Should().BeInRange(rate - (5 * deviation), rate + (5 * deviation));
            values.Average().Should().BeApproximately(1, (float)(5 * deviation * kept));
        }
    }

    // A pair of neighbours, in a row or in a column, is dropped as often as independent ones.
    [Fact]
    public void Neighbours_are_dropped_independently()
    {
        const int Rows = 200, Width = 500;
        float[] y = Run(new Dropout(Width, 0.3f), Ones(Rows * Width)).Output;
        foreach (int distance in new[] { 1, 2, 4, Width })
        {
            int pairs = y.Length - distance, both = 0;
            for (int i = 0; i < pairs; i++)
                both += y[i] == 0 && y[i + distance] == 0 ? 1 : 0;
            (both / (double)pairs).Should().BeApproximately(0.09, 5 * Math.Sqrt(0.09 * 0.91 / pairs) * 1.5, $"at distance {distance}");
        }
    }

    [Fact]
    public void The_mask_is_that_of_the_row_and_place_however_a_batch_is_divided()
    {
        var layer = new Dropout(Shape.Sequence(6, 7), 0.4f);
        float[] all = Run(layer, Ones(5 * 42)).Output;
        for (int row = 0; row < 5; row++)
        {
            for (int i = 0; i < 42; i++)
                all[(row * 42) + i].Should().Be(stream.Uniform(row, i) < 0.4f ? 0 : (float)(1 / (1 - (double)0.4f)));
            Run(layer, Ones(42), firstRow: row).Output.Should().Equal(all[(row * 42)..((row + 1) * 42)]);
        }

        Run(layer, Ones(3 * 42), firstRow: 2).Output.Should().Equal(all[84..]);

        // A shorter row has the mask's beginning.
        float[] withLengths = Run(layer, Ones(5 * 42), lengths: [6, 1, 3, 6, 2]).Output;
        withLengths[42..49].Should().Equal(all[42..49]);
        withLengths[49..84].Should().OnlyContain(value => value == 0);
        withLengths[84..105].Should().Equal(all[84..105]);
    }

    [Fact]
    public void Backward_has_the_mask_of_forward()
    {
        LayerRun run = Run(new Dropout(Shape.Image(9, 11, 3), 0.25f), Ones(2 * 297));
        run.InputGradient.Should().Equal(run.Output, "∇y is 1, as x is");
        run.Output.Distinct().Should().HaveCount(2);
    }

    [Fact]
    public void Layers_and_steps_of_training_have_masks_of_their_own()
    {
        Network network = Network.Create(200).Dropout().Dropout().Build();
        using Workspace workspace = network.CreateWorkspace(1);
        float[] y = new float[200], later = new float[200];
        network.Forward(new Batch { Rows = 1, Inputs = Ones(200), Stream = stream }, y, workspace);
        network.Forward(new Batch { Rows = 1, Inputs = Ones(200), Stream = stream.AtStep(1) }, later, workspace);
        y.Count(value => value == 4).Should().BeInRange(25, 75);
        y.Where((value, i) => value != later[i]).Should().HaveCountGreaterThan(30);
    }

    [Fact]
    public void Inference_changes_nothing()
    {
        Network network = Network.Create(4).Dropout(0.9f).Build();
        network.Predict([1, -2, 1e30f, float.NaN]).Should().Equal(1, -2, 1e30f, float.NaN);
    }

    // 0 · x, as PyTorch has it.
    [Fact]
    public void A_NaN_is_never_swallowed_and_an_infinity_that_is_dropped_becomes_one()
    {
        float[] nan = new float[100], infinite = new float[100];
        Array.Fill(nan, float.NaN);
        Array.Fill(infinite, float.PositiveInfinity);
        Run(new Dropout(100), nan).Output.Should().OnlyContain(value => float.IsNaN(value));
        float[] y = Run(new Dropout(100), infinite).Output, mask = Run(new Dropout(100), Ones(100)).Output;
        for (int i = 0; i < 100; i++)
            y[i].Should().Be(mask[i] == 0 ? float.NaN : float.PositiveInfinity);
    }

    [Fact]
    public void A_rate_of_0_needs_no_stream_and_any_other_does()
    {
        Network none = Network.Create(3).Dropout(0).Build(), some = Network.Create(3).Dense(2).Dropout(0.1f).Build();
        float[] y = new float[3];
        none.Forward([1, 2, 3], y, 1, none.CreateWorkspace(1));
        y.Should().Equal(1, 2, 3);
        some.Invoking(network => network.Forward([1, 2, 3], new float[2], 1, network.CreateWorkspace(1)))
            .Should().Throw<InvalidOperationException>().WithMessage("*1 (Dropout)*Stream*");
    }

    [Fact]
    public void Bad_rates_are_refused_with_words()
    {
        foreach (float bad in new[] { -0.1f, 1, 1.5f, float.NaN })
            FluentActions.Invoking(() => new Dropout(4, bad))
                .Should().Throw<ArgumentOutOfRangeException>().WithMessage("*The rate must be at least 0 and below 1*");
        FluentActions.Invoking(() => new Dropout(default)).Should().Throw<ArgumentException>().WithMessage("*empty*");
        FluentActions.Invoking(() => Network.Create(4).Dropout(1)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Layer 0*rate*");
        float largest = MathF.BitDecrement(1);
        Run(new Dropout(4, largest), Ones(4)).Output.Should().OnlyContain(value => value == 0 || value == 1 << 24);
    }

    [Fact]
    public void A_network_with_dropout_and_norms_learns()
    {
        Dataset data = TestData.Clouds();
        Network network = Network.Create(2).Dense(32).LayerNorm().Activation(Activation.Gelu).Dropout(0.2f).Dense(32).RmsNorm()
            .Activation(Activation.Relu)
            .Dense(3).Activation(Activation.Softmax).Build(1);
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f));
        EpochResult last = trainer.Fit(data, epochs: 12, validation: data).Epochs[^1];
        last.ValidationAccuracy.Should().BeGreaterThan(0.85);
    }

    private static float[] Ones(int count)
    {
        float[] ones = new float[count];
        Array.Fill(ones, 1);
        return ones;
    }

    // ∇y is 1 everywhere.
    private static LayerRun Run(Layer layer, float[] x, int firstRow = 0, int[]? lengths = null)
    {
        var run = new LayerRun(layer, x.Length / layer.Input.Size, lengths, stream) { FirstRow = firstRow };
        x.CopyTo(run.Input, 0);
        Array.Fill(run.OutputGradient, 1);
        run.Forward();
        run.Backward();
        return run;
    }
}
