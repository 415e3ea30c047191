namespace NeuralNet;

/// <summary>A row of any shape as plain features: y = x, in the order in which x lies in memory.</summary>
/// <remarks><para>forward: yᵢ = xᵢ. A sequence lies step after step, an image line after line and pixel after pixel. Where a row has a
/// length, or a call has fewer steps than the shape, the missing features are 0. In a sequence of ids that would be id 0, so embed
/// ids before you flatten them.</para>
/// <para>backward: ∇xᵢ = ∇yᵢ, and 0 past a row's length.</para></remarks>
public sealed class Flatten : Layer, ILayerKind
{
    /// <summary>Makes a flattening layer.</summary>
    /// <param name="input">The shape of an input row; the output has its <see cref="Shape.Size"/> features.</param>
    /// <exception cref="ArgumentException">The shape is empty.</exception>
    public Flatten(Shape input)
        : base(input, input.Size == 0 ? input : Shape.Features(input.Size)) => BackwardReads = BackwardReads.None;

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new Flatten(input);

    internal override bool MovesValues => true;

    internal override IReadOnlyList<FinalActivation>? HandOn(IReadOnlyList<FinalActivation> activations) =>
        FinalActivation.Reshape(activations, Input, Output);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => pass.Copy(Input);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass) => pass.Copy(Input);
}
