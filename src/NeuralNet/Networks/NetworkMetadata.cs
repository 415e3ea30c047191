using System.Collections.ObjectModel;
using System.Text;

namespace NeuralNet;

/// <summary>The texts that a network carries: what they may be, and that they never change once they are there.</summary>
internal static class NetworkMetadata
{
    /// <summary>What all names and texts may take as UTF-8 together: as much as the header of a file, so that what a file has can be set.</summary>
    public const int MaxBytes = 100_000_000;

    /// <summary>The name under which files have the layers; what is the library's besides begins with it and a point.</summary>
    public const string Own = "neuralnet";

    /// <summary>Whether a name is the library's: files have something else under it.</summary>
    public static bool IsReserved(string name) => name is "format" or Own || name.StartsWith(Own + ".", StringComparison.Ordinal);

    /// <summary>A copy, by name in ordinal order, in which nobody can write.</summary>
    /// <exception cref="ArgumentException">A name or a text may not be, or together they are too large.</exception>
    public static IReadOnlyDictionary<string, string> Checked(IReadOnlyDictionary<string, string> metadata, string argument)
    {
        var copy = new Dictionary<string, string>(metadata.Count);
        long bytes = 0;
        foreach ((string name, string text) in metadata)
        {
            string what = Quoted(name);
            if (IsReserved(name))
                throw new ArgumentException(
                    $"The name {what} is one that files use themselves (\"format\", \"{Own}\" and all that begin with \"{Own}.\"); call yours "
                    + "otherwise.", argument);
            if (text is null)
                throw new ArgumentException($"{what} has no text, but null; an empty text is possible, or leave the name out.", argument);
            CheckUnicode(name, $"The name {what}", argument);
            CheckUnicode(text, $"The text of {what}", argument);
            bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(text);
            if (bytes > MaxBytes)
                throw new ArgumentException(FormattableString.Invariant(
                    $"With {what} the metadata would have {bytes} bytes as UTF-8; at most {MaxBytes} are possible. ")
                    + "Keep what is large in a file of its own, and its name here.", argument);
            if (!copy.TryAdd(name, text))
                throw new ArgumentException($"The name {what} is there twice; once was expected.", argument);
        }

        return Sorted(copy);
    }

    /// <summary>What a file has, without the library's own; the file has been checked.</summary>
    public static IReadOnlyDictionary<string, string> OfFile(IReadOnlyDictionary<string, string> metadata)
    {
        var own = new Dictionary<string, string>(metadata.Count);
        foreach ((string name, string text) in metadata)
        {
            if (!IsReserved(name))
                own.Add(name, text);
        }

        return Sorted(own);
    }

    /// <summary>Those of several networks together.</summary>
    /// <exception cref="ArgumentException">Two have a name with different texts.</exception>
    public static IReadOnlyDictionary<string, string> Joined(ReadOnlySpan<Network> networks, string argument)
    {
        var first = new Dictionary<string, int>();
        var joined = new Dictionary<string, string>();
        for (int n = 0; n < networks.Length; n++)
        {
            foreach ((string name, string text) in networks[n].Metadata)
            {
                if (first.TryAdd(name, n))
                    joined.Add(name, text);
                else if (joined[name] != text)
                    throw new ArgumentException(FormattableString.Invariant(
                        $"Networks {first[name]} and {n} both have metadata {Quoted(name)}, with different texts; one text was expected. ")
                        + "Take it away from one of them, or give both the same (network.Metadata = …).", argument);
            }
        }

        return Checked(joined, argument);
    }

    /// <summary>Where a text has half of a surrogate pair, which no file could hold; −1: nowhere.</summary>
    public static int HalfPair(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return i;
        }

        return -1;
    }

    // For a message: a name may come from a file, long and with what would garble a terminal.
    private static string Quoted(string name)
    {
        string start = name.Length > 100 ? name[..100] + "…" : name;
        return $"\"{string.Concat(start.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter))}\"";
    }

    private static void CheckUnicode(string text, string what, string argument)
    {
        if (HalfPair(text) is >= 0 and var at)
            throw new ArgumentException(
                FormattableString.Invariant($"{what} is not Unicode: it has half of a surrogate pair, {(int)text[at]:x4}, at {at}."), argument);
    }

    // Sorted all at once: one by one takes time with the square of their number.
    private static ReadOnlyDictionary<string, string> Sorted(Dictionary<string, string> metadata) =>
        metadata.Count == 0 ? ReadOnlyDictionary<string, string>.Empty : new(new SortedList<string, string>(metadata, StringComparer.Ordinal));
}
