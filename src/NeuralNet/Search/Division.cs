using System.Runtime.ExceptionServices;
using System.Text;

namespace NeuralNet;

/// <summary>Pieces of work, such as trials and folds, that the processes of a cluster divide among themselves, and the threads of each do beside each
/// other. In the end all processes have the results of all.</summary>
/// <remarks>A process that does a piece is with it alone, so the processes meet after every few pieces, and give each other what they have finished:
/// then all know of a failure, or of a wish to stop, and throw the same.</remarks>
internal sealed class Division
{
    /// <summary>What owns a piece that any process may do.</summary>
    public const int Nobody = -1;

    // How many pieces each thread does between two meetings. The fewer, the longer processes wait for the slowest of them; the more, the later all
    // know of a failure, and the more results a log does not have yet.
    private const int PiecesOfThread = 4;

    private readonly Cluster? cluster;
    private readonly int threads;
    private int piecesOfMeeting;
    private long meetings;

    private Division(Cluster? cluster, int threads) => (this.cluster, this.threads) = (cluster, threads);

    /// <summary>The number of this process. Process 0 speaks for all.</summary>
    public int Rank => cluster?.Rank ?? 0;

    /// <summary>Whether there is no other process.</summary>
    public bool IsAlone => Size == 1;

    private int Size => cluster?.Size ?? 1;

    /// <summary>Does something that has pieces to divide.</summary>
    /// <param name="cluster">The processes; null: this one alone.</param>
    /// <param name="threads">The threads of this process.</param>
    /// <param name="compared">What must be the same on all processes: in words, and as text.</param>
    /// <param name="work">What is to be done.</param>
    /// <exception cref="ClusterException">Another process failed, left, does something else, or has other settings.</exception>
    /// <exception cref="InvalidOperationException">This is within a piece of work already.</exception>
    public static T Together<T>(Cluster? cluster, int threads, Func<IEnumerable<(string What, string Text)>> compared, Func<Division, T> work)
    {
        var division = new Division(cluster, threads);
        if (cluster is null)
            return work(division);
        Cluster.RefuseApart();
        return cluster.Together(() =>
        {
            long allThreads = (long)cluster.Compare("the version of the library", Telemetry.FullVersion, new Notice { Sum = threads }).Sum;
            division.piecesOfMeeting = cluster.Size == 1 ? int.MaxValue : (int)Math.Min(PiecesOfThread * allThreads, int.MaxValue);
            foreach ((string what, string text) in compared())
                cluster.Compare(what, text);
            T result = work(division);

            // Whoever failed with the last results tells the others here.
            cluster.Meet(new Notice { Meeting = Meeting.Gather, Number = -1 });
            return result;
        });
    }

    /// <summary>Gives all processes the bytes of process 0.</summary>
    public byte[] Spread(byte[] own)
    {
        if (IsAlone)
            return own;
        double length = cluster!.Meet(new Notice { Meeting = Meeting.Read, Sum = Rank == 0 ? own.Length : 0 }).Sum;
        byte[] bytes = Rank == 0 ? own : new byte[(int)length];
        cluster.Spread(bytes);
        return bytes;
    }

    /// <summary>Says which process does which piece: none more than its share, ⌈pieces / processes⌉. A piece that a process has begun stays with it
    /// as far as that allows; each other one goes to the process that has the fewest.</summary>
    /// <param name="begun">The process that has begun each piece, or <see cref="Nobody"/>.</param>
    public int[] Deal(IEnumerable<int> begun)
    {
        int[] owners = [.. begun], had = new int[Size];
        int share = (owners.Length + Size - 1) / Size;
        for (int piece = 0; piece < owners.Length; piece++)
        {
            if (owners[piece] != Nobody && ++had[owners[piece]] > share)
            {
                had[owners[piece]]--;
                owners[piece] = Nobody;
            }
        }

        for (int piece = 0; piece < owners.Length; piece++)
        {
            if (owners[piece] == Nobody)
            {
                owners[piece] = Array.IndexOf(had, had.Min());
                had[owners[piece]]++;
            }
        }

        return owners;
    }

    /// <summary>Does each piece once. Where one throws, none begins after that, and all processes throw what the first of those that failed threw, or
    /// the same in its words.</summary>
    /// <param name="owners">The process that does each piece.</param>
    /// <param name="work">Does a piece, by its number, with a token by which it is asked to stop.</param>
    /// <param name="done">Told of each result: of this process's own by the thread that has it, as soon as it is there; of the others' when the
    /// processes have met.</param>
    /// <param name="write">Writes a result down for the other processes.</param>
    /// <param name="read">Reads the result of a piece.</param>
    /// <param name="cancellationToken">Asks all processes to stop, as does <see cref="Cluster.IsStopRequested"/> of one of them.</param>
    /// <exception cref="OperationCanceledException">One of the processes was asked to stop.</exception>
    public void Run<T>(
        int[] owners, Func<int, CancellationToken, T> work, Action<int, T> done, Action<BinaryWriter, T> write, Func<int, BinaryReader, T> read,
        CancellationToken cancellationToken)
    {
        if (cluster is null)
        {
            SideBySide.Run(owners.Length, threads, (piece, stop) => done(piece, work(piece, stop)), cancellationToken);
            return;
        }

        for (int first = 0, count; first < owners.Length; first += count)
        {
            count = Math.Min(piecesOfMeeting, owners.Length - first);
            int[] own = [.. Enumerable.Range(first, count).Where(piece => owners[piece] == Rank)];
            var finished = new List<(int Piece, T Result)>();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Failure? failure = Failure.Of(SideBySide.Try(own.Length, threads, One, stop.Token), own);
            bool stops = stop.IsCancellationRequested || cluster.IsStopRequested || failure is { Thrown: OperationCanceledException };
            Notice all = cluster.Meet(
                new Notice { Meeting = Meeting.Gather, Number = meetings++, Concerns = stops ? Concerns.Stops : Concerns.None });
            failure = failure is { Thrown: OperationCanceledException } ? null : failure;
            Exchange(finished, ref failure, done, write, read);
            if (failure is not null)
                ExceptionDispatchInfo.Throw(cluster.Agree(failure.Thrown));
            if ((all.Concerns & Concerns.Stops) != 0)
                throw cluster.Agree(cancellationToken.IsCancellationRequested
                    ? new OperationCanceledException(cancellationToken)
                    : new OperationCanceledException("A process of the cluster was asked to come to an end."));

            void One(int k, CancellationToken token)
            {
                // One thread at a time uses a cluster.
                lock (finished)
                {
                    if (cluster.IsStopRequested)
                        stop.Cancel();
                }

                token.ThrowIfCancellationRequested();
                T result = Cluster.Apart(() => work(own[k], token));
                done(own[k], result);
                lock (finished)
                    finished.Add((own[k], result));
            }
        }
    }

    // Gives the others what this process has finished and how it failed, and takes what they have. Of several failures the first piece's counts.
    private void Exchange<T>(
        List<(int Piece, T Result)> finished, ref Failure? failure, Action<int, T> done, Action<BinaryWriter, T> write,
        Func<int, BinaryReader, T> read)
    {
        if (Size == 1)
            return;
        byte[][] blocks = cluster!.GatherAny(Pack(finished, failure, write));
        for (int process = 0; process < blocks.Length; process++)
        {
            if (process == Rank)
                continue;
            using var from = new BinaryReader(new MemoryStream(blocks[process]), Encoding.UTF8);
            for (int results = from.ReadInt32(); results > 0; results--)
            {
                int piece = from.ReadInt32();
                done(piece, read(piece, from));
            }

            if (from.ReadBoolean() && Failure.Read(from, process, Size) is { } theirs && (failure is null || theirs.Piece < failure.Piece))
                failure = theirs;
        }
    }

    private byte[] Pack<T>(List<(int Piece, T Result)> finished, Failure? failure, Action<BinaryWriter, T> write)
    {
        try
        {
            using var block = new MemoryStream();
            using var to = new BinaryWriter(block, Encoding.UTF8);
            to.Write(finished.Count);
            foreach ((int piece, T result) in finished)
            {
                to.Write(piece);
                write(to, result);
            }

            to.Write(failure is not null);
            failure?.Write(to);
            return block.ToArray();
        }
        catch (IOException tooLong)
        {
            throw new NotSupportedException(
                FormattableString.Invariant($"The {finished.Count} results that process {Rank} of {Size} has for the others take 2 GiB or more, ")
                + "which cannot be sent. Set fewer threads: then results are sent more often.", tooLong);
        }
    }

    /// <summary>How a piece failed.</summary>
    private sealed record Failure(int Piece, Exception Thrown)
    {
        private enum Kind : byte
        {
            NotFinite,
            Invalid,
            Other,
        }

        public static Failure? Of((int Piece, Exception Thrown)? failed, int[] own) =>
            failed is { } one ? new(own[one.Piece], one.Thrown) : null;

        public void Write(BinaryWriter to)
        {
            to.Write(Piece);
            to.Write((byte)(Thrown switch
            {
                NotFiniteNumberException => Kind.NotFinite,
                InvalidOperationException => Kind.Invalid,
                _ => Kind.Other,
            }));
            to.Write(Thrown.Message);
        }

        // What the piece has thrown on its process, in the same words.
        public static Failure Read(BinaryReader from, int rank, int size)
        {
            int piece = from.ReadInt32();
            var kind = (Kind)from.ReadByte();
            string message = from.ReadString();
            var there = new ClusterException(
                FormattableString.Invariant($"This happened on process {rank} of {size}; what it says itself tells more: {message}"));
            return new(piece, kind switch
            {
                Kind.NotFinite => new NotFiniteNumberException(message, there),
                Kind.Invalid => new InvalidOperationException(message, there),
                _ => there,
            });
        }
    }
}
