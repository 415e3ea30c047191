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
