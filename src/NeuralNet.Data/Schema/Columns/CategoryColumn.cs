using System.Text.Json;

namespace NeuralNet;

/// <summary>A column of names, or of numbers that only stand for something: a place in a one-hot vector for each different value, or a learned vector
/// (<see cref="NeuralNet.Embedding"/>) where there are many.</summary>
/// <remarks><para>Values that occur in fewer than <see cref="MinCount"/> rows of the training part share a place, "other", and so does later what was
/// not seen in training. Missing values have a place if some were missing in training; otherwise they are treated as unseen.</para>
/// <para>Where no value is rare there is no such place: an unseen value then has only zeros, in the one-hot vector or as its learned vector, which
/// says nothing, rather than weights that were never trained. This is scikit-learn's <c>OneHotEncoder(handle_unknown="infrequent_if_exist",
/// min_frequency=…)</c>.</para></remarks>
public sealed record CategoryColumn : SchemaColumn
{
    private const int MostValues = 1 << 23;

    private readonly Words? values;

    /// <summary>A column that is to be learned.</summary>
    /// <param name="name">Its title.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public CategoryColumn(string name)
        : base(name)
    {
    }

    /// <summary>In how many rows a value must be found to have a place of its own.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public int MinCount { get; init => field = Guard.Count(value, nameof(MinCount)); } = 2;

    /// <summary>Up to how many places there is a one-hot vector, and beyond an embedding; unless <see cref="Dimensions"/> says which.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not positive.</exception>
    public int MaxOneHot { get; init => field = Guard.Count(value, nameof(MaxOneHot)); } = 20;

    /// <summary>The width of the learned vectors; 0: a one-hot vector. Null: by <see cref="MaxOneHot"/>, and of n places ⌈2√n⌉, at most 50.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int? Dimensions
    {
        get;
        init
        {
            Guard.AtLeast(value ?? 0, 0, nameof(Dimensions));
            field = value;
        }
    }

    /// <summary>The values that have places of their own, in the order of these; null: not learned yet.</summary>
    /// <exception cref="ArgumentException">One is null, or there twice.</exception>
    public IReadOnlyList<string>? Values { get => values?.List; init => values = value is null ? null : new Words(value, nameof(Values)); }

    /// <summary>Whether there is a place for missing values. Null: if some were missing in training.</summary>
    public bool? HasMissing { get; init; }

    /// <summary>Whether there is a place for all other values. Null: if there were some in training.</summary>
    public bool? HasOther { get; init; }

    /// <inheritdoc/>
    public override int Width => Dimensions is null or 0 ? Places : 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> FeatureNames => Width == 1 && Dimensions > 0 ? Named(false, "") :
    [
        .. (Values ?? []).Select(value => $"{Name}={value}"), .. HasMissing == true ? (string[])[$"{Name} missing"] : [],
        .. HasOther == true ? (string[])[$"{Name} other"] : [],
    ];

    internal override string Kind => "category";

    internal override string? Problem => values is null || HasMissing is null || HasOther is null || Dimensions is null
        ? "its values, places and dimensions have not been learned"
        : Places is 0 or > MostValues ? FormattableString.Invariant($"it has {Places} places; 1 to {MostValues} are possible") : null;

    // An unseen value has no place unless there is one for others.
    internal override (int Ids, int Width, int? Padding)? Embedding => Dimensions > 0
        ? (HasOther == true ? Places : Places + 1, Dimensions.Value, HasOther == true ? null : Places) : null;

    private int Places => (Values?.Count ?? 0) + (HasMissing == true ? 1 : 0) + (HasOther == true ? 1 : 0);

    /// <inheritdoc/>
    public override string ToString() => InWords(
        "category",
        values is null ? "" : (Dimensions > 0 ? FormattableString.Invariant($"vectors of {Dimensions}") : "one-hot")
            + FormattableString.Invariant($", {values.List.Count} values: {values}")
            + $"{(HasMissing == true ? ", missing" : "")}{(HasOther == true ? ", other" : "")}");

    internal override SchemaColumn Learn(TableColumn column, Action<string> remark)
    {
        List<(string Text, int Rows)> counts = Cells.Counts(column);
        Words own = values ?? new Words(counts.Where(count => count.Rows >= MinCount).Select(count => count.Text), nameof(Values));
        List<(string Text, int Rows)> others = counts.FindAll(count => own.Find(TableCell.Of(count.Text)) < 0);
        if (others.Count > 0)
            remark(FormattableString.Invariant($"{others.Count} of {counts.Count} values are rare or not listed, ")
                + FormattableString.Invariant($"in {others.Sum(count => count.Rows)} rows, and share the place \"other\": ")
                + Words.Few([.. others.Select(count => count.Text)]));
        CategoryColumn learned = this with
        {
            Values = own.List,
            HasMissing = HasMissing ?? (!Required && column.Missing > 0),
            HasOther = HasOther ?? others.Count > 0,
        };
        if (learned.Places == 0)
            throw new ArgumentException("it has no values; skip it: new SkippedColumn(name)");
        if (learned.Places == 1)
            remark(SameInAllRows);
        return learned with
        {
            Dimensions = Dimensions ?? (learned.Places <= MaxOneHot ? 0 : Math.Min(50, (int)Math.Ceiling(2 * Math.Sqrt(learned.Places)))),
        };
    }

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("minCount", MinCount);
        json.WriteNumber("maxOneHot", MaxOneHot);
        json.WriteNumber("dimensions", Dimensions!.Value);
        json.WriteBoolean("missing", HasMissing!.Value);
        json.WriteBoolean("other", HasOther!.Value);
        SchemaJson.Write(json, "values", Values!);
    }

    internal static CategoryColumn Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "required", "minCount", "maxOneHot", "dimensions", "missing", "other", "values");
        return new CategoryColumn(name)
        {
            MinCount = json.Int32("minCount", 1, int.MaxValue),
            MaxOneHot = json.Int32("maxOneHot", 1, int.MaxValue),
            Dimensions = json.Int32("dimensions", 0, 1 << 20),
            HasMissing = json.Boolean("missing"),
            HasOther = json.Boolean("other"),
            Values = json.Texts("values"),
        };
    }

    private protected override string? EncodeValue(in TableCell cell, Span<float> features)
    {
        int place = values!.Find(cell);
        Place(place < 0 ? Other : place, features);
        return null;
    }

    private protected override void EncodeMissing(Span<float> features) => Place(HasMissing == true ? values!.List.Count : Other, features);

    // The last place, or behind all where there is none.
    private int Other => HasOther == true ? Places - 1 : Places;

    private void Place(int place, Span<float> features)
    {
        if (Dimensions > 0)
        {
            features[0] = place;
            return;
        }

        features.Clear();
        if (place < features.Length)
            features[place] = 1;
    }
}
