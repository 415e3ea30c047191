using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>
/// The largest over the real steps of a sequence, feature by feature.
/// </summary>
/// <remarks>
/// <para>forward: yⱼ = max_t x_tⱼ, over the real steps of the row; NaN where any of them is.</para>
/// <para>backward: ∇x_tⱼ = ∇yⱼ for the first t of which x_tⱼ is the largest (or the first NaN), and 0 for the others.</para>
/// <para>Where several are the largest that is a subgradient: one of those that there are.</para>
/// </remarks>
public sealed class MaxOverSteps : Layer, ILayerKind
{
    /// <summary>Makes the layer.</summary>
    /// <param name="input">The shape of an input row, a sequence; the output has the features of one step.</param>
    /// <exception cref="ArgumentException">The shape is not a sequence.</exception>
    public MaxOverSteps(Shape input)
        : base(Guard.Sequence(input, nameof(MaxOverSteps)), input.FeatureCount) => BackwardReads = BackwardReads.Input | BackwardReads.Output;

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new MaxOverSteps(input);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) =>
        StepKernels.Max(pass.Input, pass.Output, new StepRows(pass.Rows, pass.Steps, Input.FeatureCount, pass.Lengths), pass.Workers);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
            StepKernels.MaxGradient(pass.Input, pass.Output, pass.OutputGradient, pass.InputGradient, new StepRows(pass.Rows, pass.Steps, Input.FeatureCount, pass.Lengths), pass.Workers);
    }
}
