using System.Text;

namespace NeuralNet.CSharp;

/// <summary>
/// What generated source is made of: the pieces, which are written for it, and the library's own formulas as <see cref="LibraryText"/>
/// has them. All are resources of this assembly.
/// </summary>
internal static class SourcePieces
{
    // A piece takes the place of the library's function of that name.
    private static readonly Lazy<SourceMember[]> all = new(() =>
    [
        .. Pieces("Windows", "ChannelNorms", "Scaling", "Products", "Norms", "Attention", "Moving"),
        .. LibraryText.Formulas.Values.Select(formula => formula.Member),
        .. Pieces("Recurrent"),
        .. Pieces("Lanes").SelectMany(type => type.Apart()),
        .. LibraryText.Functions.Where(function => function.Names[0] != "WithHuge"),
        .. Pieces("HugeAngle", "Floats"),
    ]);

    /// <summary>The functions that a text calls, and those that these call, in a fixed order.</summary>
    public static IEnumerable<string> NeededBy(string text) =>
        SourceMember.UsedBy(text, all.Value).GroupBy(member => member.Type ?? member)
            .Select(members => members.First() == members.Key ? members.Key.Text : SourceMember.Joined(members.Key.Text, members));

    /// <summary>The lines of a file among the resources.</summary>
    public static string Read(string name)
    {
        using Stream stream = typeof(SourcePieces).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static IEnumerable<SourceMember> Pieces(params string[] files) =>
        files.SelectMany(file => SourceMember.Of(SourceMember.Inside(Read($"Pieces.{file}.cs").Split('\n'))));
}
