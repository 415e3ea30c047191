using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Rows of a table, chosen by ids that are floats. The caller has checked that all ids of real steps are whole numbers below the
/// table's height; ids past a row's length are not read.</summary>
internal static unsafe class EmbeddingKernels
{
    /// <summary>y[p, ·] = table[ids[p], ·]; 0 for the padding id and past a row's length. Threads take whole vectors.</summary>
    public static void Lookup(
        ReadOnlySpan<float> ids, ReadOnlySpan<float> table, Span<float> y,
        ReadOnlySpan<int> lengths, int steps, int width, int padding, Workers workers)
    {
        Require.SameLength(y.Length, checked(ids.Length * width));
        Require.Lengths(lengths, ids.Length / steps, steps);
        var job = new LookupJob { Ids = new(ids, lengths, steps, padding), Table = table, Y = y, Width = width };
        Workers.Share(workers, y.Length, ref job);
    }

    /// <summary>dw[ids[p], ·] += dy[p, ·] for p ascending, but for the padding id. Threads take columns: each sum stays with one.</summary>
    public static void AddGradient(
        ReadOnlySpan<float> ids, ReadOnlySpan<float> dy, Span<float> dw,
        ReadOnlySpan<int> lengths, int steps, int width, int padding, Workers workers)
    {
        Require.SameLength(dy.Length, checked(ids.Length * width));
        Require.Lengths(lengths, ids.Length / steps, steps);
        var job = new AddJob { Ids = new(ids, lengths, steps, padding), Dy = dy, Dw = dw, Width = width };
        Workers.Share(workers, dy.Length, ref job);
    }

    private readonly ref struct Ids(ReadOnlySpan<float> ids, ReadOnlySpan<int> lengths, int steps, int padding)
    {
        private readonly ReadOnlySpan<float> ids = ids;
        private readonly ReadOnlySpan<int> lengths = lengths;

        public int Count => ids.Length;

        /// <summary>The id at a position; −1 where there is none to be looked up.</summary>
        public int At(int p)
        {
            if (!lengths.IsEmpty && p % steps >= lengths[p / steps])
                return -1;
            int id = (int)ids[p];
            return id == padding ? -1 : id;
        }
    }

    private ref struct LookupJob : IJob<LookupJob>
    {
        public Ids Ids;
        public ReadOnlySpan<float> Table;
        public Span<float> Y;
        public int Width;

        public static void Part<TVector>(ref LookupJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Ids.Count, 1, part, parts);
            for (int p = first; p < first + count; p++)
            {
                Span<float> y = job.Y.Slice(p * job.Width, job.Width);
                int id = job.Ids.At(p);
                if (id < 0)
                    y.Clear();
                else
                    job.Table.Slice(id * job.Width, job.Width).CopyTo(y);
            }
        }
    }

    private ref struct AddJob : IJob<AddJob>
    {
        public Ids Ids;
        public ReadOnlySpan<float> Dy;
        public Span<float> Dw;
        public int Width;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Part<TVector>(ref AddJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Width, Workers.Line, part, parts);
            fixed (float* gradient = job.Dy, table = job.Dw)
            {
                for (int p = 0; p < job.Ids.Count; p++)
                {
                    int id = job.Ids.At(p);
                    if (id < 0)
                        continue;
                    float* dw = table + ((nint)id * job.Width) + first, dy = gradient + ((nint)p * job.Width) + first;
                    for (int i = 0; i < count; i += TVector.Count)
                    {
                        int left = count - i;
                        VectorTail.Store(VectorTail.Load<TVector>(dw + i, left) + VectorTail.Load<TVector>(dy + i, left), dw + i, left);
                    }
                }
            }
        }
    }
}
