using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralNet.Kernels;

/// <summary>
/// A team of parked threads that divide the outputs of one kernel among them; the calling thread is one of the team.
/// </summary>
/// <remarks>
/// <para>A workspace owns one. A job is a function pointer and a pointer to its arguments, which lie on the caller's stack
/// (the caller pins what they point to), so that nothing is allocated per call. Parts are taken by whoever is free:
/// the caller works through all of them if the others are late, and nothing may depend on who took which.</para>
/// <para>One call of <see cref="Run"/> at a time: it is neither reentrant (a job must not run another on the same
/// team) nor to be called from two threads at once. Of exceptions in a job the first is thrown again when all parts have
/// ended.</para>
/// <para>A job that has begun is finished, whatever happens: <see cref="Dispose"/> on another thread and an interrupt of the
/// caller leave no part undone, for the caller does what the others do not take and waits for what they have taken.</para>
/// <para>A team that was forgotten is stopped by its finalizer: the threads hold on to <see cref="Team"/> only.</para>
/// </remarks>
internal sealed unsafe partial class Workers : IDisposable
{
    // Where sharing starts to pay, measured with a team that is spinning, as it does between the kernels of a step: one
    // thread takes about 3 µs for either, two take 2.5.
    private const long ProductToShare = 1 << 18;
    private const int ElementsToShare = 1 << 14;

    [ThreadStatic]
    private static Workers? alone;

    /// <summary>The floats of a cache line: parts that are multiples of it share a line only at the ends.</summary>
    public const int Line = 16;

    private readonly Team? team;
    private readonly Thread[] threads;
    private AlignedBuffer? room;

    /// <summary>Starts a team.</summary>
    /// <param name="count">How many work together, the caller included: with 1 no thread is started.</param>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        threads = new Thread[count - 1];
        if (count == 1)
        {
            GC.SuppressFinalize(this);
            return;
        }

        team = new Team(spin: count <= Environment.ProcessorCount);
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(team.Work) { IsBackground = true, Name = "NeuralNet worker" };
            threads[i].UnsafeStart(); // without the caller's AsyncLocals, which would live as long as the thread
        }
    }

    // The finalizer runs even where the constructor refused its argument.
    ~Workers() => team?.Stop();

    /// <summary>The calling thread by itself, for passes that people make without a workspace.</summary>
    public static Workers Alone => alone ??= new Workers(1);

    /// <summary>How many work together, the caller included.</summary>
    public int Count { get; }

    /// <summary>Whether a matrix product of so many multiply-adds is worth sharing.</summary>
    public bool ShareProduct(long multiplyAdds) => Count > 1 && multiplyAdds >= ProductToShare;

    /// <summary>Whether a pass over so many elements is worth sharing.</summary>
    public bool ShareElements(int count) => Count > 1 && count >= ElementsToShare;

    /// <summary>Does a job over so many elements in one part, or shares it where that pays.</summary>
    public static void Share(Workers? workers, int elements, delegate*<void*, int, int, void> job, void* arguments)
    {
        if (workers is not null && workers.ShareElements(elements))
            workers.Run(job, arguments, workers.Count);
        else
            job(arguments, 0, 1);
    }

    /// <summary>The part of some elements that one of the parts has: a multiple of a unit, but for the last.</summary>
    public static (int First, int Count) ShareOf(int count, int unit, int part, int parts)
    {
        long units = ((long)count + unit - 1) / unit;
        int first = (int)Math.Min(count, units * part / parts * unit), end = (int)Math.Min(count, units * (part + 1) / parts * unit);
        return (first, end - first);
    }

    /// <summary>Does all parts of a job, and returns when the last is done.</summary>
    /// <param name="job">Is called once for each part, as job(arguments, part, parts), on any thread and in any order.</param>
    /// <param name="arguments">What the job works on.</param>
    /// <param name="parts">How many parts there are; any number.</param>
    public void Run(delegate*<void*, int, int, void> job, void* arguments, int parts)
    {
        if (team is null)
        {
            for (int part = 0; part < parts; part++)
                job(arguments, part, parts);
            return;
        }

        team.Run(job, arguments, parts);
        GC.KeepAlive(this);
    }

    /// <summary>
    /// Memory for a job to work in, aligned to 64 bytes, with anything in it: what was given before may be overwritten.
    /// It grows to the largest that was asked for, so that steps that repeat allocate nothing.
    /// </summary>
    public float* Room(int floats)
    {
        if (floats == 0)
            return null;
        if (room is null || room.Length < floats)
            room = new AlignedBuffer(floats);
        return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(room.Span));
    }

    /// <summary>Stops the threads, each after the part it is at, and waits until they have ended.</summary>
    public void Dispose()
    {
        team?.Stop();
        foreach (Thread thread in threads)
            thread.Join();
        GC.SuppressFinalize(this);
    }
}
