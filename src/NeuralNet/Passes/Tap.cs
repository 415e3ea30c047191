namespace NeuralNet;

/// <summary>Keeps a layer's output while a prediction runs through the network.</summary>
internal sealed class Tap
{
    private readonly AlignedBuffer values;
    private int count;

    /// <exception cref="OverflowException">There would be 2³¹ values or more.</exception>
    public Tap(int outputs, int maxRows) => values = new AlignedBuffer(checked(outputs * maxRows));

    /// <summary>What the last prediction kept.</summary>
    public ReadOnlySpan<float> Values => values.Span[..count];

    public bool Overlaps(ReadOnlySpan<float> other) => other.Overlaps(values.Span);

    /// <summary>A prediction begins.</summary>
    public void Clear() => count = 0;

    /// <summary>Adds the output of some rows: a prediction may take its rows through the network in parts, in their order.</summary>
    public void Add(ReadOnlySpan<float> output)
    {
        output.CopyTo(values.Span[count..]);
        count += output.Length;
    }
}
