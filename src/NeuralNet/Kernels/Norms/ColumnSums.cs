using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NeuralNet.Kernels;

/// <summary>Two sums over each column of those vectors of a batch that count.</summary>
/// <remarks>Only the order among them matters: their sums have the bits that they would have if the other vectors were not there.</remarks>
internal readonly unsafe ref struct ColumnSums
{
    public required ColumnLines Lines { get; init; }

    public required PresentVectors Vectors { get; init; }

    /// <summary>x, all vectors of the batch.</summary>
    public required ReadOnlySpan<float> Input { get; init; }

    /// <summary>∇z, as long as x; may be empty where it is not read.</summary>
    public ReadOnlySpan<float> Slopes { get; init; }

    /// <summary>o, a number near the mean of each column, for each place of a line.</summary>
    public required ReadOnlySpan<float> Origin { get; init; }

    /// <summary>At least <see cref="ColumnLines.Memory"/> floats.</summary>
    public required Span<float> Memory { get; init; }

    /// <summary>Who shares the work; null: nobody, and then all vectors of the batch count.</summary>
    public required Workers? Workers { get; init; }

    /// <summary>The first sums, of each column, after <see cref="Add"/>.</summary>
    public ReadOnlySpan<double> First => Doubles[..Lines.Width];

    /// <summary>The second sums.</summary>
    public ReadOnlySpan<double> Second => Doubles.Slice(Lines.Wide, Lines.Width);

    private Span<double> Doubles => MemoryMarshal.Cast<float, double>(Memory);

    /// <summary>Makes the sums.</summary>
    public void Add<TTerms>(TTerms terms) where TTerms : struct, IColumnTerms
    {
        AddGroups(terms, 0, Lines.Groups(Vectors.Count));
        Finish();
    }

    /// <summary>Makes the sums of some groups. When all have been made, <see cref="Finish"/> adds them up.</summary>
    public void AddGroups<TTerms>(TTerms terms, int first, int count) where TTerms : struct, IColumnTerms
    {
        int floats = checked(Vectors.All * Lines.Width);
        Require.SameLength(Input.Length, floats);
        Require.SameLength(TTerms.ReadsSlopes ? Slopes.Length : floats, floats);
        Require.SameLength(Origin.Length, Lines.Wide);
        Require.AtLeast(Memory.Length, Lines.Memory(Vectors.Count));
        Workers? workers = count > 1 && Workers is not null && Workers.ShareElements(floats) ? Workers : null;
        var job = new Job<TTerms> { Terms = terms, Sums = this, FirstGroup = first, Groups = count };
        if (!Vectors.IsWhole)
        {
            job.GatherFloats = checked(2 * Lines.BlockVectors * Lines.Width);
            job.Gathered = Workers!.Scratch(checked(job.GatherFloats * (workers?.Count ?? 1)));
        }

        if (workers is null)
            Workers.Do(ref job, 0, 1);
        else
            workers.Run(ref job, workers.Count);
    }

    /// <summary>Adds up the groups, in their order, and then the vectors of a line.</summary>
    public void Finish()
    {
        Span<double> sums = Doubles[..(2 * Lines.Wide)];
        int groups = Lines.Groups(Vectors.Count), n = Lines.Width;
        if (groups == 0)
            sums.Clear();
        for (int group = 1; group < groups; group++)
            TensorPrimitives.Add(sums, Doubles.Slice(group * Lines.GroupDoubles, sums.Length), sums);
        for (int half = 0; half < sums.Length; half += Lines.Wide)
        {
            for (int at = n; at < Lines.Wide; at += n)
                TensorPrimitives.Add(sums.Slice(half, n), sums.Slice(half + at, n), sums.Slice(half, n));
        }
    }

    private void AddGroup<TTerms, TVector>(TTerms terms, int group, float* gathered) where TTerms : struct, IColumnTerms
        where TVector : struct, ISimdVector<TVector>
    {
        int n = Lines.Width, wide = Lines.Wide, end = (int)Math.Min(Vectors.Count, (group + 1L) * Lines.GroupVectors);
        fixed (float* x = Input, slopes = Slopes, origin = Origin)
        fixed (double* sums = Doubles.Slice(group * Lines.GroupDoubles, Lines.GroupDoubles))
        {
            new Span<double>(sums, 2 * wide).Clear();
            float* lanes = (float*)(sums + (2 * wide));
            for (int first = group * Lines.GroupVectors; first < end; first += Lines.BlockVectors)
            {
                int floats = Math.Min(Lines.BlockVectors, end - first) * n;
                float* from = x + ((nint)first * n), dz = slopes == null ? null : slopes + ((nint)first * n);
                if (gathered != null)
                {
                    from = Gather(first, floats, Input, gathered);
                    dz = TTerms.ReadsSlopes ? Gather(first, floats, Slopes, gathered + (Lines.BlockVectors * n)) : null;
                }

                SumBlock<TTerms, TVector>(terms, from, dz, origin, floats, wide, lanes);
                AddTo(sums, lanes, 2 * wide);
            }
        }
    }

    private float* Gather(int first, int floats, ReadOnlySpan<float> from, float* to)
    {
        Vectors.Gather(first, floats / Lines.Width, from, Lines.Width, new Span<float>(to, floats));
        return to;
    }

    // The two sums of each place of a line over the lines of a block, of which the last may be cut off.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumBlock<TTerms, TVector>(TTerms terms, float* x, float* dz, float* origin, int floats, int wide, float* lanes)
        where TTerms : struct, IColumnTerms where TVector : struct, ISimdVector<TVector>
    {
        int lines = floats / wide, rest = floats - (lines * wide), at = 0;
        for (; at <= wide - (4 * TVector.Count); at += 4 * TVector.Count)
            SumFour<TTerms, TVector>(terms, x + at, dz == null ? null : dz + at, origin + at, lines, wide, lanes + at);
        for (; at < wide; at += TVector.Count)
            SumOne<TTerms, TVector>(terms, x + at, dz == null ? null : dz + at, origin + at, lines, wide, lanes + at, wide - at);

        x += (nint)lines * wide;
        dz = dz == null ? null : dz + ((nint)lines * wide);
        for (at = 0; at < rest; at += TVector.Count)
        {
            int left = rest - at;
            TVector first = TVector.Zero, second = TVector.Zero;
            terms.Add(
                VectorTail.Load<TVector>(x + at, left), VectorTail.Load<TVector>(origin + at, left),
                TTerms.ReadsSlopes ? VectorTail.Load<TVector>(dz + at, left) : TVector.Zero, ref first, ref second);
            VectorTail.Store(VectorTail.Load<TVector>(lanes + at, left) + first, lanes + at, left);
            VectorTail.Store(VectorTail.Load<TVector>(lanes + wide + at, left) + second, lanes + wide + at, left);
        }
    }

    // Four vectors of a line, so that one addition need not wait for the other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumFour<TTerms, TVector>(TTerms terms, float* x, float* dz, float* origin, int lines, nint wide, float* lanes)
        where TTerms : struct, IColumnTerms where TVector : struct, ISimdVector<TVector>
    {
        int one = TVector.Count, two = 2 * TVector.Count, three = 3 * TVector.Count;
        TVector o0 = TVector.Load(origin), o1 = TVector.Load(origin + one), o2 = TVector.Load(origin + two), o3 = TVector.Load(origin + three);
        TVector first0 = TVector.Zero, first1 = TVector.Zero, first2 = TVector.Zero, first3 = TVector.Zero;
        TVector second0 = TVector.Zero, second1 = TVector.Zero, second2 = TVector.Zero, second3 = TVector.Zero;
        for (; lines > 0; lines--, x += wide)
        {
            TVector z0 = TVector.Zero, z1 = TVector.Zero, z2 = TVector.Zero, z3 = TVector.Zero;
            if (TTerms.ReadsSlopes)
            {
                (z0, z1, z2, z3) = (TVector.Load(dz), TVector.Load(dz + one), TVector.Load(dz + two), TVector.Load(dz + three));
                dz += wide;
            }

            terms.Add(TVector.Load(x), o0, z0, ref first0, ref second0);
            terms.Add(TVector.Load(x + one), o1, z1, ref first1, ref second1);
            terms.Add(TVector.Load(x + two), o2, z2, ref first2, ref second2);
            terms.Add(TVector.Load(x + three), o3, z3, ref first3, ref second3);
        }

        TVector.Store(first0, lanes);
        TVector.Store(first1, lanes + one);
        TVector.Store(first2, lanes + two);
        TVector.Store(first3, lanes + three);
        lanes += wide;
        TVector.Store(second0, lanes);
        TVector.Store(second1, lanes + one);
        TVector.Store(second2, lanes + two);
        TVector.Store(second3, lanes + three);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SumOne<TTerms, TVector>(TTerms terms, float* x, float* dz, float* origin, int lines, nint wide, float* lanes, int left)
        where TTerms : struct, IColumnTerms where TVector : struct, ISimdVector<TVector>
    {
        TVector o = VectorTail.Load<TVector>(origin, left), first = TVector.Zero, second = TVector.Zero;
        for (; lines > 0; lines--, x += wide)
        {
            TVector z = TVector.Zero;
            if (TTerms.ReadsSlopes)
            {
                z = VectorTail.Load<TVector>(dz, left);
                dz += wide;
            }

            terms.Add(VectorTail.Load<TVector>(x, left), o, z, ref first, ref second);
        }

        VectorTail.Store(first, lanes, left);
        VectorTail.Store(second, lanes + wide, left);
    }

    // Where registers are narrower, .NET makes several operations of one on 512 bits; each sum stays the same.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddTo(double* sums, float* lanes, int count)
    {
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Vector512.Load(lanes + i));
            Vector512.Store(Vector512.Load(sums + i) + low, sums + i);
            Vector512.Store(Vector512.Load(sums + i + 8) + high, sums + i + 8);
        }

        for (; i < count; i++)
            sums[i] += lanes[i];
    }

    private ref struct Job<TTerms> : IJob<Job<TTerms>> where TTerms : struct, IColumnTerms
    {
        public TTerms Terms;
        public ColumnSums Sums;
        public int FirstGroup, Groups, GatherFloats;
        public float* Gathered;

        public static void Part<TVector>(ref Job<TTerms> job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int first, int count) = Workers.ShareOf(job.Groups, 1, part, parts);
            float* gathered = job.Gathered == null ? null : job.Gathered + ((nint)part * job.GatherFloats);
            for (int group = first; group < first + count; group++)
                job.Sums.AddGroup<TTerms, TVector>(job.Terms, job.FirstGroup + group, gathered);
        }
    }
}

/// <summary>What is summed of a column: two terms of each element.</summary>
internal interface IColumnTerms
{
    /// <summary>Whether the terms are made of ∇z too.</summary>
    static abstract bool ReadsSlopes { get; }

    /// <summary>Adds the terms of some elements, one in each lane.</summary>
    /// <param name="x">The elements.</param>
    /// <param name="origin">A number near the mean of each one's column.</param>
    /// <param name="slope">∇z; 0 unless it is read.</param>
    /// <param name="first">The first sums.</param>
    /// <param name="second">The second sums.</param>
    void Add<TVector>(TVector x, TVector origin, TVector slope, ref TVector first, ref TVector second) where TVector : struct, ISimdVector<TVector>;
}

/// <summary>Σ s x, with a power of 2 as s.</summary>
internal readonly struct MeanTerms(float scale) : IColumnTerms
{
    public static bool ReadsSlopes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TVector>(TVector x, TVector origin, TVector slope, ref TVector first, ref TVector second)
        where TVector : struct, ISimdVector<TVector> => TVector.MultiplyAdd(ref first, x, TVector.Broadcast(scale));
}

/// <summary>Σ d and Σ d², with d = s (x − o) and a power of 2 as s.</summary>
internal readonly struct MomentTerms(float scale) : IColumnTerms
{
    public static bool ReadsSlopes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TVector>(TVector x, TVector origin, TVector slope, ref TVector first, ref TVector second)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector distance = (x - origin) * TVector.Broadcast(scale);
        first += distance;
        TVector.MultiplyAdd(ref second, distance, distance);
    }
}

/// <summary>Σ ∇z and Σ ∇z (x − o).</summary>
internal readonly struct SlopeTerms : IColumnTerms
{
    public static bool ReadsSlopes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TVector>(TVector x, TVector origin, TVector slope, ref TVector first, ref TVector second)
        where TVector : struct, ISimdVector<TVector>
    {
        first += slope;
        TVector.MultiplyAdd(ref second, slope, x - origin);
    }
}
