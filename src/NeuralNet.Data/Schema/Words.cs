namespace NeuralNet;

/// <summary>Different texts, each with its place; two of them are equal if their texts are, in one order.</summary>
internal sealed class Words : IEquatable<Words>
{
    private readonly Dictionary<string, int> places;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> found;

    /// <summary>Keeps a copy of the texts.</summary>
    /// <exception cref="ArgumentException">A text is null or there twice.</exception>
    public Words(IEnumerable<string> texts, string argument)
    {
        ArgumentNullException.ThrowIfNull(texts, argument);
        string[] all = [.. texts];
        places = new Dictionary<string, int>(all.Length, StringComparer.Ordinal);
        foreach (string text in all)
        {
            if (text is null || !places.TryAdd(text, places.Count))
                throw new ArgumentException(
                    $"Expected different texts, but {(text is null ? "one is null" : $"\"{Short(text)}\" is there twice")}.", argument);
        }

        found = places.GetAlternateLookup<ReadOnlySpan<char>>();
        List = Array.AsReadOnly(all);
    }

    public IReadOnlyList<string> List { get; }

    /// <summary>The place of a value's text; −1 if it is not among them.</summary>
    public int Find(in TableCell cell)
    {
        // −0 is the number 0.
        ReadOnlySpan<char> text = cell.Kind == TableValueKind.Number && cell.Number == 0 ? "0" : cell.ToText(stackalloc char[TableCell.MaxLength]);
        return found.TryGetValue(text, out int place) ? place : -1;
    }

    public bool Equals(Words? other) => other is not null && List.SequenceEqual(other.List);

    public override bool Equals(object? obj) => Equals(obj as Words);

    public override int GetHashCode() => HashCode.Combine(List.Count, List.Count == 0 ? "" : List[0]);

    /// <summary>The first few in words.</summary>
    public override string ToString() => Few(List);

    public static string Few(IReadOnlyList<string> texts) =>
        string.Join(", ", texts.Take(8).Select(text => Short(text))) + (texts.Count > 8 ? ", …" : "");

    /// <summary>A text for a message, not too long.</summary>
    public static string Short(ReadOnlySpan<char> text) => text.Length > 60 ? $"{text[..60]}…" : text.ToString();
}
