using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>Whether floats can tell the numbers of a column apart: those of 1,700,000,010 and 1,700,000,020 are one.</summary>
internal sealed class CsvDigits(int columns)
{
    private const double LeastSpread = 1.0 / 4096;

    private readonly Column[] all = new Column[columns];

    /// <summary>Adds a number of a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(int index, double exact, float value)
    {
        ref Column column = ref all[index];
        if (!column.HasAny)
            column = new Column { Least = exact, Most = exact, HasAny = true };
        else if (column.Last == value && column.LastExact != exact)
            column.HasLost = true;
        if (exact < column.Least)
            column.Least = exact;
        else if (exact > column.Most)
            column.Most = exact;
        (column.Last, column.LastExact) = (value, exact);
    }

    /// <summary>Refuses a column whose numbers differ so little for their size that floats are too coarse for them.</summary>
    public void Check(CsvRecords records, int[] features)
    {
        for (int i = 0; i < all.Length; i++)
        {
            Column column = all[i];
            if (!column.HasLost || column.Most - column.Least >= LeastSpread * Math.Max(Math.Abs(column.Least), Math.Abs(column.Most)))
                continue;
            throw records.Refuse(FormattableString.Invariant(
                $"the numbers of column {CsvWords.Title(records.Names[features[i]])} go from {column.Least:R} to {column.Most:R}, ")
                + "and floats do not tell all of them apart: subtract an offset in the file, leave the column out (CsvOptions.Skip), or read it with "
                + "Table.FromCsv, which keeps doubles.");
        }
    }

    private struct Column
    {
        public double Least, Most, LastExact;
        public float Last;
        public bool HasAny, HasLost;
    }
}
