using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>All the memory that the calls of one caller need: with it a step or a prediction allocates nothing after the first.</summary>
/// <remarks>Made by <see cref="Network.CreateWorkspace"/>; it serves that network and its clones, one call at a time. With more than
/// one thread it owns the helping threads, which <see cref="Dispose"/> stops.</remarks>
public sealed class Workspace : IDisposable
{
    private readonly AlignedBuffer memory;
    private readonly BufferSize cache, scratch;
    private readonly int cacheStart, gradientStart, scratchStart, copyStart, copyCount, tiedCount;
    private float[] present = [];
    private int presentRows;
    private AlignedBuffer? spare;
    private int inUse;
    private bool isDisposed;

    internal Workspace(
        object owner, int outputs, BufferSize cache, BufferSize scratch, int copies, int tiedGradients, int maxRows, int threads, bool training)
    {
        Owner = owner;
        MaxRows = Guard.Count(maxRows, nameof(maxRows));
        Threads = Guard.Threads(threads, nameof(threads));
        Training = training;
        this.cache = cache;
        this.scratch = scratch;
        copyCount = copies;
        tiedCount = training ? tiedGradients : 0;

        // One buffer: output, cache, gradient of the output, scratch, and of tied blocks the transposed copies and the gradients; each begins at
        // a multiple of 64 bytes.
        try
        {
            int output = new BufferSize(0, outputs).Aligned().At(maxRows);
            cacheStart = output;
            gradientStart = checked(cacheStart + (training ? cache.Aligned().At(maxRows) : 0));
            scratchStart = checked(gradientStart + (training ? output : 0));
            copyStart = checked(scratchStart + new BufferSize(scratch.At(maxRows), 0).Aligned().Fixed);
            memory = new AlignedBuffer(checked(copyStart + copyCount + tiedCount));
        }
        catch (OverflowException)
        {
            throw Guard.OutOfRange(nameof(maxRows), maxRows, "So many rows would need 2³¹ floats or more; use fewer rows at a time.");
        }

        Workers = new Workers(threads);
    }

    /// <summary>The largest number of rows that a call may have.</summary>
    public int MaxRows { get; }

    /// <summary>How many threads share the work of a call, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Whether there is room for what backward needs.</summary>
    public bool Training { get; }

    /// <summary>What it is made for, in words.</summary>
    /// <returns>For example <c>Workspace for 64 rows, 1 threads, training</c>.</returns>
    public override string ToString() => $"Workspace for {MaxRows} rows, {Threads} threads{(Training ? ", training" : "")}";

    // The floats of its memory, but for what few networks need.
    internal int Length => memory.Length;

    // The layers that the memory is laid out for: those of a network and its clones.
    internal object Owner { get; }

    internal Workers Workers { get; }

    // Which forward pass filled the cache.
    internal ForwardMark Mark { get; set; }

    /// <summary>Stops the helping threads; the workspace cannot be used any more.</summary>
    public void Dispose()
    {
        isDisposed = true;
        Workers.Dispose();
    }

    internal Span<float> Output(int length) => memory.Span[..length];

    internal Span<float> OutputGradient(int length) => memory.Span.Slice(gradientStart, length);

    internal Span<float> Cache(int rows) => memory.Span.Slice(cacheStart, cache.At(rows));

    internal Span<float> Scratch(int rows) => memory.Span.Slice(scratchStart, scratch.At(rows));

    // The transposed copies of tied blocks.
    internal Span<float> Copies => copyCount == 0 ? default : memory.Span.Slice(copyStart, copyCount);

    // The gradients of tied blocks, where the caller's gradient has no room for them.
    internal Span<float> TiedGradient => memory.Span.Slice(copyStart + copyCount, tiedCount);

    // Of the batch that forward was given last to train on, for each row 1 if it counts; empty where there were no weights.
    internal ReadOnlySpan<float> Present => present.AsSpan(0, presentRows);

    // The memory for that, to be filled.
    internal Span<float> SetPresent(int rows)
    {
        presentRows = rows;
        if (present.Length < rows)
            present = new float[MaxRows];
        return present.AsSpan(0, rows);
    }

    // Memory that few networks need; it grows, and what it held is then lost.
    internal Span<float> Spare(int length)
    {
        if (spare is null || spare.Length < length)
            spare = new AlignedBuffer(length);
        return spare.Span[..length];
    }

    internal void Enter()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (Interlocked.Exchange(ref inUse, 1) != 0)
            throw new InvalidOperationException("The workspace is in use by another call; each thread needs its own.");
    }

    internal void Leave() => Volatile.Write(ref inUse, 0);
}
