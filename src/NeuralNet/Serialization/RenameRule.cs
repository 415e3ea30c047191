using System.Globalization;

namespace NeuralNet;

/// <summary>One rule, for names that are <c>from</c>, or begin with it if it ends in a dot.</summary>
/// <remarks><c>{k}</c> in it stands for any whole number, so that one rule does for all layers of a stack; behind it {k}, {2k}, {k+1}, {2k-1}
/// and the like are what comes of k.</remarks>
internal sealed class RenameRule
{
    private const string Number = "{k}";

    private readonly string head, tail; // of what is looked for, around k; without a k all is head
    private readonly bool hasNumber, isBeginning, isLeftOut;
    private readonly List<(string Before, int Factor, int Summand)> terms = [];
    private readonly string last = ""; // behind the last term

    /// <summary>Reads a rule.</summary>
    /// <exception cref="ArgumentException">It has braces that are not understood.</exception>
    public RenameRule(string from, string? to)
    {
        int at = from.IndexOf(Number, StringComparison.Ordinal);
        hasNumber = at >= 0;
        (head, tail) = hasNumber ? (from[..at], from[(at + Number.Length)..]) : (from, "");
        (isBeginning, isLeftOut) = (from.EndsWith('.'), to is null);
        string shown = $"The rule (\"{Printable.Text(from)}\", {(to is null ? "null" : $"\"{Printable.Text(to)}\"")})";
        if (HasBrace(head) || HasBrace(tail) || (tail.Length > 0 && char.IsAsciiDigit(tail[0])))
            throw new ArgumentException(
                $"{shown}: in what a name begins with, {Number} was expected once at most, for any whole number, with no digit behind it, "
                + "and no other brace. Names that have braces themselves take the overload with a function.");
        if (to is null)
            return;
        last = to;
        for (int open = last.IndexOf('{'); hasNumber && open >= 0; open = last.IndexOf('{'))
        {
            int close = last.IndexOf('}');
            if (close < open || Term(last.AsSpan((open + 1)..close)) is not (int factor, int summand))
                break;
            terms.Add((last[..open], factor, summand));
            last = last[(close + 1)..];
        }

        if (HasBrace(last) || terms.Exists(term => HasBrace(term.Before)))
            throw new ArgumentException($"{shown}: in what it becomes, " + (hasNumber
                ? "{k}, {2k}, {k+1} or {2k+1} was expected, with whole numbers below 10000, and no other brace."
                : $"no brace was expected, because there is no {Number} in what the name begins with; write it there too."));
    }

    /// <summary>Whether the rule is for a name.</summary>
    /// <param name="name">The name in the file.</param>
    /// <param name="renamed">What it becomes; null: it is left out.</param>
    public bool Fits(string name, out string? renamed)
    {
        renamed = null;
        if (!name.StartsWith(head, StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> rest = name.AsSpan(head.Length);
        int k = 0, digits = 0;
        if (hasNumber)
        {
            // As people and PyTorch number layers. No stack has a thousand million of them, and k must be an integer.
            digits = rest.IndexOfAnyExceptInRange('0', '9') is var end and >= 0 ? end : rest.Length;
            if (digits is 0 or > 9)
                return false;
            k = int.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        }

        rest = rest[digits..];
        if (!rest.StartsWith(tail, StringComparison.Ordinal) || (rest.Length > tail.Length && !isBeginning))
            return false;
        if (isLeftOut)
            return true;
        foreach ((string before, int factor, int summand) in terms)
            renamed += before + (((long)factor * k) + summand).ToString(CultureInfo.InvariantCulture);
        renamed = string.Concat(renamed, last, rest[tail.Length..]);
        return true;
    }

    // 2k+1 is (2, 1); null: it cannot be read.
    private static (int Factor, int Summand)? Term(ReadOnlySpan<char> term)
    {
        const int Digits = 4; // so that no product of k overflows
        int at = term.IndexOf('k');
        if (at is < 0 or > Digits || term.Length - at > Digits + 2)
            return null;
        (int factor, int summand) = (1, 0);
        ReadOnlySpan<char> sum = term[(at + 1)..];
        bool isRead = at == 0 || int.TryParse(term[..at], NumberStyles.None, CultureInfo.InvariantCulture, out factor);
        if (sum.Length > 0)
            isRead &= sum[0] is '+' or '-' && int.TryParse(sum, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out summand);
        return isRead ? (factor, summand) : null;
    }

    private static bool HasBrace(string text) => text.AsSpan().ContainsAny('{', '}');
}
