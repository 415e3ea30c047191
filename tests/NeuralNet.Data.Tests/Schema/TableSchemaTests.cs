namespace NeuralNet.Tests.Schema;

/// <summary>What is chosen by itself, targets, words, and how a schema is changed.</summary>
public class TableSchemaTests
{
    private static readonly Table houses = new(
        TableColumn.OfTexts("id", "h1", "h2", "h3", "h4", "h5", "h6"),
        TableColumn.OfNumbers("row", 1, 2, 3, 4, 5, 6),
        TableColumn.OfNumbers("rooms", 3, 4, double.NaN, 2, 5, 3),
        TableColumn.OfTexts("district", "north", "south", "north", "south", "north", null),
        TableColumn.OfTexts("garden", "yes", "no", "no", "yes", "yes", "no"),
        TableColumn.OfTexts("sold", "2024-01-03", "2024-02-03", "2024-03-03", "2024-01-05", "2024-02-01", "2024-03-09"),
        TableColumn.OfTexts("note", "a very nice old house", "close to the main station", "quiet, with a large garden", "needs some work to do",
            "new roof and new windows", "near the school and park"),
        TableColumn.OfTexts("empty", null, null, null, null, null, null),
        TableColumn.OfNumbers("price", 300, 250, 410, 180, 520, double.NaN));

    [Fact]
    public void Kinds_are_chosen_by_what_is_there_and_said()
    {
        TableSchema schema = TableSchema.Learn(houses, target: "price");
        schema.Columns.Select(column => column.GetType().Name).Should().Equal(
            "SkippedColumn", "NumberColumn", "NumberColumn", "CategoryColumn", "BooleanColumn", "DateColumn", "TextColumn", "SkippedColumn");
        schema.Columns.Select(column => column.Name).Should().Equal("id", "row", "rooms", "district", "garden", "sold", "note", "empty");
        schema.Remarks.Should().Equal(
            "1 of 6 rows lacks its target, \"price\", and is left out",
            "id: skipped, because all its 5 texts differ, as ids do",
            "row: its numbers count the rows; if they are only a row's number, skip it",
            "district: a category, because it has 2 different texts in 5 rows",
            "garden: a boolean, because its texts are yes and no",
            "sold: a date, because all its texts are dates",
            "note: text, because most of its texts differ and are sentences",
            "empty: skipped, because it has no values");
        schema.Inputs.Should().Be(1 + 2 + 2 + 1 + 5 + 256);
        schema.FeatureNames.Should().HaveCount(schema.Inputs)
            .And.StartWith(["row", "rooms", "rooms missing", "district=north", "district=south", "garden"]);
        schema.Columns.Should().OnlyContain(column => column.FeatureNames.Count == column.Width);
    }

    [Fact]
    public void Texts_that_are_mostly_numbers_are_remarked()
    {
        One.Schema(One.Texts("1", "2", "n/a", "1", "n/a")).Remarks.Should().Contain(
            "x: most of its texts are numbers; if the others, such as n/a, stand for missing ones, say so where the table is read");
    }

    [Fact]
    public void A_number_is_a_target_of_L2_and_is_scaled()
    {
        TableSchema schema = TableSchema.Learn(houses, "price", new SkippedColumn("note"));
        Ends(schema, 1, Divergence.L2, null);
        schema.ClassNames.Should().BeEmpty();
        Dataset data = schema.ToDataset(houses);
        (data.Rows, data.OutputWidth, data.Classes).Should().Be((5, 1, 0));
        data.Desired.ToArray().Average().Should().BeApproximately(0, 1e-6f);
        data.Desired.ToArray().Average(d => d * d).Should().BeApproximately(1, 1e-6f);
        schema.ToDataset(houses, scaled: false).Desired.ToArray().Should().Equal(300, 250, 410, 180, 520);
        NumberTarget minMax = new("price") { Scaling = NumberScaling.MinMax };
        TableSchema.Learn(houses, [minMax], new SkippedColumn("note")).ToDataset(houses).Desired.ToArray().Max().Should().Be(1);

        // Both ends of a very skewed target: λ stays where the way back exists.
        double[] skewed = [.. Enumerable.Range(0, 40).Select(i => Math.Pow(2, -i))];
        Table table = new(One.Numbers(skewed), TableColumn.OfNumbers("y", skewed));
        var power = (NumberTarget)TableSchema.Learn(table, [new NumberTarget("y") { Scaling = NumberScaling.Power }]).Targets[0];
        power.Scale!.Lambda.Should().BeInRange(0, 1e-3);
    }

    [Fact]
    public void Texts_are_classes()
    {
        Table table = new(One.Numbers(1, 2, 3, 4, 5, 6), TableColumn.OfTexts("y", "cat", "dog", "bird", "dog", "cat", "bird"));
        TableSchema schema = TableSchema.Learn(table, "y");
        Ends(schema, 3, Divergence.CrossEntropy, Activation.Softmax);
        schema.ClassNames.Should().Equal("bird", "cat", "dog");
        Dataset data = schema.ToDataset(table);
        data.ClassNames.Should().Equal("bird", "cat", "dog");
        data.Labels.ToArray().Should().Equal(1, 2, 0, 2, 1, 0);
        data.DesiredRow(0).ToArray().Should().Equal(0, 1, 0);

        Table other = table.With(TableColumn.OfTexts("y", "cat", "cow", "bird", "dog", "cat", null));
        schema.Invoking(s => s.ToDataset(other)).Should().Throw<InvalidDataException>()
            .WithMessage("Row 1, column \"y\": expected one of the classes bird, cat, dog, but got \"cow\";*");
        schema.ToDataset(other.Slice(2, 4)).Rows.Should().Be(3, "a row without a class is left out");
        schema.Invoking(s => s.ToDataset(other.Slice(5, 1))).Should().Throw<ArgumentException>().WithMessage("No row of the table has a target.*");
        FluentActions.Invoking(() => TableSchema.Learn(table.With(TableColumn.OfTexts("y", "a", "b", "c", "d", "e", "a")), "y"))
            .Should().Throw<ArgumentException>()
            .WithMessage("Target \"y\" has 5 different texts in 6 rows, such as a, b, c: hardly classes.*new ClassTarget(\"y\").*");
        FluentActions.Invoking(() => TableSchema.Learn(table.With(TableColumn.OfTexts("y", "a", "a", "a", "a", "a", "a")), "y"))
            .Should().Throw<ArgumentException>().WithMessage("Target \"y\" cannot be used: expected 2 to * classes, but it has 1, a.*");
    }

    [Fact]
    public void Numbers_can_be_classes_and_classes_have_an_order_of_ones_own()
    {
        Table table = new(One.Numbers(1, 2, 3, 4), TableColumn.OfNumbers("y", 5, 10, 5, 7));
        TableSchema.Learn(table, [new ClassTarget("y")]).ClassNames.Should().Equal("5", "7", "10");
        TableSchema stated = TableSchema.Learn(table, [new ClassTarget("y") { Values = ["10", "7", "5", "1"] }]);
        stated.ToDataset(table).Labels.ToArray().Should().Equal(2, 0, 2, 1);
        stated.Remarks.Should().Contain("y: no row has the class 1");
        FluentActions.Invoking(() => TableSchema.Learn(table, [new ClassTarget("y") { Values = ["10", "7"] }]))
            .Should().Throw<ArgumentException>().WithMessage("Target \"y\": expected one of the classes 10, 7, but got \"5\".*");
    }

    [Fact]
    public void More_than_1000_classes_are_ids()
    {
        double[] y = [.. Enumerable.Range(0, 1001).Select(i => (double)i)];
        Table table = new(One.Numbers(y), TableColumn.OfNumbers("y", y));
        TableSchema schema = TableSchema.Learn(table, [new ClassTarget("y")]);
        Dataset data = schema.ToDataset(table);
        (data.HasClassIds, data.OutputWidth, data.Classes, data.ClassNames[1000]).Should().Be((true, 1, 1001, "1000"));
        ((IRowSource)data).Format.Should().Be(schema.Format);
    }

    [Fact]
    public void Two_words_of_truth_are_yes_or_no()
    {
        Table table = new(One.Numbers(1, 2, 3, 4), TableColumn.OfTexts("y", "yes", "no", "no", "yes"));
        TableSchema schema = TableSchema.Learn(table, "y");
        Ends(schema, 1, Divergence.BinaryCrossEntropy, Activation.Sigmoid);
        schema.ClassNames.Should().Equal("no", "yes");
        schema.ToDataset(table).Desired.ToArray().Should().Equal(1, 0, 0, 1);
        TableSchema numbers = TableSchema.Learn(table.With(TableColumn.OfNumbers("y", 0, 1, 1, 0)), "y");
        numbers.Targets[0].Should().Be(new YesNoTarget("y", "1", "0"));
        numbers.Remarks.Should().Contain("y: yes or no, because its values are 1 and 0");
        TableSchema.Learn(table.With(TableColumn.OfTexts("y", "ill", "well", "well", "ill")), [new YesNoTarget("y", yes: "ill", no: "well")])
            .ClassNames.Should().Equal("well", "ill");
    }

    [Fact]
    public void Several_targets_are_all_numbers_or_all_yes_or_no()
    {
        Table table = new(
            One.Numbers(1, 2, 3, 4), TableColumn.OfTexts("red", "yes", "no", "no", "yes"), TableColumn.OfTexts("blue", "no", "no", "yes", null),
            TableColumn.OfNumbers("a", 1, 2, 3, 5), TableColumn.OfNumbers("b", 1, 2, 3, 4), TableColumn.OfTexts("c", "u", "v", "u", "v"));
        TableSchema labels = TableSchema.Learn(table, ["red", "blue"]);
        Ends(labels, 2, Divergence.BinaryCrossEntropy, Activation.Sigmoid);
        labels.ClassNames.Should().Equal("red", "blue");
        labels.ToDataset(table).Desired.ToArray().Should().Equal([1, 0, 0, 0, 0, 1], "the last row lacks a target");
        TableSchema numbers = TableSchema.Learn(table, ["a", "b"]);
        Ends(numbers, 2, Divergence.L2, null);
        numbers.ToDataset(table, scaled: false).DesiredRow(3).ToArray().Should().Equal(5, 4);
        foreach (string[] mixed in (string[][])[["a", "c"], ["a", "red"]])
        {
            FluentActions.Invoking(() => TableSchema.Learn(table, mixed)).Should().Throw<ArgumentException>()
                .WithMessage($"Several targets must all be numbers, or all yes or no, but \"{mixed[0]}\" is a number and \"{mixed[1]}\" a *");
        }

        FluentActions.Invoking(() => TableSchema.Learn(table, ["a", "a"])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => TableSchema.Learn(table, (string[])[])).Should().Throw<ArgumentException>()
            .WithMessage("Expected at least one target.*");
    }

    [Fact]
    public void Names_that_are_not_there_are_refused_with_the_nearest_one()
    {
        FluentActions.Invoking(() => TableSchema.Learn(houses, "prize")).Should().Throw<ArgumentException>()
            .WithMessage("The table has no column \"prize\"; did you mean \"price\"?*");
        FluentActions.Invoking(() => TableSchema.Learn(houses, "price", new NumberColumn("Rooms"))).Should().Throw<ArgumentException>()
            .WithMessage("*did you mean \"rooms\"?*");
        FluentActions.Invoking(() => TableSchema.Learn(houses, "price", new NumberColumn("zzzz"))).Should().Throw<ArgumentException>()
            .WithMessage("*expected one of id, row, rooms*");
        FluentActions.Invoking(() => TableSchema.Learn(houses, "price", new SkippedColumn("id"), new SkippedColumn("id"))).Should()
            .Throw<ArgumentException>().WithMessage("Column \"id\" is stated twice.*");
        FluentActions.Invoking(() => TableSchema.Learn(houses, "price", new NumberColumn("price"))).Should().Throw<ArgumentException>()
            .WithMessage("\"price\" is a target; say what is known of it as one: [new NumberTarget(\"price\")].*");
        FluentActions.Invoking(() => TableSchema.Learn(houses.Slice(5, 1), "price")).Should().Throw<ArgumentException>()
            .WithMessage("Each of 1 rows lacks its target, \"price\", so that there is nothing to learn from.*");
    }

    [Fact]
    public void A_schema_is_printed_compared_and_changed()
    {
        TableSchema schema = TableSchema.Learn(houses.Only("rooms", "district", "garden", "price"), "price");
        $"{schema}".Should().Be("""
            Schema of 3 columns: 5 inputs, 1 output
              rooms: number (Standard: mean 3.5, deviation 1.118, with an indicator of missing ones)
              district: category (one-hot, 2 values: north, south)
              garden: boolean (yes is 1, no is 0)
            Target
              price: number (Standard: mean 332, deviation 120.2331)
            Remarks
              1 of 6 rows lacks its target, "price", and is left out
              district: a category, because it has 2 different texts in 5 rows
              garden: a boolean, because its texts are yes and no
            """);
        TableSchema again = TableSchema.Learn(houses.Only("rooms", "district", "garden", "price"), "price");
        (schema == again).Should().BeTrue();
        schema.GetHashCode().Should().Be(again.GetHashCode());
        schema["rooms"].Should().Be(again["rooms"]);
        schema["district"].Should().Be(again["district"], "lists are compared by what is in them");

        TableSchema changed = schema.With((NumberColumn)schema["rooms"] with { Indicator = false, Required = true });
        (changed != schema).Should().BeTrue();
        changed.Inputs.Should().Be(4);
        $"{changed["rooms"]}".Should().Be("rooms: number (Standard: mean 3.5, deviation 1.118), required");
        schema.Invoking(s => s.With(new NumberColumn("rooms"))).Should().Throw<ArgumentException>()
            .WithMessage("Column \"rooms\" cannot be used: its scale and indicator have not been learned.*");
        schema.Invoking(s => s.With(new SkippedColumn("room"))).Should().Throw<ArgumentException>().WithMessage("*did you mean \"rooms\"?*");
        schema.Invoking(s => s["roms"]).Should().Throw<ArgumentException>().WithMessage("*did you mean \"rooms\"?*");
    }

    [Fact]
    public void Every_kind_has_words_before_and_after_it_is_learned()
    {
        string[] words =
        [
            $"{new NumberColumn("x")}", $"{new BooleanColumn("x")}", $"{new CategoryColumn("x")}", $"{new OrderedColumn("x", "a", "b")}",
            $"{new DateColumn("x")}", $"{new TextColumn("x")}", $"{new SkippedColumn("x")}", $"{new NumberTarget("y")}", $"{new ClassTarget("y")}",
            $"{new YesNoTarget("y")}", $"{NumberScale.Identity}", $"{new NumberScale { Offset = 5, Lambda = 0.5, Mean = 1, Deviation = 2 }}",
        ];
        words.Should().Equal(
            "x: number (Standard)", "x: boolean", "x: category", "x: ordered category (a < b)", "x: date",
            "x: text (256 buckets of words, log(1 + count))",
            "x: skipped", "y: number (Standard)", "y: class", "y: yes or no", "as it is", "offset 5, λ 0.5, mean 1, deviation 2");
        $"{new NumberScale { Offset = 1_700_000_060, Mean = 0.00012345678, Deviation = 12345.6 }}".Should().Be(
            "offset 1700000060, mean 0.00012346, deviation 12346");
        $"{One.Schema(One.Texts("2024-01-01", "2024-01-02")).Columns[0]}".Should().Be("x: date (Elapsed, Month, DayOfWeek)");
        $"{new ClassTarget("y") { Values = ["a", "b"] }}".Should().Be("y: 2 classes, a, b");
        $"{new YesNoTarget("y", "ill", "well")}".Should().Be("y: ill (1) or well (0)");
    }

    [Fact]
    public void Public_classes_have_words_of_their_own() => typeof(TableSchema).Assembly.GetExportedTypes()
        .Where(type => type is { IsInterface: false, IsEnum: false, IsByRefLike: false, IsAbstract: false, IsNested: false }
            && !type.IsSubclassOf(typeof(Delegate))
            && type.GetMethod("ToString", Type.EmptyTypes)!.DeclaringType is { } from && (from == typeof(object) || from == typeof(ValueType)))
        .Should().BeEmpty();

    private static void Ends(TableSchema schema, int outputs, Divergence divergence, Activation? activation)
    {
        schema.Outputs.Should().Be(outputs);
        schema.Divergence.Should().Be(divergence);
        schema.OutputActivation.Should().Be(activation);
    }
}
