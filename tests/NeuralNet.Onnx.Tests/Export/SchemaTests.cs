using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Tests.Export;

public class SchemaTests
{
    [Fact]
    public void A_model_states_its_version_and_who_made_it()
    {
        ModelProto model = ModelProto.Parser.ParseFrom(Network.Create(2).Dense(1).Build().ToOnnx());
        model.IrVersion.Should().Be(8);
        model.ProducerName.Should().Be("NeuralNet");
    }
}
