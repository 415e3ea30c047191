using System.Text.Json;
using NeuralNet.Tests.Data;

namespace NeuralNet.Tests.Schema;

/// <summary>What people's tables have at their edges is right, or refused with words.</summary>
public class EdgeTests
{
    // Quantiles of an exponential distribution, in an order that is not theirs.
    private static readonly double[] skewed = [.. Enumerable.Range(0, 999).Select(i => -Math.Log(1 - (((i * 37 % 999) + 0.5) / 999)))];

    [Theory]
    [InlineData(5000, 20, NumberScaling.Power)]
    [InlineData(1950, 20, NumberScaling.Power)]
    [InlineData(1e6, 1000, NumberScaling.Power)]
    [InlineData(1e6, 1000, NumberScaling.Logarithm)]
    [InlineData(-5000, -20, NumberScaling.Power)]
    public void A_power_of_numbers_far_from_0_keeps_their_digits(double size, double spread, NumberScaling scaling)
    {
        double[] numbers = [.. skewed.Select(number => size + (spread * number))];
        TableSchema schema = One.Schema(One.Numbers(numbers), new NumberColumn("x") { Scaling = scaling });
        NumberScale scale = schema.Column<NumberColumn>().Scale!;
        float[] scaled = schema.CreateNetwork().Build().Predict([.. numbers.SelectMany(number => schema.Row(number))]);
        for (int i = 0; i < numbers.Length; i++)
            ((double)scaled[i]).Should().BeApproximately(scale.Scaled(numbers[i]), 2e-3);
        scaled.Average(value => (double)value).Should().BeApproximately(0, 1e-3);
        scaled.Average(value => (double)value * value).Should().BeApproximately(1, 1e-3);
        double skewness = scaled.Average(value => Math.Pow(value, 3));
        if (scaling == NumberScaling.Power)
            Math.Abs(skewness).Should().BeLessThan(0.7, "it is 2 without the power");
        else
            schema.Remarks.Should().ContainSingle(remark => remark.Contains("a straight line"));
    }

    [Fact]
    public void Quartiles_close_together_keep_their_digits_though_one_number_is_far_off()
    {
        double[] numbers = [0, .. Enumerable.Range(1, 7).Select(i => 1e9 + i)];
        TableSchema schema = One.Schema(One.Numbers(numbers), new NumberColumn("x") { Scaling = NumberScaling.Robust });
        float[] scaled = schema.CreateNetwork().Build().Predict([.. numbers.SelectMany(number => schema.Row(number))]);
        scaled[1..].Should().Equal([.. numbers[1..].Select(number => (float)((number - 1e9 - 3.5) / 3.5))]);
        One.Schema(One.Numbers(1, 2, 3, 4, 1e9), new NumberColumn("x") { Scaling = NumberScaling.Robust }).Column<NumberColumn>().Scale
            .Should().Be(new NumberScale { Mean = 3, Deviation = 2, Fill = 3 }, "these are near to 0");
    }

    [Theory]
    [InlineData(NumberScaling.Standard, new[] { -3e38, 3e38, 3.1e38, 3.2e38 })]
    [InlineData(NumberScaling.MinMax, new[] { -3e38, 3e38 })]
    [InlineData(NumberScaling.Power, new[] { -3e38, 3e38, 3.1e38, 3.2e38 })]
    [InlineData(NumberScaling.Robust, new[] { 1e-30, 2e-30, 3e-30, 4e-30, 5e-30, 1e30 })]
    public void Numbers_that_floats_cannot_scale_are_refused(NumberScaling scaling, double[] numbers) =>
        FluentActions.Invoking(() => One.Schema(One.Numbers(numbers), new NumberColumn("x") { Scaling = scaling }))
            .Should().Throw<ArgumentException>().WithMessage("Column \"x\": its numbers, from * to *, lie too far apart to be scaled as floats*");

    [Fact]
    public void A_later_number_that_is_infinite_when_it_is_scaled_is_refused()
    {
        One.Schema(One.Numbers(3e38, 3e38)).Invoking(schema => schema.Row(-3e38)).Should().Throw<ArgumentException>()
            .WithMessage("\"x\": expected a number that is finite when it is scaled, but got -3E+38.*");
        One.Schema(One.Numbers(1e-30, 2e-30)).Invoking(schema => schema.Row(1e10)).Should().Throw<ArgumentException>()
            .WithMessage("*finite when it is scaled*");
        TableSchema power = One.Schema(One.Numbers(1, 2, 3), new NumberColumn("x") { Scale = new NumberScale { Lambda = 6 } });
        power.Row(1e6).Should().Equal(1e6f);
        power.Invoking(schema => schema.Row(1e7)).Should().Throw<ArgumentException>().WithMessage("*finite when it is scaled*");
    }

    [Fact]
    public void What_no_layer_could_undo_is_no_scale_of_a_target()
    {
        Table table = new(One.Numbers(1, 2), TableColumn.OfNumbers("y", 1, 2));
        foreach (NumberScale scale in new NumberScale[] { new() { Offset = 1e300, Fill = 1e300 }, new() { Offset = 3e38, Mean = 3e38, Fill = 3e38 } })
        {
            FluentActions.Invoking(() => TableSchema.Learn(table, [new NumberTarget("y") { Scale = scale }])).Should().Throw<ArgumentException>()
                .WithMessage("Target \"y\" cannot be used: *finite as*");
        }
    }

    [Fact]
    public void Constants_that_are_none_of_their_enumeration_are_refused()
    {
        FluentActions.Invoking(() => new NumberColumn("x") { Scaling = (NumberScaling)99 }).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("Expected one of None, Standard, MinMax, Robust, Logarithm, Power, but got 99.*");
        FluentActions.Invoking(() => new NumberColumn("x") { Fill = (FillRule)7 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new NumberTarget("x") { Scaling = (NumberScaling)(-1) }).Should().Throw<ArgumentOutOfRangeException>();
        string json = One.Schema(One.Numbers(1, 2)).ToJson().Replace("\"Standard\"", "\"99\"", StringComparison.Ordinal);
        FluentActions.Invoking(() => TableSchema.FromJson(json)).Should().Throw<InvalidDataException>()
            .WithMessage("*\"scaling\" is \"99\"; expected one of None, *");
    }

    [Fact]
    public void A_column_that_says_nothing_is_refused_or_remarked()
    {
        foreach (BooleanColumn column in new BooleanColumn[] { new("x"), new("x", "ja", "nein") })
        {
            FluentActions.Invoking(() => One.Schema(One.Texts(null, null), column)).Should().Throw<ArgumentException>()
                .WithMessage("Column \"x\": it has no values; skip it: new SkippedColumn(name).");
        }

        One.Schema(One.Texts("Yes", "yes"), new BooleanColumn("x")).Remarks.Should().Equal(
            "x: it is Yes in all rows, from which nothing can be learned");
        One.Schema(One.Texts("yes", null), new BooleanColumn("x")).Remarks.Should().BeEmpty();
        One.Schema(One.Texts(null, null), new TextColumn("x")).Remarks.Should().ContainSingle().Which.Should().Contain("the same in all rows");
        TableSchema.Learn(new Table(One.Numbers(1, 2), TableColumn.OfTexts("y", "no", "no")), [new YesNoTarget("y")]).Remarks
            .Should().Equal("y: it is no in all rows, from which nothing can be learned");
    }

    [Fact]
    public void A_class_that_training_has_not_seen_is_refused_with_the_remedy()
    {
        TableSchema schema = TableSchema.Learn(new Table(One.Numbers(1, 2, 3, 4), TableColumn.OfTexts("y", "a", "b", "a", "b")), "y");
        schema.Invoking(s => s.ToDataset(new Table(One.Numbers(1, 2), TableColumn.OfTexts("y", "a", "c")))).Should().Throw<InvalidDataException>()
            .WithMessage("Row 1, column \"y\": expected one of the classes a, b, but got \"c\"; state *Values = *");
    }

    [Fact]
    public void Half_a_character_is_refused_where_a_file_would_have_to_hold_it()
    {
        const string Half = "a\ud83d";
        FluentActions.Invoking(() => One.Schema(One.Texts(Half, Half, "b", "b"))).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": \"a\ufffd\" is not Unicode*");
        FluentActions.Invoking(() => new NumberColumn(Half)).Should().Throw<ArgumentException>().WithMessage("*not Unicode*");
        FluentActions.Invoking(() => new NumberTarget(Half)).Should().Throw<ArgumentException>().WithMessage("*not Unicode*");
        FluentActions.Invoking(() => new BooleanColumn("x", Half, "b")).Should().Throw<ArgumentException>().WithMessage("*not Unicode*");
        One.Schema(One.Texts("\ud83d\ude00", "\ud83d\ude00", "", "")).Row("\ud83d\ude00").Should().Equal(0, 1);
    }

    [Theory]
    [InlineData(58)]
    [InlineData(59)]
    [InlineData(60)]
    public void A_remark_that_cuts_a_text_comes_back_from_json(int before)
    {
        string rare = new string('x', before) + "\ud83d\ude00\ud83d\ude00";
        TableSchema schema = One.Schema(One.Texts("a", "a", rare), new CategoryColumn("x"));
        schema.Remarks.Should().ContainSingle().Which.Should().Contain("…").And.NotContain("\ufffd");
        TableSchema.FromJson(schema.ToJson()).Should().Be(schema);
        TableSchema half = One.Schema(One.Texts("a", "a", "\ude00" + rare), new CategoryColumn("x"));
        TableSchema.FromJson(half.ToJson()).Should().Be(half);
    }

    [Theory]
    [InlineData("yyyy-MM-ddTHH:mmzzz", "2024-01-01T12:00+05:00")]
    [InlineData("yyyy-MM-ddTHH:mmzzz", "2024-01-01T12:00-07:30")]
    [InlineData("yyyy-MM-ddTHH:mmK", "2024-01-01T12:00Z")]
    [InlineData("o", "2024-01-01T12:00:00.0000000+05:00")]
    [InlineData("R", "Mon, 01 Jan 2024 12:00:00 GMT")]
    [InlineData("U", "Monday, 01 January 2024 12:00:00")]
    public void The_clock_of_a_format_counts_as_it_is_written_on_every_machine(string format, string text)
    {
        TableSchema schema = One.Schema(
            One.Texts(text, text),
            new DateColumn("x") { Format = format, Parts = DateParts.Year | DateParts.Hour, Cyclic = false, Year = NumberScale.Identity });
        schema.Row(text).Should().Equal(2024, 0.5f);
        schema.Row(new DateTime(2024, 1, 1, 12, 0, 0)).Should().Equal(2024, 0.5f);
    }

    [Fact]
    public void A_time_alone_is_not_of_today() =>
        One.Schema(
            One.Texts("12:00", "18:00"),
            new DateColumn("x") { Format = "HH:mm", Parts = DateParts.Year | DateParts.Hour, Cyclic = false, Year = NumberScale.Identity })
            .Row("12:00").Should().Equal(1, 0.5f);

    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("yyyy\\")]
    [InlineData("HH:mmzzz")]
    [InlineData("MM-dd")]
    [InlineData("m")]
    public void What_is_no_format_of_dates_is_refused(string format) =>
        FluentActions.Invoking(() => new DateColumn("x") { Format = format }).Should().Throw<ArgumentException>()
            .WithMessage("Expected a format of dates such as \"dd.MM.yyyy\"*");

    [Fact]
    public void Records_of_objects_are_taken_as_they_are()
    {
        RecordColumns<object> columns = new RecordColumns<object>().Add("x", TableValue.From);
        Table.FromRecords([-0.0, "a", 0.0], columns)["x"].Texts.Should().Equal("0", "a");
        foreach (object[] records in new object[][] { [1, double.NegativeInfinity], ["a", double.NegativeInfinity] })
        {
            FluentActions.Invoking(() => Table.FromRecords(records, columns)).Should().Throw<ArgumentException>()
                .WithMessage("Column \"x\", row 1: expected a finite number, or NaN where it is missing, but got -Infinity.*");
        }

        using JsonDocument json = JsonDocument.Parse("""[1.5, "a", true, null, {}]""");
        TableValue[] values = [.. json.RootElement.EnumerateArray().Take(4).Select(element => TableValue.From(element))];
        values.Should().Equal(1.5, "a", true, TableValue.Missing);
        FluentActions.Invoking(() => TableValue.From(json.RootElement[4])).Should().Throw<ArgumentException>().WithMessage("*an Object*");
    }

    [Fact]
    public void A_hundred_thousand_categories_go_through_a_file()
    {
        string[] texts = [.. Enumerable.Range(0, 200_000).Select(i => $"\"wert\" ü {i % 100_000}")];
        TableSchema schema = One.Schema(One.Texts(texts), new CategoryColumn("x") { Dimensions = 2 });
        Network network = schema.CreateNetwork().Dense(1).Build(seed: 1);
        using var folder = new TempFolder();
        string path = folder.PathOf("many.safetensors");
        schema.Save(network, path);
        Network loaded = Network.Load(path);
        TableSchema.FromNetwork(loaded).Should().Be(schema);
        float[] row = schema.Row(texts[77_777]), unseen = schema.Row("never");
        loaded.Predict(row).Should().Equal(schema.Complete(network).Predict(row));
        loaded.Predict(unseen).Should().NotEqual(loaded.Predict(row));
    }

    [Fact]
    public void Threads_share_a_schema()
    {
        TableSchema schema = One.Schema(One.Texts([.. Enumerable.Range(0, 100).Select(i => $"v{i % 40}")]), new CategoryColumn("x"));
        float[][] expected = [.. Enumerable.Range(0, 50).Select(i => schema.Row($"v{i}"))];
        Parallel.For(0, 10_000, i => schema.Row($"v{i % 50}").Should().Equal(expected[i % 50]));
    }
}
