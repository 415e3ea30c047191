using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>An image with more pixels around it, or a sequence with more steps before and behind it.</summary>
/// <remarks><para>forward: y[i, j] = x[i − top, j − left] within the input, and around it what the mode says.</para>
/// <para>backward: ∇x is the sum of ∇y over the outputs that are x.</para>
/// <para>Of a sequence the padding lies around the real steps of a row, so that L steps become before + L + after, all of them real. A mirrored
/// padding must be smaller than the input; a row with too few steps for it is refused.</para></remarks>
public sealed class Pad : Layer, ILayerKind
{
    private readonly PadAxis lines, columns;
    private readonly bool isSequence;

    /// <summary>Makes a padding.</summary>
    /// <param name="input">The shape of an input row: an image or a sequence.</param>
    /// <param name="padding">How much: Padding.Of(…).</param>
    /// <param name="value">What a constant padding is: any number.</param>
    /// <param name="mode">What the padding is.</param>
    /// <exception cref="ArgumentException">The input is neither an image nor a sequence, the padding is a rule for windows or does not fit the input,
    /// a mirrored padding is not smaller than the input, or a value is given where the mode needs none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mode, or a row would have 2³¹ values or more.</exception>
    public Pad(Shape input, Padding padding, float value = 0, PadMode mode = PadMode.Constant)
        : base(input, OutputOf(input, padding, value, mode))
    {
        (Padding, Value, Mode) = (padding, value, mode);
        isSequence = input.Kind == ShapeKind.Sequence;
        lines = isSequence ? new PadAxis(1, 0, 0, mode) : new PadAxis(input.Height, padding.Top, padding.Bottom, mode);
        columns = new PadAxis(isSequence ? input.Steps : input.Width, padding.Left, padding.Right, mode);
        BackwardReads = BackwardReads.None;
        IsStreamable = !isSequence || padding == Padding.Valid;
    }

    /// <summary>How much is around the input.</summary>
    public Padding Padding { get; }

    /// <summary>What a constant padding is.</summary>
    public float Value { get; }

    /// <summary>What the padding is.</summary>
    public PadMode Mode { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => Padding.AddTo(new KindSettings().Set("value", Value).Set("mode", Mode.ToString()));

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Pad(
        input, Padding.Of(settings), settings.GetSingle("value"), settings.GetString("mode") switch
        {
            nameof(PadMode.Constant) => PadMode.Constant,
            nameof(PadMode.Reflect) => PadMode.Reflect,
            nameof(PadMode.Edge) => PadMode.Edge,
            _ => throw settings.Wrong("mode", "\"Constant\", \"Reflect\" or \"Edge\""),
        });

    internal override bool ChangesSteps => isSequence && Padding != Padding.Valid;

    // Another constant than 0 need not be what is known of the other values.
    internal override bool MovesValues => Mode != PadMode.Constant || Value == 0;

    internal override string Detail => Mode == PadMode.Constant
        ? string.Create(CultureInfo.InvariantCulture, $"{Padding}, {Value}") : $"{Padding}, {Mode.ToString().ToLowerInvariant()}";

    internal override void MoveBack(ReadOnlySpan<int> output, Span<int> input)
    {
        input.Clear();
        int channels = Input.FeatureCount;
        for (int i = 0; i < output.Length; i++)
        {
            (int pixel, int channel) = Math.DivRem(i, channels);
            (int line, int column) = Math.DivRem(pixel, columns.Padded);
            (line, column) = (lines.From(line), columns.From(column));
            if (line < 0 || column < 0)
                continue;
            ref int mark = ref input[(((line * columns.Size) + column) * channels) + channel];
            mark = Ids.Fewest(mark, output[i]);
        }
    }

    /// <inheritdoc/>
    public override int OutputSteps(int steps)
    {
        if (!isSequence)
            return 1;
        bool isMirror = Mode == PadMode.Reflect && steps <= Math.Max(Padding.Left, Padding.Right) && Padding != Padding.Valid;
        return isMirror ? 0 : (int)Math.Min(int.MaxValue, (long)steps + Padding.Left + Padding.Right);
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => PadKernel.Forward(
        lines, ColumnsAt(pass.Steps), Input.FeatureCount, Value, pass.Input, pass.Output, pass.Rows, pass.Lengths, pass.Workers);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
        {
            PadKernel.Backward(
                lines, ColumnsAt(pass.Steps), Input.FeatureCount, pass.OutputGradient, pass.InputGradient, pass.Rows, pass.Lengths, pass.Workers);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input} → {Output}, {Detail}";

    private PadAxis ColumnsAt(int steps) => isSequence ? columns with { Size = steps } : columns;

    private static Shape OutputOf(Shape input, Padding padding, float value, PadMode mode)
    {
        Window.CheckInput(nameof(Pad), input);
        if (padding.IsSame || padding.IsCausal)
        {
            throw new ArgumentException(
                $"Padding.{padding} says how much a window needs, and Pad has none; say how much with Padding.Of.", nameof(padding));
        }

        Padding.Check(padding, input);
        if (mode is not (PadMode.Constant or PadMode.Reflect or PadMode.Edge))
            throw Guard.OutOfRange(nameof(mode), (long)mode, "There is no such PadMode; take Constant, Reflect or Edge.");
        if (float.IsNaN(value))
            throw Guard.OutOfRange(nameof(value), value, "A number was expected; it may be infinite.");
        if (mode != PadMode.Constant && value != 0)
            throw new ArgumentException($"A padding of mode {mode} is made of the input; a value is for PadMode.Constant.", nameof(value));
        bool isSequence = input.Kind == ShapeKind.Sequence;
        int width = isSequence ? input.Steps : input.Width;
        bool isMirrorTooSmall = mode == PadMode.Reflect && (width <= Math.Max(padding.Left, padding.Right) && padding.Left + padding.Right > 0
            || !isSequence && input.Height <= Math.Max(padding.Top, padding.Bottom));
        if (isMirrorTooSmall)
            throw new ArgumentException($"{input} can be mirrored by fewer values than it has, but got a padding of {padding}.", nameof(padding));
        const string TooLarge = "The output would have a side of";
        width = Guard.Size((long)width + padding.Left + padding.Right, nameof(padding), TooLarge);
        return isSequence ? Shape.SequenceFor(nameof(padding), width, input.FeatureCount) : Shape.ImageFor(
            nameof(padding), Guard.Size((long)input.Height + padding.Top + padding.Bottom, nameof(padding), TooLarge), width, input.FeatureCount);
    }
}
