namespace NeuralNet;

// Augmentations one after the other, each with a stream of its own.
internal sealed class Several(Augmentation[] parts) : Augmentation
{
    public Augmentation[] Parts => parts;

    public override KindSettings Settings
    {
        get
        {
            var settings = new KindSettings();
            for (int k = 0; k < parts.Length; k++)
                settings.Set(FormattableString.Invariant($"{k}"), parts[k].ToString());
            return settings;
        }
    }

    public override string ToString() => string.Join(", then ", parts.AsEnumerable());

    public override void Check(Shape shape)
    {
        foreach (Augmentation part in parts)
            part.Check(shape);
    }

    // Asked in every step, which allocates nothing.
    public override int ScratchOf(Shape shape)
    {
        int most = 0;
        foreach (Augmentation part in parts)
            most = Math.Max(most, part.ScratchOf(shape));
        return most;
    }

    public override void Apply(in AugmentationPass pass)
    {
        for (int k = 0; k < parts.Length; k++)
            parts[k].Apply(pass with { Stream = pass.Stream.Fork(k) });
    }
}

// An augmentation of some rows: whether of this one is drawn from the stream itself, all else from its child.
internal sealed class Sometimes(Augmentation augmentation, float probability) : Augmentation
{
    private readonly float probability = probability is >= 0 and <= 1
        ? probability
        : throw Guard.OutOfRange(nameof(probability), probability, "The probability must be from 0 to 1.");

    public override KindSettings Settings => new KindSettings().Set("probability", probability).Set("augmentation", augmentation.ToString());

    public override void Check(Shape shape) => augmentation.Check(shape);

    public override int ScratchOf(Shape shape) => augmentation.ScratchOf(shape);

    public override void Apply(in AugmentationPass pass)
    {
        if (pass.Stream.Uniform(pass.Row, 0) < probability)
            augmentation.Apply(pass with { Stream = pass.Stream.Fork(0) });
    }
}

// One of a person's own.
internal sealed class FunctionAugmentation(string kind, AugmentationFunction function) : Augmentation
{
    public override string Kind => kind;

    public override void Apply(in AugmentationPass pass) => function(pass.Stream, pass.Row, pass.Values, pass.Shape);
}
