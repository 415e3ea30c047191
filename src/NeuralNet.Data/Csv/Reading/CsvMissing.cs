namespace NeuralNet;

/// <summary>The texts that stand for a missing value.</summary>
internal sealed class CsvMissing
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> texts;
    private readonly int longest;
    private readonly bool hasEmpty;

    public CsvMissing(IReadOnlyList<string> texts)
    {
        var set = new HashSet<string>(texts, StringComparer.Ordinal);
        this.texts = set.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in set)
        {
            longest = Math.Max(longest, text.Length);
            HasNumbers |= CsvNumber.Parse(text, CsvMarks.Point, out _, out _) != CsvNumberKind.None
                || CsvNumber.Parse(text, CsvMarks.Comma, out _, out _) != CsvNumberKind.None;
        }

        hasEmpty = set.Contains("");
    }

    /// <summary>Whether a number stands for one: −999, say.</summary>
    public bool HasNumbers { get; }

    public bool Contains(ReadOnlySpan<char> field) => field.IsEmpty ? hasEmpty : field.Length <= longest && texts.Contains(field);
}
