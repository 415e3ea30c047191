namespace NeuralNet;

/// <summary>The identity as a layer: y = x. As one of several <see cref="Branches"/> it is a skip connection.</summary>
/// <remarks><para>forward: y = x.</para>
/// <para>backward: ∇x = ∇y.</para></remarks>
public sealed class Skip : Layer, ILayerKind
{
    /// <summary>Makes an identity.</summary>
    /// <param name="shape">The shape of an input row, and of an output row.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    public Skip(Shape shape)
        : base(shape, shape)
    {
        BackwardReads = BackwardReads.None;
        IsStreamable = true;
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Skip(input);

    internal override bool MovesValues => true;

    internal override IReadOnlyList<FinalActivation> HandOn(IReadOnlyList<FinalActivation> activations) => activations;

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => pass.Copy(Input);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) => pass.Copy(Input);
}
