using System.Globalization;
using System.Reflection;
using Basic.Reference.Assemblies;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NeuralNet.CSharp;

namespace NeuralNet.Benchmarks;

/// <summary>What the C# source of a network takes for one row, beside the library on one thread.</summary>
internal static class CSharpSpeed
{
    // So often each is timed, in turn with the other: what else the machine does meets both.
    private const int Rounds = 40;

    private delegate void PredictRow(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>Prints, for each network whose name contains the filter, the microseconds of both, their ratio, and the size of the source.</summary>
    /// <param name="filter">A part of the name.</param>
    /// <exception cref="InvalidOperationException">The source does not compile, or predicts other bits than the library.</exception>
    public static void Report(string filter)
    {
        (string Name, Network Network)[] networks =
            [.. Workloads.OneRow().Where(one => one.Name.Contains(filter, StringComparison.Ordinal)).Select(one => (one.Name, one.Build()))];
        string[] sources = [.. networks.Select(one => one.Network.ToCSharp($"Of_{one.Name}"))];
        Assembly compiled = Compile(sources);
        Console.WriteLine("network\tsource µs\tlibrary µs\tratio\tsource KB");
        foreach (((string name, Network network), string source) in networks.Zip(sources))
        {
            PredictRow predict = compiled.GetType($"Of_{name}", throwOnError: true)!
                .GetMethod("Predict", [typeof(ReadOnlySpan<float>), typeof(Span<float>)])!.CreateDelegate<PredictRow>();
            (double own, double library) = Compare(name, network, predict);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name}\t{own:F2}\t{library:F2}\t{own / library:F2}\t{source.Length / 1024}"));
        }
    }

    private static (double Own, double Library) Compare(string name, Network network, PredictRow predict)
    {
        using Workspace workspace = network.CreateWorkspace(maxRows: 1, threads: 1, training: false);
        float[] x = Workloads.Values(network.Input.Size), y = new float[network.Output.Size], expected = new float[y.Length];
        Action own = () => predict(x, y), library = () => network.Predict(x, expected, 1, workspace);
        double bestOwn = Timing.Best(own, round: 0.01), bestLibrary = Timing.Best(library, round: 0.01);
        for (int round = 0; round < Rounds; round++)
        {
            bestOwn = Math.Min(bestOwn, Timing.Best(own, warmUp: 0.004, round: 0.002));
            bestLibrary = Math.Min(bestLibrary, Timing.Best(library, warmUp: 0.004, round: 0.002));
        }

        if (!y.AsSpan().SequenceEqual(expected))
            throw new InvalidOperationException($"The source of {name} predicts other values than the library.");
        return (bestOwn, bestLibrary);
    }

    // As projects that take the file do at the least: .NET 8 and C# 12.
    private static Assembly Compile(IEnumerable<string> sources)
    {
        var parsing = new CSharpParseOptions(LanguageVersion.CSharp12);
        var compilation = CSharpCompilation.Create(
            "Exported", sources.Select(source => CSharpSyntaxTree.ParseText(source, parsing)), Net80.References.All,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        using var image = new MemoryStream();
        Diagnostic? wrong = compilation.Emit(image).Diagnostics.FirstOrDefault(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        return wrong is null ? Assembly.Load(image.ToArray()) : throw new InvalidOperationException($"The source does not compile: {wrong}.");
    }
}
