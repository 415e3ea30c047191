using NeuralNet.Kernels;

namespace NeuralNet;

// Turned and scaled about the middle, then shifted, all in one resampling. Output pixel p is the image's at c + R(−θ)(p − c − t) / s, c the middle.
internal sealed class Affine(string kind, float rows, float columns, float degrees, float minScale, float maxScale, ImageBorder border)
    : ImageAugmentation
{
    private const float MaxScale = 100;

    private readonly ImageBorder border = Known(border);
    private readonly float rows = Guard.NotNegative(rows, nameof(rows), "The rows");
    private readonly float columns = Guard.NotNegative(columns, nameof(columns), "The columns");
    private readonly float degrees = degrees is >= 0 and <= 180
        ? degrees
        : throw Guard.OutOfRange(nameof(degrees), degrees, "The degrees must be from 0 to 180.");
    private readonly float minScale = minScale is >= 1 / MaxScale and <= MaxScale ? minScale
        : throw Guard.OutOfRange(nameof(minScale), minScale, "The smallest scale must be from 0.01 to 100.");
    private readonly float maxScale = maxScale >= minScale && maxScale <= MaxScale ? maxScale
        : throw Guard.OutOfRange(nameof(maxScale), maxScale, FormattableString.Invariant($"The largest scale must be from {minScale} to 100."));

    public override string Kind => kind;

    public override KindSettings Settings => new KindSettings().Set("rows", rows).Set("columns", columns).Set("degrees", degrees)
        .Set("minScale", minScale).Set("maxScale", maxScale).Set("border", $"{border}");

    public override int ScratchOf(Shape shape) => shape.Size;

    protected override void CheckImage(Shape image) => CheckMoves(image, rows, columns);

    public override void Apply(in AugmentationPass pass)
    {
        Shape image = pass.Shape;
        float down = pass.Between(0, -rows, rows), right = pass.Between(1, -columns, columns);
        float turn = pass.Between(2, -degrees, degrees), scale = pass.Between(3, minScale, maxScale);

        // A step to the right goes (cos, −sin) / s through the image, a step down (sin, cos) / s, each as (x, y).
        (double sin, double cos) = Exact.SinCosPi(Math.Abs(turn) / 180.0);
        sin *= Math.Sign(turn) / (double)scale;
        cos /= scale;
        double middleX = (image.Width - 1) / 2.0, middleY = (image.Height - 1) / 2.0, dx = -middleX - right;
        ReadOnlySpan<float> from = pass.Copy();
        int line = image.Width * image.FeatureCount;
        for (int row = 0; row < image.Height; row++)
        {
            double dy = row - middleY - down;
            float x = (float)(middleX + (dx * cos) + (dy * sin)), y = (float)(middleY - (dx * sin) + (dy * cos));
            Line(from, image, x, y, (float)cos, -(float)sin, pass.Values.Slice(row * line, line));
        }
    }

    // Pixels of a line, at (x, y), (x + dx, y + dy), …
    private void Line(ReadOnlySpan<float> from, Shape image, float x, float y, float dx, float dy, Span<float> to)
    {
        int height = image.Height, width = image.Width, channels = image.FeatureCount, line = width * channels;
        for (int i = 0, at = 0; at < to.Length; i++, at += channels)
        {
            float px = x + (i * dx), py = y + (i * dy), left = MathF.Floor(px), top = MathF.Floor(py), fx = px - left, fy = py - top;
            int column = (int)left, row = (int)top;
            if ((uint)column >= (uint)(width - 1) || (uint)row >= (uint)(height - 1))
            {
                Border(from, image, column, row, fx, fy, to.Slice(at, channels));
                continue;
            }

            int corner = (row * line) + (column * channels);
            ReadOnlySpan<float> above = from.Slice(corner, 2 * channels), below = from.Slice(corner + line, 2 * channels);
            for (int k = 0; k < channels; k++)
                to[at + k] = Between(Between(above[k], above[channels + k], fx), Between(below[k], below[channels + k], fx), fy);
        }
    }

    // A pixel of which a neighbour may lie outside.
    private void Border(ReadOnlySpan<float> from, Shape image, int column, int row, float fx, float fy, Span<float> to)
    {
        for (int k = 0; k < to.Length; k++)
        {
            float above = Between(At(from, row, column, k), At(from, row, column + 1, k), fx);
            to[k] = Between(above, Between(At(from, row + 1, column, k), At(from, row + 1, column + 1, k), fx), fy);
        }

        float At(ReadOnlySpan<float> from, int row, int column, int channel)
        {
            if (border == ImageBorder.Nearest)
                (row, column) = (Math.Clamp(row, 0, image.Height - 1), Math.Clamp(column, 0, image.Width - 1));
            return (uint)row < (uint)image.Height && (uint)column < (uint)image.Width
                ? from[(((row * image.Width) + column) * image.FeatureCount) + channel]
                : 0;
        }
    }

    private static float Between(float a, float b, float share) => ((1 - share) * a) + (share * b);
}
