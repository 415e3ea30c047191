using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>What both directions of a recurrent layer have in common. Rows do not meet, so threads take rows, and go through all steps
/// without waiting for each other.</summary>
/// <remarks>A part of the work is a few rows: at each step their product with the recurrent weights, and at once the gates, while the
/// product is still in the first-level cache.</remarks>
internal static unsafe class RecurrentRows
{
    /// <summary>The part that comes before all others: it copies the recurrent weights together.</summary>
    public const int Packing = -1;

    // Two tiles.
    private const int RowsAtOnce = 2 * MatrixTile.MaxRows;

    /// <summary>All rows through all steps, in parts of nearly the same height.</summary>
    public static void Run<TJob>(ref TJob job, Workers workers, int rows, long multiplyAdds) where TJob : struct, IJob<TJob>, allows ref struct
    {
        Workers.Do(ref job, Packing, 0);
        int threads = workers.ShareProduct(multiplyAdds) ? Math.Min(workers.Count, rows) : 1;
        int perThread = (rows + threads - 1) / threads, parts = threads * ((perThread + RowsAtOnce - 1) / RowsAtOnce);
        if (threads > 1)
        {
            workers.Run(ref job, parts);
            return;
        }

        for (int part = 0; part < parts; part++)
            Workers.Do(ref job, part, parts);
    }

    /// <summary>The rows from the first to the last whose step is real; between them may be others, whose product nobody reads.</summary>
    public static (int First, int Count) Active(ReadOnlySpan<int> lengths, int first, int rows, int step)
    {
        if (lengths.IsEmpty)
            return (first, rows);
        int last = first + rows - 1;
        while (last >= first && lengths[last] <= step)
            last--;
        while (first < last && lengths[first] <= step)
            first++;
        return (first, Math.Max(0, last - first + 1));
    }

    /// <summary>A step of a row lies far from that of the next row, so that the processor does not foresee it: what the next step of this
    /// row will touch is fetched into the second-level cache while the other rows are worked on.</summary>
    public static void Fetch(float* from, int count)
    {
        if (Sse.IsSupported)
        {
            for (int i = 0; i < count; i += Workers.Line)
                Sse.Prefetch1(from + i);
        }
    }

    /// <summary>Copies so many floats.</summary>
    public static void Copy(float* from, float* to, int count) => Unsafe.CopyBlockUnaligned(to, from, (uint)count * sizeof(float));
}
