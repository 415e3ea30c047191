using System.Globalization;
using NeuralNet;
using Spectre.Console;
using Table = Spectre.Console.Table;
using TableColumn = Spectre.Console.TableColumn;

namespace Digits;

/// <summary>Writes the result of the test.</summary>
internal static class Report
{
    public static void Write(TestResult result, Experiment experiment, bool cancelled)
    {
        if (cancelled)
            AnsiConsole.WriteLine($"Ended early, after {experiment.Epochs.Count} whole epochs.");

        ConfusionMatrix confusion = result.Confusion;
        double right = 0;
        for (int c = 0; c < confusion.Classes; c++)
            right += confusion[c, c];

        var table = new Table().Border(TableBorder.Simple).Title("digit (row), read as (column)").AddColumn("");
        for (int c = 0; c < confusion.Classes; c++)
            table.AddColumn(new TableColumn(Text($"[bold]{c}[/]")).RightAligned());
        table.AddColumn(new TableColumn("found").RightAligned());

        // Without padding it takes 39 columns of the terminal instead of 63.
        foreach (TableColumn column in table.Columns)
            column.PadLeft(0).PadRight(0);
        for (int actual = 0; actual < confusion.Classes; actual++)
        {
            var cells = new List<string> { Text($"[bold]{actual}[/]") };
            for (int read = 0; read < confusion.Classes; read++)
            {
                double count = confusion[actual, read];
                string color = actual == read ? "green" : "bold red";
                cells.Add(count == 0 ? "[grey]·[/]" : Text($"[{color}]{count}[/]"));
            }

            cells.Add(Text($"{confusion.Recall(actual) * 100:0} %"));
            table.AddRow([.. cells]);
        }

        AnsiConsole.WriteLine();
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLine(
            Text($"test accuracy [bold]{result.Accuracy * 100:0.00} %[/]: {right} of {confusion.Total} digits that it had never seen"));
        AnsiConsole.WriteLine();
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>The same text whatever the machine's language.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
