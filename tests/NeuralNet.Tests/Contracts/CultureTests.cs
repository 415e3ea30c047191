using System.Globalization;

namespace NeuralNet.Tests.Contracts;

/// <summary>Texts and messages are the same on every machine, whatever its language makes of a decimal point.</summary>
public sealed class CultureTests
{
    [Fact]
    public void Texts_are_the_same_in_every_culture() => Same(() =>
    [
        .. PublicKinds.Layers().Select(kind => $"{kind}"), .. PublicKinds.Layers().Select(layer => layer.Settings.ToString()),
        .. PublicKinds.Layers().Select(layer => Network.Create(layer.Input).Add(_ => layer).Build(1).Summary()),
        .. PublicKinds.Activations().Select(kind => $"{kind} {kind.Settings}"),
        .. PublicKinds.Divergences().Select(kind => $"{kind} {kind.Settings}"),
        .. PublicKinds.Optimizers().Select(kind => $"{kind} {kind.Settings}"), .. PublicKinds.Schedules().Select(kind => $"{kind} {kind.Settings}"),
        $"{new Penalty(0.5f, 0.25f)}", $"{GradientClipping.ByNorm(0.5f)}",
        .. PublicKinds.Initializers().Select(kind => $"{kind}"), $"{new Rates { ["0"] = 0.5f }}",
        .. Results(),
    ]);

    [Fact]
    public void Messages_are_the_same_in_every_culture() => Same(() => [.. Refusals().Select(refused =>
        Record.Exception(refused)?.Message ?? throw new InvalidOperationException("nothing was refused"))]);

    [Fact]
    public void Files_are_the_same_in_every_culture_and_read_in_every_one()
    {
        string path = Path.GetTempFileName();
        Same(() =>
        {
            Network network = Network.Create(2).Dense(2, new LeakyRelu(0.25f)).Dense(1).Build(-5);
            using var trainer = new Trainer(network, Divergence.L2, new Adam(0.5f)) { Seed = -7, Schedule = new CosineDecay(10, 2, 0.25f) };
            trainer.Step([1, 2], [-0.5f], 1);
            trainer.EndEpoch(-0.5);
            trainer.SaveCheckpoint(path);
            trainer.Resume(path).Should().BeTrue();
            byte[] checkpoint = File.ReadAllBytes(path);
            network.Save(path, examples: [0.5f, -0.5f]);
            Network.Load(path).Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
            return [Convert.ToBase64String(checkpoint), Convert.ToBase64String(File.ReadAllBytes(path))];
        });
        File.Delete(path);
    }

    // As English has them: the words of each, so that a change is seen.
    [Fact]
    public void Results_are_said_in_a_line() => Results().Should().Equal(
        "epoch 3: training 0.5, validation 0.25, accuracy 0.75, 1.5 s, learning rate 0.001", "epoch 1: training 0.5, 1.5 s, learning rate 0.001",
        "epoch 3 of 10, step 20 of 40: divergence 0.5",
        "12 iterations, 15 evaluations: divergence 0.5, objective 0.625, ‖∇‖ 1E-05, ended by Gradient",
        "iteration 12, 15 evaluations: objective 0.625, ‖∇‖ 0.5", "Dataset of 2 rows: 1 input, 1 desired value",
        "Dataset of 1 row: 3 inputs, 2 classes, with lengths", "Dataset of 1 row: 2 inputs, 3 classes for each of 2 ids",
        "divergence 0.25, accuracy 0.5, mean absolute error 0.5, root mean square error 0.707107", "0 epochs",
        "Trainer of Network Features(1) → Features(1), 1 layers, 1 parameters; L2, Sgd(learningRate 0.5, weightDecay 0, momentum 0, nesterov False); "
        + "epoch 0, step 0");

    private static void Same(Func<string[]> texts)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        string[] expected = Under(CultureInfo.InvariantCulture);
        expected.Should().NotBeEmpty();
        foreach (CultureInfo culture in Others())
            Under(culture).Should().Equal(expected);

        string[] Under(CultureInfo culture)
        {
            CultureInfo.CurrentCulture = culture;
            try
            {
                return texts();
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        }
    }

    // As German, Swedish, Persian and Arabic write numbers, also where the machine has no languages installed.
    private static IEnumerable<CultureInfo> Others()
    {
        foreach ((string point, string group, string minus, string nan) in new[]
        {
            (",", ".", "-", "NaN"), (",", "\u00A0", "−", "NaN"), ("٫", "٬", "\u200E−", "ناعدد"), ("٫", "٬", "\u061C-", "ليس رقمًا"),
        })
        {
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            NumberFormatInfo numbers = culture.NumberFormat;
            (numbers.NumberDecimalSeparator, numbers.NumberGroupSeparator, numbers.NegativeSign, numbers.NaNSymbol) = (point, group, minus, nan);
            (numbers.PositiveInfinitySymbol, numbers.NegativeInfinitySymbol, numbers.PercentSymbol) = ("∞", minus + "∞", "٪");
            yield return culture;
        }
    }

    private static IEnumerable<string> Results()
    {
        Network network = Network.Create(1).Dense(1, bias: false).Build(1);
        network.Parameters.Clear();
        Dataset data = Dataset.FromArrays([1f, 2], [1f, 0], 2);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.5f));
        return
        [
            $"{new EpochResult(3, 0.5, 0.25, 0.75, 1.5, 0.001f)}", $"{new EpochResult(1, 0.5, null, null, 1.5, 0.001f)}",
            $"{new TrainingProgress(3, 10, 20, 40, 0.5, null)}", $"{new LbfgsResult(12, 15, 0.5, 0.625, 1e-5, LbfgsStop.Gradient)}",
            $"{new LbfgsProgress(12, 15, 0.625, 0.5)}", $"{data}", $"{Dataset.FromArrays([1f, 2, 3], [1], 2).WithLengths([2])}",
            $"{Dataset.FromIds([1f, 2], [1, 2], 3, rows: 1)}", $"{trainer.Evaluate(data)}", $"{trainer.History}", $"{trainer}",
        ];
    }

    // Whole numbers below 0: languages have minus signs of their own.
    private static IEnumerable<Action> Negative(Network network)
    {
        Dataset data = Dataset.FromArrays([1f, 2], [1f, 0], 2);
        Network sequence = Network.Create(Shape.Sequence(3, 1)).Lstm(2).Build(1);
        return
        [
            () => _ = new Dense(2, -3), () => _ = new Lstm(Shape.Sequence(2, 1), -3), () => _ = new Embedding(2, -5, 2),
            () => _ = new Embedding(2, 5, -2), () => _ = new Embedding(2, 5, 2, paddingId: -1), () => _ = new Slice(4, -1, 2),
            () => _ = new Slice(4, 1, -2), () => _ = new Max(-2), () => _ = new Product(2, (0, -1)),
            () => _ = new MultiHeadAttention(Shape.Sequence(2, 4), -2), () => _ = new Block("x", BlockRole.Weight, [-2], Initializer.Zeros),
            () => _ = Shape.Features(-2), () => _ = Shape.Sequence(-1, 2), () => _ = Shape.Image(2, -2, 1), () => _ = new Plateau(0.5f, -2),
            () => _ = new OneCycle(-2), () => _ = new CosineDecay(10, -2), () => _ = new StepDecay(-2, 0.5f), () => _ = new ConfusionMatrix(-2),
            () => new ConfusionMatrix(3).Add(-1, 0), () => new ConfusionMatrix(3).Add(0, -2), () => _ = new Lbfgs(maxIterations: -1),
            () => network.CreateWorkspace(-1), () => network.CreateWorkspace(1, threads: -1), () => sequence.ClearState(new float[4], -1, 0),
            () => sequence.ClearState(new float[sequence.StatePerRow], 1, -1), () => _ = data.ClassNames[-1], () => data.DesiredRow(-1),
            () => data.Select([0, -1]), () => data.Slice(-1, 1), () => data.WithLengths([1, -1]), () => Dataset.FromLabels([1f, 2], [0, -1], 2),
            () => Dataset.FromArrays([1f, 2], [1f, 0], -2), () => Dataset.FromIds([1f], [-2], 3, rows: 1),
            () => Metrics.Accuracy([1f], [1f], -1), () => GradientCheck.Activation(Activation.Tanh, outputs: -1),
            () => _ = new Trainer(network, Divergence.L2, new Sgd(0.5f)) { BatchSize = -1 },
            () => new Trainer(network, Divergence.L2, new Sgd(0.5f)).Fit(data, -1), () => _ = new Checkpointing("x", everySteps: -1),
            () => network.Forward(new Batch { Rows = -1, Inputs = [] }, [], network.CreateWorkspace(1)),
            () => network.Forward(new Batch { Rows = 1, Inputs = new float[1], FirstRow = -1 }, new float[1], network.CreateWorkspace(1)),
            () => sequence.Forward(new Batch { Rows = 1, Inputs = new float[3], Steps = -1 }, new float[6], sequence.CreateWorkspace(1)),
            () => sequence.Forward(new Batch { Rows = 1, Inputs = new float[3], Lengths = [-1] }, new float[6], sequence.CreateWorkspace(1)),
            () => Divergence.L2.Forward([1f], [1f], -1), () => _ = new ScheduleTime { Step = -1 },
        ];
    }

    private static IEnumerable<Action> NoNumbers(Network network) =>
    [
        () => _ = new Sgd(float.NaN), () => _ = new Dropout(2, float.NegativeInfinity), () => _ = new Penalty(l2: float.PositiveInfinity),
        () => Dataset.FromArrays([1f, float.NaN], [1f, 0], 2), () => Dataset.FromArrays([1f, 2], [1f, float.NegativeInfinity], 2),
        () => new Trainer(network, Divergence.L2, new Sgd(1e30f)).Step([1e30f], [-1e30f], 1),
    ];

    private static IEnumerable<Action> Refusals()
    {
        Network network = Network.Create(1).Dense(1).Build(1);
        return
        [
            () => _ = new Sgd(-0.5f), () => _ = new Adam(0.1f, beta1: 1.5f), () => _ = new Adam(0.1f, epsilon: -0.5f), () => _ = new Dropout(2, 1.5f),
            () => _ = new Rprop(decrease: 1.5f), () => _ = new Rprop(increase: 0.5f), () => _ = new Rprop(minStep: 0.5f, maxStep: 0.25f),
            () => _ = new HardTanh(0.5f, -0.5f), () => _ = new LeakyRelu(-0.5f), () => _ = new RandomizedLeakyRelu(0.5f, 0.25f),
            () => _ = new RandomizedLeakyRelu(-0.5f, 0.25f), () => _ = new Quantile(1.5f), () => _ = new Huber(-0.5f), () => _ = new Plateau(1.5f, 2),
            () => _ = new TruncatedNormal(1.5e38f), () => _ = new Standardize(1, [0], [-0.5]),
            () => _ = new Standardize(1, [double.NegativeInfinity], [1]), () => _ = new PowerTransform(1, [double.NegativeInfinity]),
            () => Dataset.FromArrays([1f, 2], [1f, 0], 2).Split(1.5), () => _ = new Lbfgs { Penalty = new Penalty(l1: 0.5f) },
            () => Dataset.FromIds([1f], [0], 20_000_000),
            () => Divergence.L2.Forward([1], [1], 1, [-0.5f]), () => _ = new Rates { ["0"] = -0.5f },
            () => network.AddGradient(
                new Batch { Rows = 1, Inputs = new float[1], Desired = new float[1], TotalWeight = -0.5 }, Divergence.L2, new float[2],
                network.CreateWorkspace(1)),
            () => Network.Create(1).Embedding(3, 2).Build(1).Predict([0.5f]),
            .. Negative(network), .. NoNumbers(network),
        ];
    }
}
