namespace NeuralNet;

/// <summary>The real vectors (along the features axis) of a batch, as runs that lie together: all of them in one run where no row is
/// short, otherwise as few runs as there can be. Vectors past a row's length are in none.</summary>
/// <param name="shape">The shape of a row.</param>
/// <param name="rows">The rows.</param>
/// <param name="steps">The steps of the rows in this call; 1 unless they are sequences.</param>
/// <param name="lengths">How many steps of each row are real; empty means all.</param>
internal readonly ref struct VectorRuns(Shape shape, int rows, int steps, ReadOnlySpan<int> lengths)
{
    private readonly ReadOnlySpan<int> lengths = lengths;

    public Enumerator GetEnumerator() => new(rows, shape.VectorsAt(steps), lengths);

    /// <summary>0 in place of the vectors that are in no run.</summary>
    /// <param name="values">[rows, vectors, width]</param>
    /// <param name="width">The width of a vector.</param>
    public void ClearRest(Span<float> values, int width)
    {
        for (int row = 0; row < lengths.Length; row++)
            values.Slice(((row * steps) + lengths[row]) * width, (steps - lengths[row]) * width).Clear();
    }

    /// <summary>Copies the real values of each row to the beginning of another row, whose size may be another, and makes 0 of the rest
    /// of that.</summary>
    /// <param name="from">Rows of one size.</param>
    /// <param name="to">As many rows.</param>
    public void Copy(ReadOnlySpan<float> from, Span<float> to)
    {
        if (lengths.IsEmpty && from.Length == to.Length)
        {
            from.CopyTo(to);
            return;
        }

        int fromSize = from.Length / rows, toSize = to.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            int real = shape.SizeAt(lengths.IsEmpty ? steps : lengths[row]);
            from.Slice(row * fromSize, real).CopyTo(to.Slice(row * toSize, toSize));
            to.Slice((row * toSize) + real, toSize - real).Clear();
        }
    }

    public ref struct Enumerator(int rows, int vectors, ReadOnlySpan<int> lengths)
    {
        private readonly ReadOnlySpan<int> lengths = lengths;
        private int row;

        public VectorRun Current { get; private set; }

        public bool MoveNext()
        {
            if (row == rows)
                return false;

            // Rows of full length, and the first short one behind them.
            int first = row, last = lengths.IsEmpty ? rows - 1 : row;
            while (!lengths.IsEmpty && last < rows - 1 && lengths[last] == vectors)
                last++;
            row = last + 1;
            Current = new VectorRun(first, first * vectors, ((last - first) * vectors) + (lengths.IsEmpty ? vectors : lengths[last]));
            return true;
        }
    }
}

/// <summary>Some vectors that lie together.</summary>
/// <param name="Row">The row of the first.</param>
/// <param name="First">The first, counted through all rows.</param>
/// <param name="Count">How many.</param>
internal readonly record struct VectorRun(int Row, int First, int Count)
{
    public Span<float> Of(Span<float> all, int width) => all.Slice(checked(First * width), checked(Count * width));

    public ReadOnlySpan<float> Of(ReadOnlySpan<float> all, int width) => all.Slice(checked(First * width), checked(Count * width));
}
