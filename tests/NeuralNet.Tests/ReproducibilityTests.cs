using System.Diagnostics;

namespace NeuralNet.Tests;

/// <summary>The same seed and data give the same bits: twice, on other vector widths, with other numbers of threads.</summary>
public class ReproducibilityTests
{
    private static readonly string expected = Fingerprint.Compute(threads: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Training_again_gives_the_same_bits_with_any_number_of_threads(int threads) =>
        Fingerprint.Compute(threads).Should().Be(expected);

    // Each child also says how wide its vectors are, so that a switch that did nothing would show.
    [Theory]
    [InlineData("DOTNET_EnableAVX512", "0", 256)]
    [InlineData("DOTNET_PreferredVectorBitWidth", "256", 256)]
    [InlineData("DOTNET_PreferredVectorBitWidth", "128", 128)]
    [InlineData("DOTNET_EnableAVX", "0", 128)]
    [InlineData("DOTNET_TieredCompilation", "0", 512)]
    public async Task A_process_with_narrower_vectors_gives_the_same_bits(string variable, string value, int widest)
    {
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", $"exec \"{typeof(Fingerprint).Assembly.Location}\"")
        {
            RedirectStandardOutput = true,
        };
        start.Environment[variable] = value;
        using Process child = Process.Start(start)!;
        string[] answer = (await child.StandardOutput.ReadToEndAsync()).Trim().Split(' ');
        await child.WaitForExitAsync();
        child.ExitCode.Should().Be(0);
        int.Parse(answer[0], System.Globalization.CultureInfo.InvariantCulture)
            .Should().BeLessThanOrEqualTo(Math.Min(widest, Fingerprint.WidestVector));
        answer[1].Should().Be(expected);
    }
}
