namespace NeuralNet;

/// <summary>What a column is worth: how much worse the model becomes on the test part when the column's values are shuffled among the rows (L.
/// Breiman, 2001).</summary>
/// <remarks>Of two columns that say the same neither seems to matter, since the other is still there.</remarks>
/// <param name="Column">The title.</param>
/// <param name="Mean">By how much the root mean square error rises, in the target's unit (of several targets, in deviations of each), or the accuracy
/// falls; the mean of several shufflings. About 0: the column does not matter.</param>
/// <param name="Deviation">The standard deviation over the shufflings.</param>
public sealed record ColumnImportance(string Column, double Mean, double Deviation)
{
    /// <summary>The importance in words.</summary>
    /// <returns>For example <c>weight 1.92 ± 0.11</c>.</returns>
    public override string ToString() => $"{Column} {TableReport.Short(Mean)} ± {TableReport.Short(Deviation)}";
}
