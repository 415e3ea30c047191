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
    public override void Forward(in ForwardPass pass) => Copy(pass.Input, pass.Output, pass.Lengths, pass.Steps);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
            Copy(pass.OutputGradient, pass.InputGradient, pass.Lengths, pass.Steps);
    }

    // Steps past a row's length are not read, and become 0.
    private void Copy(ReadOnlySpan<float> from, Span<float> to, ReadOnlySpan<int> lengths, int steps)
    {
        if (lengths.IsEmpty)
        {
            from.CopyTo(to);
            return;
        }

        int size = Input.SizeAt(steps);
        for (int row = 0; row < lengths.Length; row++)
        {
            int real = Input.SizeAt(lengths[row]);
            from.Slice(row * size, real).CopyTo(to.Slice(row * size, size));
            to.Slice((row * size) + real, size - real).Clear();
        }
    }
}
