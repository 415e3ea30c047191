using System.Runtime.ExceptionServices;

namespace NeuralNet;

/// <summary>Work that is done beside each other: folds and trials, each of which trains by itself.</summary>
internal static class SideBySide
{
    /// <summary>Does each piece of work once, in order as threads are free, the calling thread being one of them.</summary>
    /// <remarks>Where a piece throws, those under way are asked to stop, and none begins. When all have ended, the exception of the first piece
    /// that failed is thrown as it is.</remarks>
    /// <param name="count">How many pieces there are.</param>
    /// <param name="threads">How many are done at the same time.</param>
    /// <param name="work">What is done, by the piece's index, with a token by which it is asked to stop.</param>
    /// <param name="cancellationToken">Asks all of them to stop.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Run(int count, int threads, Action<int, CancellationToken> work, CancellationToken cancellationToken)
    {
        (int Piece, Exception Thrown)? failed = Try(count, threads, work, cancellationToken);
        if (failed is not { Thrown: not OperationCanceledException })
            cancellationToken.ThrowIfCancellationRequested();
        if (failed is { } one)
            ExceptionDispatchInfo.Throw(one.Thrown);
    }

    /// <summary>The same, and gives the first piece that failed, with what it has thrown; null: none.</summary>
    public static (int Piece, Exception Thrown)? Try(
        int count, int threads, Action<int, CancellationToken> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var failures = new Exception?[count];
        int next = -1;
        var helpers = new Thread[Math.Max(Math.Min(threads, count) - 1, 0)];
        for (int i = 0; i < helpers.Length; i++)
        {
            helpers[i] = new Thread(Work) { IsBackground = true, Name = "NeuralNet search" };
            helpers[i].Start();
        }

        Work();
        foreach (Thread helper in helpers)
            helper.Join();

        // Those that were asked to stop say so, too.
        int first = Array.FindIndex(failures, one => one is not (null or OperationCanceledException));
        first = first >= 0 ? first : Array.FindIndex(failures, one => one is not null);
        return first >= 0 ? (first, failures[first]!) : null;

        void Work()
        {
            // Who cancels passes it on to the token within after a while only, if the system has something else to do.
            while (!cancellationToken.IsCancellationRequested && !stop.IsCancellationRequested
                && Interlocked.Increment(ref next) is var piece && piece < count)
            {
                try
                {
                    work(piece, stop.Token);
                }
                catch (Exception thrown)
                {
                    failures[piece] = thrown;
                    stop.Cancel();
                }
            }
        }
    }

    /// <summary>An exception with words that name the piece of work. What says that training diverged or was cancelled stays what it is.</summary>
    public static Exception Named(string piece, Exception thrown) => thrown switch
    {
        OperationCanceledException => thrown,
        NotFiniteNumberException => new NotFiniteNumberException($"{piece}: {thrown.Message}", thrown),
        _ => new InvalidOperationException($"{piece} failed: {thrown.Message}", thrown),
    };
}
