using Microsoft.ML.OnnxRuntime;

namespace NeuralNet.Onnx.Tests.Export;

/// <summary>What a schema of a table begins a network with, and ends it with, is a model of ONNX.</summary>
public class SchemaTests
{
    [Theory]
    [InlineData(NumberScaling.Standard)]
    [InlineData(NumberScaling.Power)]
    public void A_network_of_a_schema_answers_the_same_in_ONNX_Runtime(NumberScaling scaling)
    {
        int[] lots = [.. Enumerable.Range(0, 90)];
        var table = new Table(
            TableColumn.OfNumbers("skewed", [.. lots.Select(i => Math.Exp(i % 10 / 3.0))]),
            TableColumn.OfNumbers("second", [.. lots.Select(i => i % 9 == 0 ? double.NaN : 1_700_000_000 + i)]),
            TableColumn.OfTexts("street", [.. lots.Select(i => $"s{i % 30}")]),
            TableColumn.OfTexts("district", [.. lots.Select(i => i % 3 == 0 ? "a" : "b")]),
            TableColumn.OfTexts("agent", [.. lots.Select(i => $"w{i % 22}")]),
            TableColumn.OfNumbers("price", [.. lots.Select(i => 20.0 + (i * 37 % 90))]));
        TableSchema schema = TableSchema.Learn(
            table, [new NumberTarget("price") { Scaling = scaling }],
            new NumberColumn("skewed") { Scaling = NumberScaling.Power }, new CategoryColumn("agent") { HasOther = true });
        Network network = schema.Complete(schema.CreateNetwork().Dense(8, Activation.Tanh).Dense(1).Build(seed: 3));
        network.Layers.Select(layer => layer.Kind).Should().StartWith(["PowerTransform", "Standardize", "Branches"]);

        float[] rows = schema.Encode(table), unseen = new float[schema.Inputs];
        schema.Encode([("street", "never seen"), ("agent", "nor this")], unseen);
        rows = [.. unseen, .. rows];
        Same.AsPredicted(network, count => rows[..(count * schema.Inputs)]);
        using var session = new InferenceSession(network.ToOnnx());
        TableSchema.FromJson(session.ModelMetadata.CustomMetadataMap[TableSchema.MetadataName]).Should().Be(schema);
    }
}
