namespace NeuralNet;

/// <content>From records to rows.</content>
public sealed partial class TableSchema
{
    // Of more classes a data set has the ids instead of one-hot vectors.
    private const int MostOneHot = 1000;

    /// <summary>What a row of data has.</summary>
    internal RowFormat Format => new(Inputs, DesiredWidth) { ClassNames = Class?.Values ?? [], HasClassIds = HasIds };

    /// <summary>How many desired values a row of data has.</summary>
    internal int DesiredWidth => HasIds ? 1 : Outputs;

    private bool HasIds => Outputs > MostOneHot && Class is not null;

    /// <summary>The rows of a table with what is desired of each; rows whose target is missing are left out.</summary>
    /// <remarks>Inputs are as they are in the table: the network's first layers scale them. Of a class, what is desired is a one-hot vector, or with
    /// more than 1000 classes its id.</remarks>
    /// <param name="table">A table with the schema's columns and targets; others are of no interest.</param>
    /// <param name="scaled">Whether numbers to be predicted are scaled, as the network is trained on them. False: as they are in the table, to
    /// measure a network that gives them so (<see cref="Complete"/>).</param>
    /// <returns>The data set.</returns>
    /// <exception cref="ArgumentException">A column is not there, no row has a target, or the rows are more than an array can hold.</exception>
    /// <exception cref="InvalidDataException">A value does not fit; the message says which, and why.</exception>
    public Dataset ToDataset(Table table, bool scaled = true)
    {
        ArgumentNullException.ThrowIfNull(table);
        var encoder = new RecordEncoder(this, Names(table), withTargets: true);
        int rows = 0, wide = targets.Length;
        var counted = new TableRecords(table);
        while (counted.Next())
            rows += encoder.HasTargets(counted) ? 1 : 0;
        if (rows == 0)
            throw new ArgumentException("No row of the table has a target.", nameof(table));

        float[] inputs = Memory(rows, Inputs, nameof(table)), desired = Memory(rows, wide, nameof(table));
        var records = new TableRecords(table);
        for (int row = 0; records.Next();)
        {
            if (!encoder.HasTargets(records))
                continue;
            encoder.Inputs(records, inputs.AsSpan(row * Inputs, Inputs));
            encoder.Desired(records, scaled, desired.AsSpan(row++ * wide, wide));
        }

        if (Class is not { } classes)
            return Dataset.FromArrays(inputs, desired, rows);
        int[] ids = [.. desired.Select(id => (int)id)];
        Dataset data = HasIds ? Dataset.FromIds(inputs, ids, Outputs) : Dataset.FromArrays(inputs, ids, Outputs);
        return data.WithClassNames([.. classes.Values!]);
    }

    /// <summary>The rows of a table, for a network's predictions; targets need not be there.</summary>
    /// <param name="table">A table with the schema's columns; others are of no interest.</param>
    /// <returns>[rows, <see cref="Inputs"/>].</returns>
    /// <exception cref="ArgumentException">A column is not there, or the rows are more than an array can hold.</exception>
    /// <exception cref="InvalidDataException">A value does not fit; the message says which, and why.</exception>
    public float[] Encode(Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var encoder = new RecordEncoder(this, Names(table), withTargets: false);
        float[] inputs = Memory(table.Rows, Inputs, nameof(table));
        var records = new TableRecords(table);
        for (int row = 0; records.Next(); row++)
            encoder.Inputs(records, inputs.AsSpan(row * Inputs, Inputs));
        return inputs;
    }

    /// <summary>Makes a row of one record. Allocates nothing.</summary>
    /// <remarks>A column that the record does not name is a missing value, and treated as its column treats one: say
    /// <see cref="SchemaColumn.Required"/> of those that may not be left out. Targets and skipped columns may be named, and are not looked at; other
    /// names are refused, so that a slip of the pen is not taken for a missing value.</remarks>
    /// <param name="record">Names and values, in any order.</param>
    /// <param name="row">[<see cref="Inputs"/>]; undefined if the record is refused.</param>
    /// <exception cref="ArgumentException">A name is none of the schema's, or there twice, a value does not fit, or the row has another length.
    /// </exception>
    public void Encode(ReadOnlySpan<(string Name, TableValue Value)> record, Span<float> row)
    {
        CheckRow(row);
        Span<bool> named = columns.Length <= 512 ? stackalloc bool[columns.Length] : new bool[columns.Length];
        named.Clear();
        foreach ((string name, TableValue value) in record)
        {
            ArgumentNullException.ThrowIfNull(name, nameof(record));
            if (!places.TryGetValue(name, out int place))
            {
                if (!IsTarget(name))
                    throw Unknown(name, nameof(record));
                continue;
            }

            if (named[place])
                throw new ArgumentException($"The record has \"{name}\" twice.", nameof(record));
            named[place] = true;
            if (Encode(place, value.ToCell(), row) is { } problem)
                throw new ArgumentException($"\"{name}\": {problem}.", nameof(record));
        }

        for (int place = 0; place < named.Length; place++)
        {
            if (!named[place] && Encode(place, TableCell.Missing, row) is { } problem)
                throw new ArgumentException($"\"{columns[place].Name}\": {problem}.", nameof(record));
        }
    }

    /// <summary>Makes a row of one of a person's own records. Allocates nothing, unless a selector does.</summary>
    /// <typeparam name="T">The type of a record.</typeparam>
    /// <param name="record">The record.</param>
    /// <param name="selectors">Names and selectors of its columns: all that the schema has; others are of no interest.</param>
    /// <param name="row">[<see cref="Inputs"/>]; undefined if the record is refused.</param>
    /// <exception cref="ArgumentException">A column is not there, a value does not fit, or the row has another length.</exception>
    public void Encode<T>(T record, RecordColumns<T> selectors, Span<float> row)
    {
        ArgumentNullException.ThrowIfNull(selectors);
        CheckRow(row);
        for (int place = 0; place < columns.Length; place++)
        {
            if (columns[place].Width == 0)
                continue;
            int column = selectors.Find(columns[place].Name);
            if (column < 0)
                throw new ArgumentException(
                    $"The column \"{columns[place].Name}\", which the schema has, is not there; "
                    + NearestName.Hint(columns[place].Name, selectors.Names), nameof(selectors));
            if (Encode(place, selectors.Value(record, column).ToCell(), row) is { } problem)
                throw new ArgumentException($"\"{columns[place].Name}\": {problem}.", nameof(record));
        }
    }

    /// <summary>A person's own records as a source of rows for training, which is read anew in each epoch; none are kept in memory. Records whose
    /// target is missing are left out.</summary>
    /// <typeparam name="T">The type of a record.</typeparam>
    /// <param name="records">The records: the same ones each time they are enumerated, if training is to be repeatable.</param>
    /// <param name="selectors">Names and selectors of their columns: all that the schema has, and its targets.</param>
    /// <returns>The source, whose number of rows is not known before its end.</returns>
    /// <exception cref="ArgumentException">A column is not there.</exception>
    public IRowSource ToRows<T>(IEnumerable<T> records, RecordColumns<T> selectors)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(selectors);
        _ = new RecordEncoder(this, selectors.Names, withTargets: true);
        return ToRows(() => new SelectedRecords<T>(records, selectors));
    }

    /// <summary>Records of any kind as a source of rows.</summary>
    /// <param name="open">Begins to read the records; called for each epoch.</param>
    /// <param name="signature">What the records are recognized by when a checkpoint is taken up.</param>
    internal IRowSource ToRows(Func<RecordReader> open, string signature = "") => new SchemaRows(this, open, signature);

    /// <summary>Makes the features of one column, in their place of the row.</summary>
    internal string? Encode(int column, in TableCell cell, Span<float> row) =>
        columns[column].Encode(cell, row[starts[column]..starts[column + 1]]);

    /// <summary>Makes the desired values of a row of what its targets say: the same, or of a class its one-hot vector.</summary>
    internal void Spread(ReadOnlySpan<float> values, Span<float> desired)
    {
        if (Class is null || HasIds)
        {
            values.CopyTo(desired);
            return;
        }

        desired.Clear();
        desired[(int)values[0]] = 1;
    }

    /// <summary>Where the features of a column are in a row.</summary>
    internal Range Features(int column) => starts[column]..starts[column + 1];

    private static string[] Names(Table table) => [.. table.Columns.Select(column => column.Name)];

    private static float[] Memory(int rows, int width, string argument) =>
        new float[Guard.Size((Int128)rows * width, argument, FormattableString.Invariant($"{rows} rows would have"), Array.MaxLength)];

    private void CheckRow(Span<float> row)
    {
        if (row.Length != Inputs)
            throw new ArgumentException(FormattableString.Invariant($"Expected a row of {Inputs} floats, but got {row.Length}."), nameof(row));
    }

    private ArgumentException Unknown(string name, string argument) => new(
        $"The schema has no column \"{name}\"; {NearestName.Hint(name, [.. columns.Select(column => column.Name)])}", argument);
}
