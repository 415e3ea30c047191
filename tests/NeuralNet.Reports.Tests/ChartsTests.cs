using System.Globalization;
using System.Xml.Linq;

namespace NeuralNet.Reports.Tests;

public class ChartsTests
{
    private const string Long = "a name that is far longer than any name should be, <with> signs & more of it than there is room for anywhere";

    private static readonly ChartAxis x = new("epoch"), y = new("value");

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1e-9, 1e-9)]
    [InlineData(1e9, 1.1e9)]
    [InlineData(3.25, 3.25)]
    [InlineData(0, 0)]
    [InlineData(-123456, 7)]
    [InlineData(0.997, 0.9999)]
    [InlineData(1000000.1, 1000000.4)]
    [InlineData(1, 1.0000000000000002)]
    [InlineData(-1e299, 1e299)]
    public void Ticks_are_round_numbers_that_hold_all_values(double low, double high)
    {
        foreach (int wanted in (int[])[2, 5, 7, 14])
        {
            var scale = new Scale(y, [low, high, double.NaN], wanted);

            scale.Ticks.Length.Should().BeInRange(2, wanted + 2);
            scale.Low.Should().BeLessThanOrEqualTo(low);
            scale.High.Should().BeGreaterThanOrEqualTo(high);
            scale.Ticks.Select(scale.Label).Should().OnlyHaveUniqueItems();
            scale.Share(scale.Low).Should().Be(0);
            scale.Share(scale.High).Should().Be(1);
            double step = scale.Ticks[1] - scale.Ticks[0], digit = step / Math.Pow(10, Math.Floor(Math.Log10(step) + 1e-6));
            Math.Round(digit, 3).Should().BeOneOf(1, 2, 5);
        }
    }

    [Theory]
    [InlineData(1e-6, 3)]
    [InlineData(0.02, 0.9)]
    [InlineData(1, 1)]
    [InlineData(5e-30, 1e30)]
    [InlineData(0.013, 0.016)]
    public void A_logarithmic_axis_holds_all_values_and_equal_factors_are_equal_distances(double low, double high)
    {
        var scale = new Scale(y with { IsLogarithmic = true }, [low, high, 0, -1], 6);

        scale.Ticks.Length.Should().BeInRange(2, 9);
        scale.Low.Should().BeInRange(0, low * 1.0000001);
        scale.High.Should().BeGreaterThanOrEqualTo(high * 0.9999999);
        scale.Share(Math.Sqrt(scale.Low * scale.High)).Should().BeApproximately(0.5, 1e-9);
        scale.Share(0).Should().Be(0);
        scale.Ticks.Select(scale.Label).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Lines_go_through_their_points()
    {
        Chart chart = Charts.Lines("", x, y with { Minimum = 0, Maximum = 10 }, [ChartLine.Over("", ChartColor.First, [0, 5, 10])]);

        XElement path = new Svg(chart).All("path").Single(path => path.Attribute("stroke-width")!.Value == "2.5");
        (double X, double Y)[] points = Svg.Points(path);
        points[1].X.Should().BeApproximately((points[0].X + points[2].X) / 2, 0.011);
        points[1].Y.Should().BeApproximately((points[0].Y + points[2].Y) / 2, 0.011);
        points[0].Y.Should().BeGreaterThan(points[2].Y);
    }

    [Fact]
    public void Names_of_any_length_have_room_and_touch_nothing()
    {
        ChartLine[] lines =
            [.. Enumerable.Range(0, 7).Select(i => ChartLine.Over(i == 3 ? Long : $"line number {i}", ChartColor.Of(i), [i, 1e6 * i, -i]))];
        Dataset points = Trained.Sectors(3, 30, seed: 1, Long, "b", "c");
        using Trainer trainer = Trained.Classifier(3, points);
        Chart[] charts =
        [
            Charts.Lines(Long, new ChartAxis(Long), new ChartAxis(Long), lines),
            Charts.Histogram(Long, [1, 2, 3e8, double.NaN], new ChartAxis(Long)),
            Charts.Bars(Long, [Long, "b"],
                [new ChartBars(Long, ChartColor.First, [1, 2e8]), new ChartBars("b", ChartColor.Second, [-0.001, double.NaN])], y),
            Charts.Bars("", [.. Enumerable.Range(0, 100).Select(i => $"{i}")],
                [new ChartBars("", ChartColor.First, new double[100])]),
            Charts.Boundary(trainer.Network, points, Long), Charts.Course(trainer.History), Confusion(Long, "b", "c"), Confusion("y", "n"),
            Confusion([.. Enumerable.Range(0, 25).Select(c => $"class {c}")]), Confusion([.. Enumerable.Range(0, 60).Select(c => $"class {c}")]),
            Confusion([.. Enumerable.Range(0, 300).Select(c => $"class {c}")]),
            Charts.Calibration(Evaluation.Of(trainer.Network, points, Divergence.CrossEntropy)),
            Charts.Attention([0], ["a"], [Long], Long), Charts.Attention(new float[6], ["<s>", Long, " "], ["a", "\t"], ""),
            Charts.Attention(new float[40 * 10], [.. Enumerable.Repeat("&", 10)], [.. Enumerable.Repeat(" ", 40)]),
            Charts.Attention(new float[64], [.. Enumerable.Repeat("word", 64)], ["␣"]),
            Charts.Attention(new float[300], [.. Enumerable.Repeat("word", 300)], ["a"]),
        ];

        foreach (Chart chart in (Chart[])[.. charts, Charts.Grid(Long, 2, charts, (Long, ChartColor.First), ("b", ChartColor.Second))])
            new Svg(chart).ShouldHaveRoomForItsTexts();
    }

    [Fact]
    public void A_confusion_chart_has_the_counts_in_their_cells_and_the_share_that_is_found()
    {
        var matrix = new ConfusionMatrix(["cat", "dog"]);
        matrix.Add(0, 0, 6);
        matrix.Add(0, 1, 2);
        matrix.Add(1, 1, 12345);
        matrix.Add(1, -1, 3);

        var svg = new Svg(Charts.Confusion(matrix));

        Svg.Label Cell(string text) => svg.Texts.Single(label => label.Text == text);
        Cell("6").Top.Should().Be(Cell("2").Top).And.BeLessThan(Cell("3").Top);
        Cell("6").Right.Should().BeLessThan(Cell("2").Left);
        Cell("3").Left.Should().BeGreaterThan(Cell("2").Right, "what has no prediction has a column of its own");
        svg.Texts.Select(label => label.Text).Should().Contain(["cat", "dog", "none", "75.0 %", "found", "right", "wrong"]);
    }

    [Fact]
    public void Many_classes_are_one_image_and_not_a_million_cells()
    {
        var matrix = new ConfusionMatrix(1000);
        matrix.Add(3, 4);

        Charts.Confusion(matrix).ToSvg().Length.Should().BeLessThan(100_000);
    }

    [Fact]
    public void Attention_has_a_line_for_each_query_and_the_strongest_blue_for_the_largest_weight()
    {
        var svg = new Svg(Charts.Attention([0.5f, 0, 0.125f, 0.25f, 0.25f, 0.25f], ["1", "<2>"], ["a", " ", "&"], "a & b"));

        svg.Texts.Select(label => label.Text).Should().Equal(
            "a & b", "0", "0.25", "0.5", "keys", "queries", "a", "␣", "&", "1", "<2>");
        string data = svg.All("image").Single().Attribute("href")!.Value;
        (int width, int height, byte[] pixels) = ChartTests.ReadPng(Convert.FromBase64String(data["data:image/png;base64,".Length..]));
        int Opacity(int key, int query) => pixels[(4 * ((((2 * query) + 1) * height / 4 * width) + (((2 * key) + 1) * width / 6))) + 3];
        Opacity(0, 0).Should().Be(255);
        Opacity(2, 0).Should().BeInRange(63, 65);
        Opacity(1, 1).Should().BeInRange(127, 128);
        Opacity(1, 0).Should().Be(0);
        Svg.Label Of(string text) => svg.Texts.Single(label => label.Text == text);

        // So many keys have no names; the queries have theirs, and lines that can be seen.
        var strip = new Svg(Charts.Attention(new float[2000], ["one", "two"], [.. Enumerable.Repeat("key", 1000)], ""));
        strip.Texts.Select(label => label.Text).Should().Contain(["one", "two"]).And.NotContain("key");
        double.Parse(strip.All("image").Single().Attribute("height")!.Value, CultureInfo.InvariantCulture).Should().Be(32);
        Of("1").Bottom.Should().BeLessThan(Of("<2>").Top);
        Of("a").Right.Should().BeLessThan(Of("␣").Left);
    }

    [Fact]
    public void Attention_without_a_label_or_weight_for_each_is_refused()
    {
        Refused([1, 2, 3], ["a"], ["b", "c"], "Expected 2 weights, of 1 queries and 2 keys, but got 3; of a part of a row take its HeadPart.*");
        Refused([], [], ["b"], "Expected at least one label, but got none.*queries*");
        Refused([], ["a"], [], "Expected at least one label, but got none.*keys*");
        Refused([1, 2], ["a"], ["b", null!], "One of the labels is null.*");
        foreach (float wrong in (float[])[float.NaN, -0.5f, float.PositiveInfinity])
            Refused([1, 0, 1, wrong, 0, 1], ["a", "b"], ["b", "c", "d"], "Expected finite weights of at least 0*of query 1 for key 0.*");

        static void Refused(float[] weights, string[] queries, string[] keys, string words) =>
            new Action(() => Charts.Attention(weights, queries, keys)).Should().Throw<ArgumentException>().WithMessage(words);
    }

    [Fact]
    public void Calibration_lies_on_the_diagonal_where_the_network_means_what_it_says()
    {
        CalibrationBin[] bins = [new(0, 0.5, 10, 0.25, 0.25), new(0.5, 1, 30, 0.75, 0.75)];

        var svg = new Svg(Charts.Calibration(bins));

        XElement[] dots = [.. svg.All("circle")];
        (double X, double Y)[] diagonal = Svg.Points(svg.All("path").Single(path => Dashes(path) && Svg.Points(path)[0].Y != Svg.Points(path)[1].Y));
        dots.Should().HaveCount(2);
        foreach (XElement dot in dots)
        {
            double share = (Svg.Number(dot, "cx") - diagonal[0].X) / (diagonal[1].X - diagonal[0].X);
            Svg.Number(dot, "cy").Should().BeApproximately(diagonal[0].Y + (share * (diagonal[1].Y - diagonal[0].Y)), 0.02);
        }

        svg.Texts[0].Text.Should().Be("Calibration: off by 0.0 % on average");

        static bool Dashes(XElement path) => path.Attribute("stroke-dasharray") is not null;
    }

    [Fact]
    public void A_course_has_both_divergences_the_measure_that_judges_and_the_best_epoch()
    {
        Dataset train = Trained.Sectors(3, 60, seed: 1), validation = Trained.Sectors(3, 20, seed: 2);
        using Trainer trainer = Trained.Classifier(3, train, validation, epochs: 6, Metric.MacroF1);

        string[] texts = [.. new Svg(Charts.Course(trainer.History)).Texts.Select(label => label.Text)];

        texts.Should().Contain(["Divergence", "Macro F1", "training", "validation", "mean, logarithmic"]);
        Charts.CourseCharts(trainer.History).Select(chart => chart.Name).Should().Equal("Divergence", "Macro F1", "Accuracy", "Learning rate");
        if (trainer.History.Best!.Epoch != 6)
            texts.Should().Contain($"best epoch: {trainer.History.Best.Epoch}");
    }

    [Fact]
    public void A_boundary_shows_every_point_in_the_colour_of_its_class()
    {
        Dataset points = Trained.Sectors(3, 40, seed: 1);
        using Trainer trainer = Trained.Classifier(3, points);

        var svg = new Svg(Charts.Boundary(trainer.Network, points, "step 12", hasLegend: false));

        svg.Texts.Single().Text.Should().Be("step 12");
        svg.All("image").Should().ContainSingle();
        Dots(svg)[1..].Order().Should().Equal(points.Labels.ToArray().CountBy(label => label).Select(pair => pair.Value).Order());
        Dots(svg)[0].Should().Be(40, "each has a rim");
    }

    [Fact]
    public void A_boundary_of_one_output_takes_it_for_the_second_class()
    {
        Dataset points = Dataset.FromArrays([1f, 1, -1, -1, 1, -1], [1f, 0, 1], rows: 3);
        Network network = Network.Create(inputs: 2).Dense(1, Activation.Sigmoid).Build(seed: 1);

        var svg = new Svg(Charts.Boundary(network, points, hasLegend: false));

        Dots(svg).Should().Equal(3, 2, 1);
    }

    [Fact]
    public void A_histogram_counts_each_value_once()
    {
        var svg = new Svg(Charts.Histogram("", [0, 1, 1.5, 2, 10, double.NaN], new ChartAxis("v"), bins: 5));

        double[] heights = [.. svg.All("rect").Where(rect => rect.Attribute("y") is not null).Select(rect => Svg.Number(rect, "height"))];
        heights.Should().HaveCount(3);
        (heights[0] / heights[2]).Should().BeApproximately(3, 0.01);
        svg.Texts.Select(label => label.Text).Should().Contain("how many of 6; 1 not finite");
    }

    [Fact]
    public void What_has_nothing_to_draw_is_refused()
    {
        using Trainer trainer = Trained.Classifier(2, Trained.Sectors(2, 9, seed: 1), epochs: 0);
        Network wide = Network.Create(inputs: 3).Dense(2, Activation.Softmax).Build(seed: 1);

        Refused(() => Charts.Course(trainer.History), "*finished epoch*");
        Refused(() => Charts.Lines("", x, y, []), "*at least one line*");
        Refused(() => Charts.Lines("", x with { Minimum = 2, Maximum = 1 }, y, [ChartLine.Over("", ChartColor.Ink, [1])]), "*but got 2 to 1*");
        Refused(() => Charts.Grid("", 2, []), "*at least one chart*");
        Refused(() => Charts.Bars("", ["a"], [new ChartBars("b", ChartColor.First, [1, 2])]), "*1 values*but got 2 of \"b\"*");
        Refused(() => Charts.Bars("", [], []), "*at least one name*");
        Refused(() => Charts.Calibration([]), "*at least one bin*");
        Refused(() => Charts.Boundary(wide, Trained.Sectors(2, 9, seed: 1)), "*2 inputs*but got 3 and 2*");
        Refused(() => Charts.Boundary(trainer.Network, Trained.Sectors(3, 9, seed: 1)), "*2 classes*but got 3*");

        static void Refused(Action draw, string words) => draw.Should().Throw<ArgumentException>().WithMessage(words);
    }

    // How many there are of each colour, the rims first.
    private static int[] Dots(Svg svg) =>
        [.. svg.All("path").Select(path => path.Attribute("d")!.Value.Split("h0").Length - 1).Where(dots => dots > 0)];

    private static Chart Confusion(params string[] names)
    {
        var matrix = new ConfusionMatrix(names);
        for (int c = 0; c < names.Length; c++)
        {
            matrix.Add(c, c, 123456);
            matrix.Add(c, (c + 1) % names.Length, 5);
            matrix.Add(0, -1);
        }

        return Charts.Confusion(matrix);
    }
}
