using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The largest value of each channel of an image, as plain features; of a sequence <see cref="MaxOverSteps"/> does the same.</summary>
/// <remarks><para>forward: y_c = max over i, j of x[i, j, c]; NaN where any is.</para>
/// <para>backward: ∇x[i, j, c] = ∇y_c for the first pixel, line by line, at which x is the largest (or NaN), and 0 for the others: a subgradient
/// where several are the largest.</para></remarks>
public sealed class GlobalMaxPool : Pool, ILayerKind
{
    /// <summary>Makes a pool.</summary>
    /// <param name="input">The shape of an input row, an image; the output has as many features as it has channels.</param>
    /// <exception cref="ArgumentException">The shape is not an image.</exception>
    public GlobalMaxPool(Shape input)
        : base(input, Channels(nameof(GlobalMaxPool), input, nameof(MaxOverSteps)), Whole(input))
    {
    }

    static Layer ILayerKind.FromSettings(Shape input, KindSettings settings) => new GlobalMaxPool(input);

    /// <inheritdoc/>
    public override void Forward(in ForwardPass pass) => PoolKernels.Max(Sizes(pass.Rows, 1, default), pass.Input, pass.Output, pass.Workers);

    /// <inheritdoc/>
    public override void Backward(in BackwardPass pass)
    {
        if (!pass.InputGradient.IsEmpty)
        {
            PoolKernels.MaxGradient(
                Sizes(pass.Rows, 1, default), pass.Input, pass.Output, pass.OutputGradient, pass.InputGradient, pass.Workers);
        }
    }
}
