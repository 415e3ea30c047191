using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The product of a <see cref="Dense"/> in predictions, z = W x + b, with weights rounded to 16 bits, two in each float of its block.
/// </summary>
internal sealed class NarrowDense : Layer
{
    private readonly int inputs, outputs;
    private readonly bool hasBias;

    public NarrowDense(Shape input, int outputs, bool hasBias)
        : base(input, input.WithFeatures(outputs, nameof(outputs)))
    {
        (inputs, this.outputs, this.hasBias) = (input.FeatureCount, outputs, hasBias);
        Block weight = new("weight", BlockRole.Weight, [NarrowProduct.Length(inputs, outputs)], Initializer.Zeros);
        Blocks = hasBias ? [weight, new("bias", BlockRole.Bias, [outputs], Initializer.Zeros)] : [weight];
        Scratch = new BufferSize(NarrowProduct.ScratchOf(inputs, outputs), 0);
        IsStreamable = true;
    }

    public override void Forward(in ForwardPass pass)
    {
        var runs = new VectorRuns(Input, pass.Rows, pass.Steps, pass.Lengths);
        foreach (VectorRun run in runs)
        {
            NarrowProduct.Forward(
                run.Of(pass.Input, inputs), pass.Parameter(0), hasBias ? pass.Parameter(1) : default, run.Of(pass.Output, outputs), run.Count, inputs,
                outputs, pass.Scratch, pass.Workers);
        }

        runs.ClearRest(pass.Output, outputs);
    }

    public override void Backward(in BackwardPass pass) => throw new NotSupportedException("A predictor learns nothing.");
}
