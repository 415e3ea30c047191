using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

/// <summary>Upsample and Pad beside the definition, over random shapes; what they hand on, and what is refused.</summary>
public class ResizeTests
{
    [Fact]
    public void Upsampling_and_padding_are_what_the_definition_says()
    {
        for (int seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            bool isSequence = random.Next(3) == 0, pads = random.Next(2) == 0;
            int channels = random.Next(1, 20), rows = random.Next(1, 8);
            Shape input = isSequence ? Shape.Sequence(random.Next(4, 13), channels) : Shape.Image(random.Next(4, 9), random.Next(4, 9), channels);
            int[] lengths = isSequence && random.Next(2) == 0 ? [.. Enumerable.Range(0, rows).Select(_ => random.Next(4, input.Steps + 1))] : [];
            HeightWidth factor = (isSequence ? 1 : random.Next(1, 5), random.Next(1, 5));
            int[] sides = [isSequence ? 0 : random.Next(4), random.Next(4), isSequence ? 0 : random.Next(4), random.Next(4)];
            int mode = random.Next(3);
            Layer layer = !pads ? new Upsample(input, factor, (UpsampleMode)(mode % 2))
                : new Pad(
                    input, isSequence ? Padding.Of(sides[1], sides[3]) : Padding.Of(sides[0], sides[1], sides[2], sides[3]),
                    mode == 0 ? 1.5f : 0, (PadMode)mode);
            LayerRun run = AlongAxes.Run(layer, rows, lengths, seed);
            for (int row = 0; row < rows; row++)
            {
                int width = isSequence ? lengths.Length == 0 ? input.Steps : lengths[row] : input.Width;
                (int Index, double Weight)[][] Of(int size, int times, int before, int after) => pads
                    ? [.. Enumerable.Range(-before, size + before + after).Select(at => Padded(at, size, mode))]
                    : [.. Enumerable.Range(0, size * times).Select(at => Between(at, size, times, mode % 2 == 1))];
                (int Index, double Weight)[][] lines = Of(input.Height, factor.Height, sides[0], sides[2]);
                (int Index, double Weight)[][] columns = Of(width, factor.Width, sides[1], sides[3]);
                AlongAxes.ShouldBe(run, layer, row, lines, columns, 1.5, seed);
            }
        }
    }

    private static (int Index, double Weight)[] Padded(int at, int size, int mode) =>
        at >= 0 && at < size ? [(at, 1)]
        : mode == 0 ? []
        : [(mode == 2 ? Math.Clamp(at, 0, size - 1) : at < 0 ? -at : (2 * (size - 1)) - at, 1)];

    private static (int Index, double Weight)[] Between(int at, int size, int times, bool isLinear)
    {
        double place = Math.Clamp(((at + 0.5) / times) - 0.5, 0, size - 1);
        int first = Math.Min((int)place, Math.Max(size - 2, 0));
        return !isLinear ? [(at / times, 1)] : size == 1 ? [(0, 1)] : [(first, 1 - place + first), (first + 1, place - first)];
    }

    [Fact]
    public void Values_that_only_move_are_still_ids_and_final_activations_are_handed_on_where_they_may_be()
    {
        Network.Create(Shape.Sequence(3, 1)).Upsample(2).Pad(Padding.Of(1, 2)).Embedding(7, 4).Build().InputIds.ToArray().Should().Equal(7, 7, 7);
        Network.Create(Shape.Sequence(3, 1)).Pad(Padding.Of(2), mode: PadMode.Reflect).Embedding(5, 2).Build()
            .InputIds.ToArray().Should().Equal(5, 5, 5);
        Network.Create(Shape.Image(2, 2, 1)).Upsample(2).Pad(Padding.Of(1, 0, 0, 1), mode: PadMode.Edge)
            .Reshape(Shape.Sequence(25, 1)).Embedding(5, 2).Build().InputIds.ToArray().Should().Equal(5, 5, 5, 5);
        Network.Create(Shape.Sequence(3, 1)).Pad(Padding.Of(1), 4).Embedding(5, 2).Build().InputIds.ToArray().Should().BeEmpty();

        Shape image = Shape.Image(2, 2, 3);
        Network repeated = Network.Create(image).Dense(3, Activation.Softmax).Upsample(2).Build(1);
        Network apart = Network.Create(image).Dense(3, Activation.Softmax).Build(1);
        repeated.Chain.FinalActivations.Should().ContainSingle().Which.Activation.Should().Be(Activation.Softmax);
        Network.Create(image).Dense(3, Activation.Softmax).Pad(Padding.Of(1)).Build(1).Chain.FinalActivations.Should().BeEmpty();
        float[] x = Floats.Random(12, 1), y = repeated.Predict(x), small = apart.Predict(x);
        y[..3].Should().Equal(small[..3]);
        y[^3..].Should().Equal(small[^3..]);
    }

    [Fact]
    public void What_cannot_be_is_refused_with_words()
    {
        Shape image = Shape.Image(3, 4, 2), steps = Shape.Sequence(4, 2);
        Refused<ArgumentException>(() => new Upsample(6, 2), "Upsample takes an image*or a sequence*got Features(6)*");
        Refused<ArgumentOutOfRangeException>(() => new Upsample(image, 0), "factor must be at least 1*");
        Refused<ArgumentException>(() => new Upsample(steps, (2, 3)), "*has steps and no height: factor*");
        Refused<ArgumentOutOfRangeException>(() => new Upsample(image, 2, (UpsampleMode)7), "There is no such UpsampleMode*");
        Refused<ArgumentException>(() => new Upsample(image, 2, alignCorners: true), "Corners are aligned*take UpsampleMode.Bilinear*");
        Refused<ArgumentOutOfRangeException>(() => new Upsample(image, int.MaxValue), "The output would have a side of*");
        Refused<ArgumentOutOfRangeException>(() => new Upsample(image, 60_000), "A row of Image(*) would have*");
        Refused<ArgumentException>(() => new Pad(6, Padding.Of(1)), "Pad takes an image*");
        Refused<ArgumentException>(() => new Pad(image, Padding.Same), "Padding.Same says how much a window needs*Padding.Of*");
        Refused<ArgumentException>(() => new Pad(steps, Padding.Causal), "Padding.Causal says how much a window needs*");
        Refused<ArgumentException>(() => new Pad(steps, Padding.Of(1, 1, 0, 0)), "*no lines to pad*");
        Refused<ArgumentException>(() => new Pad(image, Padding.Of(3), mode: PadMode.Reflect), "Image(3, 4, 2) can be mirrored by fewer values*");
        Refused<ArgumentException>(() => new Pad(steps, Padding.Of(0, 4), mode: PadMode.Reflect), "Sequence(4, 2) can be mirrored by fewer values*");
        Refused<ArgumentException>(() => new Pad(image, Padding.Of(1), 2, PadMode.Edge), "A padding of mode Edge is made of the input*");
        Refused<ArgumentOutOfRangeException>(() => new Pad(image, Padding.Of(1), 0, (PadMode)9), "There is no such PadMode*");
        Refused<ArgumentOutOfRangeException>(() => new Pad(image, Padding.Of(int.MaxValue)), "The output would have a side of*");
        Refused<ArgumentOutOfRangeException>(() => new Pad(image, Padding.Of(60_000)), "A row of Image(*) would have*");

        Network mirror = Network.Create(steps).Pad(Padding.Of(2), mode: PadMode.Reflect).Build();
        using Workspace workspace = mirror.CreateWorkspace(1);
        Refused<ArgumentException>(
            () => mirror.Predict(new Batch { Rows = 1, Inputs = new float[8], Lengths = [2] }, new float[16], workspace), "*2*steps*");
    }

    private static void Refused<T>(Func<object> make, string words) where T : Exception => Refused<T>((Action)(() => _ = make()), words);

    private static void Refused<T>(Action act, string words) where T : Exception => act.Should().ThrowExactly<T>().WithMessage(words);
}
