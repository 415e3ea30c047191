using System.Diagnostics;

namespace NeuralNet.Tests;

/// <summary>What needs no MPI: one process, and words about libraries that are not there.</summary>
public class AloneTests
{
    // What a shell starts in the background may have been told to ignore Ctrl-C, and so do the processes that it starts.
    private static readonly bool ignoresInterrupts = File.Exists("/proc/self/status") && File.ReadLines("/proc/self/status")
        .Any(line => line.StartsWith("SigIgn:", StringComparison.Ordinal) && (Convert.ToUInt64(line[7..].Trim(), 16) & 2) != 0);

    [Fact]
    public void Without_a_launcher_there_is_one_process()
    {
        for (int times = 0; times < 2; times++)
        {
            using MpiCluster cluster = MpiCluster.Join();
            (cluster.Rank, cluster.Size, cluster.IsStopRequested).Should().Be((0, 1, false));
            $"{cluster}".Should().Be("MpiCluster: process 0 of 1");
            cluster.Dispose();
        }
    }

    [Theory]
    [InlineData(0, "00:00:00")]
    [InlineData(-2, "-00:00:00.0020000")]
    public void A_timeout_that_is_none_is_refused(int milliseconds, string given) =>
        new Func<MpiCluster>(() => MpiCluster.Join(TimeSpan.FromMilliseconds(milliseconds))).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage($"timeout must be at least a millisecond, or Timeout.InfiniteTimeSpan.*{given}*").WithParameterName("timeout");

    [Fact]
    public void An_infinite_timeout_is_none()
    {
        using MpiCluster cluster = MpiCluster.Join(Timeout.InfiniteTimeSpan);
        cluster.Size.Should().Be(1);
    }

    [Fact]
    public void Signals_ask_to_stop_and_do_not_end_the_process()
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (string signal in (string[])["USR1", "TERM", .. ignoresInterrupts ? (string[])[] : ["INT"]])
        {
            using MpiCluster cluster = MpiCluster.Join();
            for (int times = 0; times < 2; times++) // the second one, at once, is taken for the same
            {
                using Process kill = Process.Start("kill", [$"-{signal}", $"{Environment.ProcessId}"]);
                kill.WaitForExit();
            }

            SpinWait.SpinUntil(() => cluster.IsStopRequested, TimeSpan.FromSeconds(20)).Should().BeTrue();
        }
    }

    [Fact]
    public void A_second_interruption_ends_the_process()
    {
        if (OperatingSystem.IsWindows() || ignoresInterrupts)
            return;
        string program = Path.Combine(AppContext.BaseDirectory, "NeuralNet.Mpi.Tests.Program.dll");
        using Process process = Process.Start(new ProcessStartInfo("dotnet", [program, "deaf"]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadLine().Should().Be("running");
        Interrupt();
        process.WaitForExit(TimeSpan.FromSeconds(1.5)).Should().BeFalse();
        Interrupt();
        process.WaitForExit(TimeSpan.FromSeconds(20)).Should().BeTrue();
        process.ExitCode.Should().Be(130); // 128 and the number of SIGINT

        void Interrupt() => Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
    }

    [Theory]
    [InlineData(MpiKind.Mpich, "/no/libmpich.so", "*for MPICH*under /no/libmpich.so. Install it (*apt-get install mpich), or set NEURALNET_MPI_L*")]
    [InlineData(MpiKind.OpenMpi, "/no/libmpi.so", "*for Open MPI*under /no/libmpi.so. Install it (*apt-get install openmpi-bin), or set*")]
    internal void A_library_that_is_missing_is_said(MpiKind kind, string path, string words) => Refuses(kind, path, words);

    [Fact]
    public void A_library_that_is_not_MPI_is_refused()
    {
        if (OperatingSystem.IsLinux())
            Refuses(MpiKind.Mpich, "libc.so.6", "libc.so.6 is no MPI, but the process was started for MPICH. Correct NEURALNET_MPI_LIBRARY, or set*");
    }

    private static void Refuses(MpiKind kind, string path, string words) => new Action(() => MpiLibrary.Load(kind, path))
        .Should().Throw<ClusterException>().WithMessage(OperatingSystem.IsWindows() ? "MPI is supported on Linux and macOS*" : words);
}
