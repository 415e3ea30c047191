using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>An image, or the steps of a sequence, of another size: larger or smaller, by any factor, the same channels.</summary>
/// <remarks><para>Output i lies at the place u of the input, which <see cref="ResizePlaces"/> says: with the scale s = outputs / size it is
/// u = (i + ½) / s − ½ by half pixels, i (size − 1) / (outputs − 1) with aligned corners, i / s where asymmetric. Before the first value and behind
/// the last there is only that.</para>
/// <para>forward, nearest: y[i] = x[the value nearest to u, as <see cref="ResizeRounding"/> says]. Bilinear: y[i] = (1 − a) x[⌊u⌋] + a x[⌊u⌋ + 1],
/// a = u − ⌊u⌋; of an image along both of its sides. A value whose weight is 0 is not read, so that its NaN or infinity stays where it is. Places are
/// fractions of whole numbers: a tie is one, whatever the sizes. Nothing is averaged when an image becomes smaller (no antialiasing).</para>
/// <para>backward: ∇x is the sum of ∇y times the weight with which each output has x, in the order of the outputs.</para>
/// <para>Of a sequence the real steps of a row are resized as if there were no others. To a size, every row has all steps of the output, and lengths
/// end here; by a scale (<see cref="ByScale"/>) L steps become ⌊s L⌋. <see cref="Upsample"/> does the same by whole numbers.</para></remarks>
public sealed class Resize : Layer, ILayerKind
{
    private readonly ResizeAxis lines;
    private readonly Func<int, ResizeAxis> columnsOf;
    private readonly bool isSequence;

    /// <summary>Makes an image or a sequence of a given size, as PyTorch's interpolate does with size=….</summary>
    /// <param name="input">The shape of an input row: an image or a sequence, of sides of at most 2²⁸.</param>
    /// <param name="size">The height and width of the output, at most 2²⁸ each; of a sequence one number, its steps.</param>
    /// <param name="mode">What stands between the values.</param>
    /// <param name="places">Where the outputs lie.</param>
    /// <param name="rounding">Which value is the nearest; for <see cref="UpsampleMode.Nearest"/> alone.</param>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, the size is not for it, or straight lines are to be rounded.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, there is no such mode, place or rounding, a side is longer than 2²⁸, or
    /// a row would have 2³¹ values or more.</exception>
    public Resize(
        Shape input, HeightWidth size, UpsampleMode mode = UpsampleMode.Nearest, ResizePlaces places = ResizePlaces.HalfPixel,
        ResizeRounding rounding = ResizeRounding.HalfDown)
        : this(input, OutputOf(input, ref size), null, mode, places, rounding)
    {
    }

    private Resize(Shape input, Shape output, (float Height, float Width)? scale, UpsampleMode mode, ResizePlaces places, ResizeRounding rounding)
        : base(input, output)
    {
        if (mode is not (UpsampleMode.Nearest or UpsampleMode.Bilinear))
            throw Guard.OutOfRange(nameof(mode), (long)mode, "There is no such UpsampleMode; take Nearest or Bilinear.");
        if (places is not (ResizePlaces.HalfPixel or ResizePlaces.AlignedCorners or ResizePlaces.Asymmetric))
            throw Guard.OutOfRange(nameof(places), (long)places, "There are no such ResizePlaces; take HalfPixel, AlignedCorners or Asymmetric.");
        if (rounding is not (ResizeRounding.HalfDown or ResizeRounding.HalfUp or ResizeRounding.Floor or ResizeRounding.Ceiling))
            throw Guard.OutOfRange(nameof(rounding), (long)rounding, "There is no such ResizeRounding; take HalfDown, HalfUp, Floor or Ceiling.");
        if (mode == UpsampleMode.Bilinear && rounding != ResizeRounding.HalfDown)
            throw new ArgumentException("Straight lines are not rounded; take UpsampleMode.Nearest, or leave the rounding out.", nameof(rounding));
        (Scale, Mode, Places, Rounding) = (scale, mode, places, rounding);
        isSequence = input.Kind == ShapeKind.Sequence;
        BackwardReads = BackwardReads.None;
        lines = isSequence ? ResizeAxis.One : Along(input.Height, output.Height, scale?.Height);
        ResizeAxis columns = isSequence ? default : Along(input.Width, output.Width, scale?.Width);
        columnsOf = isSequence ? steps => Along(steps, OutputSteps(steps), scale?.Width) : _ => columns;
    }

    /// <summary>How many times as dense the outputs are along the height and the width, where that was asked for (<see cref="ByScale"/>); of a
    /// sequence the width is its steps. Null if a size was: then it is that of the output, divided by that of the input.</summary>
    public (float Height, float Width)? Scale { get; }

    /// <summary>What stands between the values.</summary>
    public UpsampleMode Mode { get; }

    /// <summary>Where the outputs lie.</summary>
    public ResizePlaces Places { get; }

    /// <summary>Which value is the nearest, where <see cref="Mode"/> asks for that.</summary>
    public ResizeRounding Rounding { get; }

    /// <summary>An image or a sequence that is so many times as large, rounded down, as PyTorch's interpolate makes it with scale_factor=…: places go
    /// by the scale itself, although ⌊scale · size⌋ / size may be another.</summary>
    /// <remarks>A scale means the simplest fraction that is this float when rounded: 1.3f is 13/10.</remarks>
    /// <param name="input">The shape of an input row: an image or a sequence.</param>
    /// <param name="height">How many times as high; of a sequence 1.</param>
    /// <param name="width">How many times as wide, or as long.</param>
    /// <param name="mode">What stands between the values.</param>
    /// <param name="places">Where the outputs lie: half pixels or asymmetric.</param>
    /// <param name="rounding">Which value is the nearest; for <see cref="UpsampleMode.Nearest"/> alone.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, a sequence has a height, corners are to be aligned, which
    /// goes by sizes, or straight lines are to be rounded.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A scale is not positive and finite, or leaves nothing of the input; there is no such mode, place
    /// or rounding, a side is longer than 2²⁸, or a row would have 2³¹ values or more.</exception>
    public static Resize ByScale(
        Shape input, float height, float width, UpsampleMode mode = UpsampleMode.Nearest, ResizePlaces places = ResizePlaces.HalfPixel,
        ResizeRounding rounding = ResizeRounding.HalfDown)
    {
        if (places == ResizePlaces.AlignedCorners)
        {
            throw new ArgumentException(
                "Corners are aligned by sizes, and a scale has no part in it; take new Resize(input, size, …), or other places.", nameof(places));
        }

        Window.CheckInput(nameof(Resize), input);
        bool isSequence = input.Kind == ShapeKind.Sequence;
        if (isSequence && height != 1)
            throw new ArgumentException($"{input} has steps and no height: its scale along that must be 1.", nameof(height));
        int wide = Scaled(input, isSequence ? input.Steps : input.Width, width, nameof(width));
        Shape output = isSequence ? Shape.SequenceFor(nameof(width), wide, input.FeatureCount)
            : Shape.ImageFor(
                width > height ? nameof(width) : nameof(height), Scaled(input, input.Height, height, nameof(height)), wide, input.FeatureCount);
        return new Resize(input, output, (height, width), mode, places, rounding);
    }

    // To a size every row becomes as long as the output.
    /// <inheritdoc/>
    public override bool KeepsLengths => isSequence && Scale is not null;

    /// <inheritdoc/>
    public override KindSettings Settings
    {
        get
        {
            KindSettings settings = new KindSettings().Set("mode", Mode.ToString()).Set("places", Places.ToString())
                .Set("rounding", Rounding.ToString());
            return Scale is (float height, float width) ? settings.Set("scale", (float[])[height, width])
                : settings.Set("size", (int[])(isSequence ? [1, Output.Steps] : [Output.Height, Output.Width]));
        }
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings)
    {
        UpsampleMode mode = UpsampleModeOf(settings);
        ResizePlaces places = settings.GetString("places") switch
        {
            nameof(ResizePlaces.HalfPixel) => ResizePlaces.HalfPixel,
            nameof(ResizePlaces.AlignedCorners) => ResizePlaces.AlignedCorners,
            nameof(ResizePlaces.Asymmetric) => ResizePlaces.Asymmetric,
            _ => throw settings.Wrong("places", "\"HalfPixel\", \"AlignedCorners\" or \"Asymmetric\""),
        };
        ResizeRounding rounding = settings.GetString("rounding") switch
        {
            nameof(ResizeRounding.HalfDown) => ResizeRounding.HalfDown,
            nameof(ResizeRounding.HalfUp) => ResizeRounding.HalfUp,
            nameof(ResizeRounding.Floor) => ResizeRounding.Floor,
            nameof(ResizeRounding.Ceiling) => ResizeRounding.Ceiling,
            _ => throw settings.Wrong("rounding", "\"HalfDown\", \"HalfUp\", \"Floor\" or \"Ceiling\""),
        };
        if (!settings.Names.Contains("scale"))
            return new Resize(input, HeightWidth.Of(settings, "size"), mode, places, rounding);
        return settings.GetSingles("scale") is [var height, var width] ? ByScale(input, height, width, mode, places, rounding)
            : throw settings.Wrong("scale", "a pair of numbers along the height and along the width");
    }

    /// <summary>The mode that the settings of a layer have.</summary>
    internal static UpsampleMode UpsampleModeOf(KindSettings settings) => settings.GetString("mode") switch
    {
        nameof(UpsampleMode.Nearest) => UpsampleMode.Nearest,
        nameof(UpsampleMode.Bilinear) => UpsampleMode.Bilinear,
        _ => throw settings.Wrong("mode", "\"Nearest\" or \"Bilinear\""),
    };

    internal override bool ChangesSteps => isSequence;

    internal override bool MovesValues => Mode == UpsampleMode.Nearest;

    internal override string Detail
    {
        get
        {
            string places = Places switch
            {
                ResizePlaces.HalfPixel => "half pixels",
                ResizePlaces.AlignedCorners => "aligned corners",
                _ => "asymmetric",
            };
            string rounding = Rounding switch
            {
                ResizeRounding.HalfDown => "halves down",
                ResizeRounding.HalfUp => "halves up",
                ResizeRounding.Floor => "floor",
                _ => "ceiling",
            };
            string scale = Scale is not (float height, float width) ? ""
                : isSequence ? string.Create(CultureInfo.InvariantCulture, $"{width} times, ")
                : string.Create(CultureInfo.InvariantCulture, $"{height}×{width} times, ");
            return scale + (Mode == UpsampleMode.Nearest ? $"nearest, {places}, {rounding}" : $"bilinear, {places}");
        }
    }

    // Whole vectors are copied, f(z) as z.
    internal override IReadOnlyList<FinalActivation>? HandOn(IReadOnlyList<FinalActivation> activations) =>
        Mode == UpsampleMode.Nearest ? activations : null;

    // A value may become several, and must be an id to all of them; one that becomes none is any number.
    internal override void MoveBack(ReadOnlySpan<int> output, Span<int> input)
    {
        input.Clear();
        int channels = Input.FeatureCount, at = 0;
        ResizeAxis columns = columnsOf(Input.Steps);
        ResizeWalk line = lines.From(0);
        for (int i = 0; i < lines.Outputs; i++, line.Next())
        {
            ResizeWalk column = columns.From(0);
            for (int j = 0; j < columns.Outputs; j++, column.Next())
            {
                int from = ((line.Current.First * columns.Size) + column.Current.First) * channels;
                for (int channel = 0; channel < channels; channel++, at++)
                    input[from + channel] = Ids.Fewest(input[from + channel], output[at]);
            }
        }
    }

    /// <inheritdoc/>
    public override int OutputSteps(int steps) => !isSequence ? 1 : Scale is (_, float scale) ? ResizeAxis.Scaled(steps, scale) : Output.Steps;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => ResizeKernel.Forward(
        lines, columnsOf(pass.Steps), columnsOf, Input.FeatureCount, pass.Input, pass.Output, pass.Rows, pass.Lengths, pass.Workers);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
        {
            ResizeKernel.Backward(
                lines, columnsOf(pass.Steps), columnsOf, Input.FeatureCount, pass.OutputGradient, pass.InputGradient, pass.Rows, pass.Lengths,
                pass.Workers);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}, {Detail}";

    private ResizeAxis Along(int size, int outputs, float? scale) =>
        ResizeAxis.Of(size, outputs, scale, Places, Mode == UpsampleMode.Nearest ? Rounding : null);

    // A side of the output by a scale.
    private static int Scaled(Shape input, int size, float scale, string name)
    {
        Guard.Positive(scale, name, "The scale");
        Guard.Size(size, nameof(input), "The input has a side of", ResizeAxis.Largest);
        int outputs = ResizeAxis.Scaled(size, scale);
        if (outputs > ResizeAxis.Largest)
            Guard.Size((Int128)Math.Min((double)size * scale, 1e30), name, "The output would have a side of", ResizeAxis.Largest);
        return outputs > 0 ? outputs
            : throw Guard.OutOfRange(name, scale, $"Nothing would be left of a side of {input}; take at least 1 / its length.");
    }

    private static Shape OutputOf(Shape input, ref HeightWidth size)
    {
        Window.CheckInput(nameof(Resize), input);
        size = size.Positive(input, nameof(size));
        const string TooLong = "The input has a side of", TooLarge = "The output would have a side of";
        Guard.Size(Math.Max(input.Height, Math.Max(input.Width, input.Steps)), nameof(input), TooLong, ResizeAxis.Largest);
        Guard.Size(Math.Max(size.Height, size.Width), nameof(size), TooLarge, ResizeAxis.Largest);
        return input.Kind == ShapeKind.Sequence ? Shape.SequenceFor(nameof(size), size.Width, input.FeatureCount)
            : Shape.ImageFor(nameof(size), size.Height, size.Width, input.FeatureCount);
    }
}
