using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace NeuralNet;

/// <summary>Reads a table of numbers: features, then in the last columns the class or the desired outputs.</summary>
internal sealed class CsvReader : IDisposable
{
    private readonly DataFile file;
    private readonly LineReader lines;
    private readonly char separator;
    private readonly int targets;
    private readonly List<float> inputs = [];
    private readonly List<float> desired = [];
    private readonly List<int> labels = [];
    private CsvHeader header = CsvHeader.None;
    private int? classes;

    // The first line may state any number of features.
    private long columns;
    private int rows;

    public CsvReader(string path, int targets, char separator)
    {
        if (!char.IsAscii(separator) || char.IsAsciiLetterOrDigit(separator) || "+-.\"\r\n\0".Contains(separator))
            throw new ArgumentException(
                $"Expected an ASCII character that is no part of a number or line, but got '{CsvFields.Escape($"{separator}")}'.", nameof(separator));

        this.targets = targets;
        this.separator = separator;
        file = new DataFile(path);
        lines = new LineReader(file);
    }

    /// <summary>The most inputs, or desired outputs, that are read.</summary>
    public int MaxValues { get; init; } = Array.MaxLength;

    public void Dispose() => file.Dispose();

    /// <summary>Reads the file with the class in its last column.</summary>
    /// <param name="stated">The number of classes, or null to find it out.</param>
    public Dataset ReadClasses(int? stated)
    {
        classes = stated;
        (float[] x, _, int[] rowLabels) = ReadRows(withClasses: true);
        if (header.ClassNames.Length != 0 && rows != header.Rows)
            throw file.Refuse("line 1", $"the header says {header.Rows} rows, but got {rows}.");

        int count = classes ?? ClassCount.Infer(file, rowLabels);
        ClassCount.Check(rows, count, stated is null ? file : null);
        return Dataset.FromLabels(x, rowLabels, count,
            header.ClassNames.Length == 0 ? null : Array.AsReadOnly(header.ClassNames));
    }

    /// <summary>Reads the file with desired outputs in its last columns.</summary>
    public Dataset ReadTargets()
    {
        (float[] x, float[] d, _) = ReadRows(withClasses: false);
        return Dataset.FromTargets(x, d, rows);
    }

    private (float[] Inputs, float[] Desired, int[] Labels) ReadRows(bool withClasses)
    {
        try
        {
            ReadLines(withClasses);
            return ([.. inputs], [.. desired], [.. labels]);
        }
        catch (OutOfMemoryException e)
        {
            // Also what a list throws that would grow past Array.MaxLength.
            throw RefuseSize(e);
        }
    }

    private void ReadLines(bool withClasses)
    {
        if (!NextLine(out ReadOnlySpan<byte> line))
            throw file.Refuse("the file is empty.");

        header = ReadFirst(line, withClasses);
        bool more = !header.IsPresent || NextLine(out line);
        for (; more; more = NextLine(out line))
            ReadRow(line, withClasses);
        if (rows == 0)
            throw file.Refuse("expected rows after the first line, but got none.");
    }

    // The next line that is not blank: blank ones are allowed at the end only.
    private bool NextLine(out ReadOnlySpan<byte> line)
    {
        long blank = 0;
        while (lines.Next(out line))
        {
            if (line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
                blank = blank == 0 ? lines.Number : blank;
            else if (blank == 0)
                return true;
            else
                throw file.Refuse($"line {blank}", "the line is empty, and there are more lines after it.");
        }

        return false;
    }

    private CsvHeader ReadFirst(ReadOnlySpan<byte> line, bool withClasses)
    {
        var texts = new List<string>();
        var fields = new CsvFields(line, (byte)separator);
        while (fields.Next(out ReadOnlySpan<byte> field, out string? fault))
        {
            texts.Add(Encoding.UTF8.GetString(field));
            if (fault is not null)
                throw Refuse(texts.Count, fault + ".");
        }

        columns = texts.Count;
        if (columns <= targets)
        {
            string last = withClasses ? "the class" : $"{targets} desired outputs", between = CsvFields.Escape($"{separator}");
            throw file.Refuse("line 1", $"expected at least {targets + 1L} fields separated by '{between}', features before {last}, but got " +
                $"{columns}.");
        }

        var first = CsvHeader.Recognize(texts, targets, withClasses, out (string Where, string What)? problem);
        if (problem is { } wrong)
            throw file.Refuse(wrong.Where, wrong.What);
        if (first.ClassNames.Length != 0)
        {
            columns = first.Features + 1L;
            if (classes is { } stated && stated != first.ClassNames.Length)
                throw file.Refuse("line 1", $"expected {stated} classes, the header names {first.ClassNames.Length}.");
            classes = first.ClassNames.Length;
        }

        return first;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadRow(ReadOnlySpan<byte> line, bool withClasses)
    {
        var fields = new CsvFields(line, (byte)separator);
        int column = 0;
        while (fields.Next(out ReadOnlySpan<byte> field, out string? fault))
        {
            column++;
            if (fault is not null)
                throw Refuse(column, fault + ".");
            if (column > columns)
                continue;

            bool feature = column <= columns - targets;
            if (!feature && withClasses)
                labels.Add(ReadClass(line, field, column));
            else if (CsvNumber.TryParse(field, out float value) && float.IsFinite(value))
                (feature ? inputs : desired).Add(value);
            else
                throw RefuseField(line, column, $"expected a finite number, but got {CsvFields.Quote(field)}.");
        }

        if (column != columns)
            throw RefuseRagged(column);
        if (Math.Max(inputs.Count, desired.Count) > MaxValues)
            throw RefuseSize(null);
        rows++;
    }

    private int ReadClass(ReadOnlySpan<byte> line, ReadOnlySpan<byte> field, int column)
    {
        if (CsvNumber.TryParseClass(field, out int label))
        {
            if (label < 0 || label >= (classes ?? int.MaxValue))
                throw RefuseField(line, column, $"expected a class {ClassRange}, but got {CsvFields.Quote(field)}.");
            return label;
        }

        label = header.ClassNames.Length == 0 ? -1 : Array.IndexOf(header.ClassNames, Encoding.UTF8.GetString(field));
        return label >= 0
            ? label
            : throw RefuseField(line, column, header.ClassNames.Length == 0
                ? $"expected a class, an integer {ClassRange}, but got {CsvFields.Quote(field)} " +
                  "(names of classes are those of a first line 'rows,features,name0,name1,…')."
                : $"expected a class {ClassRange} or one of the first line's names {CsvFields.Escape(string.Join(", ", header.ClassNames))}, " +
                  $"but got {CsvFields.Quote(field)}.");
    }

    private string ClassRange => classes is { } count ? $"0 … {count - 1}" : "0, 1, …";

    // In a line of a wrong length the number of fields is what is refused: its fields may be in wrong columns.
    private InvalidDataException RefuseField(ReadOnlySpan<byte> line, int column, string what)
    {
        int count = 0;
        var fields = new CsvFields(line, (byte)separator);
        while (fields.Next(out _, out _))
            count++;
        return count == columns ? Refuse(column, what) : RefuseRagged(count);
    }

    private InvalidDataException RefuseRagged(int actual)
    {
        string reason = header.ClassNames.Length == 0 ? "as in line 1" : $"{header.Features} features and the class, as line 1 says";
        return file.Refuse($"line {lines.Number}", $"expected {columns} fields, {reason}, but got {actual}.");
    }

    private InvalidDataException RefuseSize(OutOfMemoryException? cause) =>
        file.RefuseSize(string.Create(CultureInfo.InvariantCulture, $"line {lines.Number}"), cause);

    private InvalidDataException Refuse(int column, string what) =>
        file.Refuse(string.Create(CultureInfo.InvariantCulture, $"line {lines.Number}, column {column}"), what);
}
