using NeuralNet.Tests;

namespace NeuralNet.CSharp.Tests;

/// <summary>What a schema of a table begins a network with, and ends it with, is exported as source, too.</summary>
public class SourceSchemaTests
{
    [Theory]
    [InlineData(NumberScaling.Standard)]
    [InlineData(NumberScaling.Power)]
    public void A_network_of_a_schema_answers_with_the_same_bits(NumberScaling scaling)
    {
        (TableSchema schema, Network network) = MixedTable.Prices(scaling);
        CompiledSource.PredictAnew predict = new CompiledSource([network.ToCSharp("Prices")]).PredictToArray("Prices");
        float[] rows = [.. MixedTable.Unseen(schema), .. schema.Encode(MixedTable.Table)];
        for (int at = 0; at < rows.Length; at += schema.Inputs)
            predict(rows.AsSpan(at, schema.Inputs)).Should().Equal(network.Predict(rows.AsSpan(at, schema.Inputs)));
    }
}
