namespace NeuralNet.Tests.Schema;

public class NumberColumnTests
{
    [Fact]
    public void A_number_goes_into_the_row_as_it_is_and_its_scale_is_learned()
    {
        TableSchema schema = One.Schema(One.Numbers(1, 2, 3, 6));
        schema.Inputs.Should().Be(1);
        schema.Row(7.5).Should().Equal(7.5f);
        schema.Row("7.5").Should().Equal(7.5f);
        schema.Row(true).Should().Equal(1f);
        schema.Row(TableValue.Missing).Should().Equal([2.5f], "the median stands for a missing number");
        schema.Column<NumberColumn>().Scale.Should().Be(new NumberScale { Mean = 3, Deviation = Math.Sqrt(3.5), Fill = 2.5 });
    }

    [Fact]
    public void Missing_numbers_in_training_have_an_indicator()
    {
        TableSchema schema = One.Schema(One.Numbers(1, double.NaN, 2, 6));
        schema.FeatureNames.Should().Equal("x", "x missing");
        schema.Row(5).Should().Equal(5, 0);
        schema.Row(TableValue.Missing).Should().Equal(2, 1);
        One.Schema(One.Numbers(1, double.NaN, 2, 6), new NumberColumn("x") { Fill = FillRule.Mean }).Row(double.NaN).Should().Equal(3, 1);
        One.Schema(One.Numbers(1, double.NaN, 2, 6), new NumberColumn("x") { Indicator = false }).Row(double.NaN).Should().Equal(2);
        One.Schema(One.Numbers(1, 2), new NumberColumn("x") { Indicator = true }).Row(double.NaN).Should().Equal(1.5f, 1);
    }

    [Fact]
    public void A_required_number_may_not_be_missing()
    {
        TableSchema schema = One.Schema(One.Numbers(1, 2), new NumberColumn("x") { Required = true });
        schema.Invoking(s => s.Row(TableValue.Missing)).Should().Throw<ArgumentException>()
            .WithMessage("\"x\": a value is required, but it is missing.*");
        FluentActions.Invoking(() => One.Schema(One.Numbers(1, double.NaN), new NumberColumn("x") { Required = true }))
            .Should().Throw<ArgumentException>().WithMessage("Column \"x\": a value is required, but in 1 of 2 rows it is missing.*");
    }

    [Fact]
    public void Seconds_since_1970_have_an_offset_and_keep_their_digits()
    {
        double[] seconds = [1_700_000_000, 1_700_000_060, 1_700_000_180, 1_700_000_000];
        TableSchema schema = One.Schema(One.Numbers(seconds));
        NumberScale scale = schema.Column<NumberColumn>().Scale!;
        scale.Offset.Should().Be(1_700_000_060);
        float[] rows = [.. seconds.Select(second => schema.Row(second)[0])];
        (rows[1] - rows[0]).Should().Be(60, "as floats these seconds would be 128 apart, or the same");
        (rows[2] - rows[1]).Should().Be(120);
        scale.Scaled(seconds[2]).Should().BeApproximately((180 - 60) / Math.Sqrt((3600 + 3600 + 14400 + 0) / 4.0), 1e-12);

        // At the border: a deviation of exactly 2⁻¹² of the size has none.
        One.Schema(One.Numbers(4095, 4097)).Column<NumberColumn>().Scale!.Offset.Should().Be(4096, "1 < 4097 / 4096");
        One.Schema(One.Numbers(4094, 4096)).Column<NumberColumn>().Scale!.Offset.Should().Be(0, "1 is not below 4096 / 4096");
        One.Schema(One.Numbers(seconds), new NumberColumn("x") { Scaling = NumberScaling.None }).Column<NumberColumn>().Scale!.Offset.Should().Be(0);
        One.Schema(One.Numbers(seconds), new NumberColumn("x") { Scaling = NumberScaling.MinMax }).Column<NumberColumn>().Scale
            .Should().Be(new NumberScale { Offset = 1_700_000_060, Mean = -60, Deviation = 180, Fill = 1_700_000_030 });
    }

    [Theory]
    [InlineData(NumberScaling.None)]
    [InlineData(NumberScaling.Standard)]
    [InlineData(NumberScaling.MinMax)]
    [InlineData(NumberScaling.Robust)]
    [InlineData(NumberScaling.Logarithm)]
    [InlineData(NumberScaling.Power)]
    public void A_constant_column_has_scale_1_and_a_remark(NumberScaling scaling)
    {
        TableSchema schema = One.Schema(One.Numbers(5, 5, 5), new NumberColumn("x") { Scaling = scaling });
        NumberScale scale = schema.Column<NumberColumn>().Scale!;
        (scale.Deviation, scale.Lambda, scale.Fill).Should().Be((1, 1, 5));
        if (scaling != NumberScaling.None)
            scale.Scaled(5).Should().Be(0);
        schema.Remarks.Should().Equal("x: it is 5 in all rows, from which nothing can be learned");
    }

    [Fact]
    public void A_logarithm_is_lambda_0_and_takes_no_negative_numbers()
    {
        var column = new NumberColumn("x") { Scaling = NumberScaling.Logarithm };
        NumberScale scale = One.Schema(One.Numbers(0, 9, 99), column).Column<NumberColumn>().Scale!;
        scale.Lambda.Should().Be(0);
        scale.Mean.Should().BeApproximately(Math.Log(10), 1e-14);
        scale.Scaled(9).Should().BeApproximately(0, 1e-14);
        FluentActions.Invoking(() => One.Schema(One.Numbers(0, -0.5), column)).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": a logarithm takes numbers of at least 0, but one is -0.5; NumberScaling.Power takes any.*");
        TableSchema same = One.Schema(One.Numbers(1e6, 1e6 + 1), column);
        same.Column<NumberColumn>().Scale!.Lambda.Should().Be(1);
        same.Remarks.Should().ContainSingle().Which.Should().Contain("straight line");
    }

    [Fact]
    public void Quartiles_that_are_the_same_give_way_to_the_deviation()
    {
        TableSchema schema = One.Schema(One.Numbers(0, 0, 0, 0, 0, 0, 0, 8), new NumberColumn("x") { Scaling = NumberScaling.Robust });
        schema.Column<NumberColumn>().Scale!.Deviation.Should().BeApproximately(Math.Sqrt(7), 1e-14);
        schema.Remarks.Should().ContainSingle().Which.Should().Contain("quartiles");
    }

    [Fact]
    public void Numbers_at_the_edges_of_floats_are_scaled_or_refused()
    {
        TableSchema large = One.Schema(One.Numbers(-3e38, 3e38, 1e38), new NumberColumn("x") { Scaling = NumberScaling.Power });
        NumberScale scale = large.Column<NumberColumn>().Scale!;
        scale.Scaled(3e38).Should().BeInRange(0.5, 2);
        FluentActions.Invoking(() => One.Schema(One.Numbers(1, 1e39))).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": row 1: expected a finite number up to 3.4e38, but got 1E+39.*");
        large.Invoking(s => s.Row(double.PositiveInfinity)).Should().Throw<ArgumentException>()
            .WithMessage("\"x\": expected a finite number up to 3.4e38, but got Infinity.*");
        large.Invoking(s => s.Row("many")).Should().Throw<ArgumentException>().WithMessage("\"x\": expected a number, but got \"many\".*");
        large.Invoking(s => s.Row(new DateTime(2024, 2, 29))).Should().Throw<ArgumentException>().WithMessage("*but got 2024-02-29.*");
        TableSchema tiny = One.Schema(One.Numbers(1e-50, 2e-50));
        tiny.Column<NumberColumn>().Scale!.Deviation.Should().Be(1);
        tiny.Remarks.Should().ContainSingle().Which.Should().Contain("less than floats can tell");
    }

    [Fact]
    public void A_column_of_texts_can_be_numbers_if_all_of_them_are()
    {
        One.Schema(One.Texts("1.5", null, "-2e1"), new NumberColumn("x")).Row(3).Should().Equal(3, 0);
        FluentActions.Invoking(() => One.Schema(One.Texts("1", "1,5"), new NumberColumn("x"))).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": row 1: expected a number, but got \"1,5\".*");
        FluentActions.Invoking(() => One.Schema(One.Numbers(double.NaN, double.NaN), new NumberColumn("x"))).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": it has no values; skip it*");
    }

    [Fact]
    public void What_is_stated_stays()
    {
        var scale = new NumberScale { Mean = 1, Deviation = 10, Fill = 4 };
        One.Schema(One.Numbers(1, 2, 3), new NumberColumn("x") { Scale = scale }).Column<NumberColumn>().Scale.Should().BeSameAs(scale);
        FluentActions.Invoking(() => One.Schema(One.Numbers(1, 2, 3), new NumberColumn("x") { Scale = scale with { Deviation = 0 } }))
            .Should().Throw<ArgumentException>().WithMessage("Column \"x\" cannot be used: its deviation must be a positive number*");
    }
}
