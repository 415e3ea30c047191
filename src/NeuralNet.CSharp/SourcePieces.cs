using System.Text;

namespace NeuralNet.CSharp;

// The functions that generated source is made of. They lie in Pieces, which are C# files as any others, and are resources of
// this assembly: the tests compile them, and compare them with the library's kernels.
internal static class SourcePieces
{
    private static readonly string[] files =
        ["Products", "VectorActivations", "Norms", "Recurrent", "Attention", "Moving", "Activations", "Exponential", "Logarithm", "Sine", "Arithmetic"];

    private static readonly Lazy<Piece[]> pieces = new(() => [.. files.SelectMany(Read)]);

    /// <summary>The functions that a text calls, and those that these call, in a fixed order.</summary>
    public static IReadOnlyList<string> NeededBy(string text)
    {
        var wanted = new HashSet<string>();
        var open = new Stack<string>([text]);
        while (open.TryPop(out string? next))
        {
            foreach (string word in Words(next))
            {
                if (!wanted.Add(word))
                    continue;
                foreach (Piece piece in pieces.Value)
                {
                    if (piece.Name == word)
                        open.Push(piece.Text);
                }
            }
        }

        return [.. pieces.Value.Where(piece => wanted.Contains(piece.Name)).Select(piece => piece.Text)];
    }

    // A file's class is taken apart at its empty lines, as far as these are between members.
    private static IEnumerable<Piece> Read(string file)
    {
        using Stream stream = typeof(SourcePieces).Assembly.GetManifestResourceStream($"Pieces.{file}.cs")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string[] lines = reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
        int start = Array.IndexOf(lines, "{") + 1, end = Array.LastIndexOf(lines, "}");
        var member = new StringBuilder();
        for (int i = start; i < end; i++)
        {
            if (lines[i].Length == 0 && lines[i + 1].AsSpan().IndexOfAnyExcept(' ') == 4)
            {
                yield return Of(member.ToString());
                member.Clear();
                continue;
            }

            member.Append(lines[i].Length > 4 ? lines[i][4..] : "").Append('\n');
        }

        yield return Of(member.ToString());
    }

    // Its name is what stands before its arguments, its value or its body.
    private static Piece Of(string text)
    {
        string declaration = text.Split('\n').First(line => !line.StartsWith("//", StringComparison.Ordinal) && !line.StartsWith('['));
        string head = declaration.Split(["(", " =>", " ="], StringSplitOptions.None)[0];
        return new Piece(head[(head.LastIndexOf(' ') + 1)..], text);
    }

    // Identifiers, but for those in comments.
    private static IEnumerable<string> Words(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            if (line.AsSpan().TrimStart().StartsWith("//"))
                continue;
            for (int i = 0; i < line.Length; i++)
            {
                int first = i;
                while (i < line.Length && (char.IsAsciiLetterOrDigit(line[i]) || line[i] == '_'))
                    i++;
                if (i > first)
                    yield return line[first..i];
            }
        }
    }

    private sealed record Piece(string Name, string Text);
}
