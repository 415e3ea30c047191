using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What pools share: a window that slides over an image, or along the steps of a sequence, and makes one value of those of each channel
/// in it.</summary>
/// <remarks>Of a sequence the padding lies around the real steps of a row, and what is past a row's length is never read; a row so short that it
/// has no window, or one in padding alone, is refused.</remarks>
public abstract class Pool : Layer
{
    private protected Pool(Shape input, Shape output, Window window)
        : base(input, output)
    {
        Window = window;
        window.RefuseOutside(Kind, input.Steps, input.ToString());
        IsStreamable = input.Kind != ShapeKind.Sequence || window.IsStreamable;
        PieceSteps = input.Kind == ShapeKind.Sequence && window.IsStreamable ? window.Stride.Width : 1;
    }

    private protected Window Window { get; }

    internal override bool ChangesSteps => Output.Kind == ShapeKind.Sequence && !Window.KeepsSteps;

    internal override bool ChecksBatches => Input.Kind == ShapeKind.Sequence && Window.MayLieOutside;

    internal override double Work => base.Work + (Output.Size * (double)Window.Kernel.Height * Window.Kernel.Width);

    /// <inheritdoc/>
    public override int OutputSteps(int steps) => Output.Kind == ShapeKind.Sequence ? Window.OutputSteps(steps) : 1;

    /// <inheritdoc/>
    public override void Check(in CheckPass pass)
    {
        if (!ChecksBatches)
            return;
        for (int row = 0; row < (pass.Lengths.IsEmpty ? 1 : pass.Rows); row++)
            Window.RefuseOutside(Kind, pass.LengthOf(row), FormattableString.Invariant($"row {row}"));
    }

    /// <inheritdoc/>
    public override string ToString() => Detail is { } detail ? $"{Kind} {Input} → {Output}, {detail}" : base.ToString();

    private protected PoolSizes Sizes(int rows, int steps, ReadOnlySpan<int> lengths, PoolCount count = PoolCount.Input) =>
        new(rows, Window.Lines, Window.ColumnsAt(steps), Input.FeatureCount, lengths, Window.ColumnsOf) { Count = count };

    // What is made of a whole image; the layer that does the same for sequences is another.
    private protected static Shape Channels(string layer, Shape input, string ofSequences) => input is { Kind: ShapeKind.Image, Size: > 0 }
        ? input.FeatureCount
        : throw new ArgumentException(
            $"{layer} takes an image, Shape.Image(height, width, channels), but got {(input.Size == 0 ? "an empty shape" : input)}. "
            + (input is { Kind: ShapeKind.Features, Size: > 0 } ? Window.Say(input) : $"Of a sequence take {ofSequences}."), nameof(input));

    private protected static Window Whole(Shape image) =>
        new(nameof(Pool), image, (image.Height, image.Width), (image.Height, image.Width), 1, Padding.Valid);

    // What the window is, in summaries: only what is not as usual.
    private protected string Words(Padding padding, bool isCeiling)
    {
        string Pair(HeightWidth pair) => Input.Kind == ShapeKind.Sequence ? FormattableString.Invariant($"{pair.Width}") : pair.ToString();
        string words = "window " + Pair(Window.Kernel);
        if (Window.Stride != Window.Kernel)
            words += ", stride " + Pair(Window.Stride);
        if (padding != Padding.Valid)
            words += $", padding {padding}";
        if (Window.Dilation != 1)
            words += ", dilation " + Pair(Window.Dilation);
        return isCeiling ? words + ", ceiling" : words;
    }
}
