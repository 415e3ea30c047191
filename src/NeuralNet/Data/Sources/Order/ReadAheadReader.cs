using System.Runtime.ExceptionServices;

namespace NeuralNet;

/// <summary>Reads by a thread of its own, into a ring of rows from which the caller takes them.</summary>
internal sealed class ReadAheadReader(Func<long, IRowReader> open, long firstRow, RowFormat format, SpareMemory spare, int capacity) : IRowReader
{
    private readonly Lock gate = new();
    private readonly AutoResetEvent more = new(false), room = new(false);

    // The thread waits for room for so many rows, so that it does not read one at a time.
    private readonly int piece = Math.Max(1, capacity / 4);

    private IRowReader? inner = open(firstRow); // null: it could not be opened again
    private long first = firstRow; // the row where reading ahead begins
    private RowMemory? memory;
    private Thread? thread;
    private ExceptionDispatchInfo? failure;
    private long written, taken; // rows from the first one on
    private bool hasEnded, isStopped;

    public int Read(in RowSpans rows)
    {
        rows.Check(format);
        int done = 0;
        while (done < rows.Rows && Wait() is > 0 and var present)
        {
            int some = Math.Min(Math.Min(rows.Rows - done, present), capacity - At(taken));
            memory!.Slice(At(taken), some).CopyTo(rows.Slice(done, some));
            done += some;
            Take(some);
        }

        return done;
    }

    public long Skip(long rows)
    {
        long done = 0;
        if (thread is null)
        {
            done = inner!.Skip(rows);
            first += done;
            return done;
        }

        while (done < rows && Wait() is > 0 and var present)
        {
            int some = (int)Math.Min(rows - done, present);
            done += some;
            Take(some);
        }

        return done;
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (isStopped)
                return;
            isStopped = true;
        }

        room.Set();
        thread?.Join();
        inner?.Dispose();
        spare.Return(ref memory);
        more.Dispose();
        room.Dispose();
    }

    private int At(long row) => (int)(row % capacity);

    // How many rows there are, at least one but at the end.
    private int Wait()
    {
        if (thread is null)
            Start();
        while (true)
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(isStopped, this);
                int present = (int)(written - taken);
                if (present == 0)
                    failure?.Throw();
                if (present > 0 || hasEnded)
                    return present;
            }

            more.WaitOne();
        }
    }

    private void Take(int rows)
    {
        lock (gate)
            taken += rows;
        room.Set();
    }

    private void Start()
    {
        ObjectDisposedException.ThrowIf(isStopped, this);
        memory = spare.Rent(capacity);
        thread = new Thread(Run) { IsBackground = true, Name = "NeuralNet: rows read ahead" };
        thread.Start();
    }

    private void Run()
    {
        try
        {
            while (WaitForRoom() is > 0 and var free)
            {
                int at = At(written), wanted = Math.Min(Math.Min(free, piece), capacity - at), read = Read(at, wanted);
                if (read < 0 || read > wanted)
                    throw new InvalidOperationException(
                        $"The reader of the source ({inner!.GetType().Name}) was asked for {wanted} rows and says that it has read {read}.");
                lock (gate)
                {
                    written += read;
                    hasEnded = read < wanted;
                }

                more.Set();
            }
        }
        catch (Exception wrong)
        {
            lock (gate)
                failure = ExceptionDispatchInfo.Capture(wrong);
            more.Set();
        }
    }

    private int Read(int at, int wanted)
    {
        try
        {
            return inner!.Read(memory!.Slice(at, wanted));
        }
        catch
        {
            ReadOneByOne(wanted);
            throw;
        }
    }

    // One of some rows could not be read, and nobody says which: those before it are read again, by a reader that has not failed.
    private void ReadOneByOne(int most)
    {
        try
        {
            inner!.Dispose();
            inner = null;
            inner = open(first + written);
            for (int i = 0; i < most && !Volatile.Read(ref isStopped) && inner.Read(memory!.Slice(At(written), 1)) == 1; i++)
            {
                lock (gate)
                    written++;
                more.Set();
            }
        }
        catch
        {
            // What was thrown first is told.
        }
    }

    // For how many rows there is room; 0: the thread is to end.
    private int WaitForRoom()
    {
        while (true)
        {
            lock (gate)
            {
                int free = capacity - (int)(written - taken);
                if (isStopped || hasEnded)
                    return 0;
                if (free >= piece)
                    return free;
            }

            room.WaitOne();
        }
    }
}
