namespace NeuralNet.Tests;

/// <summary>What processes say to each other.</summary>
internal static class Talk
{
    /// <summary>Returns when all processes are here. True when one of them has said so.</summary>
    public static bool Meet(Cluster cluster, bool said = false)
    {
        Span<byte> mine = [said ? (byte)1 : (byte)0], other = stackalloc byte[1];
        for (int turn = 0; turn < 2; turn++)
        {
            foreach (int partner in Partners(cluster))
            {
                cluster.Exchange(partner, mine, other);
                mine[0] |= other[0];
            }
        }

        return mine[0] != 0;
    }

    /// <summary>All other processes, in an order that fits all: in turn t process i meets the one with which it adds up to t.</summary>
    public static IEnumerable<int> Partners(Cluster cluster)
    {
        for (int turn = 0; turn < 2 * cluster.Size; turn++)
        {
            int partner = turn - cluster.Rank;
            if (partner >= 0 && partner < cluster.Size && partner != cluster.Rank)
                yield return partner;
        }
    }

    /// <summary>Bytes of many lengths between all pairs; also while another thread moves all objects.</summary>
    public static void Bits(Cluster cluster)
    {
        using var collector = new Timer(_ => GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true), null, 0, 20);
        int[] partners = [.. Partners(cluster)];
        foreach (int length in (int[])[1, 2, 3, 4, 7, 100, 4096, 65_537, 1_000_003, (1 << 24) - 1, 1 << 24, (1 << 24) + 1, 40_000_003])
        {
            foreach (int partner in partners)
            {
                byte[] sent = Values(cluster.Rank, partner, length), received = new byte[length];
                cluster.Exchange(partner, sent, received);
                if (!received.AsSpan().SequenceEqual(Values(partner, cluster.Rank, length)))
                    throw new InvalidOperationException($"{length} bytes from process {partner} to {cluster.Rank} are wrong");
            }
        }

        collector.Change(Timeout.Infinite, Timeout.Infinite);
        byte[] a = new byte[3_000_000], b = new byte[3_000_000];
        long before = 0;
        for (int i = 0; i < 60; i++)
        {
            if (i == 10)
                before = GC.GetAllocatedBytesForCurrentThread();
            foreach (int partner in partners)
                cluster.Exchange(partner, a.AsSpan(0, i % 2 == 0 ? 4 : a.Length), b.AsSpan(0, i % 2 == 0 ? 4 : b.Length));
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Console.WriteLine($"right, {allocated} bytes allocated");
    }

    /// <summary>Exchanges until one process was asked to stop, then does what takes a while.</summary>
    public static void UntilStopped(Cluster cluster)
    {
        int steps = 0;
        do
        {
            if (steps++ == 1)
                Console.WriteLine("running");
            Thread.Sleep(1);
        }
        while (!Meet(cluster, cluster.IsStopRequested));

        Console.WriteLine($"stopped after {steps} steps");
    }

    /// <summary>Process 1 sends fewer bytes than process 0 expects.</summary>
    public static void Lengths(Cluster cluster)
    {
        byte[] bytes = new byte[cluster.Rank == 1 ? 8 : 16];
        try
        {
            if (cluster.Rank < 2)
                cluster.Exchange(1 - cluster.Rank, bytes, new byte[bytes.Length]);
        }
        catch (ClusterException refused)
        {
            Console.WriteLine(refused.Message);
        }
    }

    /// <summary>What no exchange is.</summary>
    public static void Arguments(Cluster cluster)
    {
        byte[] bytes = new byte[2];
        foreach (int partner in (int[])[-1, cluster.Size, cluster.Rank])
            Refused(() => cluster.Exchange(partner, bytes, bytes));
        Refused(() => cluster.Exchange(1 - cluster.Rank, bytes, new byte[3]));
        Refused(() => cluster.Exchange(1 - cluster.Rank, [], []));
        cluster.Dispose();
        Refused(() => cluster.Exchange(1 - cluster.Rank, bytes, bytes));
    }

    private static void Refused(Action action)
    {
        try
        {
            action();
        }
        catch (Exception refused) when (refused is ArgumentException or ObjectDisposedException)
        {
            Console.WriteLine(refused.Message);
        }
    }

    /// <summary>A library that takes SIGSEGV for itself would end the process here.</summary>
    public static void CatchNull()
    {
        string? nothing = Environment.GetEnvironmentVariable("no such variable");
        try
        {
            Console.WriteLine(nothing!.Length);
        }
        catch (NullReferenceException)
        {
            Console.WriteLine("caught");
        }
    }

    private static byte[] Values(int from, int to, int length)
    {
        byte[] values = new byte[length];
        new Random((from * 1000) + to).NextBytes(values);
        return values;
    }
}
