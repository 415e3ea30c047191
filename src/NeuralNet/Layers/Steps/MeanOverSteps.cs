using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The mean over the real steps of a sequence, feature by feature.</summary>
/// <remarks><para>forward: yⱼ = Σ_t x_tⱼ / L, over the L real steps of the row, added up in their order.</para>
/// <para>backward: ∇x_tⱼ = ∇yⱼ / L for the real steps, and 0 past them.</para>
/// <para>A sum beyond the floats is infinite, as the textbook has it; NaN stays NaN.</para></remarks>
public sealed class MeanOverSteps : Layer, ILayerKind
{
    /// <summary>Makes the layer.</summary>
    /// <param name="input">The shape of an input row, a sequence; the output has the features of one step.</param>
    /// <exception cref="ArgumentException">The shape is not a sequence.</exception>
    public MeanOverSteps(Shape input)
        : base(Guard.Sequence(input, nameof(MeanOverSteps)), input.FeatureCount) => BackwardReads = BackwardReads.None;

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new MeanOverSteps(input);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) =>
        StepKernels.Mean(pass.Input, pass.Output, new StepRows(pass.Rows, pass.Steps, Input.FeatureCount, pass.Lengths), pass.Workers);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
        {
            var rows = new StepRows(pass.Rows, pass.Steps, Input.FeatureCount, pass.Lengths);
            StepKernels.MeanGradient(pass.OutputGradient, pass.InputGradient, rows, pass.Workers);
        }
    }
}
