using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NeuralNet.Kernels;

/// <summary>A team of parked threads that divide the outputs of one kernel among them; the calling thread is one of the team.</summary>
/// <remarks><para>A workspace owns one. A job (<see cref="IJob{TSelf}"/>) lies on the caller's stack, so that nothing is allocated per call. Parts
/// are taken by whoever is free: the caller does all of them if the others are late, and no result may depend on who did which.</para>
/// <para>A team runs one job at a time: a job must not run another on the same team, nor may two threads call the same team
/// at once. If parts of a job throw, the first exception is thrown again after all parts have ended.</para>
/// <para>A job that has begun is finished: if another thread calls <see cref="Dispose"/> or interrupts the caller meanwhile,
/// the caller still does the parts that nobody has taken, and waits for those that somebody has.</para>
/// <para>The finalizer stops a team that was forgotten: its threads refer to <see cref="Team"/> only.</para></remarks>
internal sealed unsafe partial class Workers : IDisposable
{
    // From these sizes on, sharing pays. Measured with a team that spins, as it does between the kernels of a step: for either
    // size one thread takes about 3 µs, two take 2.5.
    private const long ProductToShare = 1 << 18;
    private const int ElementsToShare = 1 << 14;

    [ThreadStatic]
    private static Workers? alone;

    /// <summary>The floats of a cache line, and of the widest vector: parts that are multiples of it have no line in common but at their
    /// ends.</summary>
    public const int Line = 16;

    private readonly Team? team;
    private readonly Thread[] threads;
    private AlignedBuffer? scratch;

    /// <summary>Starts a team.</summary>
    /// <param name="count">How many work together, the caller included: with 1 no thread is started.</param>
    public Workers(int count)
    {
        Guard.AtLeast(count, 1, nameof(count));
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

    /// <summary>Which elements one part does: a multiple of a unit, but for the last part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (int First, int Count) ShareOf(int count, int unit, int part, int parts) =>
        parts == 1 ? (0, count) : ShareOfMany(count, unit, part, parts);

    private static (int First, int Count) ShareOfMany(int count, int unit, int part, int parts)
    {
        long units = ((long)count + unit - 1) / unit;
        int first = (int)Math.Min(count, units * part / parts * unit), end = (int)Math.Min(count, units * (part + 1) / parts * unit);
        return (first, end - first);
    }

    /// <summary>Memory for a job to work in, aligned to 64 bytes, with anything in it: each call may give the same memory. It grows to
    /// the largest size that was asked for, so that repeated steps allocate nothing.</summary>
    public float* Scratch(int floats)
    {
        if (floats == 0)
            return null;
        if (scratch is null || scratch.Length < floats)
            scratch = new AlignedBuffer(floats);
        return (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(scratch.Span));
    }

    /// <summary>How many floats that memory has by now.</summary>
    public int ScratchLength => scratch?.Length ?? 0;

    /// <summary>Stops the threads, each after the part that it is doing, and waits until they have ended.</summary>
    public void Dispose()
    {
        team?.Stop();
        foreach (Thread thread in threads)
            thread.Join();
        GC.SuppressFinalize(this);
    }
}
