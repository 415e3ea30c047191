using static NeuralNet.Tests.Data.Augmentations.Drawn;

namespace NeuralNet.Tests.Data.Augmentations;

/// <summary>Shifts, turns and changes of scale, against the inverse of the matrix that moves a pixel.</summary>
public class AffineTests
{
    public static TheoryData<int, int, int, ImageBorder> Images => new()
    {
        { 28, 28, 1, ImageBorder.Zeros }, { 28, 28, 1, ImageBorder.Nearest }, { 5, 9, 3, ImageBorder.Zeros }, { 6, 4, 2, ImageBorder.Nearest },
        { 1, 7, 1, ImageBorder.Zeros }, { 1, 1, 2, ImageBorder.Nearest },
    };

    [Theory]
    [MemberData(nameof(Images))]
    public void Each_pixel_is_taken_from_where_it_was(int height, int width, int channels, ImageBorder border)
    {
        Shape image = Shape.Image(height, width, channels);
        float[] x = TestData.Normal(image.Size);
        float rows = Math.Min(2.5f, height - 0.5f), columns = Math.Min(3, width - 0.5f);
        for (int row = 0; row < 30; row++)
        {
            float[] actual = Row(Augmentation.Affine(rows, columns, 170, 0.4f, 2, border), x, image, row);
            double down = Between(row, 0, -rows, rows), right = Between(row, 1, -columns, columns);
            double turn = Between(row, 2, -170, 170) * Math.PI / 180, scale = Between(row, 3, 0.4, 2);

            // Where pixel (x, y) goes: (a b; c d) (x − middle) + middle + shift, clockwise as it is seen, because y points down.
            double a = scale * Math.Cos(turn), b = -scale * Math.Sin(turn), c = -b, d = a, determinant = (a * d) - (b * c);
            double middleX = (width - 1) / 2.0, middleY = (height - 1) / 2.0;
            for (int i = 0; i < actual.Length; i++)
            {
                (int pixel, int channel) = Math.DivRem(i, channels);
                double toX = (pixel % width) - middleX - right, toY = (pixel / width) - middleY - down;
                double fromX = (((d * toX) - (b * toY)) / determinant) + middleX, fromY = (((a * toY) - (c * toX)) / determinant) + middleY;
                double expected = 0;
                for (int py = (int)Math.Floor(fromY); py <= Math.Floor(fromY) + 1; py++)
                {
                    for (int px = (int)Math.Floor(fromX); px <= Math.Floor(fromX) + 1; px++)
                        expected += (1 - Math.Abs(px - fromX)) * (1 - Math.Abs(py - fromY)) * At(px, py, channel);
                }

                ((double)actual[i]).Should().BeApproximately(expected, 2e-4, $"of value {i} in row {row}");
            }
        }

        double At(int px, int py, int channel)
        {
            if (border == ImageBorder.Nearest)
                (px, py) = (Math.Clamp(px, 0, width - 1), Math.Clamp(py, 0, height - 1));
            return px < 0 || py < 0 || px >= width || py >= height ? 0 : x[(((py * width) + px) * channels) + channel];
        }

        static double Between(int row, int element, double min, double max) => min + ((max - min) * Numbers.Uniform(row, element));
    }

    [Fact]
    public void The_numbers_are_drawn_uniformly()
    {
        Shape image = Shape.Image(9, 9, 1);
        float[] y = Image(image, (row, _, _) => row), x = Image(image, (_, column, _) => column);
        const int Middle = (4 * 9) + 4, Rows = 4000;
        double[] Draw(Func<int, double> measure) => [.. Enumerable.Range(0, Rows).Select(measure)];

        double[] down = Draw(row => 4 - Row(Augmentation.Shift(3, 2), y, image, row)[Middle]);
        double[] right = Draw(row => 4 - Row(Augmentation.Shift(3, 2), x, image, row)[Middle]);
        down.ShouldBeUniform(-3, 3);
        right.ShouldBeUniform(-2, 2);
        Math.Abs(down.Zip(right).Average(pair => pair.First * pair.Second)).Should().BeLessThan(5 * 2 / Math.Sqrt(Rows), "they are independent");

        // A step to the right goes (cos, −sin) / s through the image.
        Draw(row =>
        {
            float[] ofX = Row(Augmentation.Rotate(150), x, image, row), ofY = Row(Augmentation.Rotate(150), y, image, row);
            return Math.Atan2(ofY[Middle] - ofY[Middle + 1], ofX[Middle + 1] - ofX[Middle]) * 180 / Math.PI;
        }).ShouldBeUniform(-150, 150);
        Draw(row =>
        {
            float[] scaled = Row(Augmentation.Scale(0.5f, 2), x, image, row);
            return 1 / (scaled[Middle + 1] - scaled[Middle]);
        }).ShouldBeUniform(0.5, 2);
    }

    [Fact]
    public void What_moves_nothing_changes_no_bit()
    {
        Shape image = Shape.Image(6, 5, 2);
        float[] x = TestData.Normal(image.Size);
        Row(Augmentation.Affine(), x, image).Should().Equal(x);
        Row(Augmentation.Scale(1, 1, ImageBorder.Nearest), x, image).Should().Equal(x);
    }

    [Fact]
    public void At_once_it_is_sharper_than_one_after_the_other()
    {
        Shape image = Shape.Image(15, 15, 1);
        float[] x = Image(image, (row, column, _) => (row + column) % 2);
        double Spread(Augmentation augmentation) => Enumerable.Range(0, 50)
            .Average(row => Row(augmentation, x, image, row).Chunk(15).Skip(4).Take(7).SelectMany(line => line[4..11])
                .Average(v => Math.Abs(v - 0.5)));
        Spread(Augmentation.Affine(2, 2, 20, 0.9f, 1.1f)).Should().BeGreaterThan(
            1.5 * Spread(Augmentation.Shift(2, 2).Then(Augmentation.Rotate(20)).Then(Augmentation.Scale(0.9f, 1.1f))));
    }
}
