namespace NeuralNet;

/// <summary>
/// The identity as a layer: y = x. As one of several <see cref="Branches"/> it is a skip connection.
/// </summary>
/// <remarks>
/// <para>forward: y = x.</para>
/// <para>backward: ∇x = ∇y.</para>
/// </remarks>
public sealed class Skip : Layer
{
    /// <summary>Makes an identity.</summary>
    /// <param name="shape">The shape of an input row, and of an output row.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    public Skip(Shape shape)
        : base(shape, shape) => BackwardReads = BackwardReads.None;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => Copy(pass.Input, pass.Output, pass.Rows, pass.Steps, pass.Lengths);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
            Copy(pass.OutputGradient, pass.InputGradient, pass.Rows, pass.Steps, pass.Lengths);
    }

    private void Copy(ReadOnlySpan<float> from, Span<float> to, int rows, int steps, ReadOnlySpan<int> lengths) =>
        new VectorRuns(Input, rows, steps, lengths).Copy(from, to, Input.Size / Input.Steps);
}
