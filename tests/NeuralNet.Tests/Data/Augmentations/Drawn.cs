namespace NeuralNet.Tests.Data.Augmentations;

/// <summary>Images, and what an augmentation makes of them.</summary>
internal static class Drawn
{
    public static RandomStream Numbers { get; } = new RandomStream(5).AtStep(3);

    /// <summary>A copy of a row, augmented.</summary>
    public static float[] Row(Augmentation augmentation, ReadOnlySpan<float> values, Shape shape, int row = 0)
    {
        float[] copy = values.ToArray();
        augmentation.Apply(copy, shape, Numbers, row);
        return copy;
    }

    /// <summary>An image whose value at each pixel and channel is a function of these.</summary>
    public static float[] Image(Shape image, Func<int, int, int, double> value)
    {
        float[] values = new float[image.Size];
        for (int i = 0; i < values.Length; i++)
        {
            (int pixel, int channel) = Math.DivRem(i, image.FeatureCount);
            values[i] = (float)value(pixel / image.Width, pixel % image.Width, channel);
        }

        return values;
    }

    /// <summary>Numbers are uniform on [min, max): mean and variance are, and so is their distribution function (Kolmogorov, p of 10⁻⁶).</summary>
    public static void ShouldBeUniform(this IEnumerable<double> numbers, double min, double max)
    {
        double[] sorted = [.. numbers.Select(number => (number - min) / (max - min)).Order()];
        int n = sorted.Length;
        sorted[0].Should().BeGreaterThan(-1e-4);
        sorted[^1].Should().BeLessThan(1 + 1e-4);
        sorted.Select((u, i) => Math.Max(Math.Abs(u - ((double)i / n)), Math.Abs(u - ((i + 1.0) / n)))).Max()
            .Should().BeLessThan(2.7 / Math.Sqrt(n));
    }
}
