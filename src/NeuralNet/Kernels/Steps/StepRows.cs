namespace NeuralNet.Kernels;

/// <summary>How sequences lie in memory: [rows, steps, width], and how many steps of each row are real (empty: all).</summary>
internal readonly ref struct StepRows(int rows, int steps, int width, ReadOnlySpan<int> lengths)
{
    public int Rows => rows;

    public int Steps => steps;

    public int Width => width;

    public int Size => checked(rows * steps * width);

    public ReadOnlySpan<int> Lengths { get; } = lengths;
}
