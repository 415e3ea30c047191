using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What is reached by always saying the same: the mean of the training part, or its most frequent class with the shares of all as
/// probabilities. A model that is not clearly better has learned nothing.</summary>
public sealed class TableBaseline
{
    private TableBaseline(string says, double? accuracy, double? logLoss, double? rmse, double? mae) =>
        (Says, Accuracy, LogLoss, RootMeanSquareError, MeanAbsoluteError) = (says, accuracy, logLoss, rmse, mae);

    /// <summary>What it says of every row.</summary>
    public string Says { get; }

    /// <summary>The share of rows that it is right about; null for numbers.</summary>
    public double? Accuracy { get; }

    /// <summary>The mean of −ln of the probability that it gives to what is so; null for numbers and several questions.</summary>
    public double? LogLoss { get; }

    /// <summary>Its root mean square error, over all targets as <see cref="Evaluation.RootMeanSquareError"/>; null where there are classes.</summary>
    public double? RootMeanSquareError { get; }

    /// <summary>Its mean absolute error; null where there are classes.</summary>
    public double? MeanAbsoluteError { get; }

    /// <summary>What it says, and what it reaches.</summary>
    /// <returns>For example <c>always Adelie: accuracy 0.4348</c>.</returns>
    public override string ToString() => "always " + Says + (Accuracy is { } accuracy
        ? $": accuracy {TableReport.Short(accuracy)}" : $": root mean square error {TableReport.Short(RootMeanSquareError!.Value)}");

    /// <summary>Learns from the training part, and is measured on the test part.</summary>
    internal static TableBaseline Of(TableSchema schema, Table train, Table test)
    {
        Dataset known = schema.ToDataset(train, scaled: false), asked = schema.ToDataset(test, scaled: false);
        if (schema.Targets[0] is ClassTarget target)
        {
            var shares = new double[schema.Outputs];
            foreach (int label in known.Labels)
                shares[label] += 1.0 / known.Rows;
            int most = Array.IndexOf(shares, shares.Max());
            double right = 0, loss = 0;
            foreach (int label in asked.Labels)
                (right, loss) = (right + (label == most ? 1 : 0), loss - Exact.Log(Math.Max(shares[label], 1e-15)));
            return new TableBaseline(target.Values![most], right / asked.Rows, loss / asked.Rows, null, null);
        }

        int wide = schema.Outputs;
        var means = new double[wide];
        for (int i = 0; i < known.Desired.Length; i++)
            means[i % wide] += known.Desired[i] / (double)known.Rows;
        if (schema.Targets[0] is YesNoTarget)
            return OfQuestions(schema, means, asked);
        double squares = 0, errors = 0;
        for (int i = 0; i < asked.Desired.Length; i++)
        {
            double error = asked.Desired[i] - means[i % wide];
            (squares, errors) = (squares + (error * error), errors + Math.Abs(error));
        }

        string says = string.Join(", ", means.Select(TableReport.Short));
        return new TableBaseline(says, null, null, Math.Sqrt(squares / asked.Desired.Length), errors / asked.Desired.Length);
    }

    // Right are rows of which every answer is.
    private static TableBaseline OfQuestions(TableSchema schema, double[] shares, Dataset asked)
    {
        int wide = shares.Length, right = 0;
        double loss = 0;
        for (int row = 0; row < asked.Rows; row++)
        {
            bool all = true;
            for (int i = 0; i < wide; i++)
            {
                bool isSo = asked.DesiredRow(row)[i] >= 0.5f;
                all &= isSo == shares[i] >= 0.5;
                loss -= Exact.Log(Math.Max(isSo ? shares[i] : 1 - shares[i], 1e-15));
            }

            right += all ? 1 : 0;
        }

        string says = string.Join(", ", schema.Targets.Cast<YesNoTarget>().Select((target, i) => shares[i] >= 0.5 ? target.Yes : target.No));
        return new TableBaseline(says, right / (double)asked.Rows, wide == 1 ? loss / asked.Rows : null, null, null);
    }
}
