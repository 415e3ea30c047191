namespace NeuralNet;

/// <summary>
/// A row of any shape as plain features: y = x, in the order in which x lies in memory.
/// </summary>
/// <remarks>
/// <para>forward: yᵢ = xᵢ. A sequence comes step after step, an image channel after channel, each row of pixels after row. Of a
/// row with a length, or a call with fewer steps than the shape's, the features that are missing are 0; of ids that would be
/// id 0, so embed sequences of ids before they are flattened.</para>
/// <para>backward: ∇xᵢ = ∇yᵢ, and 0 past a row's length.</para>
/// </remarks>
public sealed class Flatten : Layer, ILayerKind
{
    /// <summary>Makes a flattening layer.</summary>
    /// <param name="input">The shape of an input row; the output has its <see cref="Shape.Size"/> features.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    public Flatten(Shape input)
        : base(input, input.Size == 0 ? input : Shape.Features(input.Size)) => BackwardReads = BackwardReads.None;

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Flatten(input);

    internal override void MoveIds(ReadOnlySpan<int> output, Span<int> input) => output.CopyTo(input);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths).Copy(pass.Input, pass.Output);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
            new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths).Copy(pass.OutputGradient, pass.InputGradient);
    }
}
