namespace NeuralNet.Tests.Networks.Prediction;

public sealed class NarrowWeightsTests
{
    private static readonly PredictorOptions narrow = new() { Weights = WeightFormat.BFloat16, Calls = 1 };

    // Widths that fill blocks of 32 columns and vectors or not, and a depth that is taken in pieces or not.
    [Theory]
    [InlineData(300, 14)]
    [InlineData(130, 32)]
    [InlineData(64, 129)]
    [InlineData(700, 100)]
    [InlineData(70, 272)]
    public void Answers_have_the_bits_of_the_network_with_rounded_weights(int inputs, int outputs)
    {
        Network network = Network.Create(inputs).Dense(outputs, Activation.Tanh).Build(seed: 2);
        Network rounded = network.Clone();
        foreach (ref float w in rounded.Parameter("0.weight"))
            w = Rounded(w);
        using Predictor predictor = network.CreatePredictor(narrow with { MaxRows = 7 });
        foreach (int rows in (int[])[1, 7, 20])
        {
            float[] x = TestData.Normal(rows * inputs);
            predictor.Predict(x).Should().Equal(rounded.Predict(x));
        }
    }

    public static TheoryData<string> Names => [.. Networks().Keys];

    // Vectors of steps and pixels, rows of other lengths, activations that take more values than they give, branches that do nothing.
    [Theory]
    [MemberData(nameof(Names))]
    public void Any_dense_layer_has_the_bits_of_that_with_rounded_weights(string name)
    {
        Network network = Networks()[name].Build(seed: 2), rounded = network.Clone();
        foreach (Block block in rounded.Blocks.Where(block => block.Length >= 4096))
        {
            foreach (ref float w in rounded.Parameter(block.Name))
                w = Rounded(w);
        }

        foreach (int rows in (int[])[1, 9])
        {
            int[] lengths = [.. Enumerable.Range(0, rows).Select(row => 1 + (row * 3 % network.Input.Steps))];
            var batch = new Batch
            {
                Rows = rows,
                Inputs = TestData.Normal(rows * network.Input.Size),
                Lengths = network.Input.Kind == ShapeKind.Sequence ? lengths : [],
            };
            float[] expected = new float[rows * network.Output.Size], got = new float[expected.Length];
            using Workspace workspace = rounded.CreateWorkspace(rows, training: false);
            rounded.Predict(batch, expected, workspace);
            foreach (int threads in (int[])[1, 3])
            {
                using Predictor predictor = network.CreatePredictor(narrow with { MaxRows = 5, Threads = threads });
                Array.Fill(got, 7);
                predictor.Predict(batch, got);
                got.Should().Equal(expected);
            }
        }
    }

    [Fact]
    public void Inputs_that_are_not_finite_do_what_they_do_to_floats()
    {
        Network network = Network.Create(64).Dense(80).Build(seed: 2), rounded = network.Clone();
        foreach (ref float w in rounded.Parameter("0.weight"))
            w = Rounded(w);
        using Predictor predictor = network.CreatePredictor(narrow);
        foreach (float value in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            float[] x = TestData.Normal(3 * 64);
            x[70] = value;
            predictor.Predict(x).Should().Equal(rounded.Predict(x));
            predictor.Predict(x.AsSpan(64, 64)).Should().Equal(rounded.Predict(x.AsSpan(64, 64)));
        }
    }

    [Fact]
    public void Tied_weights_stay_as_they_are()
    {
        Network network = Network.Create(70).Dense(60).Dense(70).Dense(60).Tie("0.weight", "1.weight", transposed: true)
            .Tie("0.weight", "2.weight").Build(seed: 2);
        using Predictor predictor = network.CreatePredictor(narrow);
        float[] x = TestData.Normal(70);
        predictor.Predict(x).Should().Equal(network.Predict(x));
    }

    [Fact]
    public void Weights_are_rounded_to_the_nearest_and_of_two_to_the_even_one()
    {
        Network network = Network.Create(4096).Dense(1, bias: false).Build();
        float[] values =
            [1, 1 + (1f / 256), 1 + (1f / 128), 1 + (3f / 256), 1.00390637f, -1 - (1f / 256), 3.4e38f, float.PositiveInfinity, 1e-45f, 9.2e-41f, -0f];
        float[] expected = [1, 1, 1 + (1f / 128), 1 + (1f / 64), 1.0078125f, -1, float.PositiveInfinity, float.PositiveInfinity, 0, 9.1835e-41f, -0f];
        using Workspace workspace = network.CreateWorkspace(1, training: false);
        for (int i = 0; i < values.Length; i++)
        {
            network.Parameters.Clear();
            network.Parameters[i] = values[i];
            using Predictor predictor = network.CreatePredictor(narrow);
            float[] x = new float[4096];
            x[i] = 1;
            float y = predictor.Predict(x)[0];
            y.Should().Be(Rounded(values[i])).And.Be(expected[i]);
        }

        network.Parameters[0] = float.NaN;
        using Predictor bad = network.CreatePredictor(narrow);
        bad.Predict(new float[4096])[0].Should().Be(float.NaN);
    }

    [Fact]
    public void Memory_is_half_and_answers_are_near()
    {
        Network network = Network.Create(Shape.Sequence(3, 256)).Dense(256, Activation.Relu).Lstm(16).Dense(512).Dense(9, Activation.Softmax)
            .Build(seed: 1);
        float[] x = TestData.Normal(5 * network.Input.Size);
        using Predictor full = network.CreatePredictor(new PredictorOptions { Calls = 1, MaxRows = 1 });
        using Predictor half = network.CreatePredictor(narrow with { MaxRows = 1 });
        float[] expected = full.Predict(x), got = half.Predict(x);
        got.Zip(expected, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(0.01f).And.BeGreaterThan(0);
        int halved = 4 * ((256 * 256) + (16 * 512) + (512 * 9)) / 2;
        (full.Bytes - half.Bytes).Should().BeGreaterThan(halved - (4 * 40_000)); // what rows of weights are widened in takes some again
    }

    [Fact]
    public void A_format_that_there_is_not_is_refused() =>
        ((Action)(() => _ = new PredictorOptions { Weights = (WeightFormat)7 })).Should().Throw<ArgumentOutOfRangeException>();

    private static Dictionary<string, NetworkBuilder> Networks() => new()
    {
        ["steps"] = Network.Create(Shape.Sequence(5, 70)).Dense(66, Activation.Glu).Dense(65, Activation.Relu, bias: false).Gru(3),
        ["image"] = Network.Create(Shape.Image(3, 4, 64)).Dense(40, new Max(2)).BatchNorm(activation: Activation.Relu).Flatten().Dense(9),
        ["one pixel"] = Network.Create(Shape.Image(1, 1, 64)).Dense(80).BatchNorm(),
        ["branches"] = Network.Create(100)
            .Parallel(Merge.Product, b => b.Dropout(0.1f), b => b.Dense(100, Activation.Softmax), b => b.Dropout(0.2f).Dense(100)).Dense(50),
    };

    // Independent of the library's: by the decimal of the two neighbours.
    private static float Rounded(float value)
    {
        if (!float.IsFinite(value))
            return value;
        uint bits = BitConverter.SingleToUInt32Bits(value) & 0xFFFF_0000;
        float toZero = BitConverter.UInt32BitsToSingle(bits), away = BitConverter.UInt32BitsToSingle(bits + 0x1_0000);
        double below = Math.Abs((double)value - toZero);
        double above = float.IsInfinity(away) ? Math.Abs(Math.CopySign(Math.ScaleB(1, 128), value) - value) : Math.Abs((double)away - value);
        return below < above || (below == above && (bits & 0x1_0000) == 0) ? toZero : away;
    }
}
