using System.Text.Json;

namespace NeuralNet;

/// <summary>What becomes of one column of a table in a network's row. Each kind is a class: <see cref="NumberColumn"/>, <see cref="BooleanColumn"/>,
/// <see cref="CategoryColumn"/>, <see cref="OrderedColumn"/>, <see cref="DateColumn"/>, <see cref="TextColumn"/>,
/// <see cref="SkippedColumn"/>.</summary>
/// <remarks>It is immutable. Properties that are null are learned from the training part by
/// <see cref="TableSchema.Learn(Table, string, ReadOnlySpan{SchemaColumn})"/>; what is stated stays as it is. A learned one is changed by
/// <c>with</c>, and put into its schema by <see cref="TableSchema.With"/>.</remarks>
public abstract record SchemaColumn
{
    private protected const string SameInAllRows = "it is the same in all rows, from which nothing can be learned";

    private protected SchemaColumn(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Words.CheckUnicode(name, nameof(name));
        Name = name;
    }

    /// <summary>The column's title.</summary>
    public string Name { get; }

    /// <summary>Whether a missing value is refused, in training and later; otherwise each kind has a way to say that there is none.</summary>
    public bool Required { get; init; }

    /// <summary>How many features of a row it becomes.</summary>
    public abstract int Width { get; }

    /// <summary>What each of its features is, [<see cref="Width"/>]: <c>rooms</c>, <c>district=north</c>, <c>built month sin</c>.</summary>
    public abstract IReadOnlyList<string> FeatureNames { get; }

    /// <summary>The column in words.</summary>
    /// <returns>For example <c>rooms: number, Standard (mean 3.5, deviation 1.25)</c>.</returns>
    public abstract override string ToString();

    /// <summary>What the kind is called in JSON.</summary>
    internal abstract string Kind { get; }

    /// <summary>Why it can make no features; null: it can.</summary>
    internal abstract string? Problem { get; }

    /// <summary>The ids and the width of the vectors of an embedding, and the id that has none; null: there is no embedding.</summary>
    internal virtual (int Ids, int Width, int? Padding)? Embedding => null;

    /// <summary>Learns what is not stated, and says whose refusal it is.</summary>
    /// <exception cref="ArgumentException">A value does not fit.</exception>
    internal SchemaColumn LearnFrom(TableColumn column, Action<string> remark)
    {
        if (Required && column.Missing > 0)
            throw new ArgumentException(FormattableString.Invariant(
                $"Column \"{Name}\": a value is required, but in {column.Missing} of {column.Rows} rows it is missing."));
        try
        {
            return Learn(column, remark);
        }
        catch (ArgumentException refusal)
        {
            throw new ArgumentException($"Column \"{Name}\": {refusal.Message}.", refusal);
        }
    }

    /// <summary>Reads a column of a schema's JSON.</summary>
    /// <exception cref="InvalidDataException">It is not what a schema writes.</exception>
    internal static SchemaColumn Read(SchemaJson json)
    {
        string name = json.Text("name");
        bool required = json.Boolean("required");
        try
        {
            SchemaColumn column = json.Text("kind") switch
            {
                "number" => NumberColumn.Read(name, json),
                "boolean" => BooleanColumn.Read(name, json),
                "category" => CategoryColumn.Read(name, json),
                "ordered" => OrderedColumn.Read(name, json),
                "date" => DateColumn.Read(name, json),
                "text" => TextColumn.Read(name, json),
                "skipped" => SkippedColumn.Read(name, json),
                string other => throw json.Refuse($"\"{Words.Short(other)}\" is no kind of column"),
            };
            return column with { Required = required };
        }
        catch (ArgumentException refusal)
        {
            throw json.Refuse(refusal.Message);
        }
    }

    /// <summary>Takes from training data what is not stated.</summary>
    /// <param name="column">The values.</param>
    /// <param name="remark">Takes what is worth saying.</param>
    /// <returns>The learned column.</returns>
    /// <exception cref="ArgumentException">A value does not fit; the message begins in the middle of a sentence, behind the column's
    /// name.</exception>
    internal abstract SchemaColumn Learn(TableColumn column, Action<string> remark);

    /// <summary>Makes features of a value.</summary>
    /// <param name="cell">The value.</param>
    /// <param name="features">All are written, [<see cref="Width"/>].</param>
    /// <returns>What is wrong with the value, and then the features are undefined; null: nothing.</returns>
    internal string? Encode(in TableCell cell, Span<float> features)
    {
        if (!cell.IsMissing)
            return EncodeValue(cell, features);
        if (Required)
            return "a value is required, but it is missing";
        EncodeMissing(features);
        return null;
    }

    /// <summary>Writes the numbers of the scaling layers where they are not λ = 1, mean 0 and deviation 1, each [<see cref="Width"/>].</summary>
    internal virtual void WriteScale(Span<double> lambdas, Span<double> means, Span<double> deviations)
    {
    }

    /// <summary>Writes what is the kind's own into its JSON object.</summary>
    internal abstract void Write(Utf8JsonWriter json);

    /// <inheritdoc cref="Encode"/>
    private protected abstract string? EncodeValue(in TableCell cell, Span<float> features);

    /// <summary>Makes features of a missing value.</summary>
    private protected abstract void EncodeMissing(Span<float> features);

    /// <summary>Writes a value and, where the column has an indicator, whether it is missing.</summary>
    private protected static void Put(Span<float> features, float value, bool isMissing)
    {
        features[0] = value;
        if (features.Length > 1)
            features[1] = isMissing ? 1 : 0;
    }

    // The names of features of a column whose last one says that the value is missing.
    private protected string[] Named(bool indicator, params ReadOnlySpan<string> endings)
    {
        var names = new List<string>(endings.Length + 1);
        foreach (string ending in endings)
            names.Add(Name + ending);
        if (indicator)
            names.Add($"{Name} missing");
        return [.. names];
    }

    private protected string InWords(string kind, string settings) =>
        $"{Name}: {kind}{(settings.Length > 0 ? $" ({settings})" : "")}{(Required ? ", required" : "")}";
}
