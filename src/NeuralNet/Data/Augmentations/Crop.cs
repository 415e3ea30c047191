namespace NeuralNet;

// A window as large as the image, anywhere within the image and so many pixels of padding around it.
internal sealed class Crop(int padding, ImageBorder border) : ImageAugmentation
{
    private readonly ImageBorder border = Known(border);
    private readonly int padding = Guard.Count(padding, nameof(padding));

    public override KindSettings Settings => new KindSettings().Set("padding", padding).Set("border", $"{border}");

    public override int ScratchOf(Shape shape) => shape.Size;

    protected override void CheckImage(Shape image) => CheckMoves(image, padding, padding);

    public override void Apply(in AugmentationPass pass)
    {
        int height = pass.Shape.Height, width = pass.Shape.Width, channels = pass.Shape.FeatureCount, line = width * channels;
        int down = pass.Below(0, (2 * padding) + 1) - padding, right = pass.Below(1, (2 * padding) + 1) - padding;
        int skipped = Math.Max(right, 0) * channels, missing = Math.Max(-right, 0) * channels, kept = line - skipped - missing;
        ReadOnlySpan<float> from = pass.Copy();
        for (int row = 0; row < height; row++)
        {
            Span<float> to = pass.Values.Slice(row * line, line);
            int source = border == ImageBorder.Nearest ? Math.Clamp(row + down, 0, height - 1) : row + down;
            if ((uint)source >= (uint)height)
            {
                to.Clear();
                continue;
            }

            ReadOnlySpan<float> whole = from.Slice(source * line, line);
            whole.Slice(skipped, kept).CopyTo(to[missing..]);
            Fill(to[..missing], whole[..channels]);
            Fill(to[(missing + kept)..], whole[^channels..]);
        }
    }

    private void Fill(Span<float> outside, ReadOnlySpan<float> nearest)
    {
        if (border == ImageBorder.Zeros)
            outside.Clear();
        else
            for (; outside.Length > 0; outside = outside[nearest.Length..])
                nearest.CopyTo(outside);
    }
}
