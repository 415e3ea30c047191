namespace NeuralNet.Tests.Schema;

public class CategoryColumnTests
{
    [Fact]
    public void Few_values_become_a_one_hot_vector()
    {
        TableSchema schema = One.Schema(One.Texts("south", "north", "south", "north", "west", "west"));
        schema.FeatureNames.Should().Equal("x=north", "x=south", "x=west");
        schema.Row("south").Should().Equal(0, 1, 0);
        schema.Row("South").Should().Equal([0, 0, 0], "letter case matters, and an unseen value has only zeros where none was rare");
        schema.Row(TableValue.Missing).Should().Equal(0, 0, 0);
        schema.Remarks.Should().Equal("x: a category, because it has 3 different texts in 6 rows");
    }

    [Fact]
    public void Missing_and_rare_values_have_their_places()
    {
        TableSchema schema = One.Schema(One.Texts("a", "a", "b", "b", null, "c", "d"));
        schema.FeatureNames.Should().Equal("x=a", "x=b", "x missing", "x other");
        schema.Row("b").Should().Equal(0, 1, 0, 0);
        schema.Row(TableValue.Missing).Should().Equal(0, 0, 1, 0);
        schema.Row("c").Should().Equal(0, 0, 0, 1);
        schema.Row("never seen").Should().Equal(0, 0, 0, 1);
        schema.Remarks[1].Should().Be("x: 2 of 4 values are rare or not listed, in 2 rows, and share the place \"other\": c, d");
    }

    [Fact]
    public void Numbers_can_be_a_category_and_stand_in_their_order()
    {
        TableSchema schema = One.Schema(One.Numbers(10, 9, 10, 9, 100, 100), new CategoryColumn("x"));
        schema.Column<CategoryColumn>().Values.Should().Equal("9", "10", "100");
        schema.Row(10).Should().Equal(0, 1, 0);
        schema.Row("100").Should().Equal(0, 0, 1);
        One.Schema(One.Numbers(-0.0, 0, 7, 7), new CategoryColumn("x")).Row(-0.0).Should().Equal(1, 0);
        One.Schema(One.Numbers(0, 0, 7, 7), new CategoryColumn("x")).Row(-0.0).Should().Equal(1, 0);
    }

    [Fact]
    public void Many_values_become_ids_of_learned_vectors()
    {
        string[] texts = [.. Enumerable.Range(0, 60).Select(i => $"v{i % 30:00}")];
        TableSchema schema = One.Schema(One.Texts(texts));
        CategoryColumn column = schema.Column<CategoryColumn>();
        (column.Width, column.Dimensions).Should().Be((1, 11), "2 √30 is 10.95");
        column.Embedding.Should().Be((31, 11, (int?)30), "an unseen value has an id whose vector is 0");
        schema.Row("v07").Should().Equal(7);
        schema.Row("other").Should().Equal(30);
        schema.Row(TableValue.Missing).Should().Equal(30);

        CategoryColumn rare = One.Schema(One.Texts([.. texts, "once", null])).Column<CategoryColumn>();
        rare.Embedding.Should().Be((32, 12, (int?)null), "30 values, missing ones and others");
        One.Schema(One.Texts(texts), new CategoryColumn("x") { MaxOneHot = 30 }).Inputs.Should().Be(30);
        One.Schema(One.Texts(texts), new CategoryColumn("x") { Dimensions = 0 }).Inputs.Should().Be(30);
        One.Schema(One.Texts("a", "a", "b", "b"), new CategoryColumn("x") { Dimensions = 3 }).Column<CategoryColumn>().Embedding
            .Should().Be((3, 3, (int?)2));
        string[] many = [.. Enumerable.Range(0, 2000).Select(i => $"{i / 2}")];
        One.Schema(One.Texts(many)).Column<CategoryColumn>().Dimensions.Should().Be(50, "at most");
    }

    [Fact]
    public void Values_that_are_stated_keep_their_order_and_others_share_a_place()
    {
        TableSchema schema = One.Schema(One.Texts("c", "a", "z"), new CategoryColumn("x") { Values = ["c", "b", "a"] });
        schema.Row("a").Should().Equal(0, 0, 1, 0);
        schema.Row("z").Should().Equal(0, 0, 0, 1);
        FluentActions.Invoking(() => new CategoryColumn("x") { Values = ["a", "a"] }).Should().Throw<ArgumentException>()
            .WithMessage("*\"a\" is there twice*");
        FluentActions.Invoking(() => new CategoryColumn("x") { MinCount = 0 }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new CategoryColumn("x") { Dimensions = -1 }).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Columns_without_anything_to_tell_apart_are_remarked()
    {
        One.Schema(One.Texts("a", "a", "a")).Remarks.Should().Contain("x: it is the same in all rows, from which nothing can be learned");
        FluentActions.Invoking(() => One.Schema(One.Texts(null, null), new CategoryColumn("x") { HasMissing = false }))
            .Should().Throw<ArgumentException>().WithMessage("Column \"x\": it has no values; skip it*");
    }
}
