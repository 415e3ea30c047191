using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using NeuralNet.Onnx.Export;

namespace NeuralNet.Onnx.Tests;

/// <summary>An exported network in ONNX Runtime on the CPU, with one thread, as written or with the runtime's own optimizations.</summary>
internal sealed class Runtime : IDisposable
{
    private readonly InferenceSession session;
    private readonly SessionOptions options;

    public Runtime(byte[] model, bool optimized = true)
    {
        options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = optimized ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        session = new InferenceSession(model, options);
    }

    public IReadOnlyDictionary<string, NodeMetadata> Inputs => session.InputMetadata;

    public IReadOnlyDictionary<string, NodeMetadata> Outputs => session.OutputMetadata;

    /// <summary>The outputs of some rows.</summary>
    /// <param name="x">The rows as the library has them: an image pixel after pixel.</param>
    /// <param name="rows">How many.</param>
    /// <param name="input">The shape of a row.</param>
    /// <returns>The outputs, an image pixel after pixel as well, and their dimensions in the model.</returns>
    public (float[] Values, int[] Dimensions) Run(float[] x, int rows, Shape input)
    {
        if (input.Kind == ShapeKind.Image)
            x = Transposed(x, input.Height * input.Width, input.FeatureCount);

        (float[] y, int[] made) = Run(x, [rows, .. Dimensions.Of(input).Select(dimension => (int)dimension)]);
        return (made.Length == 4 ? Transposed(y, made[1], made[2] * made[3]) : y, made);
    }

    /// <summary>The outputs of rows in the order of the model, in that order.</summary>
    public float[] RunAsItIs(float[] x, int[] dimensions, string output = "output") => Run(x, dimensions, output).Values;

    private (float[] Values, int[] Dimensions) Run(float[] x, int[] dimensions, string output = "output")
    {
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results =
            session.Run([NamedOnnxValue.CreateFromTensor("input", new DenseTensor<float>(x, dimensions))], [output]);
        Tensor<float> y = results[0].AsTensor<float>();
        return ([.. y], y.Dimensions.ToArray());
    }

    // [rows, outer, inner] as [rows, inner, outer]
    private static float[] Transposed(float[] values, int outer, int inner)
    {
        float[] moved = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            (int row, int at) = Math.DivRem(i, outer * inner);
            moved[(row * outer * inner) + (at % inner * outer) + (at / inner)] = values[i];
        }

        return moved;
    }

    public void Dispose()
    {
        session.Dispose();
        options.Dispose();
    }
}
