using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace NeuralNet.Tests.Training.Clusters;

/// <summary>Processes of a cluster that are threads of this one.</summary>
internal sealed class LocalCluster : Cluster
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    private readonly BlockingCollection<byte[]>[,] boxes;

    private LocalCluster(int rank, BlockingCollection<byte[]>[,] boxes) => (Rank, this.boxes) = (rank, boxes);

    public override int Rank { get; }

    public override int Size => boxes.GetLength(0);

    public override bool IsStopRequested => Stops;

    public bool Stops { get; set; }

    /// <summary>Called before each exchange, with its number.</summary>
    public Action<int>? Before { get; set; }

    public int Exchanges { get; private set; }

    /// <summary>Does the work of all processes, and gives what each has thrown or given.</summary>
    public static (T? Result, Exception? Failure)[] Try<T>(int size, Func<LocalCluster, T> work)
    {
        var boxes = new BlockingCollection<byte[]>[size, size];
        for (int from = 0; from < size; from++)
        {
            for (int to = 0; to < size; to++)
                boxes[from, to] = [];
        }

        var results = new (T?, Exception?)[size];
        var threads = new Thread[size];
        for (int rank = 0; rank < size; rank++)
        {
            int own = rank;
            threads[rank] = new Thread(() =>
            {
                try
                {
                    using var cluster = new LocalCluster(own, boxes);
                    results[own] = (work(cluster), null);
                }
                catch (Exception failure)
                {
                    results[own] = (default, failure);
                }
            });
            threads[rank].Start();
        }

        Array.ForEach(threads, thread => thread.Join());
        return results;
    }

    /// <summary>The same, where nothing is to be thrown.</summary>
    public static T[] Run<T>(int size, Func<LocalCluster, T> work)
    {
        (T? Result, Exception? Failure)[] results = Try(size, work);
        if (Array.Find(results, one => one.Failure is not (null or ClusterException)).Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        return [.. results.Select(one => one.Failure is { } late ? throw late : one.Result!)];
    }

    protected internal override void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received)
    {
        int number = Exchanges++;
        Before?.Invoke(number);
        partner.Should().NotBe(Rank);
        boxes[Rank, partner].Add(sent.ToArray());
        if (!boxes[partner, Rank].TryTake(out byte[]? other, patience))
            throw new ClusterException($"Process {Rank} waits for process {partner}, which does not come.");
        other.Length.Should().Be(received.Length, "partners agree on what they exchange");
        other.CopyTo(received);
    }
}
