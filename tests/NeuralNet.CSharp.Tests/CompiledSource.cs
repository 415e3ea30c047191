using System.Collections.Immutable;
using System.Reflection;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace NeuralNet.CSharp.Tests;

/// <summary>Generated files, compiled as the strictest of default projects would: .NET 8, C# 12, no unsafe code, warnings are errors.</summary>
internal sealed class CompiledSource
{
    private readonly Assembly assembly;

    public CompiledSource(IEnumerable<string> files, bool checkOverflow = false)
    {
        // As a file that is generated and so is not told about nullability by the project; documented, because libraries are.
        var options = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            optimizationLevel: OptimizationLevel.Release, checkOverflow: checkOverflow, allowUnsafe: false,
            generalDiagnosticOption: ReportDiagnostic.Error, warningLevel: 9999, nullableContextOptions: NullableContextOptions.Enable);
        var parsing = new CSharpParseOptions(LanguageVersion.CSharp12, DocumentationMode.Diagnose);
        var compilation =
            CSharpCompilation.Create("Exported", files.Select(file => CSharpSyntaxTree.ParseText(file, parsing)), Net80.References.All, options);
        using var image = new MemoryStream();
        ImmutableArray<Diagnostic> found = compilation.Emit(image).Diagnostics;
        string[] wrong =
        [
            .. found.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning).Take(5)
                .Select(diagnostic => $"{diagnostic}: {Line(diagnostic)}"),
        ];
        if (wrong.Length > 0)
            Assert.Fail(string.Join("\n", wrong));
        assembly = Assembly.Load(image.ToArray());
    }

    public delegate void PredictRow(ReadOnlySpan<float> x, Span<float> y);

    public delegate float[] PredictAnew(ReadOnlySpan<float> x);

    public IEnumerable<string> ReferencedAssemblies => assembly.GetReferencedAssemblies().Select(name => name.Name!);

    public PredictRow Predict(string className) =>
        Type(className).GetMethod("Predict", [typeof(ReadOnlySpan<float>), typeof(Span<float>)])!.CreateDelegate<PredictRow>();

    public PredictAnew PredictToArray(string className) =>
        Type(className).GetMethod("Predict", [typeof(ReadOnlySpan<float>)])!.CreateDelegate<PredictAnew>();

    public int Constant(string className, string name) => (int)Type(className).GetField(name)!.GetRawConstantValue()!;

    private Type Type(string className) => assembly.GetType(className, throwOnError: true)!;

    private static string Line(Diagnostic diagnostic) =>
        diagnostic.Location.SourceTree?.GetText().Lines[diagnostic.Location.GetLineSpan().StartLinePosition.Line].ToString().Trim() ?? "";
}
