namespace NeuralNet.Tests.Reference;

/// <summary>
/// Single layers beside PyTorch's, from files that <c>reference_layers.py</c> writes: output, final state, and the gradient of
/// the input, of every block and of the first state.
/// </summary>
internal static class LayerReference
{
    // What is asked of every layer: relative to the largest value expected, in each tensor by itself.
    private const double Bound = 1e-5;

    /// <summary>Measures all cases of a file.</summary>
    /// <param name="file">The name of the file.</param>
    /// <param name="make">Makes the layer of a case.</param>
    public static IEnumerable<LargestError> Measure(string file, Func<Case, Layer> make)
    {
        foreach (Case one in ReferenceFile.Read<Values>(file).Cases)
        {
            Layer layer = make(one);
            var run = new LayerRun(layer, one.Rows, one.Lengths) { WantsStateGradient = one.LastStateGradient is not null };
            one.X.Length.Should().Be(run.Input.Length, one.Name);
            one.Parameters.Length.Should().Be(run.Parameters.Length, one.Name);
            one.X.CopyTo(run.Input, 0);
            one.Dy.CopyTo(run.OutputGradient, 0);
            one.Parameters.CopyTo(run.Parameters, 0);
            one.State?.CopyTo(run.InitialState, 0);
            one.LastStateGradient?.CopyTo(run.LastStateGradient, 0);
            run.Forward();
            run.Backward();

            LargestError y = new(one.Name, "y", "of the largest", Bound), dx = new(one.Name, "∇x", "of the largest", Bound);
            y.Add(run.Output, one.Y, "y");
            dx.Add(run.InputGradient, one.Dx, "∇x");
            yield return y;
            yield return dx;
            if (layer.Blocks.Count > 0)
            {
                LargestError slope = new(one.Name, "∇ of blocks", "of the block's largest", Bound);
                for (int i = 0, start = 0; i < layer.Blocks.Count; start += layer.Blocks[i++].Length)
                    slope.Add(run.Block(i, run.Gradient), one.Gradient.AsSpan(start, layer.Blocks[i].Length), layer.Blocks[i].Name);
                yield return slope;
            }

            if (one.FinalState is not null)
            {
                LargestError state = new(one.Name, "state", "of the largest", Bound);
                state.Add(run.State, one.FinalState, "state");
                yield return state;
            }

            if (one.StateGradient is not null)
            {
                LargestError state = new(one.Name, "∇state", "of the largest", Bound);
                state.Add(run.StateGradient, one.StateGradient, "∇state");
                yield return state;
            }
        }
    }

    /// <summary>A layer by itself; Dims are whatever the layer's kind makes of them.</summary>
    internal sealed record Case(
        string Name, string Kind, int[] Dims, int Rows, float[] X, float[] Dy, float[] Parameters, double[] Y, double[] Dx, double[] Gradient,
        int[]? Lengths = null, float[]? State = null, double[]? FinalState = null, float[]? LastStateGradient = null,
        double[]? StateGradient = null);

    private sealed record Values(Case[] Cases);
}
