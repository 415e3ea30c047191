using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <content>The report in words.</content>
public sealed partial class TableReport
{
    // A matrix of more classes is not read, and fewer columns are listed than a wide table has.
    private const int Wide = 80, MostClasses = 6, MostColumns = 12, MostErrors = 6, MostRemarks = 12;

    /// <summary>The report in words, in lines of at most 80 letters, the same in every culture.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString()
    {
        var text = new ReportText(Wide);
        string targets = string.Join(", ", model.Schema.Targets.Select(target => target.Name));
        string kind = model.Schema.Targets[0] switch
        {
            ClassTarget => Count(model.Schema.Outputs, "class", "classes"),
            YesNoTarget => "yes or no",
            _ => "a number",
        };
        text.Line(0, $"Model of {targets} ({kind})");
        text.Line(2, $"{Count(TrainRows, "row")} to learn from, {TestRows} to be tested on"
            + (RowsWithoutTarget == 0 ? "" : $"; {Count(RowsWithoutTarget, "row")} without a target left out"));
        text.Line(2, $"{Count(model.Schema.Columns.Count(column => column.Width > 0), "column")} in {Count(model.Schema.Inputs, "feature")}");
        foreach (string remark in model.Schema.Remarks.Take(MostRemarks))
            text.Line(2, "- " + remark);
        if (model.Schema.Remarks.Count > MostRemarks)
            text.Line(2, $"- and {model.Schema.Remarks.Count - MostRemarks} remarks more: model.Schema.Remarks");

        WriteTraining(text);
        WriteMeasures(text);
        WriteImportance(text);
        WriteErrors(text);
        return text.ToString();
    }

    private void WriteTraining(ReportText text)
    {
        text.Line(0, "Training");
        text.Line(2, $"{settings}");
        string epochs = string.Join(", ", Histories.Select(history => history.Epochs.Count));
        text.Line(2, $"epochs: {epochs}");
        if (Histories.All(history => history.Best?.ValidationDivergence is not null))
        {
            string best = string.Join(", ", Histories.Select(history => Short(history.Best!.ValidationDivergence!.Value)));
            text.Line(2, $"divergence on the rows held out, at best: {best}");
        }
    }

    private void WriteMeasures(ReportText text)
    {
        if (Evaluation is null || Baseline is null)
        {
            text.Line(0, "There is no test part, so nothing is said of how good the model is: Evaluate(table) measures it on other rows.");
            return;
        }

        text.Line(0, $"On the test part, {Count(TestRows, "row")}");
        (string Name, double? Model, double? Base)[] measures = HasNumbers
            ? [("root mean square error", Evaluation.RootMeanSquareError, Baseline.RootMeanSquareError),
                ("mean absolute error", Evaluation.MeanAbsoluteError, Baseline.MeanAbsoluteError), ("R²", Evaluation.R2, null)]
            : [("accuracy", Evaluation.Accuracy, Baseline.Accuracy), ("log loss", Evaluation.LogLoss, Baseline.LogLoss),
                ("ROC AUC", Evaluation.RocAuc, null), ("calibration error", Evaluation.ExpectedCalibrationError(), null)];
        text.Line(2, $"{"",-24}{"model",12}{"baseline",12}");
        foreach ((string name, double? value, double? beside) in measures)
        {
            if (value is { } number)
                text.Line(2, $"{name,-24}{Short(number),12}{(beside is { } other ? Short(other) : ""),12}".TrimEnd());
        }

        text.Line(2, $"The baseline says always {Baseline.Says}.");
        if (Evaluation.Confusion is { Total: > 0 } matrix && model.Schema.Targets.Count == 1)
            WriteConfusion(text, matrix);
    }

    private static void WriteConfusion(ReportText text, ConfusionMatrix matrix)
    {
        if (matrix.Classes <= MostClasses)
        {
            string[] names = [.. Enumerable.Range(0, matrix.Classes).Select(c => Fit(Name(c), 10))];
            text.Line(2, $"{"is, taken for",-14}" + string.Concat(names.Select(name => $"{name,11}")));
            for (int actual = 0; actual < matrix.Classes; actual++)
            {
                int row = actual;
                text.Line(2, $"{names[actual],-14}" + string.Concat(Enumerable.Range(0, matrix.Classes).Select(c => $"{Short(matrix[row, c]),11}")));
            }

            return;
        }

        (int Actual, int Said, double Count)[] wrong =
        [
            .. from actual in Enumerable.Range(0, matrix.Classes)
               from said in Enumerable.Range(0, matrix.Classes)
               where said != actual && matrix[actual, said] > 0
               orderby matrix[actual, said] descending
               select (actual, said, matrix[actual, said]),
        ];
        foreach ((int actual, int said, double count) in wrong.Take(MostErrors))
            text.Line(2, $"{Name(actual)} is taken for {Name(said)}: {Count((int)count, "time")}");

        string Name(int c) => matrix.ClassNames.Count > 0 ? matrix.ClassNames[c] : c.ToString(CultureInfo.InvariantCulture);
    }

    private void WriteImportance(ReportText text)
    {
        if (Importance.Count == 0)
            return;
        text.Line(0, $"What matters: by how much {Worse} if a column is shuffled:");
        double most = Math.Max(Importance[0].Mean, 1e-12);
        foreach (ColumnImportance importance in Importance.Take(MostColumns))
        {
            var bar = new string('#', (int)Math.Round(20 * Math.Max(0, importance.Mean) / most));
            string numbers = HasNumbers ? $"{Short(importance.Mean)} ± {Short(importance.Deviation)}"
                : $"{Percent(importance.Mean)} ± {Percent(importance.Deviation)} %";
            text.Line(2, $"{Fit(importance.Column, 24),-25}{numbers,-20} {bar}".TrimEnd());
        }

        if (Importance.Count > MostColumns)
            text.Line(2, $"and {Importance.Count - MostColumns} more that matter less");
    }

    private void WriteErrors(ReportText text)
    {
        if (Errors.Count == 0)
            return;
        text.Line(0, HasNumbers ? "Where the mean absolute error stands out:" : "Where wrong answers stand out:");
        IEnumerable<TableErrors> shown = Errors.Count <= MostErrors ? Errors : [.. Errors.Take(MostErrors - 1), Errors[^1]];
        foreach (TableErrors errors in shown)
        {
            string error = HasNumbers ? Short(errors.Error) : Percent(errors.Error) + " %";
            string elsewhere = HasNumbers ? Short(errors.Elsewhere) : Percent(errors.Elsewhere) + " %";
            text.Line(2, $"{errors.Column} {errors.Value}: {error} in {Count(errors.Rows, "row")}, elsewhere {elsewhere}");
        }
    }

    private string Worse => HasNumbers ? "the root mean square error rises" : "the accuracy falls";

    private static string Count(int count, string one, string? many = null) =>
        FormattableString.Invariant($"{count} {(count == 1 ? one : many ?? one + "s")}");

    private static string Fit(string name, int most) => name.Length <= most ? name : string.Concat(name.AsSpan(0, most - 1), "…");

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>Four digits, without an exponent where people would not write one.</summary>
    internal static string Short(double value) => Math.Abs(value) is >= 1e4 and < 1e9 ? value.ToString("0", CultureInfo.InvariantCulture)
        : Math.Abs(value) is < 1e-3 and > 0 ? value.ToString("0.####", CultureInfo.InvariantCulture)
        : value.ToString("G4", CultureInfo.InvariantCulture);

    // Lines that are broken between words where they would become too long.
    private sealed class ReportText(int wide)
    {
        private readonly StringBuilder text = new();

        public void Line(int indent, string line)
        {
            while (indent + line.Length > wide)
            {
                int end = line.LastIndexOf(' ', wide - indent, wide - indent - 10);
                int start = end < 0 ? wide - indent : end + 1;
                text.Append(' ', indent).Append(line.AsSpan(0, end < 0 ? start : end)).Append('\n');
                line = "  " + line[start..];
            }

            text.Append(' ', indent).Append(line).Append('\n');
        }

        public override string ToString() => text.ToString(0, Math.Max(0, text.Length - 1));
    }
}
