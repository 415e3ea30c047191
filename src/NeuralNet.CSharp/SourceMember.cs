using System.Text;
using System.Text.RegularExpressions;

namespace NeuralNet.CSharp;

/// <summary>A member of a class or struct as text: the names that it declares, and its lines, which begin at the left.</summary>
/// <param name="Names">The names; "Type.Name" of a function that belongs to a type.</param>
/// <param name="Text">The lines.</param>
/// <param name="Type">The type that it belongs to, if not to that of all: its text is the head alone.</param>
internal sealed partial record SourceMember(IReadOnlyList<string> Names, string Text, SourceMember? Type = null)
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

    /// <summary>The members of this one, a class or struct: a static function is needed where it is used, all else wherever the type is.</summary>
    public IEnumerable<SourceMember> Apart()
    {
        string[] lines = Text.Split('\n');
        SourceMember type = this with { Text = string.Join('\n', lines.TakeWhile(line => line != "{")) };
        foreach (SourceMember member in Of(Inside(lines)))
        {
            IEnumerable<string> names = member.Names.Select(name => $"{Names[0]}.{name}");
            yield return new SourceMember([.. IsFunction().IsMatch(member.Text) ? names : names.Concat(Names)], member.Text, type);
        }
    }

    /// <summary>A class or struct of a head and some members.</summary>
    public static string Joined(string head, IEnumerable<SourceMember> members) =>
        new SourceText().Lines($"{head}\n{{").Lines(string.Join('\n', members.Select(member => member.Text)), 4).Lines("}").ToString();

    /// <summary>Of some members those that a text uses, and those that these use, in their order.</summary>
    public static IEnumerable<SourceMember> UsedBy(string text, IReadOnlyCollection<SourceMember> members)
    {
        var used = new HashSet<string>();
        var open = new Stack<SourceMember>([new SourceMember([], text)]);
        ILookup<string, SourceMember> byName = members
            .SelectMany(member => member.Names, (member, name) => (member, name)).ToLookup(pair => pair.name, pair => pair.member);
        while (open.TryPop(out SourceMember? next))
        {
            foreach (Match word in Word().Matches(Comment().Replace(next.Text, "")))
            {
                // Within a type its own members hide those of all.
                string name = word.Groups["name"].Value, own = $"{next.Type?.Names[0]}.{name}";
                bool isOwn = !word.Groups["all"].Success && byName.Contains(own);
                foreach (string found in (string[])[isOwn ? own : name, $"{name}.{word.Groups["member"]}"])
                {
                    foreach (SourceMember member in used.Add(found) ? byName[found] : [])
                        open.Push(member);
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

    // A name of the file's own, which stands behind no dot but that of its class, and a member behind it.
    [GeneratedRegex(@"(?<![\w.])(?<all>Parts\.)?(?<name>[A-Za-z_]\w*)(?:\.(?<member>[A-Za-z_]\w*))?")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\w+ static (?!.* operator )", RegexOptions.Multiline)]
    private static partial Regex IsFunction();

    [GeneratedRegex(@"(\w+) = ")]
    private static partial Regex Assigned();

    [GeneratedRegex(" =>| = | {|;")]
    private static partial Regex HeadEnd();

    [GeneratedRegex(@"(\w+)(?:<\w+>)?\(")]
    private static partial Regex BeforeParameters();
}
