using System.Numerics;
using NeuralNet.Kernels;
using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

/// <summary>Resize beside the definition, in fractions, over random shapes; what it does with ties, NaN and lengths, and what is refused.</summary>
public class ResizeToSizeTests
{
    [Fact]
    public void Resizing_is_what_the_definition_says()
    {
        for (int seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            bool isSequence = random.Next(3) == 0, isNearest = random.Next(2) == 0, byScale = random.Next(3) == 0;
            int channels = random.Next(1, 20), rows = random.Next(1, 8);
            Shape input = isSequence ? Shape.Sequence(random.Next(1, 13), channels) : Shape.Image(random.Next(1, 9), random.Next(1, 9), channels);
            UpsampleMode mode = isNearest ? UpsampleMode.Nearest : UpsampleMode.Bilinear;
            ResizePlaces places = (ResizePlaces)(byScale ? 2 * random.Next(2) : random.Next(3));
            ResizeRounding rounding = isNearest ? (ResizeRounding)random.Next(4) : ResizeRounding.HalfDown;
            HeightWidth size = (isSequence ? 1 : random.Next(1, 14), random.Next(1, 14));
            float down = isSequence ? 1 : (1 + random.Next(30)) / 10f, across = (1 + random.Next(30)) / 10f;
            if (byScale && (across * Math.Max(input.Width, input.Steps) < 1.01f || down * input.Height < 1))
                continue;
            Resize layer = byScale ? Resize.ByScale(input, down, across, mode, places, rounding) : new Resize(input, size, mode, places, rounding);

            // By a scale a row that is so short that nothing is left of it is refused.
            int[] lengths = isSequence && random.Next(2) == 0
                ? [.. Enumerable.Range(0, rows).Select(_ => random.Next(byScale ? (int)(1 / across) + 1 : 1, input.Steps + 1))] : [];
            if (lengths.Any(length => layer.OutputSteps(length) < 1))
                continue;
            LayerRun run = AlongAxes.Run(layer, rows, lengths, seed);
            for (int row = 0; row < rows; row++)
            {
                int width = isSequence ? lengths.Length == 0 ? input.Steps : lengths[row] : input.Width;
                int outputs = isSequence ? layer.OutputSteps(width) : layer.Output.Width;
                var lines = isSequence ? [[(0, 1)]] : Between(input.Height, layer.Output.Height, byScale ? down : null, places, isNearest, rounding);
                var columns = Between(width, outputs, byScale ? across : null, places, isNearest, rounding);
                AlongAxes.ShouldBe(run, layer, row, lines, columns, 0, seed);
            }
        }
    }

    // Of each output the values that it is made of, with their weights.
    private static (int Index, double Weight)[][] Between(
        int size, int outputs, float? scale, ResizePlaces places, bool isNearest, ResizeRounding rounding)
    {
        BigInteger up = outputs, down = size;
        if (scale is { } tenths)
            (up, down) = ((int)MathF.Round(10 * tenths), 10);
        return [.. Enumerable.Range(0, outputs).Select(o =>
        {
            // The place is above / below.
            (BigInteger above, BigInteger below) = places switch
            {
                ResizePlaces.HalfPixel => ((((2 * o) + 1) * down) - up, 2 * up),
                ResizePlaces.Asymmetric => (o * down, up),
                _ => (o * (BigInteger)(size - 1), BigInteger.Max(1, outputs - 1)),
            };
            if (isNearest)
            {
                BigInteger nearest = rounding switch
                {
                    ResizeRounding.Floor => Floor(above, below),
                    ResizeRounding.Ceiling => -Floor(-above, below),
                    ResizeRounding.HalfUp => Floor((2 * above) + below, 2 * below),
                    _ => -Floor(below - (2 * above), 2 * below),
                };
                return new[] { ((int)BigInteger.Max(0, BigInteger.Min(nearest, size - 1)), 1.0) };
            }

            double place = Math.Clamp((double)Floor(above << 40, below) / (1L << 40), 0, size - 1);
            int first = Math.Min((int)place, Math.Max(size - 2, 0));
            return size == 1 ? [(0, 1.0)] : [(first, 1 - place + first), (first + 1, place - first)];
        })];
    }

    private static BigInteger Floor(BigInteger a, BigInteger b) => (a - (((a % b) + b) % b)) / b;

    [Fact]
    public void The_same_size_is_the_same_image_and_a_whole_factor_that_of_Upsample()
    {
        Shape image = Shape.Image(5, 7, 3), steps = Shape.Sequence(6, 3);
        float[] x = Floats.Random(105, 1);
        foreach (UpsampleMode mode in new[] { UpsampleMode.Nearest, UpsampleMode.Bilinear })
        {
            foreach (ResizePlaces places in Enum.GetValues<ResizePlaces>())
                Network.Create(image).Resize((5, 7), mode, places).Build().Predict(x).Should().Equal(x);
            Network.Create(image).Resize((15, 14), mode).Build().Predict(x).Should()
                .Equal(Network.Create(image).Upsample((3, 2), mode).Build().Predict(x));
            Network.Create(image).ResizeByScale(3, 2, mode).Build().Predict(x).Should()
                .Equal(Network.Create(image).Upsample((3, 2), mode).Build().Predict(x));
            Network.Create(steps).Resize(18, mode).Build().Predict(x.AsSpan(0, 18)).Should()
                .Equal(Network.Create(steps).Upsample(3, mode).Build().Predict(x.AsSpan(0, 18)));
        }

        Network.Create(image).Resize((15, 14), UpsampleMode.Bilinear, ResizePlaces.AlignedCorners).Build().Predict(x).Should()
            .Equal(Network.Create(image).Upsample((3, 2), UpsampleMode.Bilinear, alignCorners: true).Build().Predict(x));
    }

    // 18 · 20 / 24 is 15; as floats, 18 / 1.2f is a little less.
    [Fact]
    public void A_tie_is_one_whatever_the_sizes()
    {
        float[] numbers = [.. Enumerable.Range(0, 20)];
        Resized(24, ResizePlaces.Asymmetric, ResizeRounding.Floor)[18].Should().Be(15);
        Resized(24, ResizePlaces.Asymmetric, ResizeRounding.Ceiling)[18].Should().Be(15);
        Resized(10, ResizePlaces.HalfPixel, ResizeRounding.HalfDown).Should().Equal(0, 2, 4, 6, 8, 10, 12, 14, 16, 18);
        Resized(10, ResizePlaces.HalfPixel, ResizeRounding.HalfUp).Should().Equal(1, 3, 5, 7, 9, 11, 13, 15, 17, 19);
        Resized(1, ResizePlaces.AlignedCorners, ResizeRounding.HalfDown).Should().Equal(0);
        Resized(2, ResizePlaces.AlignedCorners, ResizeRounding.HalfDown).Should().Equal(0, 19);

        float[] Resized(int steps, ResizePlaces places, ResizeRounding rounding) =>
            Network.Create(Shape.Sequence(20, 1)).Resize(steps, UpsampleMode.Nearest, places, rounding).Build().Predict(numbers);
    }

    [Fact]
    public void A_scale_is_the_simplest_fraction_that_it_may_mean()
    {
        var random = new Random(1);
        for (int i = 0; i < 3000; i++)
        {
            (long up, long down) = (random.Next(1, 1000), random.Next(1, 1000));
            long divisor = (long)BigInteger.GreatestCommonDivisor(up, down);
            ResizeAxis.Fraction((float)up / down).Should().Be((up / divisor, down / divisor));
            float any = MathF.ScaleB(random.NextSingle() + 0.5f, random.Next(-26, 27));
            (up, down) = ResizeAxis.Fraction(any);
            ((float)((double)up / down)).Should().Be(any);
            (up < 1L << 29 && down < 1L << 29).Should().BeTrue("{0} / {1} of {2}", up, down, any);
        }

        ResizeAxis.Fraction(1f / (1 << 28)).Should().Be((1, 1 << 28));
        ResizeAxis.Fraction(1 << 28).Should().Be((1 << 28, 1));
        Resize.ByScale(Shape.Sequence(10, 1), 1, 1.3f).Output.Should().Be(Shape.Sequence(13, 1));
        Resize.ByScale(Shape.Sequence(3, 1), 1, 1f / 3).Output.Should().Be(Shape.Sequence(1, 1));
        Resize.ByScale(Shape.Sequence(49, 1), 1, 1f / 49).Output.Should().Be(Shape.Sequence(1, 1));
    }

    [Fact]
    public void A_value_of_weight_0_is_not_read()
    {
        // Of 5 values 3, from corner to corner: each is one of the values.
        Network corners = Network.Create(Shape.Sequence(5, 1)).Resize(3, UpsampleMode.Bilinear, ResizePlaces.AlignedCorners).Build();
        corners.Predict([1, float.NaN, 2, float.PositiveInfinity, 3]).Should().Equal(1, 2, 3);
        Network halves = Network.Create(Shape.Sequence(4, 1)).Resize(2, UpsampleMode.Bilinear).Build();
        halves.Predict([float.NaN, 2, 3, 4]).Should().Equal(float.NaN, 3.5f);

        // So close to the second value that the weight of the first one rounds to 0.
        const int Size = 1 << 27;
        ResizeAxis.Of(Size, Size - 1, (Size - 1, Size), ResizePlaces.Asymmetric, null).From(Size - 2).Current.Should().Be((Size - 1, Size - 1, 0f));
    }

    [Fact]
    public void To_a_size_every_row_becomes_as_long_and_by_a_scale_as_long_as_its_steps_say()
    {
        Shape steps = Shape.Sequence(6, 1);
        Network sized = Network.Create(steps).Resize(4).MeanOverSteps().Build(), scaled = Network.Create(steps).ResizeByScale(1, 0.5f).Build();
        float[] x = [1, 2, 3, 4, 5, 6, 8, 9, 0, 0, 0, 0];
        using Workspace workspace = sized.CreateWorkspace(2);
        float[] y = new float[2];
        sized.Predict(new Batch { Rows = 2, Inputs = x, Lengths = [6, 2] }, y, workspace);
        y.Should().Equal((1 + 3 + 4 + 6) / 4f, 8.5f);
        using Workspace other = scaled.CreateWorkspace(2);
        float[] z = new float[6];
        scaled.Predict(new Batch { Rows = 2, Inputs = x, Lengths = [6, 2] }, z, other);
        z.Should().Equal(1, 3, 5, 8, 0, 0);
        Action tooShort = () => scaled.Predict(new Batch { Rows = 2, Inputs = x, Lengths = [6, 1] }, z, other);
        tooShort.Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Values_that_only_move_are_still_ids_and_final_activations_are_handed_on()
    {
        Network.Create(Shape.Sequence(3, 1)).Resize(5).Embedding(7, 4).Build().InputIds.ToArray().Should().Equal(7, 7, 7);
        Network.Create(Shape.Image(2, 4, 1)).Resize((1, 2), places: ResizePlaces.Asymmetric, rounding: ResizeRounding.Floor)
            .Reshape(Shape.Sequence(2, 1)).Embedding(5, 2).Build().InputIds.ToArray().Should().Equal(5, 0, 5, 0, 0, 0, 0, 0);
        Network.Create(Shape.Sequence(3, 1)).Resize(5, UpsampleMode.Bilinear).Dense(2).Build().InputIds.ToArray().Should().BeEmpty();

        Network softmax = Network.Create(Shape.Image(2, 2, 3)).Dense(3, Activation.Softmax).Resize((3, 5)).Build(1);
        softmax.Chain.FinalActivations.Should().ContainSingle().Which.Activation.Should().Be(Activation.Softmax);
        Network.Create(Shape.Image(2, 2, 3)).Dense(3, Activation.Softmax).Resize(3, UpsampleMode.Bilinear).Build(1)
            .Chain.FinalActivations.Should().BeEmpty();
    }

    [Fact]
    public void What_cannot_be_is_refused_with_words()
    {
        Shape image = Shape.Image(3, 4, 2), steps = Shape.Sequence(4, 2);
        Refused<ArgumentException>(() => new Resize(6, 2), "Resize takes an image*or a sequence*got Features(6)*");
        Refused<ArgumentOutOfRangeException>(() => new Resize(image, (0, 2)), "size must be at least 1*");
        Refused<ArgumentException>(() => new Resize(steps, (2, 3)), "*has steps and no height: size*");
        Refused<ArgumentOutOfRangeException>(() => new Resize(image, 2, (UpsampleMode)7), "There is no such UpsampleMode*");
        Refused<ArgumentOutOfRangeException>(() => new Resize(image, 2, places: (ResizePlaces)7), "There are no such ResizePlaces*");
        Refused<ArgumentOutOfRangeException>(() => new Resize(image, 2, rounding: (ResizeRounding)7), "There is no such ResizeRounding*");
        Refused<ArgumentException>(
            () => new Resize(image, 2, UpsampleMode.Bilinear, rounding: ResizeRounding.Floor), "Straight lines are not rounded; take *Nearest*");
        Refused<ArgumentException>(() => Resize.ByScale(6, 2, 2), "Resize takes an image*");
        Refused<ArgumentException>(() => Resize.ByScale(steps, 2, 2), "*has steps and no height: its scale along that must be 1*");
        Refused<ArgumentException>(
            () => Resize.ByScale(image, 2, 2, UpsampleMode.Bilinear, ResizePlaces.AlignedCorners), "Corners are aligned by sizes*new Resize*");
        foreach (float scale in new[] { 0, -1, float.NaN, float.PositiveInfinity })
            Refused<ArgumentOutOfRangeException>(() => Resize.ByScale(image, 1, scale), "The scale must be a positive number*");
        Refused<ArgumentOutOfRangeException>(() => Resize.ByScale(image, 0.3f, 1), "Nothing would be left of a side of Image(3, 4, 2)*");
        Refused<ArgumentOutOfRangeException>(() => Resize.ByScale(image, 1, float.MaxValue), "The output would have a side of*");

        static void Refused<T>(Func<object> make, string words) where T : Exception =>
            ((Action)(() => _ = make())).Should().ThrowExactly<T>().WithMessage(words);
    }
}
