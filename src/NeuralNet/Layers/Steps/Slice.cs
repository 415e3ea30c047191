using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Some neighbouring features of a row, of each step of a sequence, or of each pixel of an image.</summary>
/// <remarks><para>forward: yⱼ = x_{first + j}, for j below the count.</para>
/// <para>backward: ∇x_{first + j} = ∇yⱼ, and 0 for the features that are left out.</para>
/// <para>Several inputs of one network lie side by side in one row; branches that begin with slices take them apart:
/// <c>.Parallel(Merge.Concat, b => b.Slice(0, 1).Embedding(100, 8), b => b.Slice(1, 3))</c>.</para></remarks>
public sealed class Slice : Layer, ILayerKind
{
    private readonly int columns;

    /// <summary>Makes a slice.</summary>
    /// <param name="input">The shape of an input row; an integer stands for that many features.</param>
    /// <param name="first">The first feature that is kept, from 0.</param>
    /// <param name="count">How many are kept, at least 1.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The features are not all there.</exception>
    public Slice(Shape input, int first, int count)
        : base(input, Kept(input, first, count))
    {
        First = first;
        Count = count;
        columns = input.FeatureCount;
        BackwardReads = BackwardReads.None;
        IsStreamable = true;
    }

    /// <summary>The first feature that is kept.</summary>
    public int First { get; }

    /// <summary>How many are kept.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("first", First).Set("count", Count);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) =>
        new Slice(input, settings.GetInt32("first"), settings.GetInt32("count"));

    internal override bool MovesValues => true;

    internal override IReadOnlyList<FinalActivation>? HandOn(IReadOnlyList<FinalActivation> activations) =>
        FinalActivation.Slice(activations, First, Count);

    internal override void MoveBack(ReadOnlySpan<int> output, Span<int> input)
    {
        input.Clear();
        for (int i = 0; i < output.Length; i++)
            input[(i / Count * columns) + First + (i % Count)] = output[i];
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        if (pass.Lengths.IsEmpty)
        {
            ColumnKernels.FromColumns(pass.Input, columns, First, pass.Output, Count, pass.Workers);
            return;
        }

        for (int row = 0; row < pass.Rows; row++)
        {
            int real = pass.Lengths[row];
            ReadOnlySpan<float> x = pass.Input.Slice(row * pass.Steps * columns, real * columns);
            Span<float> y = pass.Output.Slice(row * pass.Steps * Count, pass.Steps * Count);
            ColumnKernels.FromColumns(x, columns, First, y[..(real * Count)], Count, pass.Workers);
            y[(real * Count)..].Clear();
        }
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (pass.InputGradient.IsEmpty)
            return;
        pass.InputGradient.Clear();
        if (pass.Lengths.IsEmpty)
        {
            ColumnKernels.ToColumns(pass.OutputGradient, Count, pass.InputGradient, columns, First, pass.Workers);
            return;
        }

        for (int row = 0; row < pass.Rows; row++)
        {
            int real = pass.Lengths[row];
            ColumnKernels.ToColumns(
                pass.OutputGradient.Slice(row * pass.Steps * Count, real * Count), Count,
                pass.InputGradient.Slice(row * pass.Steps * columns, real * columns), columns, First, pass.Workers);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Input}, {First} to {First + Count - 1}";

    private static Shape Kept(Shape input, int first, int count)
    {
        if (input.Size == 0)
            return input;
        if (first < 0 || first >= input.FeatureCount)
            throw Guard.OutOfRange(
                nameof(first), first, $"{input} has {input.FeatureCount} features; the first one kept is 0 to {input.FeatureCount - 1}.");

        if (count < 1 || count > input.FeatureCount - first)
            throw Guard.OutOfRange(
                nameof(count), count, FormattableString.Invariant(
                    $"{input} has {input.FeatureCount} features; from {first} on, 1 to {input.FeatureCount - first} can be kept."));

        return input.WithFeatures(count);
    }
}
