namespace NeuralNet;

// What layers that only move values share: rows are copied as far as they are real.
internal static class RealSteps
{
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
}
