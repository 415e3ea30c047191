using System.Numerics.Tensors;

namespace NeuralNet;

// x ← x + σ n, with a number n of N(0, 1) for each value.
internal sealed class Noise(float deviation) : Augmentation
{
    private readonly float deviation = Guard.Positive(deviation, nameof(deviation), "σ");

    public override KindSettings Settings => new KindSettings().Set("deviation", deviation);

    public override int ScratchOf(Shape shape) => shape.Size;

    public override void Apply(in AugmentationPass pass)
    {
        Span<float> noise = pass.Scratch[..pass.Values.Length];
        pass.Stream.Normal(pass.Row, noise);
        for (int i = 0; i < noise.Length; i++)
            pass.Values[i] += deviation * noise[i];
    }
}

// x ← x + b, with one b for the row.
internal sealed class Brightness(float change) : Augmentation
{
    private readonly float change = Guard.Positive(change, nameof(change), "The change");

    public override KindSettings Settings => new KindSettings().Set("change", change);

    public override void Apply(in AugmentationPass pass) => TensorPrimitives.Add(pass.Values, pass.Between(0, -change, change), pass.Values);
}

// x ← μ + f (x − μ), with the mean μ of the row and one f for it.
internal sealed class Contrast(float min, float max) : Augmentation
{
    private readonly float min = Guard.NotNegative(min, nameof(min), "The smallest factor");
    private readonly float max = max >= min && float.IsFinite(max)
        ? max
        : throw Guard.OutOfRange(nameof(max), max, FormattableString.Invariant($"The largest factor must be a finite number of at least {min}."));

    public override KindSettings Settings => new KindSettings().Set("min", min).Set("max", max);

    public override void Apply(in AugmentationPass pass)
    {
        double sum = 0;
        foreach (float x in pass.Values)
            sum += x;
        float mean = (float)(sum / pass.Values.Length), factor = pass.Between(0, min, max);
        foreach (ref float x in pass.Values)
            x = mean + (factor * (x - mean));
    }
}
