using System.Text;

namespace NeuralNet;

/// <summary>Different texts, each with its place; two of them are equal if their texts are, in one order.</summary>
internal sealed class Words : IEquatable<Words>
{
    private readonly Dictionary<string, int> places;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> found;

    /// <summary>Keeps a copy of the texts.</summary>
    /// <exception cref="ArgumentException">A text is null, not Unicode, or there twice.</exception>
    public Words(IEnumerable<string> texts, string argument)
    {
        ArgumentNullException.ThrowIfNull(texts, argument);
        string[] all = [.. texts];
        places = new Dictionary<string, int>(all.Length, StringComparer.Ordinal);
        foreach (string text in all)
        {
            CheckUnicode(text, argument);
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
        Span<char> buffer = stackalloc char[TableCell.MaxLength];
        return found.TryGetValue(cell.ToText(buffer), out int place) ? place : -1;
    }

    public bool Equals(Words? other) => other is not null && List.SequenceEqual(other.List);

    public override bool Equals(object? obj) => Equals(obj as Words);

    public override int GetHashCode() => HashCode.Combine(List.Count, List.Count == 0 ? "" : List[0]);

    /// <summary>The first few in words.</summary>
    public override string ToString() => Few(List);

    public static string Few(IReadOnlyList<string> texts) =>
        string.Join(", ", texts.Take(8).Select(text => Short(text))) + (texts.Count > 8 ? ", …" : "");

    /// <summary>A text for a message or a remark, not too long, and Unicode: no character of two halves is cut.</summary>
    public static string Short(ReadOnlySpan<char> text)
    {
        string some = text.Length > 60 ? $"{text[..(char.IsHighSurrogate(text[59]) ? 59 : 60)]}…" : text.ToString();
        return IsUnicode(some) ? some : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(some));
    }

    /// <summary>Refuses a text that no file can hold.</summary>
    /// <exception cref="ArgumentException">It has half of a character.</exception>
    public static void CheckUnicode(string? text, string argument)
    {
        if (!IsUnicode(text))
            throw new ArgumentException($"\"{Short(text)}\" is not Unicode: it has half of a character (a surrogate) alone.", argument);
    }

    private static bool IsUnicode(ReadOnlySpan<char> text)
    {
        for (int at; (at = text.IndexOfAnyInRange('\ud800', '\udfff')) >= 0; text = text[(at + 2)..])
        {
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
                return false;
        }

        return true;
    }
}
