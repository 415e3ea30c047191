namespace NeuralNet;

/// <summary>Where a thread puts a batch together, batch after batch: memory that grows to the largest size that was asked for.</summary>
internal sealed class RowBuffers
{
    private readonly AlignedBuffer?[] parts = new AlignedBuffer?[(int)Part.Scratch + 1];
    private int[] lengths = [];

    /// <summary>What memory is for.</summary>
    public enum Part
    {
        Inputs,
        Desired,
        Weights,
        Augmented,
        Scratch,
    }

    public Span<float> Memory(Part part, int floats)
    {
        ref AlignedBuffer? buffer = ref parts[(int)part];
        if (buffer is null || buffer.Length < floats)
            buffer = new AlignedBuffer(floats);
        return buffer.Span[..floats];
    }

    public Span<int> Lengths(int rows)
    {
        if (lengths.Length < rows)
            lengths = new int[rows];
        return lengths.AsSpan(0, rows);
    }
}
