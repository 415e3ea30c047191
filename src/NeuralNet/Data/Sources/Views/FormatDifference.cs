namespace NeuralNet;

/// <summary>What tells two formats of rows apart, in words.</summary>
internal static class FormatDifference
{
    /// <summary>The first difference; null: they are the same.</summary>
    public static string? Of(RowFormat expected, RowFormat actual)
    {
        if (expected.Equals(actual))
            return null;
        if (expected.InputShape != actual.InputShape)
            return Words("inputs", expected.InputShape, actual.InputShape);
        if (expected.OutputWidth != actual.OutputWidth)
            return Words("desired values in a row", expected.OutputWidth, actual.OutputWidth);
        if (expected.Classes != actual.Classes)
            return Words("classes", expected.Classes, actual.Classes);
        if (expected.HasClassIds != actual.HasClassIds)
            return Words("class ids", expected.HasClassIds, actual.HasClassIds);
        if (expected.HasLengths != actual.HasLengths)
            return Words("lengths", expected.HasLengths, actual.HasLengths);
        if (expected.WeightsPerRow != actual.WeightsPerRow)
            return Words("weights of a row", expected.WeightsPerRow, actual.WeightsPerRow);
        for (int c = 0; c < expected.Classes; c++)
        {
            if (expected.ClassNames[c] != actual.ClassNames[c])
                return Words($"name of class {c}", $"\"{expected.ClassNames[c]}\"", $"\"{actual.ClassNames[c]}\"");
        }

        return Words("outputs", expected, actual);
    }

    private static string Words(string what, object expected, object actual) =>
        FormattableString.Invariant($"{what}: {expected} was expected, but got {actual}.");
}
