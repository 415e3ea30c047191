using System.Globalization;
using System.IO.Compression;

namespace NeuralNet.Reports.Tests;

public class ChartTests
{
    [Fact]
    public void Text_is_text_and_never_markup()
    {
        const string Text = "<b>\"R&D's\"</b> \u0001 😀 \ud800";
        var chart = new Chart(200, 100, Text);

        chart.Text(Text, 10, 20, 12, ChartColor.Ink);

        var svg = new Svg(chart);
        svg.Texts.Single().Text.Should().Be("<b>\"R&D's\"</b> \ufffd 😀 \ufffd");
        svg.All("b").Should().BeEmpty();
    }

    [Fact]
    public void The_same_calls_give_the_same_text_in_every_culture()
    {
        string[] texts = [.. ((string[])["", "de-DE", "ar-SA", "fr-FR"]).Select(name =>
        {
            CultureInfo before = CultureInfo.CurrentCulture;
            var culture = (CultureInfo)CultureInfo.GetCultureInfo("").Clone();
            if (name.Length > 0)
                culture.NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = name, NegativeSign = "~" };
            CultureInfo.CurrentCulture = culture;
            try
            {
                var line = ChartLine.Over("a", ChartColor.First, [-1234567.5, 0.25, 1e9]);
                return Charts.Grid("", 1,
                [
                    Charts.Lines("t", new ChartAxis("x"), new ChartAxis("y"), [line]), Charts.Histogram("h", [-1.5, 2.5], new ChartAxis("v")),
                    Charts.Bars("b", ["n"], [new ChartBars("", ChartColor.First with { Opacity = 0.5 }, [-0.125])],
                        new ChartAxis("", IsPercent: true)),
                ]).ToSvg();
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        })];

        texts.Distinct().Should().ContainSingle();
        texts[0].Should().Contain("−2·10⁸").And.Contain("−12.5 %").And.Contain("fill-opacity=\"0.5\"");
    }

    [Fact]
    public void Every_named_colour_has_a_twin_that_dark_viewers_draw()
    {
        string svg = new Chart(10, 10, "").ToSvg();
        ChartColor[] named =
        [
            ChartColor.Paper, ChartColor.Ink, ChartColor.Muted, ChartColor.Axis, ChartColor.Grid, ChartColor.Card, ChartColor.First,
            ChartColor.Second, ChartColor.Right, ChartColor.Wrong, ChartColor.Violet, ChartColor.Teal,
        ];

        named.Select(color => color.Hex).Should().OnlyHaveUniqueItems();
        foreach (ChartColor color in named)
            svg.Should().Contain($"[fill=\"{color.Hex}\"]{{fill:#").And.Contain($"[stroke=\"{color.Hex}\"]{{stroke:#");
    }

    [Fact]
    public void Colours_mix_from_the_first_to_the_second()
    {
        var (black, white) = (new ChartColor(0, 0, 0, 0), new ChartColor(200, 100, 50));

        ChartColor.Between(black, white, 0.5).Should().Be(new ChartColor(100, 50, 25, 0.5));
        ChartColor.Between(black, white, -3).Should().Be(black);
        ChartColor.Between(black, white, double.NaN).Should().Be(black);
        ChartColor.Between(black, white, 7).Should().Be(white);
        ChartColor.Of(6).Should().Be(ChartColor.Of(0));
    }

    [Fact]
    public void A_curve_has_gaps_where_points_are_not_finite()
    {
        var chart = new Chart(100, 100, "");

        chart.Curve([(1, 2), (3, 4), (double.NaN, 5), (6, 7), (8, double.PositiveInfinity), (9, 10)], ChartColor.Ink);
        chart.Curve([(double.NaN, 1)], ChartColor.Ink);

        new Svg(chart).All("path").Single().Attribute("d")!.Value.Should().Be("M1 2L3 4M6 7M9 10");
    }

    [Fact]
    public void Pixels_are_a_png_of_whose_pixels_each_is_drawn_large()
    {
        var chart = new Chart(100, 100, "");

        chart.Pixels(0, 0, 30, 20, columns: 3, rows: 2,
            (column, row) => new ChartColor((byte)(10 * column), (byte)(100 * row), 7, column == 2 ? 0 : 1));

        string data = new Svg(chart).All("image").Single().Attribute("href")!.Value;
        byte[] png = Convert.FromBase64String(data["data:image/png;base64,".Length..]);
        (int width, int height, byte[] pixels) = ReadPng(png);
        (width, height).Should().Be((60, 40));
        pixels[..8].Should().Equal(0, 0, 7, 255, 0, 0, 7, 255);
        pixels[^4..].Should().Equal(20, 100, 7, 0);
        pixels.AsSpan(((21 * 60) + 39) * 4, 4).ToArray().Should().Equal(10, 100, 7, 255);
    }

    [Fact]
    public void A_file_is_the_text_and_replaces_what_was_there()
    {
        string folder = Directory.CreateTempSubdirectory().FullName, path = Path.Combine(folder, "chart.svg");
        var chart = new Chart(20, 10, "é");
        File.WriteAllText(path, new string('x', 100_000));

        chart.Save(path);

        File.ReadAllText(path).Should().Be(chart.ToSvg());
        Directory.GetFiles(folder).Should().ContainSingle();
        ((Action)(() => chart.Save(Path.Combine(folder, "none", "chart.svg")))).Should().Throw<IOException>().WithMessage("*none*make it first*");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void What_cannot_be_drawn_is_refused()
    {
        var chart = new Chart(10, 10, "");

        ((Action)(() => _ = new Chart(0, 10, ""))).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*positive*");
        ((Action)(() => _ = new Chart(10, double.NaN, ""))).Should().Throw<ArgumentOutOfRangeException>();
        ((Action)(() => chart.Add(chart, 0, 0))).Should().Throw<ArgumentException>().WithMessage("*itself*");
        ((Action)(() => chart.Pixels(0, 0, 1, 1, 0, 1, (_, _) => ChartColor.Ink))).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData("short", 100, "short")]
    [InlineData("much too long a name", 68, "much too…")]
    [InlineData("", 1, "")]
    public void A_text_is_cut_where_the_room_ends(string text, double room, string expected)
    {
        string fitted = TextWidth.Fit(text, 12, room);

        fitted.Should().Be(expected);
        TextWidth.Of(fitted, 12).Should().BeLessThanOrEqualTo(room);
    }

    // Reads back what Png writes: checksums, then lines of which each begins with the number of its filter, 1.
    internal static (int Width, int Height, byte[] Pixels) ReadPng(byte[] png)
    {
        png[..8].Should().Equal(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
        var chunks = new Dictionary<string, byte[]>();
        for (int at = 8; at < png.Length;)
        {
            int length = BigEndian(png, at);
            chunks.Add(System.Text.Encoding.ASCII.GetString(png, at + 4, 4), png[(at + 8)..(at + 8 + length)]);
            uint crc = uint.MaxValue;
            foreach (byte one in png.AsSpan(at + 4, length + 4))
            {
                crc ^= one;
                for (int bit = 0; bit < 8; bit++)
                    crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320);
            }

            BigEndian(png, at + 8 + length).Should().Be((int)~crc);
            at += 12 + length;
        }

        chunks.Keys.Should().Equal("IHDR", "IDAT", "IEND");
        (int width, int height) = (BigEndian(chunks["IHDR"], 0), BigEndian(chunks["IHDR"], 4));
        chunks["IHDR"][8..].Should().Equal(8, 6, 0, 0, 0);
        using var data = new ZLibStream(new MemoryStream(chunks["IDAT"]), CompressionMode.Decompress);
        using var lines = new MemoryStream();
        data.CopyTo(lines);
        byte[] all = lines.ToArray();
        all.Should().HaveCount(height * (1 + (4 * width)));
        byte[][] rows = [.. all.Chunk(1 + (4 * width))];
        rows.Should().OnlyContain(row => row[0] == 1);
        foreach (byte[] row in rows)
        {
            for (int i = 5; i < row.Length; i++)
                row[i] += row[i - 4];
        }

        return (width, height, [.. rows.SelectMany(row => row[1..])]);
    }

    private static int BigEndian(byte[] bytes, int at) => (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
