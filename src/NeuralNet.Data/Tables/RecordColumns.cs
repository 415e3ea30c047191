namespace NeuralNet;

/// <summary>Which values of a person's own records are the columns of a table: names and selectors, without reflection.</summary>
/// <typeparam name="T">The type of a record.</typeparam>
/// <example>
/// <code>
/// RecordColumns&lt;House&gt; columns = new RecordColumns&lt;House&gt;()
///     .Add("rooms", house => house.Rooms).Add("district", house => house.District).Add("price", house => house.Price);
/// Table table = Table.FromRecords(houses, columns);
/// </code>
/// </example>
public sealed class RecordColumns<T>
{
    private readonly List<string> names = [];
    private readonly List<Func<T, TableValue>> selectors = [];
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);

    /// <summary>The titles.</summary>
    public IReadOnlyList<string> Names => names.AsReadOnly();

    /// <summary>Adds a column.</summary>
    /// <param name="name">Its title, which no other column has.</param>
    /// <param name="value">Gives a record's value: a number, a text, a bool, a date, or null where it is missing.</param>
    /// <returns>This object.</returns>
    /// <exception cref="ArgumentException">The name is empty, or a column's already.</exception>
    public RecordColumns<T> Add(string name, Func<T, TableValue> value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (!places.TryAdd(name, names.Count))
            throw new ArgumentException($"There is a column \"{name}\" already.", nameof(name));
        names.Add(name);
        selectors.Add(value);
        return this;
    }

    /// <summary>The columns in words.</summary>
    /// <returns>For example <c>House: rooms, district, price</c>.</returns>
    public override string ToString() => $"{typeof(T).Name}: {string.Join(", ", names)}";

    /// <summary>Which column has a name; −1: none.</summary>
    internal int Find(string name) => places.TryGetValue(name, out int place) ? place : -1;

    /// <summary>The value of a record in one column.</summary>
    internal TableValue Value(T record, int column) => selectors[column](record);
}
