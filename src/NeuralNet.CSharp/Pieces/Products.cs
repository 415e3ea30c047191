using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Floats = System.Numerics.Vector<float>;
using Vectors = System.Numerics.Vector;

namespace NeuralNet.CSharp.Pieces;

/// <content>Products with matrices: z[r, j] = start[j] + Σ x w, one chain of fused multiply-adds for each, whatever vectors there are.</content>
/// <remarks>Vectors go along j. Where columns are not whole vectors, the last vector overlaps the one before it: what is computed twice comes out the
/// same. A vector that is wider than all columns reads beyond them, which is why 16 values are behind a narrow matrix.</remarks>
internal static partial class Parts
{
    // How many products a chain has, and how far apart they lie: lines of pieces of steps in x and in w; and how far apart the rows lie.
    public struct Sweep
    {
        public int Lines { get; set; }

        public int Pieces { get; set; }

        public int Steps { get; set; }

        public int XLine { get; set; }

        public int XPiece { get; set; }

        public int XStep { get; set; }

        public int WLine { get; set; }

        public int WPiece { get; set; }

        public int WStep { get; set; }

        public int XRow { get; set; }

        public int ZRow { get; set; }
    }

    // How many vectors are made at once, for the JIT, which leaves out the code of the others; an own one has values of x for itself.
    public readonly struct OneVector;

    public readonly struct OwnVector;

    public readonly struct TwoVectors;

    public readonly struct FourVectors;

    public readonly struct EightVectors;

    // z[r, j] = start[j] + Σᵢ x[r, i] w[i, j] for each row of z; without a start from 0. The rows of x are xStride apart.
    public static void Products(
        ReadOnlySpan<float> x, int xStride, int inputs, ReadOnlySpan<float> w, int outputs, ReadOnlySpan<float> start, Span<float> z)
    {
        int rows = z.Length / outputs;
        var sweep = new Sweep { Lines = 1, Pieces = 1, Steps = inputs, XStep = 1, WStep = outputs, XRow = xStride, ZRow = outputs };
        Sum(x.Slice(0, ((rows - 1) * xStride) + inputs), w.Slice(0, (inputs * outputs) + global::System.Math.Max(0, Floats.Count - outputs)),
            start, z, rows, outputs, sweep, isWhole: true);
    }

    // The same of one row. All columns of some lines of a large matrix are read before the next lines, in the order of memory.
    public static void Product(ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> start, Span<float> z)
    {
        int atOnce = w.Length > 8192 && z.Length % Floats.Count == 0 ? 32 : x.Length;
        for (int i = 0; i < x.Length; i += atOnce)
        {
            int count = global::System.Math.Min(atOnce, x.Length - i);
            Products(x.Slice(i, count), count, count, w.Slice(i * z.Length), z.Length, i == 0 ? start : z, z);
        }
    }

    // So many rows and columns. Where z is whole, with nothing beside its columns, narrow rows may be stored as vectors that reach into the next.
    // Where each column of z has its own in x, there is a vector of them or more.
    public static void Sum(
        ReadOnlySpan<float> x, ReadOnlySpan<float> w, ReadOnlySpan<float> start, Span<float> z, int rows, int columns, in Sweep sweep, bool isWhole,
        bool isOwn = false)
    {
        ref float x0 = ref MemoryMarshal.GetReference(x), w0 = ref MemoryMarshal.GetReference(w);
        if (rows <= 2 && !isOwn)
        {
            for (int r = 0; r < rows; r++)
                SumRow(ref Unsafe.Add(ref x0, r * sweep.XRow), ref w0, start, z.Slice(r * sweep.ZRow, columns), sweep);
            return;
        }

        int last = global::System.Math.Max(0, columns - Floats.Count);
        for (int j = 0; j < columns; j += isOwn ? Floats.Count : 2 * Floats.Count)
        {
            int at = global::System.Math.Min(j, last), second = isOwn ? 0 : global::System.Math.Min(Floats.Count, last - at);
            Floats s0 = Floats.Zero, s1 = Floats.Zero;
            if (!start.IsEmpty)
            {
                s0 = Load(start, at);
                s1 = Load(start, at + second);
            }

            for (int r = 0; r < rows; r += 6)
            {
                int count = global::System.Math.Min(6, rows - r), to = (r * sweep.ZRow) + at, end = to + ((count - 1) * sweep.ZRow);
                ref float xr = ref Unsafe.Add(ref x0, (r * sweep.XRow) + (isOwn ? at : 0)), wj = ref Unsafe.Add(ref w0, at);
                int width = columns >= Floats.Count || (isWhole && z.Length - end >= Floats.Count) ? Floats.Count : columns;
                ref float zr = ref MemoryMarshal.GetReference(z.Slice(to, end - to + second + width));
                if (second > 0)
                    SumRows<TwoVectors>(ref xr, ref wj, s0, s1, ref zr, count, second, width, sweep);
                else if (isOwn)
                    SumRows<OwnVector>(ref xr, ref wj, s0, s0, ref zr, count, second, width, sweep);
                else
                    SumRows<OneVector>(ref xr, ref wj, s0, s0, ref zr, count, second, width, sweep);
            }
        }
    }

    // Up to eight vectors of one row at a time, so that the chains need not wait for each other.
    private static void SumRow(ref float x, ref float w, ReadOnlySpan<float> start, Span<float> z, in Sweep sweep)
    {
        for (int j = 0; j < z.Length; j += 8 * Floats.Count)
        {
            if (z.Length - j > 4 * Floats.Count)
                SumVectors<EightVectors>(ref x, ref w, start, z, j, sweep);
            else
                SumVectors<FourVectors>(ref x, ref w, start, z, j, sweep);
        }
    }

    // One row. Past the end the last vector is computed again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumVectors<TCount>(ref float x, ref float w, ReadOnlySpan<float> start, Span<float> z, int j, in Sweep sweep)
        where TCount : struct
    {
        int n = Floats.Count, last = global::System.Math.Max(0, z.Length - n);
        int j0 = global::System.Math.Min(j, last), j1 = global::System.Math.Min(j + n, last), j2 = global::System.Math.Min(j + (2 * n), last);
        int j3 = global::System.Math.Min(j + (3 * n), last), j4 = global::System.Math.Min(j + (4 * n), last);
        int j5 = global::System.Math.Min(j + (5 * n), last), j6 = global::System.Math.Min(j + (6 * n), last);
        int j7 = global::System.Math.Min(j + (7 * n), last);
        Floats z0 = Floats.Zero, z1 = z0, z2 = z0, z3 = z0, z4 = z0, z5 = z0, z6 = z0, z7 = z0;
        if (!start.IsEmpty)
        {
            z0 = Load(start, j0);
            z1 = Load(start, j1);
            z2 = Load(start, j2);
            z3 = Load(start, j3);
            if (typeof(TCount) == typeof(EightVectors))
            {
                z4 = Load(start, j4);
                z5 = Load(start, j5);
                z6 = Load(start, j6);
                z7 = Load(start, j7);
            }
        }

        for (int line = 0; line < sweep.Lines; line++)
        {
            for (int piece = 0; piece < sweep.Pieces; piece++)
            {
                ref float a = ref Unsafe.Add(ref x, (line * sweep.XLine) + (piece * sweep.XPiece));
                ref float b = ref Unsafe.Add(ref w, (line * sweep.WLine) + (piece * sweep.WPiece));
                for (int k = sweep.Steps; k > 0; k--)
                {
                    var value = new Floats(a);
                    MultiplyAdd(ref z0, value, Vectors.LoadUnsafe(ref b, (nuint)j0));
                    MultiplyAdd(ref z1, value, Vectors.LoadUnsafe(ref b, (nuint)j1));
                    MultiplyAdd(ref z2, value, Vectors.LoadUnsafe(ref b, (nuint)j2));
                    MultiplyAdd(ref z3, value, Vectors.LoadUnsafe(ref b, (nuint)j3));
                    if (typeof(TCount) == typeof(EightVectors))
                    {
                        MultiplyAdd(ref z4, value, Vectors.LoadUnsafe(ref b, (nuint)j4));
                        MultiplyAdd(ref z5, value, Vectors.LoadUnsafe(ref b, (nuint)j5));
                        MultiplyAdd(ref z6, value, Vectors.LoadUnsafe(ref b, (nuint)j6));
                        MultiplyAdd(ref z7, value, Vectors.LoadUnsafe(ref b, (nuint)j7));
                    }

                    a = ref Unsafe.Add(ref a, sweep.XStep);
                    b = ref Unsafe.Add(ref b, sweep.WStep);
                }
            }
        }

        Store(z0, z, j0);
        Store(z1, z, j1);
        Store(z2, z, j2);
        Store(z3, z, j3);
        if (typeof(TCount) == typeof(EightVectors))
        {
            Store(z4, z, j4);
            Store(z5, z, j5);
            Store(z6, z, j6);
            Store(z7, z, j7);
        }
    }

    // Six rows by one or two vectors, as many as stay in registers. Of fewer rows the last is computed again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows<TCount>(ref float x, ref float w, Floats s0, Floats s1, ref float z, int rows, int second, int width, in Sweep sweep)
        where TCount : struct
    {
        int r1 = rows > 1 ? 1 : 0, r2 = rows > 2 ? 2 : r1, r3 = rows > 3 ? 3 : r2, r4 = rows > 4 ? 4 : r3, r5 = rows > 5 ? 5 : r4, xRow = sweep.XRow;
        nint x1 = r1 * xRow, x2 = r2 * xRow, x3 = r3 * xRow, x4 = r4 * xRow, x5 = r5 * xRow, xStep = sweep.XStep, wStep = sweep.WStep;
        Floats z00 = s0, z10 = s0, z20 = s0, z30 = s0, z40 = s0, z50 = s0, z01 = s1, z11 = s1, z21 = s1, z31 = s1, z41 = s1, z51 = s1;
        for (int line = 0; line < sweep.Lines; line++)
        {
            for (int piece = 0; piece < sweep.Pieces; piece++)
            {
                ref float a = ref Unsafe.Add(ref x, (line * sweep.XLine) + (piece * sweep.XPiece));
                ref float b = ref Unsafe.Add(ref w, (line * sweep.WLine) + (piece * sweep.WPiece));
                for (int k = sweep.Steps; k > 0; k--)
                {
                    Floats w0 = Vectors.LoadUnsafe(ref b), w1 = w0;
                    if (typeof(TCount) == typeof(TwoVectors))
                        w1 = Vectors.LoadUnsafe(ref b, (nuint)second);
                    Floats value = Factor<TCount>(ref a);
                    MultiplyAdd(ref z00, value, w0);
                    if (typeof(TCount) == typeof(TwoVectors))
                        MultiplyAdd(ref z01, value, w1);
                    value = Factor<TCount>(ref Unsafe.Add(ref a, x1));
                    MultiplyAdd(ref z10, value, w0);
                    if (typeof(TCount) == typeof(TwoVectors))
                        MultiplyAdd(ref z11, value, w1);
                    value = Factor<TCount>(ref Unsafe.Add(ref a, x2));
                    MultiplyAdd(ref z20, value, w0);
                    if (typeof(TCount) == typeof(TwoVectors))
                        MultiplyAdd(ref z21, value, w1);
                    value = Factor<TCount>(ref Unsafe.Add(ref a, x3));
                    MultiplyAdd(ref z30, value, w0);
                    if (typeof(TCount) == typeof(TwoVectors))
                        MultiplyAdd(ref z31, value, w1);
                    value = Factor<TCount>(ref Unsafe.Add(ref a, x4));
                    MultiplyAdd(ref z40, value, w0);
                    if (typeof(TCount) == typeof(TwoVectors))
                        MultiplyAdd(ref z41, value, w1);
                    value = Factor<TCount>(ref Unsafe.Add(ref a, x5));
                    MultiplyAdd(ref z50, value, w0);
                    if (typeof(TCount) == typeof(TwoVectors))
                        MultiplyAdd(ref z51, value, w1);
                    a = ref Unsafe.Add(ref a, xStep);
                    b = ref Unsafe.Add(ref b, wStep);
                }
            }
        }

        // In this order, because a narrow row's vector reaches into the next.
        int zRow = sweep.ZRow;
        Put<TCount>(z00, z01, ref z, second, width);
        Put<TCount>(z10, z11, ref Unsafe.Add(ref z, r1 * zRow), second, width);
        Put<TCount>(z20, z21, ref Unsafe.Add(ref z, r2 * zRow), second, width);
        Put<TCount>(z30, z31, ref Unsafe.Add(ref z, r3 * zRow), second, width);
        Put<TCount>(z40, z41, ref Unsafe.Add(ref z, r4 * zRow), second, width);
        Put<TCount>(z50, z51, ref Unsafe.Add(ref z, r5 * zRow), second, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Factor<TCount>(ref float x) where TCount : struct =>
        typeof(TCount) == typeof(OwnVector) ? Vectors.LoadUnsafe(ref x) : new Floats(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TCount>(Floats first, Floats other, ref float z, int second, int width) where TCount : struct
    {
        if (typeof(TCount) == typeof(TwoVectors))
        {
            Vectors.StoreUnsafe(first, ref z);
            Vectors.StoreUnsafe(other, ref z, (nuint)second);
        }
        else if (width == Floats.Count)
        {
            Vectors.StoreUnsafe(first, ref z);
        }
        else
        {
            StoreLast(first, MemoryMarshal.CreateSpan(ref z, width), 0);
        }
    }
}
