using System.Globalization;
using System.Text;

namespace NeuralNet.Tests.Data;

public class CsvNumberTests
{
    private static float Parse(string text)
    {
        Assert.True(CsvNumber.TryParse(Encoding.UTF8.GetBytes(text), out float value), text);
        return value;
    }

    [Theory]
    [InlineData("0", 0f)]
    [InlineData("16", 16f)]
    [InlineData("-3.25", -3.25f)]
    [InlineData(".5", 0.5f)]
    [InlineData("5.", 5f)]
    [InlineData("+2", 2f)]
    [InlineData("1e-3", 1e-3f)]
    [InlineData("1E3", 1e3f)]
    [InlineData("16777217", 16777216f)]
    [InlineData("3.4028235e38", float.MaxValue)]
    [InlineData("1e-45", float.Epsilon)]
    [InlineData("0.00000000000001", 1e-14f)]
    [InlineData("000000000000001.5", 1.5f)]
    public void Numbers_are_read(string text, float value) => Parse(text).Should().Be(value);

    [Fact]
    public void A_negative_zero_keeps_its_sign() => float.IsNegative(Parse("-0.0")).Should().BeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("-.")]
    [InlineData("1,5")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("1 2")]
    [InlineData("0x10")]
    [InlineData("1e")]
    [InlineData("abc")]
    public void What_is_no_number_is_not_read(string text) =>
        CsvNumber.TryParse(Encoding.UTF8.GetBytes(text), out _).Should().BeFalse();

    [Fact]
    public void Every_number_is_the_nearest_float()
    {
        var random = new Random(1);
        for (int i = 0; i < 50_000; i++)
        {
            string text = random.Next(4) switch
            {
                0 => random.Next(-20_000_000, 20_000_000).ToString(CultureInfo.InvariantCulture),
                1 => (random.Next(-200_000, 200_000) / Math.Pow(10, random.Next(9))).ToString("F" + random.Next(12), CultureInfo.InvariantCulture),
                2 => BitConverter.Int32BitsToSingle(random.Next()).ToString("R", CultureInfo.InvariantCulture),
                _ => random.NextDouble().ToString("R", CultureInfo.InvariantCulture),
            };

            float expected = float.Parse(text, CultureInfo.InvariantCulture);
            float actual = Parse(text);
            Assert.True(BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(actual), text);
        }
    }

    [Theory]
    [InlineData("7", true, 7)]
    [InlineData("-1", true, -1)]
    [InlineData("3.0", true, 3)]
    [InlineData("2.000000e+00", true, 2)]
    [InlineData("1.5", false, 0)]
    [InlineData("NaN", false, 0)]
    [InlineData("1e30", false, 0)]
    [InlineData("setosa", false, 0)]
    [InlineData("", false, 0)]
    public void A_class_is_an_integer_however_written(string text, bool expected, int label)
    {
        CsvNumber.TryParseClass(Encoding.UTF8.GetBytes(text), out int actual).Should().Be(expected);
        actual.Should().Be(label);
    }
}
