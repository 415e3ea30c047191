using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Transposed copies: rows that become columns of a wider matrix, and back.</summary>
internal static unsafe class TransposeKernels
{
    /// <summary>to[j, i] = from[i, j], from is [rows, columns].</summary>
    public static void Transpose(ReadOnlySpan<float> from, Span<float> to, int rows, int columns, Workers? workers)
    {
        Require.SameLength(from.Length, checked(rows * columns));
        Require.SameLength(to.Length, checked(rows * columns));
        var job = new TransposeJob { From = from, To = to, Rows = rows, Columns = columns };
        Workers.Share(workers, to.Length, ref job);
    }

    /// <summary>to[j, i] += from[i, j], from is [rows, columns].</summary>
    public static void AddTransposed(ReadOnlySpan<float> from, Span<float> to, int rows, int columns, Workers? workers)
    {
        Require.SameLength(from.Length, checked(rows * columns));
        Require.SameLength(to.Length, checked(rows * columns));
        var job = new AddJob { From = from, To = to, Rows = rows, Columns = columns };
        Workers.Share(workers, to.Length, ref job);
    }

    /// <summary>to[j, first + i] = from[i, j]: rows become columns of a wider matrix. from is [rows, columns], to has
    /// <paramref name="stride"/> columns.</summary>
    public static void RowsToColumns(ReadOnlySpan<float> from, int columns, Span<float> to, int stride, int first)
    {
        int rows = Rows(from.Length, columns, to.Length, stride, first);
        fixed (float* source = from, target = to)
            MatrixPanel.CopyTransposed(source, columns, target + first, stride, columns, rows);
    }

    /// <summary>to[i, j] = from[j, first + i]: columns of a wider matrix become rows. to is [rows, columns], from has
    /// <paramref name="stride"/> columns.</summary>
    public static void ColumnsToRows(ReadOnlySpan<float> from, int stride, int first, Span<float> to, int columns)
    {
        int rows = Rows(to.Length, columns, from.Length, stride, first);
        fixed (float* source = from, target = to)
            MatrixPanel.CopyTransposed(source + first, stride, target, columns, rows, columns);
    }

    private static int Rows(int length, int columns, int wide, int stride, int first)
    {
        if (columns < 1 || length % columns != 0 || (long)columns * stride != wide)
            throw new ArgumentException($"{length} values are not rows of {columns} columns, or {wide} no {columns} rows of {stride} columns.");
        int rows = length / columns;
        return first >= 0 && rows <= stride - first ? rows
            : throw new ArgumentException($"{rows} columns from {first} on do not lie within {stride}.");
    }

    private ref struct TransposeJob : IJob<TransposeJob>
    {
        public ReadOnlySpan<float> From;
        public Span<float> To;
        public int Rows;
        public int Columns;

        public static void Part<TVector>(ref TransposeJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int rows, int columns) = (job.Rows, job.Columns);
            bool byColumns = columns > rows;
            (int first, int count) = Workers.ShareOf(byColumns ? columns : rows, Workers.Line, part, parts);
            fixed (float* from = job.From, to = job.To)
            {
                if (byColumns)
                    MatrixPanel.CopyTransposed(from + first, columns, to + ((nint)first * rows), rows, count, rows);
                else
                    MatrixPanel.CopyTransposed(from + ((nint)first * columns), columns, to + first, rows, columns, count);
            }
        }
    }

    private ref struct AddJob : IJob<AddJob>
    {
        // What is transposed at a time, in memory that stays in the cache: whole vectors of up to 16 lanes.
        private const int TileRows = 64, TileColumns = 32;

        public ReadOnlySpan<float> From;
        public Span<float> To;
        public int Rows;
        public int Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Part<TVector>(ref AddJob job, int part, int parts) where TVector : struct, ISimdVector<TVector>
        {
            (int rows, int columns) = (job.Rows, job.Columns);
            bool byColumns = columns > rows;
            (int first, int count) = Workers.ShareOf(byColumns ? columns : rows, Workers.Line, part, parts);
            (int firstRow, int endRow) = byColumns ? (0, rows) : (first, first + count);
            (int firstColumn, int endColumn) = byColumns ? (first, first + count) : (0, columns);
            float* tile = stackalloc float[TileRows * TileColumns];
            fixed (float* from = job.From, to = job.To)
            {
                for (int column = firstColumn; column < endColumn; column += TileColumns)
                {
                    int width = Math.Min(TileColumns, endColumn - column);
                    for (int row = firstRow; row < endRow; row += TileRows)
                    {
                        int height = Math.Min(TileRows, endRow - row);
                        MatrixPanel.CopyTransposed(from + ((nint)row * columns) + column, columns, tile, TileRows, width, height);
                        for (int j = 0; j < width; j++)
                            Add<TVector>(tile + (j * TileRows), to + ((nint)(column + j) * rows) + row, height);
                    }
                }
            }
        }

        private static void Add<TVector>(float* values, float* to, int count) where TVector : struct, ISimdVector<TVector>
        {
            for (int i = 0; i < count; i += TVector.Count)
            {
                int left = count - i;
                VectorTail.Store(VectorTail.Load<TVector>(to + i, left) + VectorTail.Load<TVector>(values + i, left), to + i, left);
            }
        }
    }
}
