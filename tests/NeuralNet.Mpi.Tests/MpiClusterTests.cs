using System.Diagnostics;

namespace NeuralNet.Tests;

/// <summary>Several processes on this machine, with both MPIs.</summary>
public class MpiClusterTests
{
    // Each process has a deadline of its own; the launchers need up to 3 s to end a run.
    private static readonly TimeSpan seconds = TimeSpan.FromSeconds(15);

    [MpiTheory]
    [InlineData("mpich", 1)]
    [InlineData("mpich", 3)]
    [InlineData("openmpi", 1)]
    [InlineData("openmpi", 3)]
    public void Each_process_knows_its_number(string mpi, int processes)
    {
        Run run = Finishes(mpi, processes, "who");
        for (int rank = 0; rank < processes; rank++)
            run.Count($"MpiCluster: process {rank} of {processes}").Should().Be(1);
    }

    [MpiTheory]
    [InlineData("mpich", 2)]
    [InlineData("mpich", 3)]
    [InlineData("openmpi", 2)]
    [InlineData("openmpi", 3)]
    public void Bytes_of_any_length_arrive_and_nothing_is_allocated(string mpi, int processes) =>
        Finishes(mpi, processes, "bits").Count("right, 0 bytes allocated").Should().Be(processes);

    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void Another_number_of_bytes_is_refused_by_both(string mpi)
    {
        Run run = Finishes(mpi, 2, "lengths");
        run.Output.Should().Contain("16 bytes were expected from process 1, but got: 8 bytes.")
            .And.Contain("8 bytes were expected from process 0, but got: ");
    }

    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void Wrong_arguments_are_refused(string mpi)
    {
        Run run = Finishes(mpi, 2, "arguments");
        run.Count("must be another process, from 0 to 1 and not").Should().Be(6);
        run.Count("As many bytes are received as are sent, at least 1; but got room for ").Should().Be(4);
        run.Count("Cannot access a disposed object").Should().Be(2);
    }

    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void Nobody_joins_twice(string mpi) => Finishes(mpi, 2, "twice").Count("This process has joined before.").Should().Be(2);

    // UCX, which MPICH brings along, would take the signal for itself.
    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void A_null_reference_can_be_caught(string mpi) => Finishes(mpi, 2, "null").Count("caught").Should().Be(2);

    // The codes are those of the launchers; what counts is that none is 0. MPICH's mixes the codes of processes that a signal ended: null.
    [MpiTheory]
    [InlineData("code", "", 3, 3)]
    [InlineData("return", "process 1 of 3: the process ended without Dispose of its MpiCluster.", 1, 1)]
    [InlineData("exit 0", "process 1 of 3: the process ended without Dispose of its MpiCluster.", 1, 1)]
    [InlineData("exit 5", "process 1 of 3: the process ended without Dispose of its MpiCluster.", 5, 5)]
    [InlineData("exit 256", "process 1 of 3: the process ended without Dispose of its MpiCluster.", 1, 1)]
    [InlineData("elsewhere", "process 1 of 3: the process ended without Dispose of its MpiCluster.", 4, 4)]
    [InlineData("throw", "process 1 of 3: unhandled exception. System.InvalidOperationException: thrown by process 1", 1, 1)]
    [InlineData("thread", "process 1 of 3: unhandled exception. System.InvalidOperationException: thrown by a thread of process 1", 1, 1)]
    [InlineData("failfast", "process 1 fails fast", null, 134)]
    [InlineData("kill", "", null, 137)]
    [InlineData("wait", " for 00:00:02, so the run is ended. If processes take longer between two meetings, give", 1, 1)]
    [InlineData("finish", ": the other processes did not come to their end.", null, 134)]
    public void A_process_that_fails_ends_all(string verb, string words, int? mpich, int openMpi)
    {
        foreach ((string mpi, int? code) in ((string, int?)[])[("mpich", mpich), ("openmpi", openMpi)])
        {
            long began = Stopwatch.GetTimestamp();
            Run run = Run.Of(mpi, 3, verb);
            Stopwatch.GetElapsedTime(began).Should().BeLessThan(seconds);
            if (words.Length > 0)
                run.Output.Should().Contain(words);
            run.Code.Should().NotBe(0).And.Be(code ?? run.Code, run.Output);
        }
    }

    [MpiTheory]
    [InlineData("mpich", "INT", 0)]
    [InlineData("mpich", "TERM", 0)]
    [InlineData("mpich", "USR1", 0)]
    [InlineData("openmpi", "INT", 1)] // a SIGTERM after some seconds, and the end as many later
    [InlineData("openmpi", "TERM", 1)]
    [InlineData("openmpi", "USR1", 0)]
    public void A_signal_asks_all_to_stop(string mpi, string signal, int code)
    {
        // On a busy machine the second that Open MPI leaves is short.
        Run run = Run.Of(mpi, 3, "stop", signal, "OMPI_MCA_odls_base_sigkill_timeout=5");
        run.Count("stopped after ").Should().Be(3, run.Output);
        run.Code.Should().Be(code, run.Output);
    }

    [MpiTheory]
    [InlineData("mpich", "openmpi", "Open MPI")]
    [InlineData("openmpi", "mpich", "MPICH")]
    public void A_library_that_is_not_the_launchers_is_found_out(string launcher, string library, string name)
    {
        Run run = Run.Of(launcher, 2, "who", variables: $"NEURALNET_MPI={library}");
        run.Output.Should().Contain($"The launcher has started 2 processes, but {name} knows of 1: the launcher belongs to another MPI.");
        run.Code.Should().NotBe(0);

        string file = library == "mpich" ? "libmpich.so.12" : "libmpi.so.40";
        run = Run.Of(launcher, 2, "who", variables: $"NEURALNET_MPI_LIBRARY={file}");
        run.Output.Should().Contain($"{file} is the library of {name}, but the process was started for");
        run.Code.Should().NotBe(0);
    }

    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void None_makes_each_process_one_by_itself(string mpi) =>
        Run.Of(mpi, 2, "who", variables: "NEURALNET_MPI=none").Count("MpiCluster: process 0 of 1").Should().Be(2);

    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void Who_has_other_data_ends_the_run(string mpi)
    {
        Run run = Run.Of(mpi, 2, "differ");
        run.Output.Should().Contain("unhandled exception. NeuralNet.ClusterException: The processes differ in ");
        run.Code.Should().Be(1);
    }

    [MpiTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public void Who_leaves_by_an_exception_that_is_caught_later_ends_the_run(string mpi)
    {
        Run run = Run.Of(mpi, 4, "caught");
        run.Count("process 1 does not come").Should().Be(1, run.Output);
        run.Output.Should().Contain("but process 1 of 4 has left"); // by three, of which Open MPI ends those that are not quick
        run.Code.Should().Be(1);
    }

    private static Run Finishes(string mpi, int processes, string verb)
    {
        Run run = Run.Of(mpi, processes, verb);
        run.Output.Should().Contain("finished");
        run.Code.Should().Be(0, run.Output);
        return run;
    }
}
