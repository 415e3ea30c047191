namespace NeuralNet;

/// <summary>The processes that train one network together, or divide the trials of a search, as one of them sees it: this process has a number, and
/// can exchange bytes with any other.</summary>
/// <remarks><para>A cluster moves bytes and adds nothing: sums over processes are made by the library, in an order that does not depend on their
/// number, so that training has the same bits on any (<see cref="Trainer.Shards"/>). The package NeuralNet.Mpi has a cluster for MPI; for another
/// way of communication derive one.</para>
/// <para>All processes run the same program: whatever one of them does with a cluster, all do, in the same order. Where one does something else,
/// has other data or settings, fails, or leaves, the others are told with a <see cref="ClusterException"/>.</para>
/// <para>One thread at a time uses a cluster, not always the same: while a step's first layers are computed, a thread of the pool exchanges the
/// gradients of its last ones.</para></remarks>
public abstract partial class Cluster : IDisposable
{
    /// <summary>The number of this process, from 0.</summary>
    public abstract int Rank { get; }

    /// <summary>How many processes there are, at least 1.</summary>
    public abstract int Size { get; }

    /// <summary>Whether this process was asked to come to an end, by Ctrl-C for example. Training asks before each step; where one process was asked
    /// to, all of them stop after the same step.</summary>
    public virtual bool IsStopRequested => false;

    /// <summary>What the processes are, in words.</summary>
    /// <returns>For example <c>MpiCluster: process 0 of 4</c>.</returns>
    public override string ToString() => FormattableString.Invariant($"{GetType().Name}: process {Rank} of {Size}");

    /// <summary>Leaves the cluster: others that still wait for this process are told. All processes should come here.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Sends bytes to another process and receives as many from it, which makes the same call with this process as its partner, in the same
    /// order of calls. Returns when both have happened. Is called by any thread, one at a time.</summary>
    /// <param name="partner">The other process, not this one.</param>
    /// <param name="sent">What is sent; not empty.</param>
    /// <param name="received">Overwritten with what the partner sends: as many bytes as are sent, elsewhere in memory.</param>
    /// <exception cref="ClusterException">The partner cannot be reached any more.</exception>
    protected internal abstract void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received);

    /// <summary>Leaves the cluster. A derived class overrides it to end its communication, and calls this one before.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            Leave();
    }
}
