using System.Text;

namespace NeuralNet;

/// <summary>A table in memory: columns of numbers and of texts with the same number of rows, as people have it, words and missing values included.
/// Immutable.</summary>
public sealed partial class Table
{
    private readonly TableColumn[] columns;
    private readonly Dictionary<string, int> places;

    /// <summary>Makes a table of columns.</summary>
    /// <param name="columns">At least one, with different names and the same number of rows.</param>
    /// <exception cref="ArgumentException">There is none, two have one name, or they differ in their rows.</exception>
    public Table(params ReadOnlySpan<TableColumn> columns)
    {
        if (columns.IsEmpty)
            throw new ArgumentException("Expected at least one column.", nameof(columns));
        this.columns = columns.ToArray();
        places = new Dictionary<string, int>(columns.Length, StringComparer.Ordinal);
        foreach (TableColumn column in this.columns)
        {
            ArgumentNullException.ThrowIfNull(column, nameof(columns));
            if (column.Rows != Rows)
                throw new ArgumentException(FormattableString.Invariant(
                    $"Column \"{column.Name}\" has {column.Rows} rows, but \"{columns[0].Name}\" has {Rows}; all must have as many."),
                    nameof(columns));
            if (!places.TryAdd(column.Name, places.Count))
                throw new ArgumentException($"Two columns have the name \"{column.Name}\".", nameof(columns));
        }
    }

    /// <summary>The number of rows, at least 1.</summary>
    public int Rows => columns[0].Rows;

    /// <summary>The columns.</summary>
    public IReadOnlyList<TableColumn> Columns => Array.AsReadOnly(columns);

    /// <summary>The column of a name.</summary>
    /// <param name="name">The title, in its own letter case.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public TableColumn this[string name] => columns[Find(name)];

    /// <summary>A table of a person's own records.</summary>
    /// <typeparam name="T">The type of a record.</typeparam>
    /// <param name="records">The records, at least one.</param>
    /// <param name="columns">Names and selectors of the columns.</param>
    /// <returns>The table. A column all of whose values are numbers, or missing, is one of numbers; bools become the texts true and false, dates the
    /// texts of ISO 8601.</returns>
    /// <exception cref="ArgumentException">There are no records, or no columns, or a number is infinite.</exception>
    public static Table FromRecords<T>(IEnumerable<T> records, RecordColumns<T> columns)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(columns);
        if (columns.Names.Count == 0)
            throw new ArgumentException("Expected at least one column: columns.Add(name, record => value).", nameof(columns));
        var builders = columns.Names.Select(name => new ColumnBuilder(name)).ToArray();
        foreach (T record in records)
        {
            for (int i = 0; i < builders.Length; i++)
                builders[i].Add(columns.Value(record, i));
        }

        return new Table([.. builders.Select(builder => builder.ToColumn())]);
    }

    /// <summary>Whether there is a column of a name.</summary>
    /// <param name="name">The title, in its own letter case.</param>
    /// <returns>Whether there is.</returns>
    public bool Contains(string name) => places.ContainsKey(name);

    /// <summary>The table of some of the rows, in the order given; a row may be taken more than once.</summary>
    /// <param name="rows">The rows, at least one, each 0 … <see cref="Rows"/> − 1.</param>
    /// <returns>A table of its own.</returns>
    /// <exception cref="ArgumentException"><paramref name="rows"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public Table Select(ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty)
            throw new ArgumentException("Expected at least one row.", nameof(rows));
        for (int i = 0; i < rows.Length; i++)
        {
            if ((uint)rows[i] >= (uint)Rows)
                throw Guard.OutOfRange(nameof(rows), rows[i], FormattableString.Invariant($"Entry {i} is row {rows[i]}, expected 0 … {Rows - 1}."));
        }

        var some = new TableColumn[columns.Length];
        for (int i = 0; i < some.Length; i++)
            some[i] = columns[i].Gather(rows);
        return new Table(some);
    }

    /// <summary>The table of some rows that follow each other.</summary>
    /// <param name="start">The first of them.</param>
    /// <param name="rows">Their number, at least 1.</param>
    /// <returns>A table of its own.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no such rows.</exception>
    public Table Slice(int start, int rows)
    {
        Guard.Count(rows, nameof(rows));
        if (start < 0 || start > Rows - rows)
            throw Guard.OutOfRange(
                nameof(start), start, FormattableString.Invariant($"Expected {rows} rows within 0 … {Rows - 1}, but got a start at {start}."));
        return Select([.. Enumerable.Range(start, rows)]);
    }

    /// <summary>The table with a column more, or with another one in the place of that with its name.</summary>
    /// <param name="column">The column, with as many rows.</param>
    /// <returns>A table that shares the other columns.</returns>
    /// <exception cref="ArgumentException">It has another number of rows.</exception>
    public Table With(TableColumn column)
    {
        ArgumentNullException.ThrowIfNull(column);
        return new Table(places.TryGetValue(column.Name, out int place)
            ? [.. columns[..place], column, .. columns[(place + 1)..]]
            : [.. columns, column]);
    }

    /// <summary>The table without some columns.</summary>
    /// <param name="names">Their titles.</param>
    /// <returns>A table that shares the other columns.</returns>
    /// <exception cref="ArgumentException">There is no such column, or none is left.</exception>
    public Table Without(params ReadOnlySpan<string> names)
    {
        var left = new List<TableColumn>(columns);
        foreach (string name in names)
            left.Remove(this[name]);
        return new Table([.. left]);
    }

    /// <summary>Some columns of the table, in the order given.</summary>
    /// <param name="names">Their titles, at least one.</param>
    /// <returns>A table that shares them.</returns>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public Table Only(params ReadOnlySpan<string> names)
    {
        var some = new TableColumn[names.Length];
        for (int i = 0; i < some.Length; i++)
            some[i] = this[names[i]];
        return new Table(some);
    }

    /// <summary>The sizes of the table and a line for each column.</summary>
    /// <returns>For example <c>Table of 398 rows</c> and under it <c>  horsepower: 392 numbers from 46 to 230, 6 missing</c>.</returns>
    public override string ToString()
    {
        var text = new StringBuilder(FormattableString.Invariant($"Table of {Rows} row{(Rows == 1 ? "" : "s")}"));
        foreach (TableColumn column in columns)
            text.Append("\n  ").Append(column);
        return text.ToString();
    }

    internal int Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return places.TryGetValue(name, out int place) ? place : throw new ArgumentException(
            $"There is no column \"{name}\"; expected one of {string.Join(", ", columns.Take(40).Select(column => $"\"{column.Name}\""))}"
            + $"{(columns.Length > 40 ? " …" : "")}.", nameof(name));
    }
}
