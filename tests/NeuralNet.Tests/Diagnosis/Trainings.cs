namespace NeuralNet.Tests.Diagnosis;

/// <summary>Short trainings, sick and healthy ones, each with what is to be found.</summary>
internal static class Trainings
{
    private static readonly Lazy<(Dataset Train, Dataset Test)> digits = new(() =>
        Scaled(Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "Data", "digits.csv.gz"), classes: 10), 1 / 16f).Split(0.25, seed: 1));

    /// <summary>By name: a training, which may depend on a seed, and the kind that has to come first.</summary>
    public static readonly Dictionary<string, (FindingKind Kind, Func<long, Findings> Run)> Sick = new()
    {
        ["the rate is too high"] = (FindingKind.RateTooHigh, seed => Digits(seed, new Sgd(30f))),
        ["the rate is too high for Adam"] = (FindingKind.RateTooHigh, seed => Digits(seed, new Adam(1f))),
        ["the rate is so high that numbers are not finite"] = (FindingKind.RateTooHigh, seed => Regression(seed, new Sgd(1.5f))),
        ["the rate is too low"] = (FindingKind.RateTooLow, seed => Digits(seed, new Sgd(1e-5f))),
        ["the rate is too low for Adam"] = (FindingKind.RateTooLow, seed => Digits(seed, new Adam(1e-7f))),
        ["rectifiers are dead"] = (FindingKind.DeadUnits, DeadUnits),
        ["inputs are not scaled"] = (FindingKind.UnscaledInputs, seed => Digits(seed, new Sgd(0.1f), scale: 255)),
        ["inputs are so large that no step can be made"] = (FindingKind.UnscaledInputs, seed => Digits(seed, new Sgd(0.1f), scale: 1e20f)),
        ["columns are of different scales"] = (FindingKind.UnscaledInputs, seed => Regression(seed, new Adam(1e-3f), scaleOfOne: 5000)),
        ["sigmoids are saturated"] = (FindingKind.SaturatedUnits, SaturatedUnits),
        ["the gradient vanishes through 20 layers"] = (FindingKind.VanishingGradient, VanishingGradient),
        ["the gradient explodes through the steps"] = (FindingKind.ExplodingGradient, ExplodingGradient),
        ["labels are shuffled"] = (FindingKind.MemorizedLabels, ShuffledLabels),
        ["targets are shuffled"] = (FindingKind.MemorizedLabels, ShuffledTargets),
        ["test rows leak into training"] = (FindingKind.LeakedRows, seed => DataCheck.Of(digits.Value.Train, Leaked(seed)).Findings()),
        ["softmax by L2"] = (FindingKind.UnsuitedDivergence, seed => Digits(seed, new Adam(1e-3f), Activation.Softmax, Divergence.L2)),
        ["numbers for classes"] = (FindingKind.UnsuitedDivergence, seed => Digits(seed, new Adam(1e-3f), null, Divergence.L2)),
        ["a question for each of ten classes"] =
            (FindingKind.UnsuitedDivergence, seed => Digits(seed, new Adam(1e-3f), Activation.Sigmoid, Divergence.BinaryCrossEntropy)),
        ["targets out of reach"] = (FindingKind.UnsuitedDivergence, seed => Regression(seed, new Adam(1e-3f), last: Activation.Sigmoid)),
        ["rows in the order of their classes"] = (FindingKind.OrderedLabels, OrderedLabels),
    };

    public static readonly Dictionary<string, Func<long, Findings>> Healthy = new()
    {
        ["a network for digits"] = seed => Digits(seed, new Adam(2e-3f), epochs: 6),
        ["a network for digits by plain descent"] = seed => Digits(seed, new Sgd(0.2f, momentum: 0.5f), epochs: 6),
        ["a small convolutional network"] = Convolutional,
        ["an LSTM over the lines of a digit"] = Recurrent,
        ["a regression on a table"] = seed => Regression(seed, new Adam(3e-3f), epochs: 15),
        ["a residual network with BatchNorm"] = Residual,
        ["a transformer of one block"] = Transformer,
        ["eight layers of rectifiers"] = Deep,
        ["two classes by one sigmoid"] = TwoClasses,
        ["an autoencoder"] = Autoencoder,
        ["the beginning of a training"] = seed => Digits(seed, new Adam(1e-3f), epochs: 1, rows: 96),
    };

    public static Dataset DigitsForTraining => digits.Value.Train;

    public static Dataset DigitsForTests => digits.Value.Test;

    public static Findings Fit(
        Network network, Divergence divergence, Optimizer optimizer, Dataset train, Dataset test, long seed, int epochs, bool shuffle = true)
    {
        var xray = new XRay(every: 20);
        using var trainer = new Trainer(network, divergence, optimizer) { Seed = seed, Observers = [xray], Shuffle = shuffle };
        try
        {
            trainer.Fit(train, epochs, test);
        }
        catch (NotFiniteNumberException)
        {
        }

        return xray.Findings();
    }

    public static Dataset Shuffled(Dataset data, long seed)
    {
        int[] labels = data.Labels.ToArray();
        var random = new RandomStream(seed);
        for (int i = labels.Length - 1; i > 0; i--)
        {
            int other = (int)(random.Uniform(i, 0) * (i + 1));
            (labels[i], labels[other]) = (labels[other], labels[i]);
        }

        return Dataset.FromArrays(data.Inputs, labels, data.Classes);
    }

    private static Dataset Scaled(Dataset data, float factor) =>
        Dataset.FromArrays(Array.ConvertAll(data.Inputs.ToArray(), value => value * factor), data.Labels, data.Classes);

    private static Findings Digits(
        long seed, Optimizer optimizer, Activation? last = null, Divergence? divergence = null, float scale = 1, int epochs = 3, int? rows = null)
    {
        Network network = Network.Create(64).Dense(32, Activation.Relu).Dense(32, Activation.Relu)
            .Dense(10, last ?? (divergence is null ? Activation.Softmax : null)).Build(seed);
        (Dataset train, Dataset test) = digits.Value;
        train = rows is null ? train : train.Slice(0, rows.Value);
        return Fit(network, divergence ?? Divergence.CrossEntropy, optimizer, Scaled(train, scale), Scaled(test, scale), seed, epochs);
    }

    // y = sin 2x₀ + x₁ x₂ + a little noise, with deviations of about 1.
    private static Findings Regression(long seed, Optimizer optimizer, float scaleOfOne = 1, Activation? last = null, int epochs = 4)
    {
        const int Rows = 800, Columns = 6;
        float[] x = TestData.Normal(Rows * Columns, 5), noise = TestData.Normal(Rows, 6, 0.1f), y = new float[Rows];
        for (int row = 0; row < Rows; row++)
        {
            y[row] = MathF.Sin(2 * x[row * Columns]) + (x[(row * Columns) + 1] * x[(row * Columns) + 2]) + noise[row];
            x[(row * Columns) + 3] *= scaleOfOne;
        }

        (Dataset train, Dataset test) = Dataset.FromArrays(x, y, Rows).Split(0.25, seed: 1);
        Network network = Network.Create(Columns).Dense(32, Activation.Tanh).Dense(32, Activation.Tanh).Dense(1, last).Build(seed);
        return Fit(network, Divergence.L2, optimizer, train, test, seed, epochs);
    }

    private static Findings DeadUnits(long seed)
    {
        Network network = Network.Create(64).Dense(32, Activation.Relu).Dense(32, Activation.Relu).Dense(10, Activation.Softmax).Build(seed);
        network.Parameter("1.bias").Fill(-6);
        return Fit(network, Divergence.CrossEntropy, new Sgd(0.1f), DigitsForTraining, DigitsForTests, seed, 3);
    }

    private static Findings SaturatedUnits(long seed)
    {
        Network network = Network.Create(64).Dense(32, Activation.Sigmoid, new VarianceScaling(400, FanMode.In, isNormal: true))
            .Dense(10, Activation.Softmax).Build(seed);
        return Fit(network, Divergence.CrossEntropy, new Sgd(0.1f), DigitsForTraining, DigitsForTests, seed, 3);
    }

    private static Findings VanishingGradient(long seed)
    {
        NetworkBuilder builder = Network.Create(64);
        for (int k = 0; k < 20; k++)
            builder = builder.Dense(16, Activation.Sigmoid);
        Network network = builder.Dense(10, Activation.Softmax).Build(seed);
        return Fit(network, Divergence.CrossEntropy, new Sgd(0.1f), DigitsForTraining, DigitsForTests, seed, 3);
    }

    private static Findings ExplodingGradient(long seed)
    {
        Network network = Network.Create(Shape.Sequence(64, 1))
            .Rnn(24, lastStep: true, recurrentInitializer: new VarianceScaling(6, FanMode.In, isNormal: true))
            .Dense(10, Activation.Softmax).Build(seed);
        return Fit(network, Divergence.CrossEntropy, new Sgd(0.05f), DigitsForTraining, DigitsForTests, seed, 2);
    }

    private static Findings ShuffledLabels(long seed)
    {
        Network network = Network.Create(64).Dense(128, Activation.Relu).Dense(10, Activation.Softmax).Build(seed);
        Dataset all = Shuffled(DigitsForTraining.Slice(0, 400), seed);
        return Fit(network, Divergence.CrossEntropy, new Adam(5e-3f), all.Slice(0, 250), all.Slice(250, 150), seed, 30);
    }

    private static Findings ShuffledTargets(long seed)
    {
        Network network = Network.Create(4).Dense(128, Activation.Relu).Dense(64, Activation.Relu).Dense(1).Build(seed);
        Dataset all = Dataset.FromArrays(TestData.Normal(200 * 4, seed), TestData.Normal(200, seed + 50), 200);
        return Fit(network, Divergence.L2, new Adam(5e-3f), all.Slice(0, 120), all.Slice(120, 80), seed, 60);
    }

    private static Findings OrderedLabels(long seed)
    {
        Network network = Network.Create(64).Dense(32, Activation.Relu).Dense(10, Activation.Softmax).Build(seed);
        int[] order = [.. Enumerable.Range(0, DigitsForTraining.Rows).OrderBy(row => DigitsForTraining.Labels[row])];
        return Fit(network, Divergence.CrossEntropy, new Adam(1e-3f), DigitsForTraining.Select(order), DigitsForTests, seed, 3, shuffle: false);
    }

    // A test set of which one row in ten is a training row.
    private static Dataset Leaked(long seed)
    {
        Dataset test = DigitsForTests;
        float[] inputs = test.Inputs.ToArray();
        for (int row = (int)(seed % 10); row < test.Rows; row += 10)
            DigitsForTraining.InputRow(row).CopyTo(inputs.AsSpan(row * 64));
        return Dataset.FromArrays(inputs, test.Labels, 10);
    }

    private static Findings Convolutional(long seed)
    {
        Network network = Network.Create(Shape.Image(8, 8, 1)).Conv(8, 3, activation: Activation.Relu).MaxPool(2)
            .Conv(16, 3, activation: Activation.Relu).Flatten().Dense(10, Activation.Softmax).Build(seed);
        return Fit(network, Divergence.CrossEntropy, new Adam(3e-3f), DigitsForTraining, DigitsForTests, seed, 4);
    }

    private static Findings Recurrent(long seed)
    {
        Network network = Network.Create(Shape.Sequence(8, 8)).Lstm(24, lastStep: true).Dense(10, Activation.Softmax).Build(seed);
        return Fit(network, Divergence.CrossEntropy, new Adam(5e-3f), DigitsForTraining, DigitsForTests, seed, 4);
    }

    private static Findings Transformer(long seed)
    {
        Network network = Network.Create(Shape.Sequence(8, 8)).Dense(16).LearnedPositions()
            .Residual(inner => inner.LayerNorm().MultiHeadAttention(2)).Residual(inner => inner.LayerNorm().Dense(32, Activation.Gelu).Dense(16))
            .LayerNorm().MeanOverSteps().Dense(10, Activation.Softmax).Build(seed);
        return Fit(network, Divergence.CrossEntropy, new AdamW(5e-3f), DigitsForTraining, DigitsForTests, seed, 4);
    }

    private static Findings Deep(long seed)
    {
        NetworkBuilder builder = Network.Create(64);
        for (int k = 0; k < 8; k++)
            builder = builder.Dense(32, Activation.Relu);
        Network network = builder.Dense(10, Activation.Softmax).Build(seed);
        return Fit(network, Divergence.CrossEntropy, new Adam(1e-3f), DigitsForTraining, DigitsForTests, seed, 6);
    }

    private static Findings TwoClasses(long seed)
    {
        Network network = Network.Create(64).Dense(16, Activation.Sigmoid).Dense(1, Activation.Sigmoid).Build(seed);
        return Fit(network, Divergence.BinaryCrossEntropy, new Adam(1e-2f), Odd(DigitsForTraining), Odd(DigitsForTests), seed, 5);

        static Dataset Odd(Dataset data) => Dataset.FromArrays(data.Inputs, [.. data.Labels.ToArray().Select(label => label % 2f)], data.Rows);
    }

    private static Findings Autoencoder(long seed)
    {
        Network network = Network.Create(64).Dense(32, Activation.Tanh).Dense(8).Dense(32, Activation.Tanh).Dense(64, Activation.Sigmoid).Build(seed);
        Dataset own = Dataset.FromArrays(DigitsForTraining.Inputs, DigitsForTraining.Inputs, DigitsForTraining.Rows);
        return Fit(network, Divergence.L2, new Adam(3e-3f), own, own, seed, 4);
    }

    private static Findings Residual(long seed)
    {
        NetworkBuilder builder = Network.Create(64).Dense(32);
        for (int k = 0; k < 4; k++)
        {
            builder = builder.Residual(inner => inner.BatchNorm(activation: Activation.Relu).Dense(32)
                .BatchNorm(activation: Activation.Relu).Dense(32));
        }

        Network network = builder.BatchNorm(activation: Activation.Relu).Dense(10, Activation.Softmax).Build(seed);
        return Fit(network, Divergence.CrossEntropy, new Adam(2e-3f), DigitsForTraining, DigitsForTests, seed, 4);
    }
}
