using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The mean of each channel of an image, as plain features; of a sequence <see cref="MeanOverSteps"/> does the same.</summary>
/// <remarks><para>forward: y_c = Σ over i, j of x[i, j, c] / n, over the n pixels: each line is added up by itself, and then the lines, so that the
/// mean of a large image keeps its digits.</para>
/// <para>backward: ∇x[i, j, c] = ∇y_c / n.</para>
/// <para>A sum beyond the floats is infinite, as the textbook has it; NaN stays NaN.</para></remarks>
public sealed class GlobalAveragePool : Pool, ILayerKind
{
    /// <summary>Makes a pool.</summary>
    /// <param name="input">The shape of an input row, an image; the output has as many features as it has channels.</param>
    /// <exception cref="ArgumentException">The shape is not an image.</exception>
    public GlobalAveragePool(Shape input)
        : base(input, Channels(nameof(GlobalAveragePool), input, nameof(MeanOverSteps)), Whole(input)) => BackwardReads = BackwardReads.None;

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new GlobalAveragePool(input);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => PoolKernels.Mean(Sizes(pass.Rows, 1, default), pass.Input, pass.Output, pass.Workers);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
            PoolKernels.MeanGradient(Sizes(pass.Rows, 1, default), pass.OutputGradient, pass.InputGradient, pass.Workers);
    }
}
