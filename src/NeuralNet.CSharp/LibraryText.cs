using System.Text.RegularExpressions;

namespace NeuralNet.CSharp;

/// <summary>
/// The library's own source, from which exported files have their formulas: those of scalar and vector activations and of recurrent cells
/// (the nested struct Formula in <c>Activations/*.cs</c> and <c>Layers/Recurrent/*.cs</c>), and the functions that these use
/// (<c>Kernels/Vectors/VectorMath*.cs</c> and <c>PowerOfTwo.cs</c>).
/// </summary>
/// <remarks>
/// <para>There they are written once for vectors of every width, TVector. Here its name is replaced by that of one more width, and the names
/// of its operations by the framework's where it has them: they stay the same in the same order, so that each value keeps its bits. Elements
/// that do not meet are computed in Floats, as many at a time as the machine's vectors have. A vector activation sums its elements up, and the
/// library's sums have 16 lanes on every machine; so its formula is written on Lanes, which are 16. What only backward needs is left out.</para>
/// <para>Some formulas are still written a second time, among the pieces and in SourceExport. Matrix products, normalization and attention are
/// kernels in the library: with pointers, for many rows at once and in blocks of registers, which a file without unsafe blocks cannot copy.
/// Prelu, Glu, Max, Product and the layers that move values are a line or a loop each, woven into their passes over memory. The tests compare
/// the bits of them all.</para>
/// </remarks>
internal static partial class LibraryText
{
    private const string Optimized = "MethodImplOptions.AggressiveOptimization";

    private static readonly Lazy<IReadOnlyDictionary<string, (SourceMember Member, int Settings)>> formulas = new(() =>
    {
        var found = new SortedDictionary<string, (SourceMember, int)>(StringComparer.Ordinal);
        foreach (string file in Resources("Formulas."))
        {
            string kind = file.Split('.')[1];
            if (FormulaIn(file, kind) is { } formula)
                found.Add(kind, formula);
        }

        return found;
    });

    // Of PowerOfTwo the function of one number; there is another of vectors.
    private static readonly Lazy<SourceMember[]> functions = new(() =>
    [
        .. Resources("VectorMath").SelectMany(file => SourceMember.Of(SourceMember.Inside(OfFloats(SourcePieces.Read(file)).Split('\n')))),
        .. SourceMember.Of(Framework().Replace(SourcePieces.Read("PowerOfTwo.cs"), "global::System.$0").Split('\n')).Last().Apart()
            .Where(member => !member.Text.Contains("TVector", StringComparison.Ordinal)),
    ]);

    /// <summary>The formulas by the kind of activation or cell: a struct with what goes forward, and the number of its settings.</summary>
    public static IReadOnlyDictionary<string, (SourceMember Member, int Settings)> Formulas => formulas.Value;

    /// <summary>The functions that formulas use, and what these consist of.</summary>
    public static IReadOnlyCollection<SourceMember> Functions => functions.Value;

    /// <summary>The name of a kind's formula in exported source.</summary>
    public static string NameOf(string kind) => kind + "Formula";

    private static IEnumerable<string> Resources(string prefix) =>
        typeof(LibraryText).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    // The struct, with what forward needs; none if the file has no formula.
    private static (SourceMember Member, int Settings)? FormulaIn(string file, string kind)
    {
        string source = SourcePieces.Read(file);
        if (FormulaHead().Match(source) is not { Success: true } head)
            return null;
        string name = NameOf(kind), parameters = head.Groups["parameters"].Value;
        (string forward, string[] lines) = head.Groups["idea"].Value switch
        {
            "Scalar" => ("Value", OfFloats(source).Split('\n')),
            "Vector" => ("Forward", OfLanes(source).Split('\n')),
            _ => ("Gate Forward", OfFloats(Keep().Replace(source, "")).Split('\n')),
        };
        IEnumerable<string> body = SourceMember.Inside(SourceMember.Inside(lines).SkipWhile(line => !FormulaHead().IsMatch($"    {line}")));
        IEnumerable<SourceMember> members = SourceMember.UsedBy(forward, [.. SourceMember.Of(body)]).Select(Inlined);
        string text = SourceMember.Joined($"public readonly struct {name}{parameters}", members);
        return (new SourceMember([name], text), parameters.Split(',', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    // The attribute may be missing where the library's compiler does not need it.
    private static SourceMember Inlined(SourceMember member) =>
        member.Text.Contains("[MethodImpl(", StringComparison.Ordinal) || member.Text.Contains(" const ", StringComparison.Ordinal)
            ? member
            : member with { Text = $"[MethodImpl(MethodImplOptions.AggressiveInlining)]\n{member.Text}" };

    // Vectors of any width become Lanes, which have operations by the same names. A loop stays a method of its own: in a layer's method the
    // JIT would stop inlining before it has reached all that the loop calls.
    private static string OfLanes(string text)
    {
        text = Framework().Replace(OfOneKind(text).Replace("TVector", "Lanes", StringComparison.Ordinal), "global::System.$0");
        return text.Replace(Optimized, $"MethodImplOptions.NoInlining | {Optimized}", StringComparison.Ordinal);
    }

    // What is generic in the kind of vector is so no more, nor in that of the units of a cell.
    private static string OfOneKind(string text) =>
        Parameters().Replace(Constraint().Replace(text, ""), "").Replace("TUnits ", "CellUnits ", StringComparison.Ordinal);

    // Vectors of any width become Floats, and operations those of the framework where it has them since .NET 8. Its classes are
    // written out or have another name: where exported source goes, their names may mean another thing.
    private static string OfFloats(string text)
    {
        text = Operation().Replace(OfOneKind(text), match => match.Groups[1].Value switch
        {
            "Broadcast" => "new Floats",
            "Select" => "Vectors.ConditionalSelect",
            "Equal" => "Vectors.Equals<float>",
            "BitAnd" => "Vectors.BitwiseAnd",
            "BitOr" => "Vectors.BitwiseOr",
            "Abs" => "Vectors.Abs",
            "Sqrt" => "Vectors.SquareRoot",
            "LessThan" or "LessThanOrEqual" => $"Vectors.{match.Groups[1]}<float>",
            string other => other,
        });
        return Framework().Replace(text.Replace("TVector", "Floats", StringComparison.Ordinal), "global::System.$0");
    }

    [GeneratedRegex(@"^    public readonly struct Formula(?<parameters>\(.*\))? : I(?<idea>Scalar|Vector|Cell)Formula$", RegexOptions.Multiline)]
    private static partial Regex FormulaHead();

    // Only backward reads what is kept.
    [GeneratedRegex(@"^ *units\.Keep\(.*\);\n", RegexOptions.Multiline)]
    private static partial Regex Keep();

    [GeneratedRegex("<TVector(, TUnits)?>")]
    private static partial Regex Parameters();

    [GeneratedRegex(@"\s+where (?:TVector|TUnits) : struct, I\w+<TVector>")]
    private static partial Regex Constraint();

    [GeneratedRegex(@"TVector\.(\w+)(?=\()")]
    private static partial Regex Operation();

    [GeneratedRegex(@"(?<![\w.])(?:BitConverter|Math|MathF|UInt128)\b")]
    private static partial Regex Framework();
}
