using Microsoft.ML.OnnxRuntime;
using NeuralNet.Tests;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>What a schema of a table begins a network with, and ends it with, is a model of ONNX.</summary>
public class SchemaTests
{
    [Theory]
    [InlineData(NumberScaling.Standard)]
    [InlineData(NumberScaling.Power)]
    public void A_network_of_a_schema_answers_the_same_in_ONNX_Runtime(NumberScaling scaling)
    {
        (TableSchema schema, Network network) = MixedTable.Prices(scaling);
        float[] rows = [.. MixedTable.Unseen(schema), .. schema.Encode(MixedTable.Table)];
        Same.AsPredicted(network, count => rows[..(count * schema.Inputs)]);
        using var session = new InferenceSession(network.ToOnnx());
        TableSchema.FromJson(session.ModelMetadata.CustomMetadataMap[TableSchema.MetadataName]).Should().Be(schema);
    }
}
