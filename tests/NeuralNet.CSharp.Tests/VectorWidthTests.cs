using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.CSharp.Tests;

/// <summary>What a process of its own compares: exported source with the library, on the vectors that it has been left.</summary>
internal static class VectorWidths
{
    // What needs different code with other widths: rows and columns of products, lanes of sums, and the functions.
    private static readonly string[] names =
        ["Digits", "BidirectionalLstm", "GateVariants", "Residual", "EmbeddingClassifier", "Causal", "Separable", "Autoencoder"];

    public static int Count => names.Length + SourceSamples.OddSizes().Count();

    public static void Main()
    {
        (string Name, Network Network)[] networks =
        [
            .. SourceSamples.Networks.Where(one => names.Contains(one.Name)),
            .. SourceSamples.OddSizes().Select((layer, i) => ($"Odd{i}", SourceSamples.Of(layer))),
        ];
        CompiledSource source = new(networks.Select(one => one.Network.ToCSharp(one.Name, "Child")));
        foreach ((string name, Network network) in networks)
        {
            foreach ((string input, float[] x) in SourceSamples.Inputs(network).Take(3))
                source.PredictToArray($"Child.{name}")(x).ShouldHaveTheBitsOf(network.Predict(x), $"{name}, {input}");
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{networks.Length} {Vector<float>.Count}"));
    }
}

/// <summary>Exported source has the bits of the library with vectors of every width, and without multiply-adds in hardware.</summary>
public class VectorWidthTests
{
    // Each child says how wide its vectors are, so that a switch that did nothing would show.
    [Theory]
    [InlineData("DOTNET_EnableAVX512", "0", 8)]
    [InlineData("DOTNET_EnableHWIntrinsic", "0", 4)]
    [InlineData("DOTNET_MaxVectorTBitWidth", "512", 16)]
    public async Task A_process_with_other_vectors_predicts_the_same_bits(string variable, string value, int widest)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", $"exec \"{typeof(VectorWidthTests).Assembly.Location}\"")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[variable] = value;
        using Process child = Process.Start(start)!;
        Task<string> wrong = child.StandardError.ReadToEndAsync();
        string[] answer = (await child.StandardOutput.ReadToEndAsync()).Trim().Split(' ');
        await child.WaitForExitAsync();
        child.ExitCode.Should().Be(0, await wrong);
        answer[0].Should().Be(VectorWidths.Count.ToString(CultureInfo.InvariantCulture));
        int.Parse(answer[1], CultureInfo.InvariantCulture).Should().BeLessThanOrEqualTo(widest);
    }
}
