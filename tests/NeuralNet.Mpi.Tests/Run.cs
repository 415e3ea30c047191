using System.Diagnostics;
using System.Text;

namespace NeuralNet.Tests;

/// <summary>The program of the tests in several processes, started by an MPI's mpiexec.</summary>
/// <remarks>NEURALNET_MPI_PROGRAM is a binary to be tested instead: the same program, published as native code.</remarks>
internal sealed class Run
{
    private readonly StringBuilder text = new();

    /// <summary>The exit code of mpiexec.</summary>
    public int Code { get; private set; }

    /// <summary>What all processes and mpiexec have written.</summary>
    public string Output
    {
        get
        {
            lock (text)
                return text.ToString();
        }
    }

    /// <summary>How often a text was written.</summary>
    public int Count(string what) => Output.Split(what).Length - 1;

    /// <summary>Runs it to its end.</summary>
    /// <param name="mpi">mpich or openmpi.</param>
    /// <param name="processes">How many.</param>
    /// <param name="verb">What they do, in words of the program.</param>
    /// <param name="variables">Environment variables, NAME=VALUE.</param>
    /// <param name="signal">What mpiexec is sent as soon as all processes write "running".</param>
    public static Run Of(string mpi, int processes, string verb, string? signal = null, params string[] variables) =>
        Of(mpi, processes, verb, signal is null ? null : (run, mpiexec) =>
        {
            SpinWait.SpinUntil(() => run.Count("running") == processes || mpiexec.HasExited, TimeSpan.FromSeconds(60));
            Send(signal, mpiexec.Id);
        }, variables);

    /// <summary>Runs it to its end, and does something meanwhile, with the process of mpiexec.</summary>
    public static Run Of(string mpi, int processes, string verb, Action<Run, Process>? meanwhile, params string[] variables)
    {
        string folder = Directory.CreateTempSubdirectory("neuralnet-").FullName;
        string[] program = Environment.GetEnvironmentVariable("NEURALNET_MPI_PROGRAM") is { Length: > 0 } binary
            ? [binary] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "NeuralNet.Mpi.Tests.Program.dll")];
        var start = new ProcessStartInfo($"mpiexec.{mpi}", ["-n", $"{processes}", .. program, .. verb.Split(' ')])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Open MPI leaves files of runs that were killed behind; root and more processes than cores need its leave; a terminal that it makes
        // for the processes would get signs of .NET.
        foreach (string one in (string[])[
            $"OMPI_MCA_orte_tmpdir_base={folder}", $"OMPI_MCA_btl_vader_backing_directory={folder}", "OMPI_MCA_btl=self,vader", "TERM=dumb",
            "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMPI_MCA_rmaps_base_oversubscribe=1", .. variables])
        {
            start.Environment[one[..one.IndexOf('=')]] = one[(one.IndexOf('=') + 1)..];
        }

        try
        {
            using Process process = Process.Start(start)!;
            var run = new Run();
            process.OutputDataReceived += run.Add;
            process.ErrorDataReceived += run.Add;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.StandardInput.Close();
            meanwhile?.Invoke(run, process);
            if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{mpi}, {verb}: {run.Output}");
            }

            process.WaitForExit(); // the last lines, too
            run.Code = process.ExitCode;
            return run;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Sends a signal to a process.</summary>
    public static void Send(string signal, int process)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process}"]);
        kill.WaitForExit();
    }

    private void Add(object sender, DataReceivedEventArgs e)
    {
        lock (text)
            text.AppendLine(e.Data);
    }
}
