using NeuralNet.Kernels;

namespace NeuralNet.Benchmarks;

/// <summary>
/// The standard workloads: a name says kind, layer sizes (of sequences the steps first), batch and optimizer. ReLU between (of smallmlp tanh),
/// softmax at the end, random data made once; a training step is forward, cross-entropy, backward and the optimizer's update.
/// </summary>
internal static partial class Workloads
{
    public static string[] Kinds => ["train", "infer", "gemm", "conv", "models"];

    /// <summary>Times the workloads of a kind whose name contains the filter.</summary>
    public static void Run(string kind, int threads, string filter, Action<string, double> report)
    {
        switch (kind)
        {
            case "train":
                Training("xor", [2, 8, 2], rows: 4, adam: false);
                Training("iris", [4, 16, 16, 3], rows: 32, adam: false);
                Training("digits", [64, 64, 10], rows: 32, adam: true);
                Training("mnist", [784, 128, 10], rows: 64, adam: true);
                Training("mnist", [784, 256, 128, 10], rows: 128, adam: true);
                Training("wide", [1024, 1024, 1024, 10], rows: 256, adam: false);
                Training("big", [2048, 2048, 2048, 1000], rows: 512, adam: false);
                TrainingOfSequences(Report, threads);
                TrainingOfImages(Report, threads);
                foreach (string[] frozen in (string[][])[["0"], ["0", "1"]])
                {
                    Report(
                        $"train/frozen{frozen.Length}-784-256-128-10/b128/adam",
                        () => Step(Mlp([784, 256, 128, 10]), 128, threads, new Adam(), frozen));
                }

                Report("train/smallmlp-4-32-16-4/b10000/adam", () => Step(Mlp([4, 32, 16, 4], Activation.Tanh), 10_000, threads, new Adam()));
                break;
            case "infer":
                foreach (int rows in (int[])[1, 64])
                {
                    foreach (int[] sizes in (int[][])[[4, 16, 16, 3], [64, 64, 10], [784, 128, 10], [784, 256, 128, 10]])
                        Report($"infer/{string.Join('-', sizes)}/b{rows}", () => Prediction(Mlp(sizes), rows, threads));
                }

                break;
            case "models":
                PredictionsOfImages(Report, threads);
                PredictionsOfSequences(Report, threads);
                break;
            case "conv":
                Convolutions(Report, threads);
                break;
            default:
                foreach ((int m, int n, int k) in ((int, int, int)[])[
                    (64, 64, 64), (128, 128, 128), (256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048),
                    (64, 256, 784), (64, 128, 256), (128, 256, 784), (32, 10, 128), (1, 256, 784), (64, 10, 128)])
                {
                    Report($"gemm/{m}x{n}x{k}", () => Product(m, n, k, threads));
                }

                break;
        }

        void Training(string name, int[] sizes, int rows, bool adam) => Report(
            $"train/{name}-{string.Join('-', sizes)}/b{rows}/{(adam ? "adam" : "sgd")}",
            () => Step(Mlp(sizes), rows, threads, adam ? new Adam() : new Sgd()));

        void Report(string name, Func<double> measure)
        {
            if (name.Contains(filter, StringComparison.Ordinal))
                report(name, measure());
        }
    }

    /// <summary>Networks that predict one row at a time where they are exported to.</summary>
    public static IEnumerable<(string Name, Func<Network> Build)> OneRow() =>
    [
        ("lenet", () => LeNet().Dense(10, Activation.Softmax).Build(seed: 1)),
        ("resnet8", () => ResNet8().Dense(10, Activation.Softmax).Build(seed: 1)),
        ("dscnn", () => DsCnn().Dense(12, Activation.Softmax).Build(seed: 1)),
        ("tcn", () => Tcn().Dense(10, Activation.Softmax).Build(seed: 1)),
        ("lstm", Lstm),
        ("gru", Gru),
        ("attention", Attention),
        ("mlp", () => Mlp([784, 128, 10])),
        ("autoencoder", () => AutoEncoder().Dense(640).Build(seed: 1)),
        ("small", () => Mlp([64, 64, 10])),
        ("transformer", () => Network.Create(Shape.Sequence(32, 64)).Residual(b => b.LayerNorm().MultiHeadAttention(4, causal: true))
            .Residual(b => b.LayerNorm().Dense(128, Activation.Gelu).Dense(64)).LastStep().Dense(10, Activation.Softmax).Build(seed: 1)),
        ("decoder", () => Network.Create(Shape.Image(8, 8, 32)).ConvTranspose(16, 4, stride: 2, padding: Padding.Same).GroupNorm(4)
            .Activation(Activation.Relu).ConvTranspose(3, 4, stride: 2, padding: Padding.Same, activation: Activation.Sigmoid).Build(seed: 1)),
    ];

    /// <summary>Microseconds of a training step, in which some layers may be frozen.</summary>
    public static double Step(Network network, int rows, int threads, Optimizer optimizer, params string[] frozen)
    {
        using var trainer = new Trainer(network, Divergence.CrossEntropy, optimizer) { Threads = threads };
        foreach (string place in frozen)
            trainer.Rates[place] = 0;
        int classes = network.Output.Size;
        float[] x = Values(rows * network.Input.Size), desired = new float[rows * classes];
        var random = new Random(2);
        for (int row = 0; row < rows; row++)
            desired[(row * classes) + random.Next(classes)] = 1;
        return Timing.Best(() => trainer.Step(x, desired, rows));
    }

    private static double Prediction(Network network, int rows, int threads, bool foldsNorms = true) =>
        Prediction(network, Values(rows * network.Input.Size), rows, threads, foldsNorms);

    // With normalizations folded into the weights, as the peer for predictions has them.
    private static double Prediction(Network network, float[] x, int rows, int threads, bool foldsNorms = true)
    {
        using Predictor predictor = network.CreatePredictor(
            new PredictorOptions { MaxRows = rows, Threads = threads, Calls = 1, FoldNorms = foldsNorms });
        float[] y = new float[rows * network.Output.Size];
        return Timing.Best(() => predictor.Predict(x, y));
    }

    // C = A · B with A [m, k] and B [k, n].
    private static double Product(int m, int n, int k, int threads)
    {
        using var workers = new Workers(threads);
        AlignedBuffer a = Random(m * k), b = Random(k * n), c = new(m * n);
        return Timing.Best(() => MatrixProduct.Forward(a.Span, b.Span, default, c.Span, m, k, n, workers));
    }

    /// <summary>Dense layers, ReLU or another activation between them.</summary>
    public static Network Mlp(int[] sizes, Activation? activation = null)
    {
        NetworkBuilder builder = Network.Create(inputs: sizes[0]);
        foreach (int width in sizes.AsSpan(1..^1))
            builder.Dense(width, activation ?? Activation.Relu);
        return builder.Dense(sizes[^1], Activation.Softmax).Build(seed: 1);
    }

    /// <summary>Random numbers in aligned memory, as the library keeps its own.</summary>
    public static AlignedBuffer Random(int count)
    {
        var buffer = new AlignedBuffer(count);
        Values(count).CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>Random numbers.</summary>
    public static float[] Values(int count)
    {
        var random = new Random(1);
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = random.NextSingle();
        return values;
    }
}
