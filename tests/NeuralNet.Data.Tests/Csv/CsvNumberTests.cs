using System.Globalization;

namespace NeuralNet.Tests.Data;

public class CsvNumberTests
{
    private const CsvMarks Either = CsvMarks.Point | CsvMarks.Comma;

    private static CsvNumberKind Parse(string text, out double value, out float single, CsvMarks marks = CsvMarks.Point)
    {
        CsvNumberKind kind = CsvNumber.Parse(text, marks, out value, out CsvMarks mark);
        single = kind is CsvNumberKind.Number or CsvNumberKind.Code ? CsvNumber.ToFloat(text, mark, value) : float.NaN;
        return kind;
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("16", 16)]
    [InlineData("-3.25", -3.25)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("3504.", 3504)]
    [InlineData("+2", 2)]
    [InlineData("1e-3", 1e-3)]
    [InlineData("1E3", 1e3)]
    [InlineData("16777217", 16777217)]
    [InlineData("9007199254740991", 9007199254740991)]
    [InlineData("1.7976931348623157e308", double.MaxValue)]
    [InlineData("5e-324", double.Epsilon)]
    [InlineData("1e-400", 0)]
    [InlineData("0.00000000000001", 1e-14)]
    [InlineData("12345678901234567890.5", 12345678901234567890.5)]
    [InlineData("0.30000000000000004", 0.30000000000000004)]
    public void Numbers_are_read(string text, double number)
    {
        Parse(text, out double value, out float single).Should().Be(CsvNumberKind.Number);
        value.Should().Be(number);
        single.Should().Be((float)number);
    }

    [Theory]
    [InlineData("1,5", 1.5)]
    [InlineData("-0,25e2", -25)]
    [InlineData("1.5", 1.5)]
    [InlineData("2,12345678901234567", 2.12345678901234567)]
    public void Either_mark_may_be_that_of_decimals(string text, double number)
    {
        Parse(text, out double value, out _, Either).Should().Be(CsvNumberKind.Number);
        value.Should().Be(number);
    }

    [Theory]
    [InlineData("1.234,5")]
    [InlineData("1,234.5")]
    [InlineData("1,2,3")]
    public void There_are_no_thousands(string text) => Parse(text, out _, out _, Either).Should().Be(CsvNumberKind.None);

    [Fact]
    public void A_negative_zero_keeps_its_sign()
    {
        Parse("-0.0", out double value, out float single);
        (double.IsNegative(value), float.IsNegative(single)).Should().Be((true, true));
    }

    [Theory]
    [InlineData("007", 7)]
    [InlineData("-01", -1)]
    [InlineData("00.5", 0.5)]
    [InlineData("000000000000001.5", 1.5)]
    [InlineData("9007199254740992", 9007199254740992)]
    [InlineData("12345678901234567890", 12345678901234567890)]
    public void What_a_number_would_lose_digits_of_is_a_code(string text, double number)
    {
        Parse(text, out double value, out _).Should().Be(CsvNumberKind.Code);
        value.Should().Be(number);
    }

    [Theory]
    [InlineData("1e400")]
    [InlineData("-1e999999999999")]
    [InlineData("Infinity")]
    [InlineData("-inf")]
    [InlineData("+INF")]
    [InlineData("∞")]
    public void What_no_double_can_hold_is_infinite(string text) => Parse(text, out _, out _).Should().Be(CsvNumberKind.Infinite);

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
    [InlineData("1e+")]
    [InlineData("e5")]
    [InlineData("1e5x")]
    [InlineData("1_000")]
    [InlineData("1'000")]
    [InlineData("(5)")]
    [InlineData("٣")]
    [InlineData("NaN")]
    [InlineData("abc")]
    public void What_is_no_number_is_not_read(string text) => Parse(text, out _, out _).Should().Be(CsvNumberKind.None);

    // Decimals are read four at a time: neighbours of the digits, and characters that have the bits of a digit and others, at every place.
    [Fact]
    public void What_is_no_digit_is_found_at_every_place_of_the_decimals()
    {
        for (int length = 1; length <= 13; length++)
        {
            for (int at = 0; at < length; at++)
            {
                foreach (char wrong in "/:?\0 .x\u0130\u0239\u1035\u4030\u8030\u8039\u800A\uFF14\uFFCF")
                {
                    char[] digits = [.. Enumerable.Range(0, length).Select(i => (char)('0' + (i * 7 % 10)))];
                    digits[at] = wrong;
                    Parse("1." + new string(digits), out _, out _).Should().Be(CsvNumberKind.None);
                }
            }
        }
    }

    [Fact]
    public void Every_number_is_the_nearest_double_and_the_nearest_float()
    {
        var random = new Random(1);
        for (int i = 0; i < 50_000; i++)
        {
            float some = BitConverter.Int32BitsToSingle(random.Next(0x7F000000));
            string text = random.Next(6) switch
            {
                0 => random.Next(-20_000_000, 20_000_000).ToString(CultureInfo.InvariantCulture),
                1 => (random.Next(-200_000, 200_000) / Math.Pow(10, random.Next(9))).ToString("F" + random.Next(12), CultureInfo.InvariantCulture),
                2 => some.ToString("R", CultureInfo.InvariantCulture),

                // The middle between two floats, and what lies closely beside it.
                3 => ((some + (double)MathF.BitIncrement(some)) / 2).ToString(random.Next(2) == 0 ? "R" : "E40", CultureInfo.InvariantCulture),
                4 => Math.BitIncrement((some + (double)MathF.BitIncrement(some)) / 2).ToString("E30", CultureInfo.InvariantCulture),
                _ => random.NextDouble().ToString("R", CultureInfo.InvariantCulture),
            };

            Parse(text, out double value, out float single);
            double nearest = double.Parse(text, CultureInfo.InvariantCulture);
            float nearestFloat = float.Parse(text, CultureInfo.InvariantCulture);
            Assert.True(BitConverter.DoubleToInt64Bits(nearest) == BitConverter.DoubleToInt64Bits(value), text);
            Assert.True(BitConverter.SingleToInt32Bits(nearestFloat) == BitConverter.SingleToInt32Bits(single), text);
        }
    }
}
