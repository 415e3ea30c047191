using System.Text.RegularExpressions;

namespace NeuralNet.CSharp;

/// <summary>
/// The library's own source, from which exported files have the functions of numbers: the formulas of the scalar activations
/// (<c>Activations/*.cs</c>, the nested struct Formula) and the transcendental functions (<c>Kernels/Vectors/VectorMath*.cs</c>).
/// </summary>
/// <remarks>
/// There they are written once for vectors of every width, TVector. Here its name is replaced by that of one more width, Float4, and
/// the names of its operations by the framework's where it has them: they stay the same in the same order, so that each value keeps
/// its bits.
/// </remarks>
internal static partial class LibraryText
{
    private static readonly Lazy<IReadOnlyDictionary<string, (SourceMember Member, int Settings)>> formulas = new(() =>
    {
        var found = new SortedDictionary<string, (SourceMember, int)>(StringComparer.Ordinal);
        foreach (string file in Resources("Activations."))
        {
            string kind = file.Split('.')[1];
            if (FormulaIn(file, kind) is { } formula)
                found.Add(kind, formula);
        }

        return found;
    });

    private static readonly Lazy<SourceMember[]> functions = new(() =>
        [.. Resources("VectorMath").SelectMany(file => SourceMember.Of(SourceMember.Inside(OfFour(SourcePieces.Read(file)).Split('\n'))))]);

    /// <summary>The formulas of scalar activations by kind: a struct with a function Value, and the number of its settings.</summary>
    public static IReadOnlyDictionary<string, (SourceMember Member, int Settings)> Formulas => formulas.Value;

    /// <summary>The functions that formulas use, and what these consist of.</summary>
    public static IReadOnlyCollection<SourceMember> Functions => functions.Value;

    /// <summary>The name of a kind's formula in exported source.</summary>
    public static string NameOf(string kind) => kind + "Formula";

    private static IEnumerable<string> Resources(string prefix) =>
        typeof(LibraryText).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    // The struct, with what Value needs; none if the activation is no scalar one with a formula of its own.
    private static (SourceMember Member, int Settings)? FormulaIn(string file, string kind)
    {
        string[] lines = OfFour(SourcePieces.Read(file)).Split('\n');
        int start = Array.FindIndex(lines, line => FormulaHead().IsMatch(line));
        if (start < 0)
            return null;
        string name = NameOf(kind), parameters = FormulaHead().Match(lines[start]).Groups[1].Value;
        SourceMember[] members = [.. SourceMember.Of(SourceMember.Inside(SourceMember.Inside(lines).Skip(start - Array.IndexOf(lines, "{"))))];
        var text = new SourceText();
        text.Lines($"public readonly struct {name}{parameters}\n{{");
        text.Lines(string.Join('\n', SourceMember.UsedBy("Value", members).Select(member => Inlined(member.Text))), 4).Lines("}");
        return (new SourceMember([name], text.ToString()), parameters.Split(',', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    // The attribute may be missing where the library's compiler does not need it.
    private static string Inlined(string text) =>
        text.Contains("[MethodImpl(", StringComparison.Ordinal) || text.Contains(" const ", StringComparison.Ordinal)
            ? text
            : $"[MethodImpl(MethodImplOptions.AggressiveInlining)]\n{text}";

    // Vectors of any width become vectors of four, and operations those of the framework where it has them since .NET 8. Its classes are
    // written out: where exported source goes, their names may mean another thing.
    private static string OfFour(string text)
    {
        text = Constraint().Replace(text, "").Replace("<TVector>", "", StringComparison.Ordinal);
        text = WholeNumber().Replace(text, "$1f)").Replace("TVector.One", "Vector128.Create(1f)", StringComparison.Ordinal);
        text = Operation().Replace(text, match => match.Groups[1].Value switch
        {
            "Broadcast" => "Vector128.Create",
            "Select" => "Vector128.ConditionalSelect",
            "Equal" => "Vector128.Equals",
            "BitAnd" => "Vector128.BitwiseAnd",
            "BitOr" => "Vector128.BitwiseOr",
            "LessThan" or "LessThanOrEqual" or "Abs" or "Sqrt" => $"Vector128.{match.Groups[1]}",
            string other => other,
        });
        return Framework().Replace(text.Replace("TVector", "Float4", StringComparison.Ordinal), "global::System.$0");
    }

    [GeneratedRegex(@"^    public readonly struct Formula(\(.*\))? : IScalarFormula$")]
    private static partial Regex FormulaHead();

    [GeneratedRegex(@"\s+where TVector : struct, I(?:Simd)?Vector<TVector>")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"(TVector\.Broadcast\(-?[0-9]+)\)")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"TVector\.(\w+)(?=\()")]
    private static partial Regex Operation();

    [GeneratedRegex(@"(?<![\w.])(?:BitConverter|Math|MathF|UInt128)\b")]
    private static partial Regex Framework();
}
