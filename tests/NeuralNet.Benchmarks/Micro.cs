using BenchmarkDotNet.Attributes;
using NeuralNet.Kernels;

namespace NeuralNet.Benchmarks;

/// <summary>The matrix products of a dense layer, by BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class MatrixProductBenchmarks : IDisposable
{
    private readonly Workers workers = new(1);
    private AlignedBuffer x = new(0), w = new(0), z = new(0);
    private (int Rows, int Inputs, int Outputs) size;

    [Params("32x64x64", "64x784x128", "128x784x256", "256x1024x1024")]
    public string Size { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        int[] sizes = [.. Size.Split('x').Select(int.Parse)];
        size = (sizes[0], sizes[1], sizes[2]);
        (x, w, z) = (Workloads.Random(size.Rows * size.Inputs), Workloads.Random(size.Inputs * size.Outputs), Workloads.Random(
            size.Rows * size.Outputs));
    }

    [Benchmark]
    public void Forward() => MatrixProduct.Forward(x.Span, w.Span, default, z.Span, size.Rows, size.Inputs, size.Outputs, workers);

    [Benchmark]
    public void WeightGradient() => MatrixProduct.AddWeightGradient(x.Span, z.Span, w.Span, size.Rows, size.Inputs, size.Outputs, workers);

    [Benchmark]
    public void InputGradient() => MatrixProduct.InputGradient(z.Span, w.Span, x.Span, size.Rows, size.Inputs, size.Outputs, workers);

    [GlobalCleanup]
    public void Dispose()
    {
        workers.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The passes over parameters, by BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class OptimizerBenchmarks
{
    private AlignedBuffer w = new(0), g = new(0), values = new(0);

    [Params(4_810, 101_770, 2_109_450)]
    public int Parameters { get; set; }

    [GlobalSetup]
    public void Prepare() => (w, g, values) = (Workloads.Random(Parameters), Workloads.Random(Parameters), new(2 * Parameters));

    private OptimizerPass Pass => new()
    {
        Parameters = w.Span,
        Gradient = g.Span,
        Values = values.Span,
        Total = Parameters,
        Step = 1,
        LearningRate = 1e-3f,
    };

    [Benchmark]
    public void Sgd() => UpdatePasses.Run(new Sgd.Rule(1e-3f, 0), Pass);

    [Benchmark]
    public void Adam() => UpdatePasses.Run(new Adam.Rule(Pass, 0.9, 0.999, 1e-8, decouplesDecay: false), Pass);

    [Benchmark]
    public float LargestGradient() => Reduction.MaxMagnitude(g.Span);
}

/// <summary>Activations and the last layer's divergence, by BenchmarkDotNet.</summary>
[MemoryDiagnoser]
public class ActivationBenchmarks
{
    private const int Rows = 128;
    private readonly Divergence logits = Divergence.CrossEntropy.Through(Activation.Softmax)!;
    private AlignedBuffer z = new(0), desired = new(0), y = new(0);

    [Params(10, 256)]
    public int Width { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        (z, desired, y) = (Workloads.Random(Rows * Width), new(Rows * Width), new(Rows * Width));
        for (int row = 0; row < Rows; row++)
            desired.Span[row * Width] = 1;
    }

    [Benchmark]
    public void Relu() => Activation.Relu.Forward(Pass());

    [Benchmark]
    public void Tanh() => Activation.Tanh.Forward(Pass());

    [Benchmark]
    public void Softmax() => Activation.Softmax.Forward(Pass());

    [Benchmark]
    public double CrossEntropyWithGradient() => logits.Sum(new DivergencePass
    {
        Rows = Rows,
        Output = z.Span,
        Desired = desired.Span,
        Gradient = y.Span,
    }).Sum;

    private ActivationForwardPass Pass() => new() { Vectors = Rows, Z = z.Span, Y = y.Span };
}
