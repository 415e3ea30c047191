using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace NeuralNet.Tests;

/// <summary>
/// A hash of everything that a small training comes to; run in child processes with other vector widths by
/// <see cref="ReproducibilityTests"/>.
/// </summary>
internal static partial class Fingerprint
{
    public static int WidestVector => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    // "dotnet NeuralNet.Tests.dll" prints the widest vector in use, and the hash; with a file's name it trains until it is killed,
    // with a second one from the rows in that.
    public static void Main(string[] arguments) => Console.WriteLine(arguments is [string checkpoint, .. string[] rows]
        ? Training.InterruptedTraining.Run(checkpoint, rows.FirstOrDefault())
        : string.Create(CultureInfo.InvariantCulture, $"{WidestVector} {Compute(threads: 1)}"));

    // One layer is large enough for its products and passes to be shared among threads, and products are deep enough in each
    // direction to be taken in blocks, with their operands copied together.
    public static string Compute(int threads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(ReadOnlySpan<float> values) => hash.AppendData(MemoryMarshal.AsBytes(values));

        foreach (Activation activation in Contracts.PublicKinds.Activations())
        {
            const int Vectors = 5, Outputs = 37;
            float[] z = new float[Vectors * activation.InputWidth(Outputs)], y = new float[Vectors * Outputs], dz = new float[z.Length];
            for (int i = 0; i < z.Length; i++)
                z[i] = 3 * new RandomStream(9).Normal(0, i);
            activation.Forward(new ActivationForwardPass { Vectors = Vectors, Z = z, Y = y });
            activation.Backward(
                new ActivationBackwardPass { Vectors = Vectors, Z = z, Y = y, OutputGradient = z.AsSpan(0, y.Length), InputGradient = dz });
            Add(y);
            Add(dz);

            foreach (Initializer initializer in new[]
                { Initializer.GlorotUniform, Initializer.HeNormal, Initializer.Orthogonal, Initializer.TruncatedNormal })
            {
                Network network = Network.Create(19).Dense(37, activation, initializer).Dense(5, Activation.Softmax, initializer).Build(3);
                Add(network.Parameters);
            }
        }

        foreach ((Activation last, Divergence divergence) in new[]
        {
            (Activation.Softmax, Divergence.CrossEntropy), (Activation.Sigmoid, Divergence.BinaryCrossEntropy), (Activation.Identity, Divergence.L2),
            (Activation.Softmax, Divergence.KullbackLeibler), (Activation.Softmax, Divergence.BinaryCrossEntropy),
        })
        {
            foreach (Optimizer optimizer in new Optimizer[] { new Sgd(0.003f, 0.9f, nesterov: true, weightDecay: 0.01f), new AdamW() })
            {
                Network network = Network.Create(2).Dense(41, Activation.Tanh).Dense(33, Activation.LeakyRelu).Dense(21, Activation.Sigmoid)
                    .Dense(330, Activation.Relu).Dense(290, Activation.Tanh).Dense(3, last).Build(7);
                using var trainer = new Trainer(network, divergence, optimizer) { BatchSize = 150, Seed = 5, Threads = threads };
                Dataset data = TestData.Clouds(200);
                TrainingHistory history = trainer.Fit(data, epochs: 2, validation: data);
                Add(network.Parameters);
                Add(network.Predict(data.Inputs));
                Add([(float)history.Epochs[^1].ValidationDivergence!.Value]);
            }
        }

        AddSequences(threads, Add);
        AddOptimizers(threads, Add);
        AddSteps(threads, Add);
        AddNorms(threads, Add);
        AddAugmentations(threads, Add);
        AddDiagnosis(threads, Add);
        AddPredictions(threads, Add);
        AddTexts(threads, Add);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private delegate void Adding(ReadOnlySpan<float> values);

    // Enough rows and steps for the products of the steps to be shared, and states wider than a panel of any register.
    private static void AddSequences(int threads, Adding add)
    {
        const int Rows = 40, Steps = 6, Width = 3;
        foreach (Func<NetworkBuilder, NetworkBuilder> layers in new Func<NetworkBuilder, NetworkBuilder>[]
        {
            b => b.Rnn(70).Rnn(33, Activation.Gelu, lastStep: true),
            b => b.Lstm(70).Lstm(33, lastStep: true),
            b => b.Gru(70).Gru(33, lastStep: true),
            b => b.Gru(70, resetsBefore: true).Gru(33, lastStep: true, gates: new HardSigmoid(0.2f), activation: Activation.Softsign),
            b => b.Lstm(70, gates: Activation.HardSigmoid, activation: Activation.Silu).Gru(33, lastStep: true, resetsBefore: true),
            b => b.Dense(40).MultiHeadAttention(4).MultiHeadAttention(5, outputs: 33, causal: true).MeanOverSteps(),
        })
        {
            foreach (bool isShort in new[] { false, true })
            {
                Network network = layers(Network.Create(Shape.Sequence(Steps, Width))).Dense(3, Activation.Softmax).Build(4);
                using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(0.01f)) { Threads = threads };
                int[] lengths = [.. Enumerable.Range(0, Rows).Select(row => 1 + (row * 7 % Steps))];
                bool carries = network.Chain.IsStreamable && network.Chain.TrainsWithState;
                float[] state = new float[carries ? Rows * network.StatePerRow : 0];
                for (int step = 0; step < 3; step++)
                {
                    float divergence = trainer.Step(new Batch
                    {
                        Rows = Rows,
                        Inputs = TestData.Normal(Rows * Steps * Width, step),
                        Desired = TestData.OneHotOf(TestData.Labels(Rows, 3), 3),
                        Lengths = isShort ? lengths : [],
                        State = state,
                    });
                    add([divergence]);
                }

                add(network.Parameters);
                add(state);
            }
        }
    }

    // The layers are large enough for passes over their parameters to be shared, and for their norms to be summed in parts.
    private static void AddOptimizers(int threads, Adding add)
    {
        Dataset data = TestData.Clouds(60);
        Network Make() => Network.Create(2).Dense(200, Activation.Tanh).Dense(210, Activation.Tanh).Dense(3, Activation.Softmax).Build(8);
        foreach (Optimizer optimizer in new Optimizer[]
        {
            new Adagrad(weightDecay: 0.01f), new RmsProp(0.001f), new RmsProp(0.001f, momentum: 0.9f, centered: true), new Nadam(), new Rprop(),
        })
        {
            foreach (GradientClipping clipping in new[] { GradientClipping.ByNorm(0.01f), GradientClipping.ByValue(1e-4f) })
            {
                Network network = Make();
                using var trainer = new Trainer(network, Divergence.CrossEntropy, optimizer)
                {
                    Threads = threads,
                    Clipping = clipping,
                    Penalty = new Penalty(1e-4f, 1e-3f),
                    Schedule = new OneCycle(10),
                };
                trainer.Fit(data, epochs: 3);
                add(network.Parameters);
            }
        }

        Network minimized = Make();
        LbfgsResult result =
            new Lbfgs(maxIterations: 6) { Threads = threads, Penalty = new Penalty(l2: 0.01f) }.Minimize(minimized, Divergence.CrossEntropy, data);
        add(minimized.Parameters);
        add([(float)result.Objective, (float)result.GradientNorm, result.Evaluations]);
    }

    // 40 rows of 30 steps of 37 features: more elements than where threads begin to share. Widths that no vector divides.
    private static void AddSteps(int threads, Adding add)
    {
        Network network = Network.Create(Shape.Sequence(30, 1)).Embedding(50, 37, paddingId: 3).SinusoidalPositions().LearnedPositions()
            .Bidirectional(b => b.Slice(5, 19).Dense(21, Activation.Tanh).LearnedPositions())
            .Parallel(Merge.Concat, b => b.MeanOverSteps(), b => b.MaxOverSteps(), b => b.LastStep(), b => b.Dense(3).Flatten().Dense(2))
            .Dense(4, Activation.Softmax).Build(5);
        float[] ids = [.. TestData.Labels(40 * 30, 50).Select(id => (float)id)], desired = TestData.OneHotOf(TestData.Labels(40, 4), 4);
        int[] lengths = [.. TestData.Labels(40, 30, 2).Select(length => length + 1)];
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam()) { Threads = threads };
        for (int step = 0; step < 3; step++)
        {
            trainer.Step(new Batch { Rows = 40, Inputs = ids, Desired = desired, Lengths = lengths });
            trainer.Step(new Batch { Rows = 1, Inputs = ids.AsSpan(0, 29), Desired = desired.AsSpan(0, 4), Steps = 29 });
        }

        add(network.Parameters);

        // A table that threads share, with most of its gradient 0.
        foreach (Optimizer optimizer in new Optimizer[] { new Sgd(0.5f), new Adagrad(), new Adam(lazy: true), new AdamW(lazy: true) })
        {
            Network sparse = Network.Create(Shape.Sequence(30, 1)).Embedding(1000, 37).MeanOverSteps().Dense(4, Activation.Softmax).Build(6);
            using var lazy = new Trainer(sparse, Divergence.CrossEntropy, optimizer) { Threads = threads };
            for (int step = 0; step < 3; step++)
                lazy.Step(ids.AsSpan(30 * step, 30 * 20), desired.AsSpan(0, 80), 20);
            add(sparse.Parameters);
        }
    }
}
