using System.Text.RegularExpressions;

namespace NeuralNet.Docs.Tests;

/// <summary>Every link and every picture leads somewhere, and what is short stays short.</summary>
public partial class LinkTests
{
    public static TheoryData<string> Pages => [.. Page.Names];

    public static TheoryData<string> PagesOfPackages => [.. Page.NamesOfPackages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_leads_to_a_file_and_a_heading(string name)
    {
        foreach ((int number, string target) in Targets(Page.Read(name)))
        {
            if (IsAbsolute(target))
                continue;
            string[] parts = target.Split('#', 2);
            string path = parts[0].Length == 0
                ? name
                : Path.GetRelativePath(Page.Root, Path.Combine(Page.Root, Path.GetDirectoryName(name)!, parts[0]));
            Path.Exists(Path.Combine(Page.Root, path)).Should().BeTrue($"{name}({number}) links to {target}");
            if (parts.Length > 1)
                Anchors(Page.Read(path)).Should().Contain(parts[1], $"{name}({number}) links to {target}");
        }
    }

    [Theory]
    [MemberData(nameof(PagesOfPackages))]
    public void The_page_of_a_package_has_neither_relative_links_nor_pictures(string name)
    {
        foreach ((int number, string target) in Targets(Page.Read(name)))
            IsAbsolute(target).Should().BeTrue($"{name}({number}) links to {target}, which NuGet does not have");
        Page.Read(name).Prose.Should().NotContain(line => line.Text.Contains("![", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_page_is_short() =>
        new FileInfo(Path.Combine(Page.Root, "README.md")).Length.Should().BeLessThanOrEqualTo(10 * 1024);

    private static bool IsAbsolute(string target) => target.StartsWith("https://", StringComparison.Ordinal);

    private static IEnumerable<(int Number, string Target)> Targets(Page page) =>
        from line in page.Prose
        let text = InlineCode().Replace(line.Text, code => code.Value.Contains("](", StringComparison.Ordinal) ? "" : code.Value)
        from Match match in Link().Matches(text)
        select (line.Number, match.Groups[1].Value);

    // As GitHub makes them: small letters, spaces as hyphens, without punctuation.
    private static IEnumerable<string> Anchors(Page page) =>
        from line in page.Prose
        where line.Text.StartsWith('#')
        select NotInAnchors().Replace(line.Text.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NotInAnchors();
}
