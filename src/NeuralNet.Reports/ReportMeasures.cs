namespace NeuralNet;

/// <summary>What a report says of how good a network is.</summary>
internal sealed class ReportMeasures(ReportPage page)
{
    // So many confusions are named; a matrix of many classes hides them.
    private const int MostConfusions = 10;

    public void Write(Evaluation evaluation)
    {
        if (evaluation.OutputNames.Count == 0)
        {
            WriteOne(evaluation);
            return;
        }

        page.Paragraphs($"Divergence of all outputs: {Markup.Value(evaluation.Divergence)}");
        foreach (string name in evaluation.OutputNames)
        {
            page.Heading(name);
            WriteOne(evaluation[name]);
        }
    }

    private void WriteOne(Evaluation evaluation)
    {
        Chart[] calibration = evaluation.Calibration() is { } curve ? [Charts.Calibration(curve)] : [];
        page.Charts(calibration, () => page.Table([.. Of(evaluation)]));
        if (evaluation.Confusion is { Total: > 0 } matrix)
            page.Charts([Charts.Confusion(matrix)], () => WriteConfusions(matrix));
    }

    private static IEnumerable<(string, string)> Of(Evaluation e)
    {
        (string Name, double? Value, bool IsShare)[] all =
        [
            ("divergence", e.Divergence, false), ("accuracy", e.LabelAccuracy, true), ("balanced accuracy", e.BalancedAccuracy, true),
            ("all labels right", e.LabelAccuracy == e.Accuracy ? null : e.Accuracy, true),
            ("precision", e.Precision, true), ("recall", e.Recall, true), ("F1", e.F1, false),
            ("macro F1", e.F1 is null ? e.MacroF1 : null, false), ("Matthews", e.Matthews, false), ("ROC AUC", e.RocAuc, false),
            ("average precision", e.AveragePrecision, false), ("log loss", e.LogLoss, false), ("Brier", e.Brier, false),
            ("calibration error", e.ExpectedCalibrationError(), true), ("R²", e.R2, false),
            ("mean absolute error", HasErrors(e) ? e.MeanAbsoluteError : null, false),
            ("root mean square error", HasErrors(e) ? e.RootMeanSquareError : null, false),
            ("mean absolute percentage error", HasErrors(e) ? e.MeanAbsolutePercentageError : null, true),
        ];
        yield return ("measured on", Markup.Value(e.Count, 7));
        foreach ((string name, double? value, bool isShare) in all)
        {
            if (value is { } number && !double.IsNaN(number))
                yield return (name, isShare ? Markup.Percent(number, "0.00") : Markup.Value(number));
        }
    }

    // Errors are those of numbers: of classes the other measures say more.
    private static bool HasErrors(Evaluation e) => e.Accuracy is null && !double.IsNaN(e.MeanAbsoluteError);

    private void WriteConfusions(ConfusionMatrix matrix)
    {
        string[][] confusions = matrix.Classes > 2 ? Confusions(matrix) : [];
        if (confusions.Length == 0)
            return;
        page.Heading("Most frequent confusions");
        page.Table(["is", "taken for", "how often", "of its class"], confusions);
    }

    private static string[][] Confusions(ConfusionMatrix matrix)
    {
        var wrong = new List<(int Actual, int Said, double Count)>();
        for (int actual = 0; actual < matrix.Classes; actual++)
        {
            for (int said = 0; said < matrix.Classes; said++)
            {
                if (said != actual && matrix[actual, said] > 0)
                    wrong.Add((actual, said, matrix[actual, said]));
            }
        }

        return
        [
            .. wrong.OrderByDescending(one => one.Count).Take(MostConfusions).Select(one => (string[])
            [
                matrix.ClassNames[one.Actual], matrix.ClassNames[one.Said], Markup.Value(one.Count),
                Markup.Percent(one.Count / Enumerable.Range(-1, matrix.Classes + 1).Sum(said => matrix[one.Actual, said])),
            ]),
        ];
    }
}
