namespace NeuralNet;

/// <content>Division into a training part and a test part.</content>
public sealed partial class Table
{
    // Numbers with more different values are divided by tenths of their rows.
    private const int MostStrata = 20, Parts = 10;

    /// <summary>Divides the rows at random into a training part and a test part, the same for the same seed on every machine.</summary>
    /// <remarks>Both parts come shuffled. Rows in time order, where the test part is to be the later one, are divided by
    /// <see cref="Slice"/>.</remarks>
    /// <param name="testFraction">The test part's share of the rows, between 0 and 1, both excluded.</param>
    /// <param name="seed">Another seed gives another division.</param>
    /// <param name="stratify">The title of a column whose values both parts have in the same shares, as far as whole rows allow: each different
    /// value, no value being one more; of numbers with more than 20 different ones each tenth of the rows, by size. Null: none.</param>
    /// <returns>The two parts: every row is in exactly one.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="testFraction"/> is not between 0 and 1.</exception>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="InvalidOperationException">There is one row only.</exception>
    public (Table Train, Table Test) Split(double testFraction, long seed = 0, string? stratify = null)
    {
        if (!(testFraction > 0 && testFraction < 1))
            throw Guard.OutOfRange(nameof(testFraction), testFraction, "Expected a fraction between 0 and 1, both excluded.");
        if (Rows < 2)
            throw new InvalidOperationException("A table of 1 row cannot be divided into two parts.");
        (int[] strata, int count) = stratify is null ? ([], 0) : Strata(this[stratify]);
        (int[] train, int[] test) = StratifiedSplit.Divide(strata, count, Rows, testFraction, seed);
        return (Select(train), Select(test));
    }

    /// <summary>The stratum of each row by a column's values, and how many there are.</summary>
    internal static (int[] Strata, int Count) Strata(TableColumn column)
    {
        if (!column.IsNumber)
            return (Array.ConvertAll(column.Codes.ToArray(), code => code + 1), column.Texts.Count + 1);

        // NaN, which is missing, is the first when numbers are sorted, and of a stratum of its own.
        double[] values = [.. column.Numbers.ToArray().Distinct().Order()];
        if (values.Length <= MostStrata)
            return (Array.ConvertAll(column.Numbers.ToArray(), number => Array.BinarySearch(values, number)), values.Length);
        var strata = new int[column.Rows];
        int[] order = [.. Enumerable.Range(0, column.Rows).OrderBy(row => column.Numbers[row])];
        int there = column.Rows - column.Missing;
        for (int i = column.Missing; i < order.Length; i++)
            strata[order[i]] = 1 + (int)((long)(i - column.Missing) * Parts / there);
        return (strata, Parts + 1);
    }
}
