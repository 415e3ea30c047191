using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NeuralNet.Reports.Tests;

public partial class TrainingReportTests
{
    private const string Markup = "</section><script>alert('1')</script>&amp;";

    private static readonly Dataset train = Trained.Sectors(3, 60, seed: 1, Markup, "b", "c"),
        test = Trained.Sectors(3, 30, seed: 2, Markup, "b", "c");

    [Fact]
    public void It_says_what_was_trained_how_and_what_came_of_it()
    {
        using Trainer trainer = Trained.Classifier(3, train, test);

        string page = Text(new TrainingReport(trainer, train, test) { Title = "Sectors" }.ToHtml());

        foreach (string words in (string[])
            [
                "Sectors", "4 epochs, 8 steps", "How it went", "How good it is", "accuracy", "log loss", "Most frequent confusions", "Settings",
                "Adam", "CrossEntropy", "batch size", "seed",
                "Network", "Softmax", "Balance of the classes", "3 classes", "Time and memory", "an epoch",
                "a step", "memory of a step", "multiply-adds of a row",
            ])
            page.Should().Contain(words);
        page.Should().Contain(Invariant($"{trainer.Evaluate(test).Accuracy!.Value * 100:0.0} %"));
    }

    [Fact]
    public void Nothing_that_comes_from_users_is_markup()
    {
        using Trainer trainer = Trained.Classifier(3, train, test);
        var report = new TrainingReport(trainer, train, test) { Title = Markup };
        report.AddSection(Markup, Markup, Charts.Histogram(Markup, [1, 2], new ChartAxis(Markup)));

        string page = report.ToHtml();

        page.Should().NotContain("<script").And.Contain("&lt;/section&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;");
        Text(page).Should().Contain(Markup);
    }

    [Fact]
    public void It_needs_no_other_file_and_no_script()
    {
        using Trainer trainer = Trained.Classifier(3, train, test);

        var report = new TrainingReport(trainer, train, test);
        report.AddSection("Plane", "", Charts.Boundary(trainer.Network, test));

        string page = report.ToHtml();

        Addresses().Matches(page).Select(match => match.Value)
            .Should().AllSatisfy(address => address.Should().StartWith("data:image/png;base64,"));
        page.Should().NotContain("http").And.NotContain("@import").And.NotContain("<link").And.NotContain("onload");
        page.Should().Contain("prefers-color-scheme:dark").And.Contain("width=device-width");
    }

    [Fact]
    public void Sections_of_ones_own_stand_in_it_with_their_charts()
    {
        using Trainer trainer = Trained.Classifier(3, train);
        var report = new TrainingReport(trainer);
        report.AddSection("X-ray", "Layer 0 is dead.\r\nTry a smaller rate.", Charts.Histogram("Weights", [1, 2], new ChartAxis("w")));

        string page = report.ToHtml();

        page.Should().Contain("<h2>X-ray</h2>\n<p>Layer 0 is dead.</p>\n<p>Try a smaller rate.</p>\n<div class=\"charts\">\n<svg ");
        Text(page).Should().NotContain("How good it is").And.NotContain("Balance");
    }

    [Fact]
    public void Before_the_first_step_there_is_no_course_and_no_time()
    {
        using Trainer trainer = Trained.Classifier(3, train, epochs: 0);

        string page = Text(new TrainingReport(trainer, train).ToHtml());

        page.Should().Contain("0 epochs, 0 steps").And.NotContain("How it went").And.NotContain("an epoch").And.NotContain("memory of a step");
    }

    [Fact]
    public void Numbers_have_their_errors_and_named_outputs_their_own_measures()
    {
        Network network = Network.Create(inputs: 2).Dense(8, Activation.Tanh)
            .Outputs(("<sector>", b => b.Dense(3, Activation.Softmax)), ("size", b => b.Dense(1))).Build(seed: 1);
        float[] sizes = [.. Enumerable.Range(0, 60).Select(row => 2.5f + row)];
        Dataset both = Dataset.FromOutputs(("<sector>", train), ("size", Dataset.FromArrays(train.Inputs, sizes, rows: 60)));
        using var trainer = new Trainer(
            network, network.Outputs.Divergence(("<sector>", Divergence.CrossEntropy), ("size", Divergence.L2)), new Adam());
        trainer.Fit(both, epochs: 2);

        string page = new TrainingReport(trainer, both, both).ToHtml();

        page.Should().Contain("<h3>&lt;sector&gt;</h3>").And.Contain("<h3>size</h3>");
        Text(page).Should().Contain("root mean square error").And.Contain("Confusion:").And.Contain("Divergence of all outputs:");
    }

    [Fact]
    public void Rows_of_a_source_are_those_of_a_data_set()
    {
        using Trainer trainer = Trained.Classifier(3, train, test);

        string page = new TrainingReport(trainer, new Stream(train), new Stream(test)).ToHtml();

        page.Should().Be(new TrainingReport(trainer, train, test).ToHtml(), "a stream that has not said how many rows it has is counted");
        Text(page).Should().Contain("Balance of the classes").And.NotContain("not counted").And.Contain("rows in a second");
    }

    [Fact]
    public void A_source_without_classes_is_not_read()
    {
        Network network = Network.Create(inputs: 2).Dense(1).Build(seed: 1);
        using var trainer = new Trainer(network, Divergence.L2, new Adam());

        string page = Text(new TrainingReport(trainer, new Stream(Dataset.FromArrays([1, 2], [3f], rows: 1)) { MayOpen = false }).ToHtml());

        page.Should().Contain("trainingnot known").And.NotContain("not counted").And.NotContain("Balance");
    }

    [Theory]
    [InlineData(60 * 5, 60)]
    [InlineData((60 * 5) - 1, null)]
    public void A_large_source_is_not_counted_to_its_end(int mostValues, int? counted)
    {
        var endless = ReportRows.Of("training", ChartColor.First, new Stream(train), seed: 0, mostValues);
        endless.Rows.Should().Be(counted);
        (endless.Balance is null).Should().Be(counted is null);
        IRowSource known = train.Take(60);
        var large = ReportRows.Of("training", ChartColor.First, known, seed: 0, mostValues);
        large.Rows.Should().Be(60);
        large.Omitted.Should().Be(counted is null
            ? "How many rows of training are of each class was not counted: there are more than 59." : null).And.Be(endless.Omitted);
        ReportRows.Of("training", ChartColor.First, train, seed: 0, mostValues: 0).Balance!.Sum().Should().BeApproximately(1, 1e-12);
    }

    [Fact]
    public void What_was_not_counted_is_said()
    {
        using Trainer trainer = Trained.Classifier(3, train, test);
        IRowSource large = RowSource.Generate(train.Format, rows: 1L << 40, (_, _, _) => throw new InvalidOperationException("It is read."));

        string page = Text(new TrainingReport(trainer, large) { Evaluation = trainer.Evaluate(test) }.ToHtml());

        page.Should().Contain("How many rows of training are of each class was not counted: there are more than ").And.NotContain("Balance");
    }

    [Fact]
    public void A_file_is_the_page()
    {
        using Trainer trainer = Trained.Classifier(3, train, test);
        string path = Path.GetTempFileName();
        var report = new TrainingReport(trainer, train) { Evaluation = trainer.Evaluate(test) };

        report.Save(path);

        File.ReadAllText(path).Should().Be(report.ToHtml()).And.EndWith("</html>\n").And.NotContain("\r");
        File.Delete(path);
    }

    // As if nobody had counted the rows.
    private sealed class Stream(Dataset data) : IRowSource
    {
        public bool MayOpen { get; init; } = true;

        public RowFormat Format => data.Format;

        public long? Rows => null;

        public IRowReader Open(long seed, int epoch, long firstRow) =>
            MayOpen ? ((IRowSource)data).Open(seed, epoch, firstRow) : throw new InvalidOperationException("It is read.");
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    // What a reader sees. Every element is closed, so that an XML reader takes the page, but for the two in the head that have no end.
    private static string Text(string page) => XDocument.Parse(HeadElements().Replace(page["<!DOCTYPE html>\n".Length..], "")).Root!.Value;

    [GeneratedRegex("<meta [^>]*>")]
    private static partial Regex HeadElements();

    [GeneratedRegex("(?<=(href|src)=\")[^\"]*|(?<=url\\()[^)]*")]
    private static partial Regex Addresses();
}
