using System.Globalization;

namespace NeuralNet;

/// <summary>Rows of the test part with something in common, on which a model errs clearly more or less than on the others.</summary>
/// <param name="Column">The title of the column.</param>
/// <param name="Value">A category, or a quarter of a column's numbers: <c>46 to 75</c>.</param>
/// <param name="Rows">How many rows of the test part they are.</param>
/// <param name="Error">Of numbers the mean absolute error (of several targets, in deviations of each), of classes and answers the share of wrong
/// ones.
/// </param>
/// <param name="Elsewhere">The same on all other rows.</param>
public sealed record TableErrors(string Column, string Value, int Rows, double Error, double Elsewhere)
{
    /// <summary>The errors in words.</summary>
    /// <returns>For example <c>year 80 to 82: error 2.9 in 21 rows, elsewhere 1.7</c>.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Column} {Value}: error {TableReport.Short(Error)} in {Rows} rows, elsewhere {TableReport.Short(Elsewhere)}");
}
