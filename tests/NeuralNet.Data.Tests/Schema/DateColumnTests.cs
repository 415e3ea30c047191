namespace NeuralNet.Tests.Schema;

public class DateColumnTests
{
    [Theory]
    [InlineData("2024-02-29", "2024-02-29T00:00:00")]
    [InlineData("2024-02-29T13:45", "2024-02-29T13:45:00")]
    [InlineData("2024-02-29 13:45:30", "2024-02-29T13:45:30")]
    [InlineData("2024-02-29T13:45:30.25", "2024-02-29T13:45:30.25")]
    [InlineData("2024-02-29T13:45:30,1234567", "2024-02-29T13:45:30.1234567")]
    [InlineData("2024-02-29T13:45:30.123456789Z", "2024-02-29T13:45:30.1234567")]
    [InlineData("2024-02-29t23:59z", "2024-02-29T23:59:00")]
    [InlineData("2024-02-29T13:45+02:00", "2024-02-29T13:45:00")]
    [InlineData("0001-01-01", "0001-01-01T00:00:00")]
    [InlineData("9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59.9999999")]
    public void Dates_of_iso_8601_are_read(string text, string expected)
    {
        IsoDate.TryParse(text, out DateTime moment).Should().BeTrue();
        moment.Should().Be(DateTime.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("2024-2-29")]
    [InlineData("2023-02-29")]
    [InlineData("2024-13-01")]
    [InlineData("2024-00-01")]
    [InlineData("2024-01-00")]
    [InlineData("0000-01-01")]
    [InlineData("20240229")]
    [InlineData("29.02.2024")]
    [InlineData("2024-02-29T")]
    [InlineData("2024-02-29T24:00")]
    [InlineData("2024-02-29T13:60")]
    [InlineData("2024-02-29T13:45:")]
    [InlineData("2024-02-29T13:45:61")]
    [InlineData("2024-02-29T13:45:30.")]
    [InlineData("2024-02-29T13:45:30.5x")]
    [InlineData("2024-02-29T13:45+2:00")]
    [InlineData("2024-02-29T13:45+02:60")]
    [InlineData("2024-02-29x13:45")]
    [InlineData("２０２４-02-29")]
    public void Other_texts_are_no_dates(string text) => IsoDate.TryParse(text, out _).Should().BeFalse();

    [Fact]
    public void A_date_is_elapsed_days_and_places_in_the_year_and_the_week()
    {
        TableSchema schema = One.Schema(One.Texts("2024-01-01", "2024-01-11", "2024-01-06"));
        schema.FeatureNames.Should().Equal("x days", "x month sin", "x month cos", "x day of week sin", "x day of week cos");
        DateColumn column = schema.Column<DateColumn>();
        column.Elapsed!.Offset.Should().Be((new DateTime(2024, 1, 1) - new DateTime(2000, 1, 1)).TotalDays);
        column.Elapsed.Mean.Should().Be(5);
        column.Elapsed.Deviation.Should().BeApproximately(Math.Sqrt(50.0 / 3), 1e-14);

        // A Thursday in April: a quarter of the year, 3/7 of the week.
        float[] row = schema.Row("2024-04-04");
        row[0].Should().Be(94);
        row[1..].Should().Equal(
            [1, 0, (float)Math.Sin(6 * Math.PI / 7), (float)Math.Cos(6 * Math.PI / 7)], (is_, should) => Math.Abs(is_ - should) < 1e-7);
        schema.Row(new DateTime(2024, 4, 4)).Should().Equal(row);
        schema.Row(new DateOnly(2023, 12, 31))[0].Should().Be(-1, "before the first day of training");
        schema.Row(TableValue.Missing).Should().Equal([5, 0, 0, 0, 0], "the median, and no place on a circle");
    }

    [Fact]
    public void Parts_are_stated_and_an_hour_is_there_if_training_has_one()
    {
        One.Schema(One.Texts("2024-01-01", "2024-01-11T06:00", null)).FeatureNames.Should().Equal(
            "x days", "x month sin", "x month cos", "x day of week sin", "x day of week cos", "x hour sin", "x hour cos", "x missing");
        TableSchema schema = One.Schema(One.Texts("2020-01-01", "2024-12-31", "2022-06-15"), new DateColumn("x")
        {
            Parts = DateParts.Year | DateParts.Month | DateParts.DayOfWeek | DateParts.Hour,
            Cyclic = false,
            Indicator = true,
        });
        schema.FeatureNames.Should().Equal("x year", "x month", "x day of week", "x hour", "x missing");
        schema.Row("2024-12-29T18:00").Should().Equal(4, 1, 1, 0.75f, 0);
        schema.Row("2020-01-06").Should().Equal(0, 0, 0, 0, 0);
        schema.Row(TableValue.Missing).Should().Equal(2, 0.5f, 0.5f, 0.5f, 1);
        schema.Column<DateColumn>().Year.Should().Be(new NumberScale { Offset = 2020, Mean = 2, Deviation = Math.Sqrt(8.0 / 3), Fill = 2022 });
    }

    [Fact]
    public void A_format_is_for_texts_and_numbers_that_are_written_otherwise()
    {
        var column = new DateColumn("x") { Format = "dd.MM.yyyy", Parts = DateParts.Elapsed };
        TableSchema schema = One.Schema(One.Texts("01.02.2024", "11.02.2024"), column);
        schema.Row("03.02.2024").Should().Equal(2);
        schema.Invoking(s => s.Row("2024-02-03")).Should().Throw<ArgumentException>()
            .WithMessage("\"x\": expected a date as dd.MM.yyyy, but got \"2024-02-03\".*");
        One.Schema(One.Numbers(20240201, 20240211), column with { Format = "yyyyMMdd" }).Row(20240203).Should().Equal(2);
        One.Schema(One.Texts("2024-01-01", "2024-01-02")).Invoking(s => s.Row("1/2/2024")).Should().Throw<ArgumentException>()
            .WithMessage("*expected a date such as 2024-02-29*");
        FluentActions.Invoking(() => One.Schema(One.Texts("2024-01-01", "soon"), new DateColumn("x"))).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": row 1: expected a date such as*but got \"soon\".*");
        FluentActions.Invoking(() => One.Schema(One.Texts("2024-01-01"), new DateColumn("x") { Parts = DateParts.None }))
            .Should().Throw<ArgumentException>().WithMessage("*at least one part of a date*");
    }

    [Fact]
    public void One_date_in_all_rows_has_scale_1_and_a_remark()
    {
        TableSchema schema = One.Schema(One.Texts("2024-01-01T12:00", "2024-01-01T12:00"));
        schema.Row("2024-01-02")[0].Should().Be(0.5f);
        schema.Remarks.Should().Contain("x: it is the same in all rows, from which nothing can be learned");
    }
}
