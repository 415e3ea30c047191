namespace NeuralNet;

/// <summary>The steps of a sequence in reverse order, of each row only the real ones: the last real step comes first.</summary>
/// <remarks><para>forward: y_t = x_{L−1−t} for t below the row's length L; what is past the length stays there, and is 0.</para>
/// <para>backward: ∇x_t = ∇y_{L−1−t}, and 0 past the length.</para>
/// <para>It is what the second branch of a bidirectional network begins and ends with: M. Schuster, K. Paliwal,
/// "Bidirectional recurrent neural networks", 1997.</para></remarks>
public sealed class Reverse : Layer, ILayerKind
{
    /// <summary>Makes a reversal.</summary>
    /// <param name="input">The shape of an input row, a sequence; the output's too.</param>
    /// <exception cref="ArgumentException">The shape is not a sequence.</exception>
    public Reverse(Shape input)
        : base(Guard.Sequence(input, nameof(Reverse)), input) => BackwardReads = BackwardReads.None;

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Reverse(input);

    internal override bool MovesValues => true;

    internal override IReadOnlyList<FinalActivation> HandOn(IReadOnlyList<FinalActivation> activations) => activations;

    internal override void MoveBack(ReadOnlySpan<int> output, Span<int> input)
    {
        for (int t = 0, width = Input.FeatureCount; t < Input.Steps; t++)
            output.Slice(t * width, width).CopyTo(input[((Input.Steps - 1 - t) * width)..]);
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        for (int row = 0; row < pass.Rows; row++)
            CopyReversed(pass.Input, pass.Output, row * pass.Steps, pass.Steps, pass.LengthOf(row));
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (pass.InputGradient.IsEmpty)
            return;
        for (int row = 0; row < pass.Rows; row++)
            CopyReversed(pass.OutputGradient, pass.InputGradient, row * pass.Steps, pass.Steps, pass.LengthOf(row));
    }

    private void CopyReversed(ReadOnlySpan<float> from, Span<float> to, int first, int steps, int length)
    {
        int width = Input.FeatureCount;
        for (int t = 0; t < length; t++)
            from.Slice((first + length - 1 - t) * width, width).CopyTo(to[((first + t) * width)..]);
        to.Slice((first + length) * width, (steps - length) * width).Clear();
    }
}
