using NeuralNet.Tests.Kernels;
using static NeuralNet.Tests.Data.Augmentations.Drawn;

namespace NeuralNet.Tests.Data.Augmentations;

/// <summary>Each kind against its formula spelled out, its distribution, and how kinds are put together.</summary>
public class AugmentationTests
{
    private static readonly Shape image = Shape.Image(4, 5, 2);
    private static readonly float[] x = TestData.Normal(image.Size);

    private static float At(int row, int column, int channel) => x[(((row * 5) + column) * 2) + channel];

    [Fact]
    public void Flips_exchange_left_and_right_or_top_and_bottom()
    {
        Row(Augmentation.FlipHorizontally(1), x, image).Should().Equal(Image(image, (row, column, k) => At(row, 4 - column, k)));
        Row(Augmentation.FlipVertically(1), x, image).Should().Equal(Image(image, (row, column, k) => At(3 - row, column, k)));
        Row(Augmentation.FlipHorizontally(0), x, image).Should().Equal(x);
        Row(Augmentation.FlipVertically(1), [1, 2, 3], Shape.Image(3, 1, 1)).Should().Equal(3, 2, 1);
        Row(Augmentation.FlipHorizontally(1), [1, 2, 3], Shape.Image(1, 3, 1)).Should().Equal(3, 2, 1);
        int flipped = Enumerable.Range(0, 4000).Count(row => Row(Augmentation.FlipHorizontally(0.3f), [1, 2], Shape.Image(1, 2, 1), row)[0] == 2);
        flipped.Should().BeInRange(1200 - 145, 1200 + 145); // 5 σ
    }

    [Theory]
    [InlineData(ImageBorder.Zeros)]
    [InlineData(ImageBorder.Nearest)]
    public void A_crop_is_a_window_of_the_padded_image_each_as_likely(ImageBorder border)
    {
        const int Padding = 2, Places = ((2 * Padding) + 1) * ((2 * Padding) + 1), Rows = 5000;
        float[][] windows = [.. Enumerable.Range(0, Places).Select(place =>
            Image(image, (row, column, k) => Padded(row + (place / 5) - Padding, column + (place % 5) - Padding, k)))];
        int[] counts = new int[Places];
        for (int row = 0; row < Rows; row++)
        {
            float[] cropped = Row(Augmentation.Crop(Padding, border), x, image, row);
            counts[Array.FindIndex(windows, window => window.AsSpan().SequenceEqual(cropped))]++;
        }

        counts.Should().OnlyContain(count => Math.Abs(count - (Rows / Places)) < 5 * Math.Sqrt(Rows / Places));

        double Padded(int row, int column, int k) => border == ImageBorder.Nearest ? At(Math.Clamp(row, 0, 3), Math.Clamp(column, 0, 4), k)
            : row is >= 0 and < 4 && column is >= 0 and < 5 ? At(row, column, k) : 0;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_erased_square_has_its_middle_at_any_pixel_each_as_likely(int size)
    {
        const int Rows = 4000;
        int[] counts = new int[20];
        float[][] erased = [.. Enumerable.Range(0, 20).Select(middle => Image(image, (row, column, k) =>
            row - (middle / 5) is var dy && column - (middle % 5) is var dx && Inside(dy) && Inside(dx) ? 0 : At(row, column, k)))];
        erased.Select(one => string.Join(' ', one)).Should().OnlyHaveUniqueItems();
        for (int row = 0; row < Rows; row++)
        {
            float[] actual = Row(Augmentation.Erase(size), x, image, row);
            counts[Array.FindIndex(erased, one => one.AsSpan().SequenceEqual(actual))]++;
        }

        counts.Should().OnlyContain(count => Math.Abs(count - (Rows / 20)) < 5 * Math.Sqrt(Rows / 20));

        bool Inside(int distance) => distance >= -(size / 2) && distance < size - (size / 2);
    }

    [Fact]
    public void Noise_is_a_normal_number_for_each_value()
    {
        foreach (int width in new[] { 1, 2, 3, 4, 5, 8, 21 })
        {
            float[] values = TestData.Normal(width), noisy = Row(Augmentation.Noise(0.5f), values, width, row: 7);
            noisy.Should().Equal(values.Select((value, i) => value + (0.5f * Numbers.Normal(7, i))));
        }
    }

    [Fact]
    public void Brightness_moves_all_values_alike_and_contrast_their_distances_from_the_mean()
    {
        double mean = x.Average(value => (double)value);
        List<double> changes = [], factors = [];
        for (int row = 0; row < 2000; row++)
        {
            float[] brighter = Row(Augmentation.Brightness(0.4f), x, image, row), sharper = Row(Augmentation.Contrast(0.5f, 2), x, image, row);
            (double change, double factor) = (brighter[0] - x[0], (sharper[0] - mean) / (x[0] - mean));
            for (int i = 0; i < x.Length; i++)
            {
                ((double)brighter[i]).Should().BeApproximately(x[i] + change, 1e-6);
                ((double)sharper[i]).Should().BeApproximately(mean + (factor * (x[i] - mean)), 2e-5);
            }

            changes.Add(change);
            factors.Add(factor);
        }

        changes.ShouldBeUniform(-0.4, 0.4);
        factors.ShouldBeUniform(0.5, 2);
    }

    [Fact]
    public void Several_work_on_what_the_one_before_leaves_each_with_numbers_of_its_own()
    {
        float[] expected = [.. x];
        Augmentation.Crop(1).Apply(expected, image, Numbers.Fork(0), 4);
        Augmentation.Crop(1).Apply(expected, image, Numbers.Fork(1), 4);
        Augmentation.Noise(1).Apply(expected, image, Numbers.Fork(2), 4);
        Augmentation crop = Augmentation.Crop(1), noise = Augmentation.Noise(1);
        foreach (Augmentation all in new[]
        {
            Augmentation.Of(crop, crop, noise), crop.Then(crop).Then(noise), crop.Then(crop.Then(noise)),
            Augmentation.Of(Augmentation.Of(crop, crop), noise),
        })
        {
            Row(all, x, image, 4).ShouldHaveTheBitsOf(expected, all.ToString());
        }

        Augmentation.Of(crop).Should().BeSameAs(crop);
        Augmentation.Of(crop, noise).ToString().Should().Be("Crop(padding 1, border Zeros), then Noise(deviation 1)");
    }

    [Fact]
    public void Sometimes_is_for_some_rows_whatever_the_augmentation_draws_itself()
    {
        Augmentation sometimes = Augmentation.Shift(1, 0).Sometimes(0.25f);
        float[] ramp = Image(Shape.Image(5, 1, 1), (row, _, _) => row);
        double[] moved = [.. Enumerable.Range(0, 4000).Select(row => 2.0 - Row(sometimes, ramp, Shape.Image(5, 1, 1), row)[2]).Where(v => v != 0)];
        moved.Length.Should().BeInRange(1000 - 137, 1000 + 137); // 5 σ
        moved.ShouldBeUniform(-1, 1);
        $"{sometimes}".Should().StartWith("Sometimes(probability 0.25, augmentation Shift(rows 1, ");
    }

    [Fact]
    public void One_of_ones_own_is_a_function_or_a_class()
    {
        Augmentation function = Augmentation.Of("AddRow", (stream, row, values, shape) =>
        {
            shape.Should().Be(image);
            for (int i = 0; i < values.Length; i++)
                values[i] += row + stream.Uniform(row, i);
        });
        float[] expected = [.. x.Select((value, i) => value + (3 + Numbers.Uniform(3, i)))];
        Row(function, x, image, 3).ShouldHaveTheBitsOf(expected, "function");
        function.ToString().Should().Be("AddRow");

        Row(new Mirrored(), [1, 2, 3], 3).Should().Equal(3, 2, 1);
        Row(new Mirrored().Then(new Mirrored()), [1, 2, 3], 3).Should().Equal(1, 2, 3);
        new Mirrored().ToString().Should().Be("Mirrored");
    }

    public static TheoryData<string, Action, string> Refusals => new()
    {
        { "rows", () => Augmentation.Shift(-1, 0), "The rows must be a finite number of at least 0.*" },
        { "columns", () => Augmentation.Shift(0, float.NaN), "The columns must be a finite number of at least 0.*" },
        { "degrees", () => Augmentation.Rotate(181), "The degrees must be from 0 to 180.*" },
        { "minScale", () => Augmentation.Scale(0, 1), "The smallest scale must be from 0.01 to 100.*" },
        { "maxScale", () => Augmentation.Scale(0.5f, 0.25f), "The largest scale must be from 0.5 to 100.*" },
        { "padding", () => Augmentation.Crop(0), "padding must be at least 1.*" },
        { "probability", () => Augmentation.FlipVertically(1.5f), "The probability must be from 0 to 1.*" },
        { "probability", () => Augmentation.Noise(1).Sometimes(float.NaN), "The probability must be from 0 to 1.*" },
        { "size", () => Augmentation.Erase(-3), "size must be at least 1.*" },
        { "deviation", () => Augmentation.Noise(0), "σ must be a positive number.*" },
        { "change", () => Augmentation.Brightness(float.PositiveInfinity), "The change must be a positive number.*" },
        { "min", () => Augmentation.Contrast(-1, 1), "The smallest factor must be a finite number of at least 0.*" },
        { "max", () => Augmentation.Contrast(1, 0.5f), "The largest factor must be a finite number of at least 1.*" },
        { "augmentations", () => Augmentation.Of(), "Expected at least one augmentation.*" },
        { "augmentations", () => Augmentation.Noise(1).Then(null!), "*" },
        { "kind", () => Augmentation.Of("", (_, _, _, _) => { }), "*" },
        { "function", () => Augmentation.Of("own", null!), "*" },
        { "values", () => Augmentation.Noise(1).Apply(new float[3], 4, Numbers), "A row of Features(4) has 4 values, but got 3.*" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Settings_that_cannot_be_are_refused(string parameter, Action make, string words) =>
        make.Should().Throw<ArgumentException>().WithMessage(words).WithParameterName(parameter);

    public static TheoryData<Augmentation, string> Unfit => new()
    {
        { Augmentation.Shift(4, 0), "Shift(rows 4, *) could move Image(4, 5, 2) out of sight: fewer than 4 rows and 5 columns were expected." },
        { Augmentation.Shift(0, 5), "Shift(*) could move Image(4, 5, 2) out of sight*" },
        { Augmentation.Noise(1).Then(Augmentation.Crop(4)), "Crop(padding 4, border Zeros) could move Image(4, 5, 2) out of sight*" },
        { Augmentation.Erase(5).Sometimes(0.1f), "Erase(size 5) could erase all of Image(4, 5, 2): a size of at most 4 was expected." },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void Images_that_an_augmentation_is_not_for_are_refused(Augmentation augmentation, string words) =>
        augmentation.Invoking(one => one.Apply(new float[40], image, Numbers)).Should().Throw<ArgumentException>().WithMessage(words);

    [Fact]
    public void Rows_that_are_no_images_are_refused_by_what_is_for_images()
    {
        foreach (Augmentation one in new[]
        {
            Augmentation.Shift(1, 1), Augmentation.Rotate(1), Augmentation.Scale(1, 2), Augmentation.Affine(), Augmentation.Crop(1),
            Augmentation.FlipHorizontally(), Augmentation.FlipVertically(), Augmentation.Erase(1),
        })
        {
            foreach (Shape shape in new[] { Shape.Features(40), Shape.Sequence(4, 10) })
                one.Invoking(a => a.Check(shape)).Should().Throw<ArgumentException>().WithMessage($"* is for images, but the rows are {shape}. *");
            one.Check(image);
        }
    }

    // Works from a copy in its scratch.
    private sealed class Mirrored : Augmentation
    {
        public override int ScratchOf(Shape shape) => shape.Size;

        public override void Apply(in AugmentationPass pass)
        {
            pass.Values.CopyTo(pass.Scratch);
            for (int i = 0; i < pass.Values.Length; i++)
                pass.Values[i] = pass.Scratch[pass.Values.Length - 1 - i];
        }
    }
}
