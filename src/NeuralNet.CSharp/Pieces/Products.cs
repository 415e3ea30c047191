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

    public readonly struct RestOfVectors;

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

        Span<float> narrow = stackalloc float[96];
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
                if (columns < Floats.Count && (!isWhole || z.Length - end < Floats.Count))
                {
                    SumRows<OneVector>(ref xr, ref wj, s0, s0, ref MemoryMarshal.GetReference(narrow), count, 0, Floats.Count, sweep);
                    for (int k = 0; k < count; k++)
                    {
                        Span<float> row = z.Slice(to + (k * sweep.ZRow), columns), made = narrow.Slice(k * Floats.Count, columns);
                        for (int c = 0; c < row.Length; c++)
                            row[c] = made[c];
                    }

                    continue;
                }

                ref float zr = ref MemoryMarshal.GetReference(z.Slice(to, end - to + second + Floats.Count));
                if (second > 0)
                    SumRows<TwoVectors>(ref xr, ref wj, s0, s1, ref zr, count, second, sweep.ZRow, sweep);
                else if (isOwn)
                    SumRows<OwnVector>(ref xr, ref wj, s0, s0, ref zr, count, second, sweep.ZRow, sweep);
                else
                    SumRows<OneVector>(ref xr, ref wj, s0, s0, ref zr, count, second, sweep.ZRow, sweep);
            }
        }
    }

    // One row: eight vectors at a time, so that the chains need not wait for each other, and then four. Past the end the last one is made again.
    private static void SumRow(ref float x, ref float w, ReadOnlySpan<float> start, Span<float> z, in Sweep sweep)
    {
        int n = Floats.Count, j = 0;
        if (z.Length < n)
        {
            Span<float> whole = stackalloc float[16];
            start.CopyTo(whole);
            SumVectors<RestOfVectors>(ref x, ref w, start.IsEmpty ? default : whole, whole, 0, 0, 0, sweep);
            whole.Slice(0, z.Length).CopyTo(z);
            return;
        }

        for (; z.Length - j >= 8 * n; j += 8 * n)
            SumVectors<EightVectors>(ref x, ref Unsafe.Add(ref w, j), start.IsEmpty ? start : start.Slice(j), z.Slice(j), 0, 0, 0, sweep);
        if (z.Length - j >= 4 * n)
        {
            SumVectors<FourVectors>(ref x, ref Unsafe.Add(ref w, j), start.IsEmpty ? start : start.Slice(j), z.Slice(j), 0, 0, 0, sweep);
            j += 4 * n;
        }

        if (j == z.Length)
            return;
        int last = z.Length - n, first = global::System.Math.Min(j, last);
        int second = global::System.Math.Min(n, last - first), third = global::System.Math.Min(2 * n, last - first);
        SumVectors<RestOfVectors>(
            ref x, ref Unsafe.Add(ref w, first), start.IsEmpty ? start : start.Slice(first), z.Slice(first), second, third, last - first, sweep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumVectors<TCount>(
        ref float x, ref float w, ReadOnlySpan<float> start, Span<float> z, nint second, nint third, nint fourth, in Sweep sweep)
        where TCount : struct
    {
        nint n = Floats.Count, o1 = n, o2 = 2 * n, o3 = 3 * n, xStep = sweep.XStep, wStep = sweep.WStep;
        if (typeof(TCount) == typeof(RestOfVectors))
        {
            o1 = second;
            o2 = third;
            o3 = fourth;
        }

        ref float s = ref MemoryMarshal.GetReference(start);
        Floats z0 = Floats.Zero, z1 = z0, z2 = z0, z3 = z0, z4 = z0, z5 = z0, z6 = z0, z7 = z0;
        if (!start.IsEmpty)
        {
            z0 = Vectors.LoadUnsafe(ref s);
            z1 = Vectors.LoadUnsafe(ref Unsafe.Add(ref s, o1));
            z2 = Vectors.LoadUnsafe(ref Unsafe.Add(ref s, o2));
            z3 = Vectors.LoadUnsafe(ref Unsafe.Add(ref s, o3));
            if (typeof(TCount) == typeof(EightVectors))
            {
                z4 = Vectors.LoadUnsafe(ref Unsafe.Add(ref s, 4 * n));
                z5 = Vectors.LoadUnsafe(ref Unsafe.Add(ref s, 5 * n));
                z6 = Vectors.LoadUnsafe(ref Unsafe.Add(ref s, 6 * n));
                z7 = Vectors.LoadUnsafe(ref Unsafe.Add(ref s, 7 * n));
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
                    MultiplyAdd(ref z0, value, Vectors.LoadUnsafe(ref b));
                    MultiplyAdd(ref z1, value, Vectors.LoadUnsafe(ref Unsafe.Add(ref b, o1)));
                    MultiplyAdd(ref z2, value, Vectors.LoadUnsafe(ref Unsafe.Add(ref b, o2)));
                    MultiplyAdd(ref z3, value, Vectors.LoadUnsafe(ref Unsafe.Add(ref b, o3)));
                    if (typeof(TCount) == typeof(EightVectors))
                    {
                        MultiplyAdd(ref z4, value, Vectors.LoadUnsafe(ref Unsafe.Add(ref b, 4 * n)));
                        MultiplyAdd(ref z5, value, Vectors.LoadUnsafe(ref Unsafe.Add(ref b, 5 * n)));
                        MultiplyAdd(ref z6, value, Vectors.LoadUnsafe(ref Unsafe.Add(ref b, 6 * n)));
                        MultiplyAdd(ref z7, value, Vectors.LoadUnsafe(ref Unsafe.Add(ref b, 7 * n)));
                    }

                    a = ref Unsafe.Add(ref a, xStep);
                    b = ref Unsafe.Add(ref b, wStep);
                }
            }
        }

        ref float to = ref MemoryMarshal.GetReference(z);
        Vectors.StoreUnsafe(z0, ref to);
        Vectors.StoreUnsafe(z1, ref Unsafe.Add(ref to, o1));
        Vectors.StoreUnsafe(z2, ref Unsafe.Add(ref to, o2));
        Vectors.StoreUnsafe(z3, ref Unsafe.Add(ref to, o3));
        if (typeof(TCount) == typeof(EightVectors))
        {
            Vectors.StoreUnsafe(z4, ref Unsafe.Add(ref to, 4 * n));
            Vectors.StoreUnsafe(z5, ref Unsafe.Add(ref to, 5 * n));
            Vectors.StoreUnsafe(z6, ref Unsafe.Add(ref to, 6 * n));
            Vectors.StoreUnsafe(z7, ref Unsafe.Add(ref to, 7 * n));
        }
    }

    // Six rows by one or two vectors, as many as stay in registers. Of fewer rows the last is computed again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows<TCount>(ref float x, ref float w, Floats s0, Floats s1, ref float z, int rows, nint second, int zRow, in Sweep sweep)
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
                        w1 = Vectors.LoadUnsafe(ref Unsafe.Add(ref b, second));
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
        Put<TCount>(z00, z01, ref z, second);
        Put<TCount>(z10, z11, ref Unsafe.Add(ref z, r1 * zRow), second);
        Put<TCount>(z20, z21, ref Unsafe.Add(ref z, r2 * zRow), second);
        Put<TCount>(z30, z31, ref Unsafe.Add(ref z, r3 * zRow), second);
        Put<TCount>(z40, z41, ref Unsafe.Add(ref z, r4 * zRow), second);
        Put<TCount>(z50, z51, ref Unsafe.Add(ref z, r5 * zRow), second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Floats Factor<TCount>(ref float x) where TCount : struct =>
        typeof(TCount) == typeof(OwnVector) ? Vectors.LoadUnsafe(ref x) : new Floats(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TCount>(Floats first, Floats other, ref float z, nint second) where TCount : struct
    {
        Vectors.StoreUnsafe(first, ref z);
        if (typeof(TCount) == typeof(TwoVectors))
            Vectors.StoreUnsafe(other, ref Unsafe.Add(ref z, second));
    }
}
