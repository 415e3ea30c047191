namespace NeuralNet;

/// <summary>Rows that are changed at random.</summary>
internal sealed class AugmentedRowSource(IRowSource inner, Augmentation augmentation) : ChangedRows(inner)
{
    public Augmentation Augmentation => augmentation;

    public override int Augmentations => AugmentationsBefore + 1;

    protected override string Words => $"augmented by {augmentation}";

    protected override float[] Scratch() => new float[augmentation.ScratchOf(Format.InputShape)];

    protected override void Change(RandomStream stream, Span<float> inputs, int length, Span<float> scratch) =>
        AugmentedRows.Change(augmentation, inputs, Format.InputShape, length, stream, row: 0, scratch);
}
