namespace NeuralNet.Kernels;

/// <summary>The real steps of all rows, one after the other: a matrix without gaps, so that products of it cost what a batch without
/// padding costs, and never read the padding.</summary>
/// <param name="rows">How many rows.</param>
/// <param name="steps">How many steps a row has.</param>
/// <param name="lengths">How many steps of each row are real; empty: all.</param>
internal readonly ref struct PackedSteps(int rows, int steps, ReadOnlySpan<int> lengths)
{
    private readonly int rows = rows, steps = steps;
    private readonly ReadOnlySpan<int> lengths = lengths;

    /// <summary>How many real steps there are.</summary>
    public int Count
    {
        get
        {
            if (lengths.IsEmpty)
                return rows * steps;
            int count = 0;
            foreach (int length in lengths)
                count += length;
            return count;
        }
    }

    /// <summary>Copies the first features of each real step together.</summary>
    /// <param name="from">From the first step of the first row on.</param>
    /// <param name="row">From one row to the next.</param>
    /// <param name="step">From one step to the next.</param>
    /// <param name="features">How many features of a step.</param>
    /// <param name="to">[count, features]</param>
    public void Pack(ReadOnlySpan<float> from, int row, int step, int features, Span<float> to)
    {
        for (int r = 0; r < rows; r++)
        {
            int real = lengths.IsEmpty ? steps : lengths[r];
            int runs = step == features ? 1 : real, run = step == features ? real * features : features;
            for (int i = 0; i < runs; i++, to = to[run..])
                from.Slice((r * row) + (i * step), run).CopyTo(to);
        }
    }

    /// <summary>Copies them back; everything but the first features of real steps becomes 0.</summary>
    /// <param name="from">[count, features]</param>
    /// <param name="to">From the first step of the first row on.</param>
    /// <param name="row">From one row to the next.</param>
    /// <param name="step">From one step to the next.</param>
    /// <param name="features">How many features of a step.</param>
    public void Unpack(ReadOnlySpan<float> from, Span<float> to, int row, int step, int features)
    {
        for (int r = 0; r < rows; r++)
        {
            int real = lengths.IsEmpty ? steps : lengths[r];
            int runs = step == features ? 1 : real, run = step == features ? real * features : features;
            for (int i = 0; i < runs; i++, from = from[run..])
            {
                from[..run].CopyTo(to[((r * row) + (i * step))..]);
                if (step > features)
                    to.Slice((r * row) + (i * step) + features, step - features).Clear();
            }

            to.Slice((r * row) + (real * step), (steps - real) * step).Clear();
        }
    }
}
