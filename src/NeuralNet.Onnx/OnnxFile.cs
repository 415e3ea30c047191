namespace NeuralNet.Onnx;

/// <summary>Networks as ONNX files: <c>SaveOnnx</c> and <c>ToOnnx</c> export one, <c>Load</c> and <c>Parse</c> import one.</summary>
public static partial class OnnxFile
{
}
