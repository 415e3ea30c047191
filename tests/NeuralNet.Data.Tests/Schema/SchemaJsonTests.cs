using System.Text.Json.Nodes;

namespace NeuralNet.Tests.Schema;

public class SchemaJsonTests
{
    private static readonly Table table = new(
        TableColumn.OfNumbers("number", 1, double.NaN, 3.3, 1e-7),
        TableColumn.OfTexts("boolean", "yes", "no", null, "yes"),
        TableColumn.OfTexts("category", "ä \"quoted\"", "b", "b", "ä \"quoted\""),
        TableColumn.OfTexts("ids", "p", "q", "p", "q"),
        TableColumn.OfTexts("ordered", "low", "high", "low", "high"),
        TableColumn.OfTexts("date", "2024-01-01", "2024-01-02T10:00", "2024-02-29", "2023-12-31"),
        TableColumn.OfTexts("text", "a b", "c d", "e", "f"),
        TableColumn.OfTexts("skipped", "1", "2", "3", "4"),
        TableColumn.OfNumbers("y", 1, 2, 3, 4.5));

    private static readonly SchemaColumn[] stated =
    [
        new NumberColumn("number") { Scaling = NumberScaling.Power, Fill = FillRule.Mean }, new CategoryColumn("ids") { Dimensions = 2 },
        new OrderedColumn("ordered", "low", "high") { UnseenIsMissing = true }, new DateColumn("date") { Cyclic = false },
        new TextColumn("text") { Buckets = 4, Required = true }, new SkippedColumn("skipped"),
    ];

    private static readonly TableSchema schema = TableSchema.Learn(table, "y", stated);

    [Fact]
    public void A_schema_comes_back_equal_and_gives_the_same_rows()
    {
        string json = schema.ToJson();
        TableSchema again = TableSchema.FromJson(json);
        again.Should().Be(schema);
        again.ToJson().Should().Be(json, "the same schema gives the same bytes");
        $"{again}".Should().Be($"{schema}");
        again.Encode(table).Should().Equal(schema.Encode(table));
        again.ToDataset(table).Desired.ToArray().Should().Equal(schema.ToDataset(table).Desired.ToArray());
        foreach (SchemaColumn column in schema.Columns)
            again[column.Name].GetHashCode().Should().Be(column.GetHashCode());
    }

    [Fact]
    public void Targets_of_every_kind_come_back()
    {
        foreach (SchemaTarget target in (SchemaTarget[])
            [new ClassTarget("category"), new YesNoTarget("ids", "p", "q"), new NumberTarget("y") { Scaling = NumberScaling.Logarithm }])
        {
            TableSchema one = TableSchema.Learn(table.Only("number", target.Name), [target]);
            TableSchema.FromJson(one.ToJson()).Should().Be(one);
        }
    }

    [Fact]
    public void The_json_is_one_line_of_ascii_with_a_version() =>
        One.Schema(One.Texts("ü", "ü", "b", "b")).ToJson().Should().Be(
            """{"version":1,"columns":[{"kind":"category","name":"x","required":false,"minCount":2,"maxOneHot":20,"dimensions":0,"""
            + "\"missing\":false,\"other\":false,\"values\":[\"b\",\"\\u00FC\"]}],\"targets\":[{\"kind\":\"number\",\"name\":\"y\","
            + "\"scaling\":\"Standard\",\"scale\":{\"offset\":0,\"lambda\":1,\"mean\":2.25,\"deviation\":1.6770509831248424,\"fill\":2.25}}],"
            + "\"remarks\":[\"x: a category, because it has 2 different texts in 4 rows\"]}");

    [Theory]
    [InlineData("", "cannot be read")]
    [InlineData("null", "an object was expected")]
    [InlineData("[]", "an object was expected")]
    [InlineData("{", "cannot be read")]
    [InlineData("{}", "\"version\" is missing")]
    [InlineData("""{"version":2}""", "has version 2, and this library reads up to 1")]
    [InlineData("""{"version":0}""", "\"version\" is 0; expected a whole number from 1")]
    [InlineData("""{"version":1,"version":1}""", "cannot be read")]
    [InlineData("""{"version":1,"columns":[],"targets":[],"remarks":[]}""", "No column has a feature")]
    [InlineData("""{"version":1,"columns":{},"targets":[],"remarks":[]}""", "\"columns\" is {}; expected a list")]
    [InlineData("""{"version":1,"columns":[1],"targets":[],"remarks":[]}""", "expected a list of objects")]
    [InlineData("""{"version":1,"columns":[],"targets":[],"remarks":[],"x":1}""", "\"x\" is unknown")]
    [InlineData("""{"version":1,"columns":[],"targets":[],"remarks":["\ud800"]}""", "not Unicode")]
    public void Json_that_is_no_schema_is_refused(string json, string words) =>
        FluentActions.Invoking(() => TableSchema.FromJson(json)).Should().Throw<InvalidDataException>().WithMessage($"*{words}*");

    [Theory]
    [InlineData("number", "kind", "\"strange\"", "\"strange\" is no kind of column")]
    [InlineData("number", "name", "\"\"", "schema.columns[0]")]
    [InlineData("number", "name", "\"boolean\"", "Two columns have the name \"boolean\"")]
    [InlineData("number", "name", "\"y\"", "The name \"y\" is that of two")]
    [InlineData("number", "scaling", "\"3\"", "expected one of None, Standard")]
    [InlineData("number", "scaling", "\"standard\"", "expected one of None, Standard")]
    [InlineData("number", "scaling", "5", "\"scaling\" is 5; expected a text")]
    [InlineData("number", "indicator", "1", "expected true or false")]
    [InlineData("number", "scale", "null", "expected an object")]
    [InlineData("number", "scale.mean", "1e999", "\"mean\" is 1e999; expected a finite number")]
    [InlineData("number", "scale.mean", "1e300", "finite as floats")]
    [InlineData("number", "scale.deviation", "0", "a positive number")]
    [InlineData("number", "scale.deviation", "-1", "a positive number")]
    [InlineData("number", "scale.deviation", "\"1\"", "expected a finite number")]
    [InlineData("boolean", "no", "\"YES\"", "two different words")]
    [InlineData("boolean", "no", "\"\"", "schema.columns[1]")]
    [InlineData("category", "values", "[\"a\",\"a\"]", "\"a\" is there twice")]
    [InlineData("category", "values", "[]", "it has 0 places")]
    [InlineData("category", "values", "[null]", "expected a list of texts")]
    [InlineData("category", "dimensions", "-1", "expected a whole number from 0")]
    [InlineData("category", "minCount", "1.5", "expected a whole number from 1")]
    [InlineData("ordered", "values", "[]", "Expected the values")]
    [InlineData("date", "parts", "[\"Elapsed\",\"Century\"]", "\"Century\", which is none of")]
    [InlineData("date", "parts", "[\"None\"]", "which is none of")]
    [InlineData("date", "parts", "[]", "at least one part")]
    [InlineData("text", "buckets", "2000000000", "expected a whole number from 1 to 1048576")]
    [InlineData("text", "extra", "1", "\"extra\" is unknown")]
    public void A_column_that_lies_is_refused(string name, string property, string value, string words)
    {
        JsonNode root = JsonNode.Parse(schema.ToJson())!;
        JsonNode node = root["columns"]!.AsArray().Single(column => (string)column!["name"]! == name)!;
        string[] path = property.Split('.');
        foreach (string step in path[..^1])
            node = node[step]!;
        node[path[^1]] = JsonNode.Parse(value);
        FluentActions.Invoking(() => TableSchema.FromJson(root.ToJsonString())).Should().Throw<InvalidDataException>().WithMessage($"*{words}*");
    }

    [Theory]
    [InlineData("kind", "\"class\"")]
    [InlineData("scale", "{\"offset\":0,\"lambda\":-1,\"mean\":0,\"deviation\":1,\"fill\":0}")]
    public void A_target_that_lies_is_refused(string property, string value)
    {
        JsonNode root = JsonNode.Parse(schema.ToJson())!;
        root["targets"]![0]![property] = JsonNode.Parse(value);
        FluentActions.Invoking(() => TableSchema.FromJson(root.ToJsonString())).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Any_byte_that_is_changed_is_refused_or_makes_another_schema()
    {
        string json = One.Schema(One.Numbers(1, 2, 4)).ToJson();
        for (int i = 0; i < json.Length; i++)
        {
            foreach (char letter in "\"{}[]:,0-xe")
            {
                string changed = string.Concat(json.AsSpan(0, i), [letter], json.AsSpan(i + 1));
                try
                {
                    TableSchema read = TableSchema.FromJson(changed);
                    read.Encode([(read.Columns[0].Name, 3)], new float[read.Inputs]);
                }
                catch (InvalidDataException)
                {
                }
            }
        }
    }
}
