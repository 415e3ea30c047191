using System.Globalization;
using System.Text;
using System.Text.Json;

namespace NeuralNet;

/// <summary>A column of sentences: how often words occur that share a bucket. No vocabulary is kept, so any word can come later.</summary>
/// <remarks><para>A word is as many letters, digits and marks as follow one another, in lower case; everything else separates. Its bucket is FNV-1a
/// (32 bits) of its UTF-8, modulo the number of buckets: the same on every machine whose version of Unicode knows its letters. A feature is the count
/// of its bucket's words, or log(1 + count); a missing text has none.</para>
/// <para>Languages that write without blanks have their sentences as one word; cut them into words before.</para></remarks>
public sealed record TextColumn : SchemaColumn
{
    private const int MostBuckets = 1 << 20;

    /// <summary>A column of texts.</summary>
    /// <param name="name">Its title.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public TextColumn(string name)
        : base(name)
    {
    }

    /// <summary>How many buckets there are, which is the number of features.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not from 1 to 1,048,576.</exception>
    public int Buckets
    {
        get;
        init => field = value is >= 1 and <= MostBuckets ? value
            : throw Guard.OutOfRange(nameof(Buckets), value, FormattableString.Invariant($"Expected 1 to {MostBuckets} buckets."));
    } = 256;

    /// <summary>Whether a feature is log(1 + count) instead of the count, so that a word that comes often does not drown the others.</summary>
    public bool Logarithm { get; init; } = true;

    /// <inheritdoc/>
    public override int Width => Buckets;

    /// <inheritdoc/>
    public override IReadOnlyList<string> FeatureNames =>
        [.. Enumerable.Range(0, Buckets).Select(bucket => string.Create(CultureInfo.InvariantCulture, $"{Name} words {bucket}"))];

    internal override string Kind => "text";

    internal override string? Problem => null;

    /// <inheritdoc/>
    public override string ToString() => InWords(
        "text", FormattableString.Invariant($"{Buckets} buckets of words, {(Logarithm ? "log(1 + count)" : "counted")}"));

    internal override SchemaColumn Learn(TableColumn column, Action<string> remark)
    {
        if (column.Missing == column.Rows)
            remark(SameInAllRows);
        return this;
    }

    internal override void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("buckets", Buckets);
        json.WriteBoolean("logarithm", Logarithm);
    }

    internal static TextColumn Read(string name, SchemaJson json)
    {
        json.Only("kind", "name", "required", "buckets", "logarithm");
        return new TextColumn(name) { Buckets = json.Int32("buckets", 1, MostBuckets), Logarithm = json.Boolean("logarithm") };
    }

    private protected override string? EncodeValue(in TableCell cell, Span<float> features)
    {
        const uint Basis = 2166136261, Prime = 16777619;
        features.Clear();
        Span<char> buffer = stackalloc char[TableCell.MaxLength];
        Span<byte> bytes = stackalloc byte[4];
        uint hash = Basis;
        bool within = false;
        foreach (Rune rune in cell.ToText(buffer).EnumerateRunes())
        {
            if (IsOfWord(rune))
            {
                foreach (byte value in bytes[..Rune.ToLowerInvariant(rune).EncodeToUtf8(bytes)])
                    hash = (hash ^ value) * Prime;
                within = true;
            }
            else if (within)
            {
                features[(int)(hash % (uint)Buckets)]++;
                (hash, within) = (Basis, false);
            }
        }

        if (within)
            features[(int)(hash % (uint)Buckets)]++;
        foreach (ref float count in features)
            count = Logarithm && count > 0 ? (float)Kernels.Exact.Log(1 + count) : count;
        return null;
    }

    private protected override void EncodeMissing(Span<float> features) => features.Clear();

    // Marks are accents that stand behind their letter.
    private static bool IsOfWord(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
