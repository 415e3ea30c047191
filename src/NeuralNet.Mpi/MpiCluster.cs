namespace NeuralNet;

/// <summary>The processes that mpiexec has started, with MPICH or Open MPI.</summary>
/// <remarks><para><c>using MpiCluster cluster = MpiCluster.Join();</c> at the beginning of the program, and <c>mpiexec -n 4 program</c>. Started
/// without a launcher the program is one process, number 0 of 1, and needs no MPI.</para>
/// <para>A process leaves with <see cref="Cluster.Dispose()"/>, where it waits for the others. One that ends without it (by an exception that nobody
/// catches, <see cref="Environment.Exit"/>, a signal, or the end of its main program) ends the whole run, with an exit code other than 0.</para>
/// <para>Environment variables: <c>NEURALNET_MPI</c> (mpich, openmpi, or none: each process by itself) is believed before what the launcher's
/// variables say; <c>NEURALNET_MPI_LIBRARY</c> is the path of MPI's library where it is not found.</para></remarks>
public sealed class MpiCluster : Cluster
{
    private static bool hasJoined; // MPI can be started once in the life of a process

    private readonly MpiLibrary? library; // null: one process
    private readonly StopSignals signals;
    private readonly long timeout;
    private bool isLeft;

    private MpiCluster(MpiLibrary? library, long timeout)
    {
        (this.library, this.timeout) = (library, timeout);
        signals = new StopSignals();
        if (library is null)
            return;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandledException;
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    /// <inheritdoc/>
    public override int Rank => library?.Rank ?? 0;

    /// <inheritdoc/>
    public override int Size => library?.Size ?? 1;

    /// <summary>Whether this process has got Ctrl-C (SIGINT), SIGTERM or SIGUSR1 since it joined. They do not end it; only a second Ctrl-C does that,
    /// more than a second after the first signal.</summary>
    public override bool IsStopRequested => signals.IsRequested;

    /// <summary>Joins the processes that were started together with this one. All of them call it, once.</summary>
    /// <param name="timeout">For how long nothing may come from another process while this one waits for it; then the whole run is ended. Null:
    /// 30 minutes. It must be longer than what one process does while the others wait: reading data, for example.
    /// <see cref="Timeout.InfiniteTimeSpan"/>: for ever.</param>
    /// <returns>The cluster; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="timeout"/> is less than a millisecond.</exception>
    /// <exception cref="ClusterException">The launcher does not say which MPI it belongs to, MPI's library is not there or belongs to another
    /// launcher, or this process has joined before.</exception>
    public static MpiCluster Join(TimeSpan? timeout = null)
    {
        TimeSpan limit = timeout ?? TimeSpan.FromMinutes(30);
        if (limit < TimeSpan.FromMilliseconds(1) && limit != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeout), limit.ToString("c"), "timeout must be at least a millisecond, or Timeout.InfiniteTimeSpan.");
        }

        long milliseconds = limit == Timeout.InfiniteTimeSpan ? long.MaxValue : (long)limit.TotalMilliseconds;
        MpiLauncher launcher = MpiLauncher.Find(Environment.GetEnvironmentVariable);
        if (launcher.Kind == MpiKind.None)
            return new MpiCluster(null, milliseconds);

        if (hasJoined)
        {
            throw new ClusterException("This process has joined before. MPI can be joined once in the life of a process: join at its beginning, and "
                + "pass the cluster on.");
        }

        string? path = Environment.GetEnvironmentVariable(MpiLibrary.PathVariable);
        MpiLibrary library = MpiLibrary.Load(launcher.Kind, string.IsNullOrEmpty(path) ? null : path);
        hasJoined = true;
        library.Start();
        if (launcher.Size is { } size && size != library.Size)
        {
            library.Finish();
            string name = MpiLibrary.Name(launcher.Kind);
            throw new ClusterException(
                FormattableString.Invariant($"The launcher has started {size} processes, but {name} knows of {library.Size}: the launcher belongs ")
                + $"to another MPI. Start the program with the mpiexec of {name}, or set {MpiLauncher.KindVariable} to mpich or openmpi, as the "
                + "launcher is.");
        }

        return new MpiCluster(library, milliseconds);
    }

    /// <inheritdoc/>
    protected override void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
    {
        ObjectDisposedException.ThrowIf(isLeft, this);
        if ((uint)partner >= (uint)Size || partner == Rank)
        {
            throw new ArgumentOutOfRangeException(nameof(partner), FormattableString.Invariant($"{partner}"),
                FormattableString.Invariant($"The partner must be another process, from 0 to {Size - 1} and not {Rank}."));
        }

        if (sent.IsEmpty || sent.Length != received.Length)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"As many bytes are received as are sent, at least 1; but got room for {received.Length}, and {sent.Length} to send."),
                nameof(received));
        }

        if (library!.Exchange(partner, sent, received, timeout) is { } end)
            End(end, 1);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (isLeft)
            return;
        base.Dispose(disposing);
        isLeft = true;
        if (library is not null)
        {
            long wait = timeout == long.MaxValue ? Timeout.Infinite : Math.Min(timeout, uint.MaxValue - 1);
            // MPI waits here for the others, and has no time limit of its own. MPI_Abort is not possible any more.
            using (new Timer(_ => Environment.FailFast(Words("the other processes did not come to their end.")), null, wait, Timeout.Infinite))
                library.Finish();
            AppDomain.CurrentDomain.UnhandledException -= OnUnhandledException;
            AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        }

        signals.Dispose();
    }

    // The runtime would say what happened, and abort; but not every launcher ends the other processes for that.
    private void OnUnhandledException(object sender, UnhandledExceptionEventArgs e) => End($"unhandled exception. {e.ExceptionObject}", 1);

    // A launcher may take a process that ends without a word for one that is finished, and the run for a success.
    private void OnProcessExit(object? sender, EventArgs e)
    {
        int code = Environment.ExitCode & 255;
        End("the process ended without Dispose of its MpiCluster.", code == 0 ? 1 : code);
    }

    // Ends all processes.
    private void End(string why, int code)
    {
        Console.Error.WriteLine(Words(why));
        Thread.Sleep(200); // the launcher passes on what it has read when it is told to end all, no more
        library!.Abort(code);
        Environment.FailFast(why); // MPI_Abort does not come back
    }

    private string Words(string what) => FormattableString.Invariant($"NeuralNet.Mpi: process {Rank} of {Size}: {what}");
}
