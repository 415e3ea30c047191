namespace NeuralNet;

/// <summary>What an augmentation may use: one row, what it is, and its random numbers.</summary>
public readonly ref struct AugmentationPass
{
    /// <summary>The values of the row, changed in place.</summary>
    public required Span<float> Values { get; init; }

    /// <summary>What the row is: pixels of an image, say. Of a sequence with a length its real steps alone, so that the steps may be fewer than in
    /// the shape that <see cref="Augmentation.Check"/> has seen.</summary>
    public required Shape Shape { get; init; }

    /// <summary>Random numbers of the step and of this augmentation: draw with <see cref="Row"/>.</summary>
    public required RandomStream Stream { get; init; }

    /// <summary>The row, counted from the first one of the step.</summary>
    public required int Row { get; init; }

    /// <summary>Memory to work in, with anything in it: at least as many floats as <see cref="Augmentation.ScratchOf"/> says.</summary>
    public Span<float> Scratch { get; init; }

    // A number drawn uniformly from [min, max).
    internal float Between(int element, float min, float max) => min + ((max - min) * Stream.Uniform(Row, element));

    // One of the numbers 0 … count − 1, each as likely.
    internal int Below(int element, int count) => (int)(((ulong)Stream.Bits(Row, element) * (ulong)count) >> 32);

    // A copy of the values, to make new ones from.
    internal ReadOnlySpan<float> Copy()
    {
        Span<float> copy = Scratch[..Values.Length];
        Values.CopyTo(copy);
        return copy;
    }
}
