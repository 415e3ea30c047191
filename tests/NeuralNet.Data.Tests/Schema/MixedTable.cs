namespace NeuralNet.Tests;

/// <summary>A network of a schema with all that its ends can have: a power, an offset, one-hot and learned vectors, and the way back.</summary>
internal static class MixedTable
{
    public static Table Table { get; } = Make([.. Enumerable.Range(0, 90)]);

    public static (TableSchema Schema, Network Network) Prices(NumberScaling scaling)
    {
        TableSchema schema = TableSchema.Learn(
            Table, [new NumberTarget("price") { Scaling = scaling }],
            new NumberColumn("skewed") { Scaling = NumberScaling.Power }, new CategoryColumn("agent") { HasOther = true });
        Network network = schema.Complete(schema.CreateNetwork().Dense(8, Activation.Tanh).Dense(1).Build(seed: 3));
        network.Layers.Select(layer => layer.Kind).Should().StartWith(["PowerTransform", "Standardize", "Branches"]);
        return (schema, network);
    }

    /// <summary>The row of a record whose words were never seen, and whose other values are missing.</summary>
    public static float[] Unseen(TableSchema schema)
    {
        var row = new float[schema.Inputs];
        schema.Encode([("street", "never seen"), ("agent", "nor this")], row);
        return row;
    }

    private static Table Make(int[] lots) => new(
        TableColumn.OfNumbers("skewed", [.. lots.Select(i => Math.Exp(i % 10 / 3.0))]),
        TableColumn.OfNumbers("second", [.. lots.Select(i => i % 9 == 0 ? double.NaN : 1_700_000_000 + i)]),
        TableColumn.OfTexts("street", [.. lots.Select(i => $"s{i % 30}")]),
        TableColumn.OfTexts("district", [.. lots.Select(i => i % 3 == 0 ? "a" : "b")]),
        TableColumn.OfTexts("agent", [.. lots.Select(i => $"w{i % 22}")]),
        TableColumn.OfNumbers("price", [.. lots.Select(i => 20.0 + (i * 37 % 90))]));
}
