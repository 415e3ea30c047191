using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Reads a file of numbers into a data set.</summary>
internal sealed class CsvDatasetReader : IDisposable
{
    // What the column of the class is called where it is called something.
    private static readonly string[] labelTitles = ["label", "class", "target", "y"];

    private readonly CsvRecords records;
    private readonly int[] features, targets;
    private readonly bool isLabelStated;
    private readonly List<float> inputs = [];
    private readonly List<float> desired = [];
    private readonly CsvDigits digits;
    private int rows;

    /// <summary>A file with a class in each row.</summary>
    public CsvDatasetReader(string path, CsvColumn label, CsvOptions options)
        : this(path, options, takesCounts: !label.IsStated || label == ^1,
            records => [label.IsStated ? label.Find(records.Names, nameof(label)) : records.Names.Count - 1])
    {
        isLabelStated = label.IsStated;
        if (!isLabelStated)
            CheckFirstTitle();
    }

    /// <summary>A file with desired values in each row.</summary>
    public CsvDatasetReader(string path, CsvOptions options, Func<CsvRecords, int[]> targets)
        : this(path, options, takesCounts: false, targets)
    {
    }

    private CsvDatasetReader(string path, CsvOptions options, bool takesCounts, Func<CsvRecords, int[]> targetsOf)
    {
        records = new CsvRecords(new CsvInput(path).Open(), options, takesCounts);
        try
        {
            targets = targetsOf(records);
            features = FeaturesOf(records, targets);
            digits = new CsvDigits(features.Length);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The most inputs, or desired outputs, that are read.</summary>
    public int MaxValues { get; init; } = Array.MaxLength;

    public void Dispose() => records.Dispose();

    /// <summary>Reads the file with the class in one of its columns.</summary>
    /// <param name="stated">The number of classes, or null to find it out.</param>
    public Dataset ReadClasses(int? stated)
    {
        var classes = new CsvClasses(records, targets[0], records.Counts?.ClassNames, stated);
        Read(classes);
        if (records.Counts is { } counts && rows != counts.Rows)
        {
            throw records.Refuse(FormattableString.Invariant($"line {counts.Line}"),
                FormattableString.Invariant($"the header says {counts.Rows} rows, but got {rows}."));
        }

        if (stated is not null && !isLabelStated && rows > 1 && classes.IsOne)
        {
            throw records.Refuse($"every row has the same class in its last column, {CsvWords.Title(records.Names[^1])}: if the class stands in "
                + "another one, state it (label: 0 is the first column); if not, label: ^1.");
        }

        (int[] labels, int count, string[]? names) = classes.Finish();
        Dataset data = Dataset.FromArrays(CollectionsMarshal.AsSpan(inputs), labels, count);
        return names is null ? data : data.WithClassNames(names);
    }

    /// <summary>Reads the file with desired outputs in some of its columns.</summary>
    public Dataset ReadTargets()
    {
        Read(null);
        return Dataset.FromArrays(CollectionsMarshal.AsSpan(inputs), CollectionsMarshal.AsSpan(desired), rows);
    }

    /// <summary>All columns but some.</summary>
    public static int[] FeaturesOf(CsvRecords records, int[] targets)
    {
        if (records.Index >= 0 && !targets.Contains(records.Index))
        {
            throw records.Refuse("line 1, column 1", "the column has no title and counts the rows, as those that pandas and R write: it is no "
                + "feature. CsvOptions { Skip = [\"column 1\"] } leaves it out, and CsvOptions.Columns that name it have it.");
        }

        int[] others = [.. Enumerable.Range(0, records.Names.Count).Where(c => !targets.Contains(c))];
        string what = targets.Length == 1 ? "the class or desired value" : FormattableString.Invariant($"{targets.Length} desired values");
        return others.Length > 0 ? others : throw records.Refuse("line 1", $"expected features beside {what}, but there are no other columns.");
    }

    private void Read(CsvClasses? classes)
    {
        try
        {
            for (; records.Next(); rows++)
            {
                if (Math.Max((rows + 1L) * features.Length, classes is null ? (rows + 1L) * targets.Length : 0) > MaxValues)
                    throw records.RefuseSize(null);
                ReadRow();
                if (classes is not null)
                    classes.Add();
                else
                    ReadDesired();
            }
        }
        catch (OutOfMemoryException e)
        {
            // Also what a list throws that would grow past Array.MaxLength.
            throw records.RefuseSize(e);
        }

        if (rows == 0)
            throw records.Refuse("expected rows after the first line, but got none.");
        digits.Check(records, features);
    }

    // A file is often the first thing that a program reads: what runs for every field is not to wait for its optimization.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadRow()
    {
        int at = inputs.Count;
        CollectionsMarshal.SetCount(inputs, at + features.Length);
        Span<float> row = CollectionsMarshal.AsSpan(inputs)[at..];
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = records.Number(features[i], out double exact);
            digits.Add(i, exact, row[i]);
        }
    }

    private void ReadDesired()
    {
        foreach (int column in targets)
            desired.Add(records.Number(column, out _));
    }

    private void CheckFirstTitle()
    {
        if (!records.HasTitles || !IsLabel(records.Names[0]) || IsLabel(records.Names[^1]))
            return;
        Dispose();
        throw records.Refuse($"the first column is {CsvWords.Title(records.Names[0])}, and the last, where the class is expected, "
            + $"{CsvWords.Title(records.Names[^1])}: state the column of the class, label: 0 for the first or label: ^1 for the last.");

        static bool IsLabel(string title) => labelTitles.Contains(title, StringComparer.OrdinalIgnoreCase);
    }
}
