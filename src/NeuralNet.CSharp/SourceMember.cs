using System.Text;
using System.Text.RegularExpressions;

namespace NeuralNet.CSharp;

/// <summary>A member of a class or struct as text: the names that it declares, and its lines, which begin at the left.</summary>
internal sealed partial record SourceMember(IReadOnlyList<string> Names, string Text)
{
    /// <summary>Takes the body of a class or struct apart: its lines, of which those of members begin at the left.</summary>
    /// <remarks>
    /// A member ends with its closing brace at the left, or, without one, with the line that ends with a semicolon or a brace. Comments
    /// before it belong to it; of XML documentation a summary of one line is kept, as a comment.
    /// </remarks>
    public static IEnumerable<SourceMember> Of(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        string? declaration = null;
        bool hasBlock = false;
        foreach (string line in lines)
        {
            if (declaration is null && line.Length == 0)
            {
                text.Clear(); // a comment of its own
                continue;
            }

            if (declaration is null && line.StartsWith("///", StringComparison.Ordinal))
            {
                if (Summary().Match(line) is { Success: true } summary)
                    text.Append($"// {summary.Groups[1]}\n").Replace("&lt;", "<").Replace("&gt;", ">").Replace("&amp;", "&");
                continue;
            }

            text.Append(line).Append('\n');
            if (declaration is null && (line[0] == '[' || line.StartsWith("//", StringComparison.Ordinal)))
                continue;
            declaration ??= line;
            hasBlock |= line == "{";
            if (hasBlock ? line is "}" or "};" : line[^1] is ';' or '}')
            {
                yield return new SourceMember(NamesOf(declaration), text.ToString());
                text.Clear();
                (declaration, hasBlock) = (null, false);
            }
        }

        if (declaration is not null)
            throw new InvalidOperationException($"The source of \"{declaration}\" has no end.");
    }

    /// <summary>The lines between the braces of the member, which is a class or a struct; those of its members begin at the left.</summary>
    public static IEnumerable<string> Inside(IEnumerable<string> lines) =>
        lines.SkipWhile(line => line != "{").Skip(1).TakeWhile(line => line != "}").Select(line => line.Length > 4 ? line[4..] : "");

    /// <summary>Of some members those that a text uses, and those that these use, in their order.</summary>
    public static IEnumerable<SourceMember> UsedBy(string text, IReadOnlyCollection<SourceMember> members)
    {
        var used = new HashSet<string>();
        var open = new Stack<string>([text]);
        ILookup<string, SourceMember> byName = members
            .SelectMany(member => member.Names, (member, name) => (member, name)).ToLookup(pair => pair.name, pair => pair.member);
        while (open.TryPop(out string? next))
        {
            foreach (Match word in Word().Matches(Comment().Replace(next, "")))
            {
                if (used.Add(word.Value))
                {
                    foreach (SourceMember member in byName[word.Value])
                        open.Push(member.Text);
                }
            }
        }

        return members.Where(member => member.Names.Any(used.Contains));
    }

    // Of constants all that are declared; otherwise what stands before the parameters, or is the last word of the head.
    private static string[] NamesOf(string declaration)
    {
        if (declaration.Contains(" const ", StringComparison.Ordinal))
            return [.. Assigned().Matches(declaration).Select(match => match.Groups[1].Value)];
        string head = HeadEnd().Split(declaration)[0];
        return [BeforeParameters().Match(head) is { Success: true } method ? method.Groups[1].Value : head[(head.LastIndexOf(' ') + 1)..]];
    }

    [GeneratedRegex("^/// <summary>([^<]*)</summary>$")]
    private static partial Regex Summary();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    // A name of the file's own: none behind a dot.
    [GeneratedRegex(@"(?<![\w.])[A-Za-z_]\w*")]
    private static partial Regex Word();

    [GeneratedRegex(@"(\w+) = ")]
    private static partial Regex Assigned();

    [GeneratedRegex(" =>| = | {|;")]
    private static partial Regex HeadEnd();

    [GeneratedRegex(@"(\w+)\(")]
    private static partial Regex BeforeParameters();
}
