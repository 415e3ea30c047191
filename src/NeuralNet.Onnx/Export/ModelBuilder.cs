using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

internal sealed class ModelBuilder(Network network)
{
    public ModelProto Build() => new() { IrVersion = 8, ProducerName = "NeuralNet", DocString = network.ToString() };
}
