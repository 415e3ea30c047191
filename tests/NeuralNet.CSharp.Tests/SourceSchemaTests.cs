namespace NeuralNet.CSharp.Tests;

/// <summary>What a schema of a table begins a network with, and ends it with, is exported as source, too.</summary>
public class SourceSchemaTests
{
    [Theory]
    [InlineData(NumberScaling.Standard)]
    [InlineData(NumberScaling.Power)]
    public void A_network_of_a_schema_answers_with_the_same_bits(NumberScaling scaling)
    {
        int[] lots = [.. Enumerable.Range(0, 90)];
        var table = new Table(
            TableColumn.OfNumbers("skewed", [.. lots.Select(i => Math.Exp(i % 10 / 3.0))]),
            TableColumn.OfNumbers("second", [.. lots.Select(i => i % 9 == 0 ? double.NaN : 1_700_000_000 + i)]),
            TableColumn.OfTexts("street", [.. lots.Select(i => $"s{i % 30}")]),
            TableColumn.OfTexts("district", [.. lots.Select(i => i % 3 == 0 ? "a" : "b")]),
            TableColumn.OfNumbers("price", [.. lots.Select(i => 20.0 + (i * 37 % 90))]));
        TableSchema schema = TableSchema.Learn(
            table, [new NumberTarget("price") { Scaling = scaling }], new NumberColumn("skewed") { Scaling = NumberScaling.Power });
        Network network = schema.Complete(schema.CreateNetwork().Dense(8, Activation.Tanh).Dense(1).Build(seed: 3));
        network.Layers.Select(layer => layer.Kind).Should().StartWith(["PowerTransform", "Standardize", "Branches"]);

        CompiledSource.PredictAnew predict = new CompiledSource([network.ToCSharp("Prices")]).PredictToArray("Prices");
        float[] rows = schema.Encode(table), unseen = new float[schema.Inputs];
        for (int at = 0; at < rows.Length; at += schema.Inputs)
            predict(rows.AsSpan(at, schema.Inputs)).Should().Equal(network.Predict(rows.AsSpan(at, schema.Inputs)));
        schema.Encode([("street", "never seen")], unseen);
        predict(unseen).Should().Equal(network.Predict(unseen));
    }
}
