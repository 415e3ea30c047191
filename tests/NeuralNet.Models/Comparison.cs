using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using NeuralNet.Onnx;

namespace NeuralNet.Models;

/// <summary>A file, here and in ONNX Runtime.</summary>
internal static class Comparison
{
    private const double Tolerance = 1e-4;

    /// <summary>Prints what differs, and what each takes.</summary>
    /// <returns>Whether the answers are the same but for rounding.</returns>
    public static bool Run(string path, int rounds)
    {
        Console.WriteLine(path);
        (Network network, double loading, double taken) = Measured(() => OnnxFile.Load(path));
        Print($"  here: {network}; loaded in {loading:F0} ms, {taken:F0} MB");

        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        (InferenceSession session, loading, taken) = Measured(() => new InferenceSession(path, options));
        using InferenceSession owned = session;
        Print($"  ONNX Runtime: loaded in {loading:F0} ms, {taken:F0} MB");

        float[] x = [.. Enumerable.Range(0, network.Input.Size).Select(i => new RandomStream(1).Normal(0, i))];
        NamedOnnxValue[] inputs = [InputOf(session, network.Input, x)];
        float[] expected;
        using (IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(inputs))
            expected = ToRow(results[0].AsTensor<float>(), network.Output);

        bool isSame = true;
        foreach (bool folds in (bool[])[false, true])
        {
            using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = 1, Calls = 1, FoldNorms = folds });
            float[] y = predictor.Predict(x);
            double largest = Math.Max(1, expected.Max(Math.Abs)), difference = expected.Zip(y, (a, b) => Math.Abs(a - b)).Max() / largest;
            isSame &= y.Length == expected.Length && difference <= Tolerance;
            (double own, double runtime) = (double.MaxValue, double.MaxValue);
            for (int round = 0; round < rounds; round++)
            {
                own = Math.Min(own, Milliseconds(() => predictor.Predict(x, y)));
                runtime = Math.Min(runtime, Milliseconds(() => session.Run(inputs).Dispose()));
            }

            string how = folds ? "norms folded" : "as it is";
            Print($"  {how}: differs by {difference:0.0e0} of the largest output; weights and workspace {predictor.Bytes / 1e6:F0} MB");
            Print($"    {own:F3} ms, ONNX Runtime {runtime:F3} ms, {runtime / own:F2} times as fast");
        }

        if (!isSame)
            Print($"  WRONG: more than {Tolerance:0.0e0}");
        return isSame;
    }

    private static (T Made, double Milliseconds, double Megabytes) Measured<T>(Func<T> make)
    {
        using var process = Process.GetCurrentProcess();
        long before = process.WorkingSet64;
        long start = Stopwatch.GetTimestamp();
        T made = make();
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        process.Refresh();
        return (made, milliseconds, (process.WorkingSet64 - before) / 1e6);
    }

    private static double Milliseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    // Pictures are [1, channels, height, width] there.
    private static NamedOnnxValue InputOf(InferenceSession session, Shape shape, float[] x)
    {
        (string name, NodeMetadata input) = session.InputMetadata.Single();
        int[] sizes = [.. input.Dimensions.Select((size, axis) => size > 0 ? size : axis == 0 ? 1 : shape.Steps)];
        bool areFirst = shape.Kind == ShapeKind.Image && sizes is [_, var channels, ..] && channels == shape.FeatureCount;
        float[] values = areFirst ? Turned(x, shape.Height * shape.Width, shape.FeatureCount) : x;
        return InputOf(name, values, sizes);
    }

    internal static NamedOnnxValue InputOf(string name, float[] values, int[] sizes) =>
        NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(values, sizes));

    private static float[] ToRow(Tensor<float> y, Shape shape)
    {
        float[] values = [.. y];
        return shape.Kind == ShapeKind.Image && y.Dimensions[1] == shape.FeatureCount
            ? Turned(values, shape.FeatureCount, shape.Height * shape.Width) : values;
    }

    private static float[] Turned(float[] values, int rows, int columns) =>
        [.. Enumerable.Range(0, values.Length).Select(i => values[(i % rows * columns) + (i / rows)])];

    internal static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
