namespace NeuralNet;

/// <summary>The last real step of a sequence, as plain features.</summary>
/// <remarks><para>forward: y = x_{L−1}, where L is the row's length.</para>
/// <para>backward: ∇x_{L−1} = ∇y, and 0 at every other step.</para></remarks>
public sealed class LastStep : Layer, ILayerKind
{
    /// <summary>Makes the layer.</summary>
    /// <param name="input">The shape of an input row, a sequence; the output has the features of one step.</param>
    /// <exception cref="ArgumentException">The shape is not a sequence.</exception>
    public LastStep(Shape input)
        : base(Guard.Sequence(input, nameof(LastStep)), input.FeatureCount)
    {
        BackwardReads = BackwardReads.None;
        IsStreamable = true;
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new LastStep(input);

    internal override bool MovesValues => true;

    internal override IReadOnlyList<FinalActivation> HandOn(IReadOnlyList<FinalActivation> activations) => activations;

    // The last real step may be any step.
    internal override void MoveBack(ReadOnlySpan<int> output, Span<int> input)
    {
        for (int i = 0; i < input.Length; i++)
            input[i] = output[i % output.Length];
    }

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass)
    {
        int width = Input.FeatureCount;
        for (int row = 0; row < pass.Rows; row++)
            pass.Input.Slice(((row * pass.Steps) + pass.LengthOf(row) - 1) * width, width).CopyTo(pass.Output[(row * width)..]);
    }

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (pass.InputGradient.IsEmpty)
            return;
        int width = Input.FeatureCount;
        pass.InputGradient.Clear();
        for (int row = 0; row < pass.Rows; row++)
            pass.OutputGradient.Slice(row * width, width).CopyTo(pass.InputGradient[(((row * pass.Steps) + pass.LengthOf(row) - 1) * width)..]);
    }
}
