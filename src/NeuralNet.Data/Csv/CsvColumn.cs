using System.Globalization;

namespace NeuralNet;

/// <summary>A column of a file, by its title or its place: <c>"species"</c>, <c>0</c> for the first, <c>^1</c> for the last.</summary>
/// <remarks>Places are those of the columns that are read: <see cref="CsvOptions.Columns"/> and <see cref="CsvOptions.Skip"/> come before. The
/// default is no column: where one is expected, the last is taken, unless something speaks against it.</remarks>
public readonly struct CsvColumn : IEquatable<CsvColumn>
{
    private readonly string? title;
    private readonly Index place;

    private CsvColumn(string? title, Index place) => (this.title, this.place, IsStated) = (title, place, true);

    /// <summary>Whether a column is stated.</summary>
    public bool IsStated { get; }

    /// <summary>The column of a title.</summary>
    public static implicit operator CsvColumn(string title) => new(title ?? throw new ArgumentNullException(nameof(title)), default);

    /// <summary>The column at a place: 0 is the first.</summary>
    public static implicit operator CsvColumn(int place) => new(null, place);

    /// <summary>The column at a place, from the end too: <c>^1</c> is the last.</summary>
    public static implicit operator CsvColumn(Index place) => new(null, place);

    /// <summary>Whether two are the same.</summary>
    public static bool operator ==(CsvColumn one, CsvColumn other) => one.Equals(other);

    /// <summary>Whether two differ.</summary>
    public static bool operator !=(CsvColumn one, CsvColumn other) => !one.Equals(other);

    /// <summary>The column of a title: as the conversion, for languages without it.</summary>
    /// <param name="title">The title.</param>
    /// <returns>The column.</returns>
    public static CsvColumn Named(string title) => title;

    /// <summary>The column at a place: as the conversion, for languages without it.</summary>
    /// <param name="place">0 is the first, −1 the last, −2 the one before.</param>
    /// <returns>The column.</returns>
    public static CsvColumn At(int place) => place < 0 ? new Index(-place, fromEnd: true) : place;

    /// <inheritdoc/>
    public bool Equals(CsvColumn other) => IsStated == other.IsStated && title == other.title && place.Equals(other.place);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is CsvColumn other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsStated, title, place);

    /// <summary>The column in words.</summary>
    /// <returns>For example <c>"species"</c>, <c>0</c> or <c>^1</c>.</returns>
    public override string ToString() => title is not null ? $"\"{title}\"" : IsStated ? place.ToString() : "none";

    /// <summary>Its place among so many titles.</summary>
    internal int Find(IReadOnlyList<string> titles, string argument)
    {
        int found = title is null ? place.GetOffset(titles.Count) : CsvWords.IndexOf(titles, title);
        return (uint)found < (uint)titles.Count ? found : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
            $"There is no column {this}; expected one of the {titles.Count} columns {CsvWords.List(titles)}."), argument);
    }
}
