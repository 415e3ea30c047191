using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>An image, or the steps of a sequence, made larger by a whole number: the same channels at more pixels.</summary>
/// <remarks><para>forward, nearest: y[i, j, c] = x[⌊i / f⌋, ⌊j / f⌋, c]. Bilinear: output i lies at u = (i + ½) / f − ½ between the inputs ⌊u⌋ and
/// ⌊u⌋ + 1, by a straight line, and the same along the width; before the first input and behind the last there is only that. It is PyTorch's with
/// align_corners=False, and ONNX's half_pixel. With aligned corners the outputs lie so that the first is the first input and the last the last one,
/// u = i (size − 1) / (f · size − 1), as with align_corners=True.</para>
/// <para>backward: ∇x is the sum of ∇y times the weight with which each output has x.</para>
/// <para>Of a sequence only the real steps of a row count: L steps become f L.</para>
/// <para><see cref="Resize"/> makes images and sequences of any other size.</para></remarks>
public sealed class Upsample : Layer, ILayerKind
{
    private const string Corners = "alignCorners";

    private readonly WindowAxis windowLines;
    private readonly Func<int, WindowAxis> windowColumns;
    private readonly ResizeAxis lines;
    private readonly Func<int, ResizeAxis> columnsOf;
    private readonly bool isSequence;

    /// <summary>Makes an image or a sequence larger.</summary>
    /// <param name="input">The shape of an input row: an image or a sequence.</param>
    /// <param name="factor">How many times as high and as wide the output is; of a sequence one number.</param>
    /// <param name="mode">What stands between the values.</param>
    /// <param name="alignCorners">Whether straight lines go from the first output to the last as from the first input to the last, rather than
    /// from center to center of what the values stand for.</param>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, or the nearest values are to have aligned corners.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A factor is not positive, there is no such mode, or a row would have 2³¹ values or more.
    /// </exception>
    public Upsample(Shape input, HeightWidth factor, UpsampleMode mode = UpsampleMode.Nearest, bool alignCorners = false)
        : base(input, OutputOf(input, ref factor))
    {
        if (mode is not (UpsampleMode.Nearest or UpsampleMode.Bilinear))
            throw Guard.OutOfRange(nameof(mode), (long)mode, "There is no such UpsampleMode; take Nearest or Bilinear.");
        if (alignCorners && mode != UpsampleMode.Bilinear)
            throw new ArgumentException("Corners are aligned between straight lines alone; take UpsampleMode.Bilinear.", nameof(alignCorners));
        (Factor, Mode, AlignCorners) = (factor, mode, alignCorners);
        isSequence = input.Kind == ShapeKind.Sequence;
        BackwardReads = BackwardReads.None;
        IsStreamable = !isSequence || mode == UpsampleMode.Nearest || factor.Width == 1;

        // To repeat a value is to share it out over a window without overlap, whose sum comes back.
        windowLines = Repeated(input.Height, factor.Height);
        windowColumns = size => Repeated(size, factor.Width);
        lines = Between(input.Height, factor.Height);
        columnsOf = size => Between(size, factor.Width);
    }

    /// <summary>How many times as high and as wide the output is; of a sequence (1, how many times as long).</summary>
    public HeightWidth Factor { get; }

    /// <summary>What stands between the values.</summary>
    public UpsampleMode Mode { get; }

    /// <summary>Whether straight lines go from corner to corner.</summary>
    public bool AlignCorners { get; }

    // Files of networks that do not align corners have not the setting.
    /// <inheritdoc/>
    public override KindSettings Settings
    {
        get
        {
            KindSettings settings = new KindSettings().Set("factor", Factor.Numbers).Set("mode", Mode.ToString());
            return AlignCorners ? settings.Set(Corners, true) : settings;
        }
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Upsample(
        input, HeightWidth.Of(settings, "factor"), Resize.UpsampleModeOf(settings), settings.Names.Contains(Corners) && settings.GetBoolean(Corners));

    internal override bool ChangesSteps => isSequence && Factor.Width > 1;

    internal override bool MovesValues => Mode == UpsampleMode.Nearest;

    internal override string Detail =>
        FormattableString.Invariant($"{(isSequence ? Factor.Width : Factor)} times, {Mode.ToString().ToLowerInvariant()}")
        + (AlignCorners ? ", aligned corners" : "");

    // Whole vectors are repeated, f(z) as z.
    internal override IReadOnlyList<FinalActivation>? HandOn(IReadOnlyList<FinalActivation> activations) =>
        Mode == UpsampleMode.Nearest ? activations : null;

    // A value becomes several, and must be an id to all of them.
    internal override void MoveBack(ReadOnlySpan<int> output, Span<int> input)
    {
        input.Clear();
        int channels = Input.FeatureCount, columns = isSequence ? Input.Steps : Input.Width, outputs = columns * Factor.Width;
        for (int i = 0; i < output.Length; i++)
        {
            (int pixel, int channel) = Math.DivRem(i, channels);
            (int line, int column) = Math.DivRem(pixel, outputs);
            ref int mark = ref input[(((line / Factor.Height * columns) + (column / Factor.Width)) * channels) + channel];
            mark = Ids.Fewest(mark, output[i]);
        }
    }

    /// <inheritdoc/>
    public override int OutputSteps(int steps) => isSequence ? (int)Math.Min(int.MaxValue, (long)steps * Factor.Width) : 1;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        if (Mode == UpsampleMode.Nearest)
        {
            PoolKernels.Repeat(Windows(pass.Rows, pass.Steps, pass.Lengths), pass.Input, pass.Output, pass.Workers);
        }
        else
        {
            ResizeKernel.Forward(
                lines, columnsOf(Columns(pass.Steps)), columnsOf, Input.FeatureCount, pass.Input, pass.Output, pass.Rows, pass.Lengths, pass.Workers);
        }
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (pass.InputGradient.IsEmpty)
            return;
        if (Mode == UpsampleMode.Nearest)
        {
            PoolKernels.RepeatGradient(Windows(pass.Rows, pass.Steps, pass.Lengths), pass.OutputGradient, pass.InputGradient, pass.Workers);
        }
        else
        {
            ResizeKernel.Backward(
                lines, columnsOf(Columns(pass.Steps)), columnsOf, Input.FeatureCount, pass.OutputGradient, pass.InputGradient, pass.Rows,
                pass.Lengths, pass.Workers);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}, {Detail}";

    private static WindowAxis Repeated(int size, int factor) => new(checked(size * factor), factor, factor, 1, 0, 0);

    private static Shape OutputOf(Shape input, ref HeightWidth factor)
    {
        Window.CheckInput(nameof(Upsample), input);
        factor = factor.Positive(input, nameof(factor));
        const string TooLarge = "The output would have a side of";
        int width = Guard.Size((long)factor.Width * (input.Kind == ShapeKind.Sequence ? input.Steps : input.Width), nameof(factor), TooLarge);
        return input.Kind == ShapeKind.Sequence ? Shape.SequenceFor(nameof(factor), width, input.FeatureCount)
            : Shape.ImageFor(
                nameof(factor), Guard.Size((long)factor.Height * input.Height, nameof(factor), TooLarge), width, input.FeatureCount);
    }

    private int Columns(int steps) => isSequence ? steps : Input.Width;

    private ResizeAxis Between(int size, int factor) => ResizeAxis.Of(
        size, checked(size * factor), (factor, 1), AlignCorners ? ResizePlaces.AlignedCorners : ResizePlaces.HalfPixel, null);

    private PoolSizes Windows(int rows, int steps, ReadOnlySpan<int> lengths) =>
        new(rows, windowLines, windowColumns(Columns(steps)), Input.FeatureCount, lengths, windowColumns) { Count = PoolCount.Sum };
}
