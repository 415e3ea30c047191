namespace NeuralNet.Tests.Contracts;

/// <content>Augmentations of images of 7 × 9 pixels and more.</content>
public static partial class PublicKinds
{
    /// <summary>Every kind of augmentation that the library has.</summary>
    public static IReadOnlyList<Augmentation> Augmentations() =>
    [
        Augmentation.Shift(2, 3), Augmentation.Rotate(30), Augmentation.Scale(0.7f, 1.5f), Augmentation.Affine(1.5f, 2, 180, 0.5f, 2),
        Augmentation.Affine(3, 0, 20, 1, 1, ImageBorder.Nearest), Augmentation.Crop(2), Augmentation.Crop(4, ImageBorder.Nearest),
        Augmentation.FlipHorizontally(), Augmentation.FlipVertically(1), Augmentation.Erase(3), Augmentation.Noise(0.5f),
        Augmentation.Brightness(0.2f), Augmentation.Contrast(0.5f, 1.5f),
        Augmentation.Crop(1).Then(Augmentation.Noise(0.1f).Sometimes(0.5f)).Then(Augmentation.Of("own", (_, row, values, _) => values[0] += row)),
        Augmentation.Of("reversed", (_, _, values, _) => values.Reverse()),
    ];
}
