namespace NeuralNet;

/// <summary>
/// The real steps of a batch of sequences, as runs of vectors that lie one after the other: all of them at once where no
/// row is short, otherwise as few runs as there can be.
/// </summary>
internal readonly ref struct RealSteps(int rows, int steps, ReadOnlySpan<int> lengths)
{
    private readonly ReadOnlySpan<int> lengths = lengths;

    public Enumerator GetEnumerator() => new(rows, steps, lengths);

    /// <summary>Sets what lies past the rows' lengths to 0.</summary>
    /// <param name="values">[rows, steps, width]</param>
    /// <param name="width">The width of a step.</param>
    public void ClearRest(Span<float> values, int width)
    {
        for (int row = 0; row < lengths.Length; row++)
            values.Slice(((row * steps) + lengths[row]) * width, (steps - lengths[row]) * width).Clear();
    }

    /// <summary>Copies the real values of each row to the beginning of another row, and sets the rest of that to 0.</summary>
    /// <param name="from">Rows of one size.</param>
    /// <param name="to">As many rows, of that size or another.</param>
    /// <param name="rows">How many.</param>
    /// <param name="shape">The shape that the lengths belong to.</param>
    /// <param name="steps">Its steps in this call.</param>
    /// <param name="lengths">How many steps of each row are real; empty means all.</param>
    public static void Copy(ReadOnlySpan<float> from, Span<float> to, int rows, Shape shape, int steps, ReadOnlySpan<int> lengths)
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

    public ref struct Enumerator(int rows, int steps, ReadOnlySpan<int> lengths)
    {
        private readonly ReadOnlySpan<int> lengths = lengths;
        private int row;

        /// <summary>The first vector of a run, and how many vectors it has.</summary>
        public (int First, int Count) Current { get; private set; }

        public bool MoveNext()
        {
            if (row == rows)
                return false;

            // Rows of full length, and the first short one behind them.
            int first = row, last = lengths.IsEmpty ? rows - 1 : row;
            while (!lengths.IsEmpty && last < rows - 1 && lengths[last] == steps)
                last++;
            row = last + 1;
            Current = (first * steps, ((last - first) * steps) + (lengths.IsEmpty ? steps : lengths[last]));
            return true;
        }
    }
}
