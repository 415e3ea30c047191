using System.Numerics;

namespace NeuralNet;

/// <summary>The workspaces of the calls of a <see cref="Predictor"/>: made when they are needed first, never more than a number, and taken in turn.
/// </summary>
internal sealed class WorkspacePool(Network network, int maxRows, int threads, int calls)
{
    // A power of two, so that a thread finds its place without a division, which a tiny network notices.
    private readonly Workspace?[] free = new Workspace?[(int)BitOperations.RoundUpToPowerOf2((uint)calls)];
    private readonly List<Workspace> made = new(calls);
    private readonly object gate = new();
    private int waiting;
    private volatile bool isClosed;

    /// <summary>The floats of all workspaces that there are.</summary>
    public long Length
    {
        get
        {
            lock (made)
                return made.Sum(workspace => (long)workspace.Length + workspace.Workers.ScratchLength);
        }
    }

    /// <summary>A workspace that no other call has; waits for one if all are in use.</summary>
    public Workspace Take() => TryTake() ?? MakeOrWait();

    /// <summary>Gives a workspace back.</summary>
    public void Give(Workspace workspace)
    {
        Workspace?[] places = free;
        int place = Environment.CurrentManagedThreadId;
        while (Interlocked.CompareExchange(ref places[place & (places.Length - 1)], workspace, null) is not null)
            place++;

        // Whoever waits has said so before it looked for the last time; so either it has seen what is there now, or it is seen here.
        if (Volatile.Read(ref waiting) > 0)
            Wake();
        if (isClosed)
            Clear();
    }

    /// <summary>Frees the workspaces: those in use when their calls end.</summary>
    public void Close()
    {
        isClosed = true;
        Interlocked.MemoryBarrier(); // a workspace that is given back meanwhile is found here, or its giver sees that the pool is closed
        Clear();
    }

    private Workspace? TryTake()
    {
        Workspace?[] places = free;
        int own = Environment.CurrentManagedThreadId;
        for (int i = 0; i < places.Length; i++)
        {
            ref Workspace? place = ref places[(own + i) & (places.Length - 1)];
            if (Volatile.Read(ref place) is not null && Interlocked.Exchange(ref place, null) is { } workspace)
                return workspace;
        }

        return null;
    }

    private Workspace MakeOrWait()
    {
        if (TryMake() is { } another)
            return another;
        Interlocked.Increment(ref waiting);
        try
        {
            lock (gate)
            {
                while (true)
                {
                    if ((TryTake() ?? TryMake()) is { } workspace)
                        return workspace;
                    Monitor.Wait(gate);
                }
            }
        }
        catch
        {
            // Interrupted, or without memory for another: it may have been woken for what somebody else can have now.
            Wake();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    private Workspace? TryMake()
    {
        lock (made)
        {
            if (made.Count == calls)
                return null;
            Workspace workspace = network.CreateWorkspace(maxRows, threads, training: false);
            made.Add(workspace);
            return workspace;
        }
    }

    // An interrupt of this thread must not leave the other one asleep: it is raised again at this thread's next wait.
    private void Wake()
    {
        bool isWoken = false, isInterrupted = false;
        while (!isWoken && Volatile.Read(ref waiting) > 0)
        {
            try
            {
                lock (gate)
                    Monitor.Pulse(gate);
                isWoken = true;
            }
            catch (ThreadInterruptedException)
            {
                isInterrupted = true;
            }
        }

        if (isInterrupted)
            Thread.CurrentThread.Interrupt();
    }

    // Not while somebody waits for one of them.
    private void Clear()
    {
        while (Volatile.Read(ref waiting) == 0 && TryTake() is { } workspace)
        {
            workspace.Dispose();
            lock (made)
                made.Remove(workspace);
            Wake(); // whoever waits may make one of its own
        }
    }
}
