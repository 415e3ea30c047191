namespace NeuralNet.Tests.Schema;

/// <summary>Records of all kinds become the same rows, without allocating.</summary>
public class EncodeTests
{
    private static readonly House[] houses =
    [
        new(3, "north", true, new DateTime(2024, 1, 3, 6, 0, 0), "a nice old house", "small", 300),
        new(null, "south", false, new DateTime(2024, 2, 3), "near the park", "large", 250),
        new(4, "north", true, new DateTime(2024, 3, 5), "new roof, new windows", "medium", 410),
        new(2, null, false, new DateTime(2024, 5, 8), null, "small", 180),
        new(5, "south", null, new DateTime(2024, 5, 9), "needs work", "large", null),
        new(5, "south", null, new DateTime(2024, 5, 9), "needs work", "large", 290),
    ];

    private static readonly RecordColumns<House> selectors = new RecordColumns<House>()
        .Add("price", house => house.Price).Add("rooms", house => house.Rooms).Add("district", house => house.District)
        .Add("garden", house => house.Garden).Add("sold", house => house.Sold).Add("note", house => house.Note).Add("size", house => house.Size);

    private static readonly Table table = Table.FromRecords(houses, selectors);

    private static readonly TableSchema schema = TableSchema.Learn(
        table, "price", new OrderedColumn("size", "small", "medium", "large"), new TextColumn("note") { Buckets = 8 });

    [Fact]
    public void Tuples_records_tables_and_sources_give_the_same_rows()
    {
        float[] rows = schema.Encode(table.Without("price"));
        rows.Should().HaveCount(houses.Length * schema.Inputs);
        var row = new float[schema.Inputs];
        for (int i = 0; i < houses.Length; i++)
        {
            float[] expected = rows[(i * schema.Inputs)..((i + 1) * schema.Inputs)];
            House house = houses[i];
            schema.Encode(
                [("size", house.Size), ("rooms", house.Rooms), ("district", house.District), ("garden", house.Garden), ("sold", house.Sold),
                    ("note", house.Note)], row);
            row.Should().Equal(expected);
            row.AsSpan().Fill(float.NaN);
            schema.Encode(house, selectors, row);
            row.Should().Equal(expected);
        }

        Dataset data = schema.ToDataset(table);
        data.Inputs.ToArray().Should().Equal([.. rows[..(4 * schema.Inputs)], .. rows[(5 * schema.Inputs)..]]);
    }

    [Fact]
    public void What_a_record_does_not_name_is_missing()
    {
        float[] some = new float[schema.Inputs], all = new float[schema.Inputs];
        schema.Encode([("district", "north")], some);
        schema.Encode(
            [("district", "north"), ("rooms", TableValue.Missing), ("garden", TableValue.Missing), ("sold", TableValue.Missing),
                ("note", TableValue.Missing), ("size", TableValue.Missing)], all);
        some.Should().Equal(all);
        schema.Encode([], some);
        TableSchema required = schema.With((NumberColumn)schema["rooms"] with { Required = true });
        required.Invoking(s => s.Encode([("district", "north")], some)).Should().Throw<ArgumentException>()
            .WithMessage("\"rooms\": a value is required, but it is missing.*");
    }

    [Fact]
    public void Names_that_are_no_columns_are_refused_in_a_record_and_of_no_interest_in_a_table()
    {
        var row = new float[schema.Inputs];
        schema.Invoking(s => s.Encode([("romms", 3)], row)).Should().Throw<ArgumentException>()
            .WithMessage("The schema has no column \"romms\"; did you mean \"rooms\"?*");
        schema.Invoking(s => s.Encode([("rooms", 3), ("rooms", 4)], row)).Should().Throw<ArgumentException>()
            .WithMessage("The record has \"rooms\" twice.*");
        schema.Invoking(s => s.Encode([("rooms", 3), (null!, 4)], row)).Should().Throw<ArgumentNullException>();
        schema.Invoking(s => s.Encode([("price", 3), ("rooms", 4)], row)).Should().NotThrow("a target is a column, too");
        schema.Invoking(s => s.Encode([("rooms", 3)], new float[row.Length + 1])).Should().Throw<ArgumentException>()
            .WithMessage($"Expected a row of {schema.Inputs} floats, but got {schema.Inputs + 1}.*");
        schema.Encode(table.With(TableColumn.OfNumbers("more", 1, 2, 3, 4, 5, 6))).Should().Equal(schema.Encode(table));
        schema.Invoking(s => s.Encode(table.Without("rooms").With(TableColumn.OfNumbers("Rooms", 1, 2, 3, 4, 5, 6))))
            .Should().Throw<ArgumentException>()
            .WithMessage("The column \"rooms\", which the schema has, is not there; did you mean \"Rooms\"?*");
        schema.Invoking(s => s.ToDataset(table.Without("price"))).Should().Throw<ArgumentException>()
            .WithMessage("The column \"price\"*is not there*");
        schema.Invoking(s => s.Encode(houses[0], new RecordColumns<House>().Add("rooms", house => house.Rooms), row))
            .Should().Throw<ArgumentException>()
            .WithMessage("The column \"district\", which the schema has, is not there*");
    }

    [Fact]
    public void A_value_that_does_not_fit_is_refused_with_its_place()
    {
        string?[] sizes = ["small", "medium", "small", "tiny", "large", "large"];
        schema.Invoking(s => s.Encode(table.With(TableColumn.OfTexts("size", sizes)))).Should().Throw<InvalidDataException>()
            .WithMessage("Row 3, column \"size\": expected one of small, medium, large, but got \"tiny\".");
        string long_ = new('x', 500);
        schema.Invoking(s => s.Encode([("size", long_)], new float[s.Inputs])).Should().Throw<ArgumentException>()
            .Which.Message.Length.Should().BeLessThan(200);
    }

    [Fact]
    public void A_record_allocates_nothing()
    {
        var row = new float[schema.Inputs];
        House house = houses[0];
        (string, TableValue)[] record =
        [
            ("rooms", 3), ("district", "north"), ("garden", "yes"), ("sold", "2024-01-03T12:30:00Z"), ("note", "a Nice old house"), ("size", "large"),
        ];
        var reader = new TableRecords(table);
        var encoder = new RecordEncoder(schema, reader.Names, withTargets: true);
        var desired = new float[1];
        reader.Next();
        TableSchema truth = schema.With(new BooleanColumn("garden", "yes", "no") { Indicator = true });
        DateColumn date = ((DateColumn)schema["sold"]) with { Format = "yyyy-MM-dd'T'HH:mm:ss'Z'" };
        TableSchema formatted = truth.With(date);
        void All()
        {
            truth.Encode(record, row);
            formatted.Encode(record, row);
            schema.Encode(house, selectors, row);
            encoder.Inputs(reader, row);
            encoder.HasTargets(reader);
            encoder.Desired(reader, scaled: true, desired);
        }

        All();
        All();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            All();
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    [Fact]
    public void Records_are_a_source_that_is_read_anew_each_epoch()
    {
        int opened = 0;
        IEnumerable<House> Read()
        {
            opened++;
            foreach (House house in houses)
                yield return house;
        }

        IRowSource source = schema.ToRows(Read(), selectors);
        Dataset data = schema.ToDataset(table);
        (source.Rows, source.Signature).Should().Be((null, ""));
        source.Format.Should().Be(data.Format);
        $"{source}".Should().Be($"Records as {data.Format}");
        for (int firstRow = 0; firstRow <= 6; firstRow++)
        {
            using IRowReader reader = source.Open(seed: 1, epoch: firstRow, firstRow);
            float[] inputs = new float[7 * schema.Inputs], desired = new float[7];
            int read = reader.Read(new RowSpans { Rows = 7, Inputs = inputs, Desired = desired });
            read.Should().Be(Math.Max(0, 5 - firstRow), "the record without a price is left out");
            desired[..read].Should().Equal(data.Desired[(5 - read)..].ToArray());
            inputs[..(read * schema.Inputs)].Should().Equal(data.Inputs[((5 - read) * schema.Inputs)..].ToArray());
        }

        opened.Should().Be(7);
        using (IRowReader reader = source.Open(0, 0, 0))
        {
            reader.Skip(2).Should().Be(2);
            reader.Skip(10).Should().Be(3);
        }

        source.Invoking(s => s.Open(0, 0, -1)).Should().Throw<ArgumentOutOfRangeException>();
        schema.Invoking(s => s.ToRows(houses, new RecordColumns<House>().Add("rooms", house => house.Rooms))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Classes_of_a_source_are_one_hot()
    {
        Table flowers = new(One.Numbers(1, 2, 3, 4), TableColumn.OfTexts("y", "b", "a", "b", "a"));
        TableSchema classes = TableSchema.Learn(flowers, "y");
        IRowSource source = classes.ToRows(() => new TableRecords(flowers), "flowers");
        source.Signature.Should().Be("flowers");
        source.Format.Classes.Should().Be(2);
        var desired = new float[8];
        using IRowReader reader = source.Open(0, 0, 0);
        reader.Read(new RowSpans { Rows = 4, Inputs = new float[4], Desired = desired }).Should().Be(4);
        desired.Should().Equal(0, 1, 1, 0, 0, 1, 1, 0);
    }

    [Fact]
    public void A_wrong_value_of_a_source_says_its_record()
    {
        House[] wrong = [houses[0], houses[1] with { Size = "tiny" }];
        using IRowReader reader = schema.ToRows(wrong, selectors).Open(0, 0, 0);
        reader.Invoking(r => r.Read(new RowSpans { Rows = 2, Inputs = new float[2 * schema.Inputs], Desired = new float[2] }))
            .Should().Throw<InvalidDataException>().WithMessage("Record 1, column \"size\": expected one of small, medium, large, but got \"tiny\".");
    }

    private sealed record House(double? Rooms, string? District, bool? Garden, DateTime Sold, string? Note, string Size, double? Price);
}
