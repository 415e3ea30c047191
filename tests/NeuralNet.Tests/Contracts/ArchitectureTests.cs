using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace NeuralNet.Tests.Contracts;

/// <summary>The folders of the library are its architecture: code may refer to its own floor and to those below it, never above.</summary>
public class ArchitectureTests
{
    private const int MaxLineLength = 150, MaxLines = 400;

    // From the ground upwards.
    private static readonly string[][] floors =
    [
        ["Formulas"],
        ["Passes", "Kernels"],
        ["Layers", "Activations", "Divergences", "Optimizers", "Initializers", "Schedules"],
        ["Networks"],
        ["Training", "Serialization", "Data", "Verification", "Generation"],
        ["Search", "Diagnosis"],
    ];

    // The nouns that users meet lie at the root; each belongs to the floor of a room.
    private static readonly Dictionary<string, string> nouns = new()
    {
        ["Shape.cs"] = "Formulas",
        ["RandomStream.cs"] = "Passes", // draws by the kernels of Kernels/Random
        ["Batch.cs"] = "Passes",
        ["Initializer.cs"] = "Passes", // the base class alone, which a Block names; the kinds are Initializers'
        ["Layer.cs"] = "Layers",
        ["Activation.cs"] = "Activations",
        ["Divergence.cs"] = "Divergences",
        ["Optimizer.cs"] = "Optimizers",
        ["Schedule.cs"] = "Schedules",
        ["Network.cs"] = "Networks",
    };

    // Arrows that point up all the same, each with its reason. One that is not needed any more fails the test, and is to go.
    private static readonly Dictionary<string, string> allowedArrows = new()
    {
        ["Optimizer.cs → Networks"] = "An optimizer's state is made for a network.",
        ["Optimizers/OptimizerState.cs → Networks"] = "An optimizer's state is made for a network.",
        ["Optimizers/ParameterRange.cs → Networks"] = "Ranges follow from a network's blocks.",
        ["Formulas/KindSettings.cs → Layers"] = "A setting may be a layer: that of a composite.",
        ["Formulas/KindSettings.cs → Activations"] = "A setting may be an activation: that of a layer.",
        ["Formulas/IKind.cs → Layers"] = "What makes a layer from its settings gives a Layer.",
        ["Formulas/IKind.cs → Activations"] = "What makes an activation from its settings gives an Activation.",
    };

    private static readonly string source = Path.Combine(Root(), "src");

    [Fact]
    public void The_root_has_the_ten_nouns_and_nothing_else() =>
        Directory.GetFiles(Path.Combine(source, "NeuralNet"), "*.cs").Select(Path.GetFileName).Should().BeEquivalentTo(nouns.Keys);

    [Fact]
    public void Pointers_of_the_package_for_MPI_are_in_its_bindings_only() =>
        Files("NeuralNet.Mpi").Where(file => !file.StartsWith("Bindings/", StringComparison.Ordinal))
            .Where(file => Regex.IsMatch(File.ReadAllText(Path.Combine(source, "NeuralNet.Mpi", file)), @"\b(unsafe|fixed)\b"))
            .Should().BeEmpty();

    [Fact]
    public void Every_room_is_on_a_floor() =>
        Files("NeuralNet").Select(file => file.Split('/')).Where(parts => parts.Length > 1).Select(parts => parts[0]).Distinct()
            .Should().BeSubsetOf(floors.SelectMany(rooms => rooms));

    [Fact]
    public void Kernels_are_in_rooms_of_3_to_10_files() =>
        Files("NeuralNet").Where(file => file.StartsWith("Kernels/", StringComparison.Ordinal)).GroupBy(file => Path.GetDirectoryName(file))
            .Where(room => room.Key == "Kernels" || room.Count() is < 3 or > 10)
            .Select(room => $"{room.Key}: {room.Count()} files").Should().BeEmpty();

    // What .NET itself puts into an exception is written as the machine's language writes it: −1 with another sign.
    [Fact]
    public void Numbers_are_refused_by_the_guard_alone() =>
        Files("NeuralNet").Where(file => file != "Formulas/Guard.cs")
            .Where(file => Regex.IsMatch(
                File.ReadAllText(Path.Combine(source, "NeuralNet", file)), @"ArgumentOutOfRangeException(\.Throw|\(\s*(nameof|name\b))"))
            .Should().BeEmpty("Guard.OutOfRange, Count and AtLeast are there for it");

    [Fact]
    public void Lines_and_files_are_short()
    {
        string root = Root();
        IEnumerable<string> files = new[] { "src", "tests", "samples" }
            .SelectMany(folder => FilesIn(Path.Combine(root, folder)).Select(file => $"{folder}/{file}")).Order(StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (string file in files)
        {
            string[] lines = File.ReadAllLines(Path.Combine(root, file));
            if (lines.Length > MaxLines)
                wrong.Add($"{file} has {lines.Length} lines; at most {MaxLines} were expected");
            wrong.AddRange(lines.Index().Where(line => line.Item.Length > MaxLineLength)
                .Select(line => $"{file}:{line.Index + 1} has {line.Item.Length} characters; at most {MaxLineLength} were expected"));
        }

        string.Join('\n', wrong).Should().BeEmpty();
    }

    [Fact]
    public void Arrows_point_down_only_and_pointers_are_in_kernels_only()
    {
        CSharpCompilation library = Compile();
        string[] wrong =
            [.. library.SyntaxTrees.AsParallel().Where(tree => tree.FilePath.Length > 0).SelectMany(tree => Wrong(library, tree)).Distinct()];
        string.Join('\n', wrong.Where(one => !allowedArrows.Keys.Any(one.StartsWith)).Order(StringComparer.Ordinal)).Should().BeEmpty();
        allowedArrows.Keys.Where(allowed => !wrong.Any(one => one.StartsWith(allowed, StringComparison.Ordinal)))
            .Should().BeEmpty("an exception that nothing needs is to go");
    }

    private static IEnumerable<string> Wrong(CSharpCompilation library, SyntaxTree tree)
    {
        string file = tree.FilePath;
        SemanticModel model = library.GetSemanticModel(tree);
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
        {
            if (IsUnsafe(node) && RoomOf(file) != "Kernels")
                yield return $"{file}: pointers";
            if (node is not (SimpleNameSyntax or BaseObjectCreationExpressionSyntax))
                continue;
            SymbolInfo info = model.GetSymbolInfo(node);
            if (info.Symbol is null && info.CandidateReason is not (CandidateReason.None or CandidateReason.MemberGroup))
                yield return $"{file}: {node} is not understood";
            if (info.Symbol is { } symbol && FileOf(symbol) is { } used && Floor(used) > Floor(file))
                yield return $"{file} → {RoomOf(used)}: {symbol.Name}";
        }
    }

    private static CSharpCompilation Compile()
    {
        var parsing = new CSharpParseOptions(LanguageVersion.Preview);
        string[] names =
            ["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"];
        string usings = string.Concat(names.Select(name => $"global using {name};"));
        IEnumerable<SyntaxTree> trees = Files("NeuralNet")
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(source, "NeuralNet", file)), parsing, file));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path));
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
        return CSharpCompilation.Create("NeuralNet", [CSharpSyntaxTree.ParseText(usings, parsing), .. trees], references, options);
    }

    // Where a symbol is declared: a member in its own file, a partial type in the lowest of its files; null for locals and for what is
    // not the library's.
    private static string? FileOf(ISymbol symbol)
    {
        symbol = symbol is IMethodSymbol { ReducedFrom: { } extension } ? extension.OriginalDefinition : symbol.OriginalDefinition;
        if (symbol is IMethodSymbol { IsImplicitlyDeclared: true })
            symbol = symbol.ContainingType;
        return symbol is INamedTypeSymbol or IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol
            ? symbol.DeclaringSyntaxReferences.Select(reference => reference.SyntaxTree.FilePath).Where(file => file.Length > 0).MinBy(Floor)
            : null;
    }

    private static bool IsUnsafe(SyntaxNode node) =>
        node is PointerTypeSyntax or FunctionPointerTypeSyntax or UnsafeStatementSyntax or FixedStatementSyntax
        || (node is MemberDeclarationSyntax member && member.Modifiers.Any(SyntaxKind.UnsafeKeyword));

    private static int Floor(string file) => Array.FindIndex(floors, rooms => rooms.Contains(RoomOf(file)));

    private static string RoomOf(string file) => nouns.TryGetValue(file, out string? room) ? room : file.Split('/')[0];

    // All source files of a package, relative to its folder.
    private static IEnumerable<string> Files(string package) => FilesIn(Path.Combine(source, package));

    private static IEnumerable<string> FilesIn(string folder) =>
        Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "obj" or "bin"));

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "NeuralNet.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"No NeuralNet.sln was found above {AppContext.BaseDirectory}.");
    }
}
