using System.Diagnostics;
using System.Globalization;
using NeuralNet.Tests.Serialization;

namespace NeuralNet.Tests.Training;

/// <summary>
/// Processes that train and save a checkpoint after every step are killed at random moments, in the middle of a save too. NEURALNET_KILLS
/// says how many; a few are enough for every day.
/// </summary>
public sealed class KilledTrainingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_that_is_killed_again_and_again_ends_with_the_same_bits(bool fromFile)
    {
        string? rows = fromFile ? Path.Combine(folder, "rows") : null;
        if (rows is not null)
            InterruptedTraining.Data.Save(rows);
        string expected = InterruptedTraining.Run(null, rows);
        int wanted = int.Parse(Environment.GetEnvironmentVariable("NEURALNET_KILLS") ?? "4", CultureInfo.InvariantCulture);
        var moments = new RandomStream(5);
        int kills = 0, runs = 0, checkpoints = 0, inSaves = 0;
        for (int draw = 0; kills < wanted; runs++)
        {
            // A run that is killed until it comes to its end by itself.
            string path = Path.Combine(folder, $"run{runs}.safetensors");
            string? hash = null;
            while (hash is null)
            {
                double moment = moments.Uniform(0, draw++);
                hash = RunUntil(path, rows, kills < wanted, afterFirstSave: draw % 8 != 0, milliseconds: 250 * moment);
                if (hash is not null)
                    continue;
                kills++;
                if (Directory.GetFiles(folder, "*.tmp") is { Length: > 0 } halves)
                {
                    inSaves++;
                    Array.ForEach(halves, File.Delete);
                }

                if (!File.Exists(path))
                    continue; // it had not come so far
                checkpoints++;
                Network.Load(path, SavedNetworks.Own).Parameters.Length.Should().BePositive("no checkpoint is unreadable");
            }

            hash.Should().Be(expected, $"of run {runs}");
        }

        checkpoints.Should().BePositive("some must be killed after their first checkpoint");
        Console.WriteLine($"{kills} killed, {checkpoints} of them with a checkpoint, {inSaves} in the middle of a save; {runs} runs to the end.");
    }

    // What the process said; null if it was killed. How long a process takes to start is not known, so most moments are counted
    // from the first checkpoint that it saves.
    private static string? RunUntil(string checkpoint, string? rows, bool kills, bool afterFirstSave, double milliseconds)
    {
        DateTime before = File.GetLastWriteTimeUtc(checkpoint);
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] files = rows is null ? [checkpoint] : [checkpoint, rows];
        using Process child = Process.Start(new ProcessStartInfo(dotnet, ["exec", typeof(Fingerprint).Assembly.Location, .. files])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        bool isKilled = false;
        if (kills)
        {
            while (afterFirstSave && !child.WaitForExit(1) && File.GetLastWriteTimeUtc(checkpoint) == before)
            {
            }

            if (!child.WaitForExit((int)milliseconds))
            {
                child.Kill(); // SIGKILL, or what comes nearest to it
                isKilled = true;
            }
        }

        string answer = child.StandardOutput.ReadToEnd().Trim(), errors = child.StandardError.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode == 0)
            return answer;
        isKilled.Should().BeTrue($"nothing but a kill may end it: {errors}");
        errors.Should().BeEmpty();
        return null;
    }
}
