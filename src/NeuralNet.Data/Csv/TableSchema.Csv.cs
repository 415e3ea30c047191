using System.Globalization;

namespace NeuralNet;

/// <content>Rows of a file that does not fit in memory.</content>
public sealed partial class TableSchema
{
    /// <summary>The records of a file of text in columns as a source of rows for training: the file is read anew in each epoch and may be larger than
    /// memory. Records whose target is missing are left out.</summary>
    /// <remarks>The schema is learned from a part that fits: <c>TableSchema.Learn(Table.FromCsv("sample.csv"), "price")</c>. A training that is taken
    /// up again reads on from the row where it was; the file is recognized by its size and 17 places in it. <see cref="RowSource.Save"/> makes a file
    /// of rows of the source, which opens anywhere and is read many times as fast.</remarks>
    /// <param name="path">The file: it has all columns of the schema, and its targets.</param>
    /// <param name="options">How it is written, as far as that is not to be found out.</param>
    /// <returns>The source, whose number of rows is not known before its end. Reading it throws an <see cref="InvalidDataException"/> at the first
    /// value that does not fit.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty, an option cannot be, or a column is not there.</exception>
    /// <exception cref="InvalidDataException">The file's beginning is not as described: the message says in which line and column.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    public IRowSource ToRows(string path, CsvOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var file = new CsvSource(path, options);
        using (CsvRecords records = file.Read())
            _ = new RecordEncoder(this, records.Names, withTargets: true);
        return ToRows(Open, file.Signature);

        CsvRecords Open()
        {
            CsvRecords records = file.Read();
            for (int i = 0; i < records.Names.Count; i++)
            {
                if (TakesTexts(records.Names[i]))
                    records.KeepText(i);
            }

            return records;
        }
    }

    /// <inheritdoc cref="ToRows(string, CsvOptions)"/>
    public IRowSource ToRows(string path) => ToRows(path, CsvOptions.Default);

    // A table keeps the spelling of a column that has words among its numbers, so that "1.50" is a value of its own; of numbers only it knows 1.5.
    private bool TakesTexts(string name)
    {
        IReadOnlyList<string>? values = targets.FirstOrDefault(target => target.Name == name) is ClassTarget target ? target.Values
            : places.TryGetValue(name, out int place) ? columns[place] switch
            {
                CategoryColumn category => category.Values,
                OrderedColumn ordered => ordered.Values,
                _ => null,
            } : null;
        return values?.Any(value => !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            || number.ToString(CultureInfo.InvariantCulture) != value) == true;
    }
}
