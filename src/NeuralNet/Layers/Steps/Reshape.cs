namespace NeuralNet;

/// <summary>A row in another shape of the same size: y = x, in the order in which x lies in memory.</summary>
/// <remarks><para>forward: yᵢ = xᵢ, a sequence step after step, an image pixel after pixel: Features(12) as Sequence(3, 4) has
/// features 0 to 3 as its first step.</para>
/// <para>backward: ∇xᵢ = ∇yᵢ, and 0 past a row's length.</para>
/// <para>Lengths belong to the steps of the input and end here, unless a sequence is reshaped to itself: where a row has a length,
/// or a call has fewer steps than the shape, the output ends in zeros.</para></remarks>
public sealed class Reshape : Layer, ILayerKind
{
    /// <summary>Makes a reshaping layer.</summary>
    /// <param name="input">The shape of an input row.</param>
    /// <param name="output">The shape of an output row, of the same <see cref="Shape.Size"/>.</param>
    /// <exception cref="ArgumentException">A shape is empty, or they differ in size.</exception>
    public Reshape(Shape input, Shape output)
        : base(input, output)
    {
        if (input.Size != output.Size)
            throw new ArgumentException(
                $"{input} has {input.Size} values and cannot be reshaped to {output}, which has {output.Size}.", nameof(output));

        BackwardReads = BackwardReads.None;
        IsStreamable = input.Kind != ShapeKind.Sequence || input == output;
    }

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("output", Output);

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Reshape(input, settings.GetShape("output"));

    /// <inheritdoc/>
    public override bool KeepsLengths => Input.Kind == ShapeKind.Sequence && Input == Output;

    internal override bool MovesValues => true;

    internal override IReadOnlyList<FinalActivation>? HandOn(IReadOnlyList<FinalActivation> activations) =>
        FinalActivation.Reshape(activations, Input, Output);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => pass.Copy(Input);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) => pass.Copy(Input);
}
