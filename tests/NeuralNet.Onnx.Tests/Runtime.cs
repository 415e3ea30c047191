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

    public (float[] Values, int[] Dimensions) Run(float[] x, int rows, Shape input)
    {
        int[] dimensions = [rows, .. Dimensions.Of(input).Select(dimension => (int)dimension)];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results =
            session.Run([NamedOnnxValue.CreateFromTensor("input", new DenseTensor<float>(x, dimensions))], ["output"]);
        Tensor<float> y = results[0].AsTensor<float>();
        return ([.. y], y.Dimensions.ToArray());
    }

    public void Dispose()
    {
        session.Dispose();
        options.Dispose();
    }
}
