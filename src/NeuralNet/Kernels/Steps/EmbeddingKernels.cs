using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>
/// Rows of a table, chosen by ids that are floats. All ids of real steps have been found to be whole numbers below the
/// table's height; those past a row's length are not read.
/// </summary>
internal static unsafe class EmbeddingKernels
{
    /// <summary>y[p, ·] = table[ids[p], ·]; 0 for the padding id and past a row's length. Threads take whole vectors.</summary>
    public static void Lookup(ReadOnlySpan<float> ids, ReadOnlySpan<float> table, Span<float> y, ReadOnlySpan<int> lengths, int steps, int width, int padding, Workers workers)
    {
        Require.SameLength(y.Length, checked(ids.Length * width));
        Require.Lengths(lengths, ids.Length / steps, steps);
        fixed (float* pids = ids, ptable = table, py = y)
        fixed (int* plengths = lengths)
        {
            var job = new Job { Ids = pids, Count = ids.Length, Lengths = plengths, Steps = steps, Table = ptable, Vectors = py, Width = width, Padding = padding };
            Workers.Share(workers, y.Length, &LookupPart, &job);
        }
    }

    /// <summary>
    /// dw[ids[p], ·] += dy[p, ·] for p ascending, but for the padding id. Threads take columns: each sum stays with one.
    /// </summary>
    public static void AddGradient(ReadOnlySpan<float> ids, ReadOnlySpan<float> dy, Span<float> dw, ReadOnlySpan<int> lengths, int steps, int width, int padding, Workers workers)
    {
        Require.SameLength(dy.Length, checked(ids.Length * width));
        Require.Lengths(lengths, ids.Length / steps, steps);
        fixed (float* pids = ids, pdy = dy, pdw = dw)
        fixed (int* plengths = lengths)
        {
            var job = new Job { Ids = pids, Count = ids.Length, Lengths = plengths, Steps = steps, Table = pdw, Vectors = pdy, Width = width, Padding = padding };
            Workers.Share(workers, dy.Length, &AddPart, &job);
        }
    }

    private static void LookupPart(void* arguments, int part, int parts)
    {
        var job = (Job*)arguments;
        int width = job->Width;
        (int first, int count) = Workers.ShareOf(job->Count, 1, part, parts);
        for (int p = first; p < first + count; p++)
        {
            var y = new Span<float>(job->Vectors + ((nint)p * width), width);
            int id = job->IdAt(p);
            if (id < 0)
                y.Clear();
            else
                new ReadOnlySpan<float>(job->Table + ((nint)id * width), width).CopyTo(y);
        }
    }

    private static void AddPart(void* arguments, int part, int parts)
    {
        var job = (Job*)arguments;
        (int first, int count) = Workers.ShareOf(job->Width, Workers.Line, part, parts);
        if (Vector512.IsHardwareAccelerated)
            Add<Simd512>(job, first, count);
        else if (Vector256.IsHardwareAccelerated)
            Add<Simd256>(job, first, count);
        else
            Add<Simd128>(job, first, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<TVector>(Job* job, int first, int count)
        where TVector : struct, ISimdVector<TVector>
    {
        for (int p = 0; p < job->Count; p++)
        {
            int id = job->IdAt(p);
            if (id < 0)
                continue;
            float* dw = job->Table + ((nint)id * job->Width) + first, dy = job->Vectors + ((nint)p * job->Width) + first;
            for (int i = 0; i < count; i += TVector.Count)
                VectorTail.Store(VectorTail.Load<TVector>(dw + i, count - i) + VectorTail.Load<TVector>(dy + i, count - i), dw + i, count - i);
        }
    }

    private struct Job
    {
        public float* Ids;
        public int Count;
        public int* Lengths;
        public int Steps;
        public float* Table;
        public float* Vectors;
        public int Width;
        public int Padding;

        /// <summary>The id at a place; −1 where there is none to be looked up.</summary>
        public readonly int IdAt(int p)
        {
            if (Lengths != null && p % Steps >= Lengths[p / Steps])
                return -1;
            int id = (int)Ids[p];
            return id == Padding ? -1 : id;
        }
    }
}
