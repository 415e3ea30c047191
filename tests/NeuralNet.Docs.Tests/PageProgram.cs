using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace NeuralNet.Docs.Tests;

/// <summary>
/// The program of a page: all its blocks of C#, one after the other. What they import comes first, then their statements as
/// the body of one method, then the types that they declare. Lines keep the numbers that they have on the page.
/// </summary>
internal sealed partial class PageProgram
{
    private const string Fence = "csharp", Body = "Page", Method = "Run";

    // What a project with implicit usings has.
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> references = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    private readonly string space;

    public PageProgram(Page page)
    {
        space = "Page_" + NotInNames().Replace(page.Name, "_");
        Source = Assemble(page, space);
    }

    /// <summary>The namespace of the page, a class in it, and that class's method, to be called.</summary>
    public string EntryPoint => $"{space}.{Body}.{Method}";

    /// <summary>The whole program.</summary>
    public string Source { get; }

    /// <summary>Whether a page has anything to run.</summary>
    public static bool IsIn(Page page) => page.Blocks.Any(block => block.Fence == Fence);

    /// <summary>Compiles the program and runs it.</summary>
    /// <returns>What it has written to the console.</returns>
    public string Run()
    {
        MethodInfo method = Compile().GetType($"{space}.{Body}", throwOnError: true)!.GetMethod(Method)!;
        using var printed = new StringWriter { NewLine = "\n" };
        TextWriter before = Console.Out;
        Console.SetOut(printed);
        try
        {
            method.CreateDelegate<Action>()();
        }
        finally
        {
            Console.SetOut(before);
        }

        return printed.ToString();
    }

    private Assembly Compile()
    {
        var parse = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            space,
            [CSharpSyntaxTree.ParseText(ImplicitUsings, parse), CSharpSyntaxTree.ParseText(SourceText.From(Source, Encoding.UTF8), parse)],
            references.Value,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable,
                optimizationLevel: OptimizationLevel.Release));
        using var image = new MemoryStream();
        using var symbols = new MemoryStream();
        EmitResult result = compilation.Emit(image, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        string[] problems =
        [
            .. result.Diagnostics.Where(found => found.Severity >= DiagnosticSeverity.Warning).Select(found => found.ToString()),
        ];
        problems.Should().BeEmpty("the examples of a page make a program without warnings");
        image.Position = symbols.Position = 0;
        return AssemblyLoadContext.Default.LoadFromStream(image, symbols);
    }

    private static string Assemble(Page page, string space)
    {
        StringBuilder imports = new(), statements = new(), types = new();
        foreach (Block block in page.Blocks.Where(block => block.Fence == Fence))
        {
            CompilationUnitSyntax unit = CSharpSyntaxTree.ParseText(block.Text).GetCompilationUnitRoot();
            foreach (UsingDirectiveSyntax import in unit.Usings)
                Append(imports, import);
            foreach (MemberDeclarationSyntax member in unit.Members)
                Append(member is GlobalStatementSyntax ? statements : types, member);

            void Append(StringBuilder to, SyntaxNode node)
            {
                TextSpan span = node.FullSpan;
                int line = block.Line + block.Text.AsSpan(0, span.Start).Count('\n');
                to.Append($"#line {line} \"{page.Name}\"\n{block.Text.AsSpan(span.Start, span.Length)}\n");
            }
        }

        return $$"""
            namespace {{space}}
            {
            {{imports}}
            public static class {{Body}}
            {
            public static void {{Method}}()
            {
            {{statements}}
            #line default
            }
            }
            {{types}}
            #line default
            }

            """.ReplaceLineEndings("\n");
    }

    [GeneratedRegex("[^A-Za-z0-9]")]
    private static partial Regex NotInNames();
}
