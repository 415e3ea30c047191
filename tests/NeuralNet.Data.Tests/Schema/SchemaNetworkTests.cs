namespace NeuralNet.Tests.Schema;

/// <summary>From a schema to a network, into a file, and back.</summary>
public class SchemaNetworkTests
{
    private static readonly double[] numbers = [.. Enumerable.Range(0, 60).Select(i => (i * 37 % 60) + 0.5)];

    private static readonly Table table = new(
        TableColumn.OfNumbers("number", numbers),
        TableColumn.OfNumbers("skewed", [.. numbers.Select(number => Math.Exp(number / 10))]),
        TableColumn.OfNumbers("second", [.. numbers.Select(number => 1_700_000_000 + number)]),
        TableColumn.OfTexts("many", [.. Enumerable.Range(0, 60).Select(i => $"v{i % 30:00}")]),
        TableColumn.OfTexts("few", [.. Enumerable.Range(0, 60).Select(i => i % 3 == 0 ? "a" : "b")]),
        TableColumn.OfTexts("many2", [.. Enumerable.Range(0, 60).Select(i => $"w{i % 25:00}")]),
        TableColumn.OfNumbers("y", [.. numbers.Select(number => 1000 + (3 * number))]));

    [Fact]
    public void The_first_layers_scale_numbers_and_look_up_ids_in_the_order_of_the_schema()
    {
        TableSchema schema = TableSchema.Learn(table, "y", new NumberColumn("skewed") { Scaling = NumberScaling.Power });
        schema.Inputs.Should().Be(7, "three numbers, an id, two places, an id");
        NetworkBuilder builder = schema.CreateNetwork();
        int first = schema["many"].Embedding!.Value.Width, second = schema["many2"].Embedding!.Value.Width;
        builder.Shape.Should().Be(Shape.Features(3 + first + 2 + second));
        Network network = builder.Build(seed: 1);
        network.Layers.Select(layer => layer.Kind).Should().Equal("PowerTransform", "Standardize", "Branches");

        float[] rows = schema.Encode(table), features = network.Predict(rows);
        int width = builder.Shape.Size;
        for (int column = 0; column < 3; column++)
        {
            double[] values = [.. Enumerable.Range(0, 60).Select(row => (double)features[(row * width) + column])];
            values.Average().Should().BeApproximately(0, 1e-5);
            values.Average(value => value * value).Should().BeApproximately(1, 1e-5);
            NumberScale scale = ((NumberColumn)schema.Columns[column]).Scale!;
            for (int row = 0; row < 60; row++)
                values[row].Should().BeApproximately(scale.Scaled(table.Columns[column].Numbers[row]), 1e-5);
        }

        // Rows 0 and 30 have the same value of "many", 0 and 25 of "many2"; a place stays as it is.
        Row(30)[3..(3 + first)].Should().Equal(Row(0)[3..(3 + first)]);
        Row(25)[^second..].Should().Equal(Row(0)[^second..]);
        Row(1)[^second..].Should().NotEqual(Row(0)[^second..]);
        Row(1)[(3 + first)..(5 + first)].Should().Equal(0, 1);
        var unseen = new float[7];
        schema.Encode([("many", "never seen")], unseen);
        network.Predict(unseen)[3..(3 + first)].Should().OnlyContain(value => value == 0);

        float[] Row(int row) => features[(row * width)..((row + 1) * width)];
    }

    [Fact]
    public void Only_layers_that_are_needed_are_there()
    {
        Table plain = table.Only("few", "y");
        NetworkBuilder builder = TableSchema.Learn(plain, "y").CreateNetwork().Dense(1);
        builder.Build().Layers.Select(layer => layer.Kind).Should().Equal("Dense");
        TableSchema.Learn(table.Only("many", "y"), "y").CreateNetwork().Build().Layers.Select(layer => layer.Kind)
            .Should().Equal("Embedding", "Flatten");
        TableSchema.Learn(table.Only("number", "y"), "y", new NumberColumn("number") { Scaling = NumberScaling.None }).CreateNetwork().Dense(1)
            .Build()
            .Layers.Should().ContainSingle();
    }

    [Theory]
    [InlineData(NumberScaling.None)]
    [InlineData(NumberScaling.Standard)]
    [InlineData(NumberScaling.MinMax)]
    [InlineData(NumberScaling.Robust)]
    [InlineData(NumberScaling.Logarithm)]
    [InlineData(NumberScaling.Power)]
    public void A_saved_network_predicts_in_the_unit_of_the_target(NumberScaling scaling)
    {
        Table two = table.With(TableColumn.OfNumbers("z", [.. numbers.Select(number => 1_700_000_000 + (4096 * Math.Floor(number)))]));
        TableSchema schema = TableSchema.Learn(
            two, [new NumberTarget("y") { Scaling = scaling }, new NumberTarget("z") { Scaling = scaling }]);
        Network network = schema.CreateNetwork().Dense(schema.Outputs, schema.OutputActivation).Build(seed: 5);
        string path = Path.GetTempFileName();
        try
        {
            schema.Save(network, path);
            TableSchema loaded = TableSchema.Load(path);
            loaded.Should().Be(schema);
            Network whole = Network.Load(path);
            TableSchema.FromNetwork(whole).Should().Be(schema);
            float[] rows = loaded.Encode(two), scaled = network.Predict(rows), own = whole.Predict(rows);
            for (int i = 0; i < scaled.Length; i++)
            {
                NumberScale scale = ((NumberTarget)schema.Targets[i % 2]).Scale!;
                scale.Scaled(own[i]).Should().BeApproximately(scaled[i], i % 2 == 1 ? 0.01 : 1e-4, "z has 128 between one float and the next");
            }

            schema.Invoking(s => s.Complete(whole)).Should().Throw<ArgumentException>().WithMessage("The network has a schema already*");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_network_learns_from_a_table_and_is_measured_in_both_units()
    {
        (Table train, Table test) = table.Only("number", "few", "y").Split(0.2, seed: 1);
        TableSchema schema = TableSchema.Learn(train, "y");
        Network network = schema.CreateNetwork().Dense(schema.Outputs).Build(seed: 1);
        var trainer = new Trainer(network, schema.Divergence, new Adam(0.05f)) { BatchSize = 8 };
        trainer.Fit(schema.ToDataset(train), epochs: 100);
        trainer.Evaluate(schema.ToDataset(test)).R2.Should().BeGreaterThan(0.999f);
        Network whole = schema.Complete(network);
        new Trainer(whole, schema.Divergence, new Sgd(0.1f)).Evaluate(schema.ToDataset(test, scaled: false)).R2.Should().BeGreaterThan(0.999f);
        var row = new float[schema.Inputs];
        schema.Encode([("number", 10), ("few", "a")], row);
        whole.Predict(row)[0].Should().BeApproximately(1030, 3);
        network.Layers.Should().HaveCount(2, "completing makes another network");
    }

    [Fact]
    public void Networks_and_files_that_do_not_fit_are_refused()
    {
        TableSchema schema = TableSchema.Learn(table.Only("number", "few", "y"), "y");
        schema.Invoking(s => s.Complete(Network.Create(4).Dense(1).Build())).Should().Throw<ArgumentException>()
            .WithMessage("The network takes Features(4), but the schema's rows have 3 features; begin it with schema.CreateNetwork().*");
        schema.Invoking(s => s.Complete(Network.Create(3).Dense(2).Build())).Should().Throw<ArgumentException>()
            .WithMessage("The network gives Features(2), but the schema has 1 outputs; end it with*");
        Network other = Network.Create(2).Dense(1).Build();
        FluentActions.Invoking(() => TableSchema.FromNetwork(other)).Should().Throw<InvalidDataException>().WithMessage("The network has no schema*");
        other.Metadata = new Dictionary<string, string> { [TableSchema.MetadataName] = schema.ToJson() };
        FluentActions.Invoking(() => TableSchema.FromNetwork(other)).Should().Throw<InvalidDataException>()
            .WithMessage("The network takes Features(2)*");
        other.Metadata = new Dictionary<string, string> { [TableSchema.MetadataName] = "{" };
        FluentActions.Invoking(() => TableSchema.FromNetwork(other)).Should().Throw<InvalidDataException>().WithMessage("*cannot be read*");
        string path = Path.GetTempFileName();
        try
        {
            Network.Create(2).Dense(1).Build().Save(path);
            FluentActions.Invoking(() => TableSchema.Load(path)).Should().Throw<InvalidDataException>().WithMessage("*has no schema*");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
