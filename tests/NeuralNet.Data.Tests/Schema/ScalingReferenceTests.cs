using System.Text.Json;

namespace NeuralNet.Tests.Schema;

/// <summary>What is learned is what scikit-learn learns (Reference/make_scaling_reference.py).</summary>
public class ScalingReferenceTests
{
    private static readonly JsonElement reference = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "scaling.json"))).RootElement;

    public static TheoryData<string> Names =>
        [.. reference.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Mean_range_quartiles_and_power_are_those_of_scikit_learn(string name)
    {
        JsonElement expected = reference.GetProperty("columns").EnumerateArray().Single(column => column.GetProperty("name").GetString() == name);
        double[] numbers = [.. expected.GetProperty("numbers").EnumerateArray().Select(number => number.GetDouble())];
        NumberScale Learned(NumberScaling scaling) =>
            One.Schema(One.Numbers(numbers), new NumberColumn("x") { Scaling = scaling }).Column<NumberColumn>().Scale!;
        void Is(double value, string property, double tolerance = 1e-12) =>
            value.Should().BeApproximately(expected.GetProperty(property).GetDouble(), tolerance * Math.Max(1, Math.Abs(value)), property);

        NumberScale standard = Learned(NumberScaling.Standard), range = Learned(NumberScaling.MinMax), robust = Learned(NumberScaling.Robust);
        Is(standard.Mean, "mean");
        Is(standard.Deviation, "deviation");
        Is(range.Mean, "least");
        Is(range.Deviation, "range");
        Is(robust.Mean, "median");
        Is(robust.Deviation, "quartiles");
        standard.Fill.Should().Be(robust.Mean, "the median stands for a missing number");
        foreach (NumberScale scale in (NumberScale[])[standard, range, robust])
            (scale.Offset, scale.Lambda).Should().Be((0, 1));

        NumberScale power = Learned(NumberScaling.Power);
        if (expected.GetProperty("lambda").GetDouble() > 6)
        {
            power.Lambda.Should().BeInRange(5.9999, 6, "λ is sought from −4 to 6");
            return;
        }

        Is(power.Lambda, "lambda", 1e-6);
        Is(power.Mean, "powerMean", 1e-5);
        Is(power.Deviation, "powerDeviation", 1e-5);
        double[] powered = [.. expected.GetProperty("powered").EnumerateArray().Select(number => number.GetDouble())];
        for (int i = 0; i < powered.Length && i < numbers.Length; i++)
            power.Scaled(numbers[i]).Should().BeApproximately(powered[i], 1e-5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void One_hot_vectors_of_rare_and_unseen_values_are_those_of_scikit_learn(int at)
    {
        JsonElement expected = reference.GetProperty("oneHot")[at];
        string[] train = [.. expected.GetProperty("train").EnumerateArray().Select(text => text.GetString()!)];
        TableSchema schema = One.Schema(One.Texts(train), new CategoryColumn("x") { MinCount = expected.GetProperty("minCount").GetInt32() });
        JsonElement.ArrayEnumerator rows = expected.GetProperty("rows").EnumerateArray();
        foreach ((JsonElement asked, JsonElement row) in expected.GetProperty("asked").EnumerateArray().Zip(rows))
            schema.Row(asked.GetString()).Should().Equal(row.EnumerateArray().Select(value => value.GetSingle()), $"{asked}");
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(-3.25, 0.3)]
    [InlineData(1e-9, -1)]
    [InlineData(-1e-9, 3)]
    [InlineData(12345, 0)]
    [InlineData(-12345, 2)]
    public void The_power_is_the_formula(double x, double lambda)
    {
        double log = x >= 0 ? Math.Log(1 + x) : -Math.Log(1 - x), power = x >= 0 ? lambda : 2 - lambda;
        double expected = power == 0 ? log : x >= 0 ? (Math.Pow(1 + x, lambda) - 1) / lambda : -(Math.Pow(1 - x, power) - 1) / power;
        YeoJohnson.Value(x, lambda).Should().BeApproximately(expected, 1e-12 * Math.Max(1, Math.Abs(expected)));
        if (Math.Abs(x) < 1e-6)
            YeoJohnson.Value(x, lambda).Should().BeApproximately(x, 1e-16, "small numbers keep their digits");
    }
}
