namespace NeuralNet.Tests.Schema;

/// <summary>Booleans, ordered categories, texts and skipped columns.</summary>
public class OtherColumnTests
{
    [Theory]
    [InlineData("true", "False")]
    [InlineData("YES", "no")]
    [InlineData("Y", "n")]
    [InlineData("t", "f")]
    [InlineData("on", "off")]
    public void Two_words_of_truth_are_a_boolean_in_any_letter_case(string yes, string no)
    {
        TableSchema schema = One.Schema(One.Texts(no, yes, yes, no));
        schema.Columns[0].Should().BeOfType<BooleanColumn>();
        schema.Row(yes.ToUpperInvariant()).Should().Equal(1);
        schema.Row(no.ToLowerInvariant()).Should().Equal(0);
        schema.Row(true).Should().Equal(1);
        schema.Row(0).Should().Equal(0);
        schema.Row(TableValue.Missing).Should().Equal(0.5f);
        schema.Invoking(s => s.Row("maybe")).Should().Throw<ArgumentException>().WithMessage("\"x\": expected * or *, but got \"maybe\".*");
        schema.Invoking(s => s.Row(2)).Should().Throw<ArgumentException>().WithMessage("*but got 2.*");
        schema.Invoking(s => s.Row(0.5)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_boolean_has_words_of_its_own_numbers_and_an_indicator()
    {
        TableSchema schema = One.Schema(One.Texts("ja", "nein", null), new BooleanColumn("x", yes: "Ja", no: "Nein"));
        schema.Row("JA").Should().Equal(1, 0);
        schema.Row(TableValue.Missing).Should().Equal(0.5f, 1);
        One.Schema(One.Numbers(1, 0, 1), new BooleanColumn("x")).Row(1).Should().Equal(1);
        One.Schema(One.Numbers(1, 0, 1), new BooleanColumn("x", "ja", "nein")).Row("ja").Should().Equal(1);
        FluentActions.Invoking(() => One.Schema(One.Texts("ja", "nein"), new BooleanColumn("x"))).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": expected two words such as true and false, yes and no, or 1 and 0, but it has ja, nein; say what*");
        FluentActions.Invoking(() => One.Schema(One.Texts("ja", "ne"), new BooleanColumn("x", "ja", "nein"))).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": row 1: expected ja or nein, but got \"ne\".*");
        FluentActions.Invoking(() => new BooleanColumn("x", "a", "A")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void An_ordered_category_is_the_number_of_its_value()
    {
        var column = new OrderedColumn("x", "small", "medium", "large");
        TableSchema schema = One.Schema(One.Texts("small", "large", "large", "medium"), column);
        schema.Row("medium").Should().Equal(1);
        schema.Row("large").Should().Equal(2);
        schema.Column<OrderedColumn>().Scale.Should().Be(new NumberScale { Mean = 1.25, Deviation = Math.Sqrt(0.6875), Fill = 1.5 });
        schema.Row(TableValue.Missing).Should().Equal(1.5f);
        schema.Invoking(s => s.Row("huge")).Should().Throw<ArgumentException>()
            .WithMessage("\"x\": expected one of small, medium, large, but got \"huge\".*");
        FluentActions.Invoking(() => One.Schema(One.Texts("small", "huge"), column)).Should().Throw<ArgumentException>()
            .WithMessage("Column \"x\": row 1: expected one of small, medium, large, but got \"huge\".*");

        TableSchema lenient = One.Schema(One.Texts("small", "huge", "large"), column with { UnseenIsMissing = true });
        lenient.Row("huge").Should().Equal(1, 1);
        lenient.Row("large").Should().Equal(2, 0);
        One.Schema(One.Numbers(3, 1, 2), new OrderedColumn("x", "3", "2", "1")).Row(1).Should().Equal(2);
        FluentActions.Invoking(() => new OrderedColumn("x")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_text_is_counts_of_hashed_words()
    {
        TableSchema schema = One.Schema(One.Texts("a", "b"), new TextColumn("x") { Buckets = 16, Logarithm = false });
        schema.Inputs.Should().Be(16);
        float[] row = schema.Row("The cat, THE dog!  the\tthe");
        row.Sum().Should().Be(6);

        row[Bucket("the")].Should().BeGreaterThanOrEqualTo(4);
        schema.Row("naïve Ärger")[Bucket("ärger")].Should().BeGreaterThan(0);
        schema.Row("ÄRGER").Should().Equal(schema.Row("ärger"));
        schema.Row("e\u0301t\u00e9")[Bucket("e\u0301t\u00e9")].Should().Be(1, "a mark belongs to its letter");
        schema.Row("x-y_z 12.5").Sum().Should().Be(5, "x, y, z, 12 and 5");
        schema.Row("").Sum().Should().Be(0);
        schema.Row("\ud800").Sum().Should().Be(0, "half of a pair is no letter");
        schema.Row(TableValue.Missing).Should().OnlyContain(value => value == 0);
        schema.Row(42)[Bucket("42")].Should().Be(1);
        One.Schema(One.Texts("a", "b"), new TextColumn("x") { Buckets = 1 }).Row("one two three").Should().Equal((float)Math.Log(4));

        static int Bucket(string word) =>
            (int)(System.Text.Encoding.UTF8.GetBytes(word).Aggregate(2166136261u, (hash, b) => (hash ^ b) * 16777619) % 16);
    }

    [Fact]
    public void The_hash_of_words_is_the_published_one()
    {
        // FNV-1a, 32 bits: "foobar" is 0xBF9CF968 (isthe.com/chongo/tech/comp/fnv).
        var column = new TextColumn("x") { Buckets = 1 << 20, Logarithm = false };
        Array.IndexOf(One.Schema(One.Texts("a", "b"), column).Row("foobar"), 1f).Should().Be((int)(0xBF9CF968 % (1 << 20)));
        FluentActions.Invoking(() => column with { Buckets = 0 }).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_skipped_column_is_not_looked_at()
    {
        Table table = new(One.Numbers(1, 2), TableColumn.OfTexts("id", "a", "b"), TableColumn.OfNumbers("y", 3, 4));
        TableSchema schema = TableSchema.Learn(table, "y", new SkippedColumn("id"));
        schema.Inputs.Should().Be(1);
        schema.Encode(table.Without("id")).Should().Equal(1, 2);
        FluentActions.Invoking(() => TableSchema.Learn(table, "y", new SkippedColumn("id"), new SkippedColumn("x")))
            .Should().Throw<ArgumentException>().WithMessage("No column has a feature*");
    }
}
