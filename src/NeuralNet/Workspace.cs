using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// All the memory that the calls of one caller need: with it a step or a prediction allocates nothing after the first.
/// </summary>
/// <remarks>
/// Made by <see cref="Network.CreateWorkspace"/>; it serves that network and its clones, one call at a time. With more than
/// one thread it owns the helping threads, which <see cref="Dispose"/> stops.
/// </remarks>
public sealed class Workspace : IDisposable
{
    // Far more than any machine could use, and few enough to be started.
    internal const int MostThreads = 1024;

    private readonly AlignedBuffer memory;
    private readonly int cacheStart, gradientStart, scratchStart;
    private int inUse;
    private bool isDisposed;

    internal Workspace(Chain layers, int maxRows, int threads, bool training)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, MostThreads);
        Layers = layers;
        MaxRows = maxRows;
        Threads = threads;
        Training = training;

        // One buffer: output, cache, gradient of the output, scratch; each begins at a multiple of 64 bytes.
        try
        {
            BufferSize output = new BufferSize(0, layers.Output.Size).Aligned(), kept = training ? output : default;
            cacheStart = output.At(maxRows);
            gradientStart = checked(cacheStart + (training ? layers.Cache.Aligned().At(maxRows) : 0));
            scratchStart = checked(gradientStart + kept.At(maxRows));
            memory = new AlignedBuffer(checked(scratchStart + layers.Scratch.At(maxRows)));
        }
        catch (OverflowException)
        {
            throw new ArgumentOutOfRangeException(nameof(maxRows), maxRows, "So many rows would need 2³¹ floats or more; use fewer rows at a time.");
        }

        Workers = new Workers(threads);
    }

    /// <summary>The largest number of rows that a call may have.</summary>
    public int MaxRows { get; }

    /// <summary>How many threads share the work of a call, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>Whether there is room for what backward needs.</summary>
    public bool Training { get; }

    internal Chain Layers { get; }

    internal Workers Workers { get; }

    // Which forward pass the cache comes from.
    internal ForwardMark Mark { get; set; }

    /// <summary>Stops the helping threads; the workspace cannot be used any more.</summary>
    public void Dispose()
    {
        isDisposed = true;
        Workers.Dispose();
    }

    internal Span<float> Output(int length) => memory.Span[..length];

    internal Span<float> OutputGradient(int length) => memory.Span.Slice(gradientStart, length);

    internal Span<float> Cache(int rows) => memory.Span.Slice(cacheStart, Layers.Cache.At(rows));

    internal Span<float> Scratch(int rows) => memory.Span.Slice(scratchStart, Layers.Scratch.At(rows));

    internal void Enter()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (Interlocked.Exchange(ref inUse, 1) != 0)
            throw new InvalidOperationException("The workspace is in use by another call; each thread needs its own.");
    }

    internal void Leave() => Volatile.Write(ref inUse, 0);
}

/// <summary>
/// What a forward pass can be recognised by, so that backward after another one is refused.
/// </summary>
/// <remarks>
/// Of the inputs a sample of values is taken, not all: another batch is told from it unless it agrees in all of them.
/// </remarks>
internal readonly record struct ForwardMark(Network? Network, int Rows, int Steps, int FirstRow, RandomStream? Stream, ulong Values, bool AllowsBackward)
{
    private const int Samples = 64;

    public static ForwardMark Of(Network network, in Batch batch, int steps, bool allowsBackward)
    {
        ulong values = 0;
        int count = batch.Inputs.Length;
        for (int i = 0; i < Math.Min(count, Samples); i++)
        {
            // Scattered, so that no width makes them all fall into one column.
            int at = count <= Samples ? i : (int)(((ulong)((uint)i * 0x9E3779B9u) * (uint)count) >> 32);
            values = Mix(values, BitConverter.SingleToUInt32Bits(batch.Inputs[at]));
        }

        foreach (int length in batch.Lengths)
            values = Mix(values, (uint)length);
        return new ForwardMark(network, batch.Rows, steps, batch.FirstRow, batch.Stream, values, allowsBackward);
    }

    private static ulong Mix(ulong state, uint value) => System.Numerics.BitOperations.RotateLeft((state ^ value) * 0x9E3779B97F4A7C15UL, 29);
}
