using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace NeuralNet.Onnx.Tests.Import;

/// <summary>A model in ONNX Runtime with all its inputs and outputs by name, and random numbers for them.</summary>
internal sealed class CarriedRun(byte[] model) : IDisposable
{
    private readonly InferenceSession session = new(model, new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR });

    /// <summary>The outputs of some inputs.</summary>
    public Dictionary<string, float[]> Run(params (string Name, float[] Values, int[] Sizes)[] inputs)
    {
        List<NamedOnnxValue> given = [.. inputs.Select(input => session.InputMetadata[input.Name].ElementDataType switch
        {
            TensorElementType.Int32 => NamedOnnxValue.CreateFromTensor(
                input.Name, new DenseTensor<int>(Array.ConvertAll(input.Values, value => (int)value), input.Sizes)),
            TensorElementType.Int64 => NamedOnnxValue.CreateFromTensor(
                input.Name, new DenseTensor<long>(Array.ConvertAll(input.Values, value => (long)value), input.Sizes)),
            _ => NamedOnnxValue.CreateFromTensor(input.Name, new DenseTensor<float>(input.Values, input.Sizes)),
        })];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(given);
        return results.ToDictionary(result => result.Name, result => result.AsEnumerable<float>().ToArray());
    }

    public static float[] Random(int count, long seed)
    {
        var stream = new RandomStream(seed);
        return [.. Enumerable.Range(0, count).Select(i => stream.Normal(0, i))];
    }

    public void Dispose() => session.Dispose();
}
