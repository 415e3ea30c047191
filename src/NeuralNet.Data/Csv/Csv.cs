namespace NeuralNet;

/// <summary>Files of text in columns that have numbers only: as a data set in memory, or read while a network is trained.</summary>
/// <remarks><para>With columns of texts, dates or missing values, a file is read by <see cref="Table.FromCsv(string, CsvOptions?)"/>.</para>
/// <para>Options that no file says are found out, as there: separator, titles, decimal mark.</para></remarks>
public static class Csv
{
    extension(Dataset)
    {
        /// <inheritdoc cref="ReadDataset"/>
        public static Dataset FromCsv(
            string path, int? classes = null, char? separator = null, CsvColumn label = default, CsvOptions? options = null) =>
            ReadDataset(path, classes, separator, label, options);

        /// <inheritdoc cref="ReadDatasetWithTargets(string, int, char?, CsvOptions?)"/>
        public static Dataset FromCsvWithTargets(string path, int targets, char? separator = null, CsvOptions? options = null) =>
            ReadDatasetWithTargets(path, targets, separator, options);

        /// <inheritdoc cref="ReadDatasetWithTargets(string, IReadOnlyList{string}, CsvOptions?)"/>
        public static Dataset FromCsvWithTargets(string path, IReadOnlyList<string> targets, CsvOptions? options = null) =>
            ReadDatasetWithTargets(path, targets, options);
    }

    /// <summary>Reads a file of numbers into a data set: in each row features and a class.</summary>
    /// <remarks><para>The class is an integer 0 … classes − 1, or a word: the words that occur are then the names of the classes, in the order of
    /// their characters. The first line may be a row already, or titles, or <c>rows,features,name0,name1,…</c>, whose numbers must then be true; the
    /// class is then in the last column, as its number or one of the names.</para>
    /// <para>Refused are files that seem to have the class elsewhere than in the last column, where <paramref name="label"/> does not say so: the
    /// first title is label, class, target or y and the last is not, or all rows are of one class although there are several. So are columns whose
    /// numbers differ so little for their size that floats do not tell them apart, such as seconds since 1970, and a first column without a title
    /// that counts the rows, as pandas and R write it.</para></remarks>
    /// <param name="path">The file.</param>
    /// <param name="classes">The number of classes, at least 2; null takes it from the first line's names, the words that occur, or else the greatest
    /// label + 1, unless that is hard to believe: above 1000 and the number of rows, above 100 with more than 2²⁶ desired outputs in all, or if no
    /// row is of class 0.</param>
    /// <param name="separator">What separates the fields of a line; null: what <paramref name="options"/> say, or what is found out.</param>
    /// <param name="label">The column of the class, by its title or place (<c>0</c>, <c>^1</c>); default: the last.</param>
    /// <param name="options">How the file is written, as far as that is not to be found out.</param>
    /// <returns>The data set; its desired outputs are one-hot.</returns>
    /// <exception cref="InvalidDataException">The file's content is not as described: the message says in which file, line and column, what was
    /// expected and what it got instead.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty, <paramref name="classes"/> is less than 2 or rows · classes desired
    /// outputs have no room, an option cannot be, or there is no such column.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public static Dataset ReadDataset(
        string path, int? classes = null, char? separator = null, CsvColumn label = default, CsvOptions? options = null)
    {
        if (classes is { } count)
            Guard.AtLeast(count, 2, nameof(classes));
        using var reader = new CsvDatasetReader(path, label, With(options, separator));
        return reader.ReadClasses(classes);
    }

    /// <summary>Reads a file of numbers into a data set: in each row features, then the desired outputs (regression).</summary>
    /// <param name="path">The file.</param>
    /// <param name="targets">The number of desired outputs at the end of each line, at least 1.</param>
    /// <param name="separator">What separates the fields of a line; null: what <paramref name="options"/> say, or what is found out.</param>
    /// <param name="options">How the file is written, as far as that is not to be found out.</param>
    /// <returns>The data set, without classes.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty, <paramref name="targets"/> is not positive, an option cannot be, or
    /// there is no such column.</exception>
    /// <inheritdoc cref="ReadDataset"/>
    public static Dataset ReadDatasetWithTargets(string path, int targets, char? separator = null, CsvOptions? options = null)
    {
        Guard.Count(targets, nameof(targets));
        using var reader = new CsvDatasetReader(path, With(options, separator), records => Last(records, targets));
        return reader.ReadTargets();
    }

    /// <summary>Reads a file of numbers into a data set: in each row features, and the desired outputs in columns that are named.</summary>
    /// <param name="path">The file.</param>
    /// <param name="targets">The titles of the desired outputs, at least one.</param>
    /// <param name="options">How the file is written, as far as that is not to be found out.</param>
    /// <returns>The data set, without classes.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty, an option cannot be, or there is no such column.</exception>
    /// <inheritdoc cref="ReadDataset"/>
    public static Dataset ReadDatasetWithTargets(string path, IReadOnlyList<string> targets, CsvOptions? options = null)
    {
        CheckTargets(targets);
        using var reader = new CsvDatasetReader(path, options ?? CsvOptions.Default, records => Named(records, targets));
        return reader.ReadTargets();
    }

    /// <summary>The rows of a file of numbers, read while they are trained on: the file may be larger than memory.</summary>
    /// <remarks>Each epoch reads the file once from its beginning, and a training that is taken up again reads on from the row where it was. The file
    /// is recognized by its size and 17 places in it. How many rows there are is not known before. <see cref="RowSource.Save"/> makes a file of rows
    /// of it, which opens anywhere and is read many times as fast.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="label">The column of the class, by its title or place.</param>
    /// <param name="classes">The number of classes, at least 2: the column has integers 0 … classes − 1.</param>
    /// <param name="options">How the file is written, as far as that is not to be found out.</param>
    /// <returns>The source. Reading it throws an <see cref="InvalidDataException"/> at the first row that is not as described.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty, there are less than 2 classes, or two with one name, an option cannot
    /// be, or there is no such column.</exception>
    /// <inheritdoc cref="ReadDataset"/>
    public static IRowSource OpenRows(string path, CsvColumn label, int classes, CsvOptions? options = null)
    {
        Guard.AtLeast(classes, 2, nameof(classes));
        return new CsvRows(
            path, options ?? CsvOptions.Default, records => [label.Find(records.Names, nameof(label))], new NumberNames(classes), classes);
    }

    /// <param name="path">The file.</param>
    /// <param name="label">The column of the class, by its title or place.</param>
    /// <param name="classNames">The names of the classes in their order, at least 2: the column has one of them, or its number.</param>
    /// <param name="options">How the file is written, as far as that is not to be found out.</param>
    /// <inheritdoc cref="OpenRows(string, CsvColumn, int, CsvOptions?)"/>
    public static IRowSource OpenRows(string path, CsvColumn label, IReadOnlyList<string> classNames, CsvOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(classNames);
        string[] names = [.. classNames];
        if (names.Length < 2 || names.Any(string.IsNullOrEmpty) || names.Distinct(StringComparer.Ordinal).Count() < names.Length)
            throw new ArgumentException($"Expected at least two different names of classes, but got {CsvWords.List(names)}.", nameof(classNames));
        return new CsvRows(path, options ?? CsvOptions.Default, records => [label.Find(records.Names, nameof(label))], Array.AsReadOnly(names), null);
    }

    /// <summary>The rows of a file of numbers with desired outputs, read while they are trained on: the file may be larger than memory.</summary>
    /// <param name="path">The file.</param>
    /// <param name="targets">The titles of the desired outputs, at least one.</param>
    /// <param name="options">How the file is written, as far as that is not to be found out.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty, an option cannot be, or there is no such column.</exception>
    /// <inheritdoc cref="OpenRows(string, CsvColumn, int, CsvOptions?)"/>
    public static IRowSource OpenRowsWithTargets(string path, IReadOnlyList<string> targets, CsvOptions? options = null)
    {
        CheckTargets(targets);
        return new CsvRows(path, options ?? CsvOptions.Default, records => Named(records, targets), null, null);
    }

    private static CsvOptions With(CsvOptions? options, char? separator) =>
        separator is null ? options ?? CsvOptions.Default : (options ?? CsvOptions.Default) with { Separator = separator };

    private static void CheckTargets(IReadOnlyList<string> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (targets.Count == 0 || targets.Distinct(StringComparer.Ordinal).Count() < targets.Count)
            throw new ArgumentException($"Expected at least one title, and different ones, but got {CsvWords.List(targets)}.", nameof(targets));
    }

    private static int[] Named(CsvRecords records, IReadOnlyList<string> targets) =>
        [.. targets.Select(title => ((CsvColumn)title).Find(records.Names, nameof(targets)))];

    private static int[] Last(CsvRecords records, int targets) => records.Names.Count > targets
        ? [.. Enumerable.Range(records.Names.Count - targets, targets)]
        : throw records.Refuse("line 1", FormattableString.Invariant(
            $"expected at least {targets + 1L} fields, features before {targets} desired outputs, but got {records.Names.Count}."));
}
