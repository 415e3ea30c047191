using System.Globalization;
using NeuralNet.Tests.Training.Clusters;

namespace NeuralNet.Tests;

/// <summary>Trainings of several processes: the same bits for any number of them, whatever happens to them meanwhile.</summary>
public sealed class TrainingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("neuralnet-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void Any_number_of_processes_and_threads_ends_with_the_bits_of_one(string mpi)
    {
        string[] expected = [.. ClusterTraining.Kinds.Select(kind => $"{kind} {ClusterTraining.Run(kind, null)}, process ")];
        foreach (int processes in (int[])[1, 2, 4, 8])
        {
            foreach (int threads in (int[])[1, 2])
            {
                Run run = Run.Of(mpi, processes, $"train all {threads}", signal: null);
                run.Code.Should().Be(0, run.Output);
                foreach (string hash in expected)
                    run.Count(hash).Should().Be(processes, $"of {processes} processes, {threads} threads: {run.Output}");
            }
        }
    }

    [MpiTheory]
    [InlineData("mpich", "TERM")]
    [InlineData("mpich", "INT")]
    [InlineData("openmpi", "USR1")]
    public void A_run_that_is_asked_to_stop_is_taken_up_by_another_number_of_processes_with_the_same_bits(string mpi, string signal)
    {
        const int Epochs = 400;
        string checkpoint = Path.Combine(folder, "run.safetensors");
        Run stopped = Run.Of(mpi, 4, $"train dense 1 {checkpoint} {Epochs}", (_, mpiexec) =>
        {
            SpinWait.SpinUntil(() => File.Exists(checkpoint) || mpiexec.HasExited, TimeSpan.FromSeconds(60));
            Thread.Sleep(300);
            Run.Send(signal, mpiexec.Id);
        });
        (stopped.Code, stopped.Count("stopped")).Should().Be((0, 4), stopped.Output);
        Run finished = Run.Of(mpi, 2, $"train dense 1 {checkpoint} {Epochs}", signal: null);
        finished.Count($"dense {ClusterTraining.Run("dense", null, epochs: Epochs)}, process ").Should().Be(2, finished.Output);
    }

    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void A_run_of_which_processes_are_killed_again_and_again_ends_with_the_same_bits(string mpi)
    {
        const int Epochs = 60;
        int wanted = int.Parse(Environment.GetEnvironmentVariable("NEURALNET_KILLS") ?? "4", CultureInfo.InvariantCulture);
        string kind = mpi == "mpich" ? "convolution" : "attention", expected = ClusterTraining.Run(kind, null, epochs: Epochs);
        var random = new RandomStream(7);
        int[] numbers = [1, 2, 4, 8];
        int kills = 0, runs = 0, inSaves = 0;
        for (int draw = 0; kills < wanted; runs++)
        {
            string checkpoint = Path.Combine(folder, $"run{runs}.safetensors");
            bool isFinished = false;
            while (!isFinished)
            {
                int processes = numbers[(int)(4 * random.Uniform(0, draw))], before = kills;
                double moment = 500 * random.Uniform(1, draw), which = random.Uniform(2, draw);
                DateTime last = File.GetLastWriteTimeUtc(checkpoint);
                Run run = Run.Of(mpi, processes, $"train {kind} 1 {checkpoint} {Epochs}", (_, mpiexec) =>
                {
                    if (kills == wanted)
                        return;
                    SpinWait.SpinUntil(() => File.GetLastWriteTimeUtc(checkpoint) != last || mpiexec.HasExited, TimeSpan.FromSeconds(60));
                    Thread.Sleep((int)moment);
                    int[] ids = ProcessesOf(checkpoint);
                    if (ids.Length < processes)
                        return; // some have come to their end
                    Run.Send("KILL", ids[(int)(which * ids.Length)]);
                    kills++;
                });
                draw++;
                inSaves += Directory.GetFiles(folder, "*.tmp").Length > 0 ? 1 : 0;
                Array.ForEach(Directory.GetFiles(folder, "*.tmp"), File.Delete);
                isFinished = run.Code == 0;
                if (isFinished)
                    run.Count($"{kind} {expected}, process ").Should().Be(processes, $"of run {runs}: {run.Output}");
                else
                    kills.Should().BeGreaterThan(before, run.Output);
                Network.Load(checkpoint).Parameters.Length.Should().BePositive("no checkpoint is unreadable");
            }
        }

        Console.WriteLine($"{mpi}: {kills} killed, {inSaves} in the middle of a save; {runs} runs to the end, of 1, 2, 4 or 8 processes at a time.");
    }

    // The processes that have the checkpoint among their arguments, but for mpiexec and its helpers.
    private static int[] ProcessesOf(string checkpoint)
    {
        var ids = new List<int>();
        foreach (string folder in Directory.GetDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                continue;
            try
            {
                string[] arguments = File.ReadAllText(Path.Combine(folder, "cmdline")).Split('\0');
                if (arguments.Contains(checkpoint) && !Path.GetFileName(arguments[0]).StartsWith("mpiexec", StringComparison.Ordinal)
                    && !arguments[0].Contains("hydra", StringComparison.Ordinal))
                    ids.Add(id);
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return [.. ids];
    }
}
