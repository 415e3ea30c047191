namespace NeuralNet.Docs.Tests;

/// <summary>A page of the documentation: its text, and the blocks of code in it.</summary>
internal sealed class Page
{
    /// <summary>Makes a page of a text.</summary>
    public Page(string name, string[] lines)
    {
        Name = name;
        Lines = lines;
        Blocks = [.. Cut(name, lines)];
    }

    /// <summary>The path from the root of the repository, with slashes.</summary>
    public string Name { get; }

    public string[] Lines { get; }

    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>The folder of the repository: the first one above the tests that has the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every page that people read: of the repository, of docs, and of the packages.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. ((string[])[Root, Path.Combine(Root, "docs"), .. Directory.GetDirectories(Path.Combine(Root, "src"))])
            .SelectMany(folder => Directory.GetFiles(folder, "*.md"))
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The pages that NuGet shows, where neither a relative link nor a relative picture leads anywhere.</summary>
    public static IEnumerable<string> NamesOfPackages => Names.Where(name => name.StartsWith("src/", StringComparison.Ordinal));

    public static Page Read(string name) => new(name, File.ReadAllLines(Path.Combine(Root, name)));

    /// <summary>The lines outside of blocks of code.</summary>
    public IEnumerable<(int Number, string Text)> Prose => Lines.Select((text, i) => (Number: i + 1, text))
        .Where(line => !Blocks.Any(block => line.Number >= block.Line - 1 && line.Number <= block.Line + block.Lines.Length));

    private static IEnumerable<Block> Cut(string name, string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
                continue;
            int end = Array.IndexOf(lines, "```", i + 1);
            if (lines[i][0] != '`' || end < 0)
                throw new InvalidDataException($"{name}({i + 1}): a fence begins in the first column, and its block ends with one that does too.");
            yield return new Block(lines[i][3..].Trim(), i + 2, lines[(i + 1)..end]);
            i = end;
        }
    }

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "NeuralNet.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("There is no NeuralNet.sln above the tests.");
        return folder;
    }
}

/// <summary>A block between two fences.</summary>
/// <param name="Fence">What stands behind the first fence, such as "csharp".</param>
/// <param name="Line">The number of the first line within, from 1.</param>
/// <param name="Lines">The lines within.</param>
internal sealed record Block(string Fence, int Line, string[] Lines)
{
    public string Text => string.Concat(Lines.Select(line => line + "\n"));
}
