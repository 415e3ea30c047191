namespace NeuralNet.Tests.Models;

/// <summary>The report says what is so, in lines that fit.</summary>
public class TableReportTests
{
    [Fact]
    public void Numbers_have_errors_in_their_own_unit_beside_those_of_the_mean()
    {
        TableReport report = Small.Price.Report;
        (report.TrainRows, report.TestRows).Should().Be((160, 40));
        report.Evaluation!.RootMeanSquareError.Should().BeLessThan(0.4 * report.Baseline!.RootMeanSquareError!.Value);
        report.Baseline.Accuracy.Should().BeNull();
        report.Importance.Select(importance => importance.Column).Should().Equal("rooms", "district", "garden");
        report.Importance[0].Mean.Should().BeGreaterThan(50_000);
        Math.Abs(report.Importance[2].Mean).Should().BeLessThan(10_000, "the garden has no say in the price");
        report.Importance[0].Deviation.Should().BePositive();
        string text = $"{report}";
        text.Should().StartWith("Model of price (a number)\n  160 rows to learn from, 40 to be tested on\n  3 columns in 6 features\n");
        text.Should().Contain("root mean square error").And.Contain("What matters").And.Contain("- id: skipped");
        report.Importance[0].ToString().Should().MatchRegex(@"^rooms \S+ ± \S+$");
        $"{report.Baseline}".Should().StartWith("always ");
    }

    [Fact]
    public void Classes_have_an_accuracy_beside_that_of_the_most_frequent_and_a_matrix()
    {
        TableReport report = Small.Kind.Report;
        report.Baseline!.Accuracy.Should().BeInRange(0.3, 0.45);
        report.Baseline.LogLoss.Should().BeApproximately(1.1, 0.05);
        report.Evaluation!.Accuracy.Should().BeGreaterThan(0.8);
        $"{report}".Should().Contain("is, taken for").And.Contain("villa").And.Contain("Model of kind (3 classes)").And.Contain("calibration error");
        Small.Garden.Report.Baseline!.Says.Should().Be("no");
        $"{Small.Garden.Report}".Should().Contain("Model of garden (yes or no)");
    }

    [Fact]
    public void Rows_that_are_predicted_badly_stand_out()
    {
        // Prices in the north are noise of great size, and everywhere else are known.
        var noise = new Random(1);
        Table houses = Small.Houses(600).Without("id", "kind", "garden");
        double[] prices = houses["price"].Numbers.ToArray();
        for (int row = 0; row < prices.Length; row++)
            prices[row] += houses["district"][row] == "north" ? noise.Next(-400_000, 400_000) : 0;
        TableReport report = TableModel.Train(houses.With(TableColumn.OfNumbers("price", prices)), "price", settings: Small.Quick).Report;
        report.Errors[0].Should().Match<TableErrors>(errors => errors.Column == "district" && errors.Value == "north");
        report.Errors[0].Error.Should().BeGreaterThan(2 * report.Errors[0].Elsewhere);
        $"{report}".Should().Contain("stands out:\n  district north: ");
        report.Errors[0].ToString().Should().StartWith("district north: error ");
    }

    [Fact]
    public void Lines_have_at_most_80_letters_and_nothing_is_said_of_what_was_not_measured()
    {
        Table wide = Small.Houses().With(TableColumn.OfTexts(
            "a column whose name is so long that it does not fit into any line of a report in words, whatever one does",
            [.. Enumerable.Range(0, 200).Select(i => new string((char)('a' + (i % 3)), 90))]));
        TableModel model = TableModel.Train(wide, "kind", settings: Small.Quick with { Epochs = 2 });
        foreach (TableReport report in (TableReport[])[Small.Price.Report, Small.Kind.Report, Small.Garden.Report, model.Report])
            $"{report}".Split('\n').Should().OnlyContain(line => line.Length <= 80 && line.Length > 0);
        TableReport none = TableModel.Train(Small.Houses(), "kind", settings: Small.Quick with { TestFraction = 0, Epochs = 2 }).Report;
        (none.Evaluation, none.Baseline, none.TestRows).Should().Be((null, null, 0));
        none.Importance.Should().BeEmpty();
        $"{none}".Should().Contain("There is no test part");
        none.ToHtml().Should().NotContain("What matters");
    }

    [Fact]
    public void The_page_has_pictures_and_needs_no_other_file()
    {
        string path = Path.GetTempFileName();
        try
        {
            Small.Kind.Report.Save(path);
            string page = File.ReadAllText(path);
            page.Should().StartWith("<!DOCTYPE html>").And.Contain("Model of kind").And.Contain("What matters").And.Contain("Beside the baseline")
                .And.Contain("Members").And.Contain("<svg");
            page.Should().NotContain("<script").And.NotContain("src=").And.NotContain("<link");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
