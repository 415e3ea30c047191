namespace NeuralNet.Tests.Convolution;

/// <summary>Sizes of 2³¹ and more are refused, and the refusal names the argument that makes them so large.</summary>
public class TooLargeTests
{
    private const int Much = 1 << 20, More = 1 << 30;

    private static readonly Shape image = Shape.Image(1000, 1000, 3), large = Shape.Image(1 << 14, 1 << 14, 4), steps = Shape.Sequence(Much, 2);

    private static readonly Dictionary<string, (string Argument, Func<object> Make)> all = new()
    {
        ["many steps"] = ("steps", () => Shape.Sequence(More, 3)),
        ["many features"] = ("features", () => Shape.Sequence(3, More)),
        ["high"] = ("height", () => Shape.Image(More, 2, 3)),
        ["wide"] = ("width", () => Shape.Image(2, More, 3)),
        ["many channels"] = ("channels", () => Shape.Image(2, 3, More)),
        ["immense"] = ("height", () => Shape.Image(int.MaxValue, int.MaxValue, int.MaxValue)),
        ["with features"] = ("features", () => image.WithFeatures(Much)),
        ["dense"] = ("outputs", () => new Dense(image, Much)),
        ["embedding"] = ("width", () => new Embedding(1000, 5, More)),
        ["filters"] = ("filters", () => new Conv(image, 10_000, 3)),
        ["filters of steps"] = ("filters", () => new Conv(steps, 10_000, 3)),
        ["filters of W"] = ("filters", () => new Conv(Shape.Image(9, 9, 100), Much, 9)),
        ["inputs of W"] = ("input", () => new Conv(Shape.Sequence(1, Much), 10_000, 1)),
        ["kernel of W"] = ("kernel", () => new Conv(Shape.Image(1000, 1000, 50), 100, 1000)),
        ["kernel of rules"] = ("kernel", () => new Conv(steps, 1, int.MaxValue, padding: Padding.Causal)),
        ["dilation of rules"] = ("dilation", () => new Conv(steps, 1, 3, dilation: More, padding: Padding.Same)),
        ["padding out of proportion"] = ("padding", () => new Conv(steps, 1, 3, dilation: More / 4, padding: Padding.Causal)),
        ["padding of an image"] = ("padding", () => new Conv(image, 1, 3, padding: Padding.Of(100_000))),
        ["padding alone"] = ("padding", () => new Conv(image, 1, 3, padding: Padding.Of(More))),
        ["a long input"] = ("input", () => new Conv(Shape.Sequence(More + 1, 1), 1, 3)),
        ["stride back"] = ("stride", () => new ConvTranspose(image, 3, 2, stride: 100)),
        ["stride of a side"] = ("stride", () => new ConvTranspose(image, 3, 2, stride: (1, int.MaxValue))),
        ["kernel back"] = ("kernel", () => new ConvTranspose(image, 3, 100_000)),
        ["dilation back"] = ("dilation", () => new ConvTranspose(image, 3, 2, dilation: More)),
        ["filters back"] = ("filters", () => new ConvTranspose(image, 10_000, 2)),
        ["a pool's padding"] = ("padding", () => new AveragePool(large, 1 << 15, 1, Padding.Of((1 << 15) - 1))),
        ["a norm of many features"] = ("input", () => new BatchNorm(1 << 27)),
        ["a norm of many pixels"] = ("input", () => new BatchNorm(Shape.Image(536_870_911, 4, 1), activation: Activation.Relu)),
        ["what a norm's activation takes"] = ("input", () => new BatchNorm(Shape.Sequence(536_870_911, 2), activation: Activation.Silu)),
        ["what is carried"] = ("padding", () => new Conv(
            Shape.Sequence(268_435_457, 3), 4, 2, stride: 3, padding: Padding.Causal, activation: Activation.Glu)),
        ["factor"] = ("factor", () => new Upsample(image, 50)),
        ["factor of a side"] = ("factor", () => new Upsample(image, (1, int.MaxValue))),
        ["factor of steps"] = ("factor", () => new Upsample(steps, 2000, UpsampleMode.Bilinear)),
        ["size"] = ("size", () => new Resize(image, 30_000)),
        ["size of a side"] = ("size", () => new Resize(image, (1, (1 << 28) + 1))),
        ["size of steps"] = ("size", () => new Resize(Shape.Sequence(3, 1 << 12), 1 << 20)),
        ["a side that is resized"] = ("input", () => new Resize(Shape.Sequence((1 << 28) + 1, 1), 5)),
        ["scale"] = ("height", () => Resize.ByScale(image, 30, 29.5f)),
        ["scale of a side"] = ("width", () => Resize.ByScale(image, 1, 1e30f)),
        ["scale of steps"] = ("width", () => Resize.ByScale(Shape.Sequence(Much, 9), 1, 255.5f)),
        ["filters of a copy"] = ("filters", () => new ConvTranspose(Shape.Image(1 << 13, 1 << 13, 1), 7, 2, stride: 2)),
        ["pad"] = ("padding", () => new Pad(image, Padding.Of(20_000))),
        ["pad of a side"] = ("padding", () => new Pad(image, Padding.Of(int.MaxValue))),
        ["pad of steps"] = ("padding", () => new Pad(steps, Padding.Of(More, 1))),
    };

    public static TheoryData<string> All => [.. all.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void The_argument_that_makes_a_row_too_large_is_named(string name)
    {
        (string argument, Func<object> make) = all[name];
        make.Should().Throw<ArgumentOutOfRangeException>().WithMessage("* values; at most *").Which.ParamName.Should().Be(argument);
    }

    [Fact]
    public void A_shape_that_is_too_large_is_told_whole()
    {
        ((Action)(() => Shape.Image(100_000, 100_000, 3))).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage("A row of Image(100000, 100000, 3) would have 30000000000 values; at most 2,147,483,647 are possible.*");
        ((Action)(() => steps.SizeAt(More))).Should().Throw<OverflowException>();
        steps.SizeAt(Much).Should().Be(2 * Much);
        new Upsample(steps, 4).OutputSteps(More).Should().Be(int.MaxValue);
        Resize.ByScale(steps, 1, 4).OutputSteps(More).Should().BeGreaterThan(1 << 28);
    }

    // As large as it goes: no size on the way is one too large.
    [Fact]
    public void What_is_just_small_enough_can_be_made()
    {
        new Conv(Shape.Image(1 << 14, 1 << 14, 3), 7, 3, padding: Padding.Same).Output.Size.Should().Be(7 << 28);
        new MaxPool(large, 3, stride: int.MaxValue, ceiling: true).Output.Size.Should().Be(4);
        new ConvTranspose(Shape.Image(1 << 13, 1 << 13, 1), 3, 2, stride: 2).Output.Size.Should().Be(3 << 28);
        new Upsample(Shape.Image(1 << 13, 1 << 13, 7), 2).Output.Size.Should().Be(7 << 28);
        new Resize(Shape.Sequence(1 << 28, 1), 3).Output.Size.Should().Be(3);
        Resize.ByScale(Shape.Sequence(3, 1), 1, 89_478_480).Output.Size.Should().Be(268_435_440);
        new MaxPool(large, 2).Output.Size.Should().Be(1 << 28);
        new Pad(Shape.Sequence(int.MaxValue - 2, 1), Padding.Of(1)).Output.Size.Should().Be(int.MaxValue);
    }
}
