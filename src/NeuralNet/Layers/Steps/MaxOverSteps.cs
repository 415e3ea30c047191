using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The largest over the real steps of a sequence, feature by feature.</summary>
/// <remarks><para>forward: yⱼ = max_t x_tⱼ, over the real steps of the row; NaN where any of them is.</para>
/// <para>backward: ∇x_tⱼ = ∇yⱼ for the first t at which x_tⱼ is the largest (or the first NaN), and 0 for the others: a
/// subgradient where several are the largest.</para></remarks>
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
        {
            var rows = new StepRows(pass.Rows, pass.Steps, Input.FeatureCount, pass.Lengths);
            StepKernels.MaxGradient(pass.Input, pass.Output, pass.OutputGradient, pass.InputGradient, rows, pass.Workers);
        }
    }
}
