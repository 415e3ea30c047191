using NeuralNet.Tests.Kernels;

namespace NeuralNet.Tests.Layers;

/// <summary>What a layer gives and hands back whose values are sums over some lines and columns, each with its weight.</summary>
internal static class AlongAxes
{
    /// <summary>Runs the layer both ways, on numbers drawn for the seed.</summary>
    public static LayerRun Run(Layer layer, int rows, int[] lengths, int seed)
    {
        var run = new LayerRun(layer, rows, lengths);
        Floats.Random(run.Input.Length, seed).CopyTo(run.Input, 0);
        Floats.Random(run.OutputGradient.Length, 1).CopyTo(run.OutputGradient, 0);
        run.PoisonPadding();
        run.Forward();
        run.Backward();
        return run;
    }

    /// <summary>Compares a row of the run with the definition.</summary>
    /// <param name="run">The run.</param>
    /// <param name="layer">The layer, of one input and one output.</param>
    /// <param name="row">Which row.</param>
    /// <param name="lines">For each line of the output, the lines that it is made of, and their weights.</param>
    /// <param name="columns">The same of columns, or steps.</param>
    /// <param name="outside">What a value is that is made of none.</param>
    /// <param name="seed">To be named where they differ.</param>
    public static void ShouldBe(
        LayerRun run, Layer layer, int row, (int Index, double Weight)[][] lines, (int Index, double Weight)[][] columns, double outside, int seed)
    {
        Shape input = layer.Input;
        int channels = input.FeatureCount;
        double[] y = new double[layer.Output.Size], dx = new double[input.Size];
        for (int at = 0; at < lines.Length * columns.Length * channels; at++)
        {
            int channel = at % channels, j = at / channels % columns.Length, i = at / channels / columns.Length;
            y[at] = lines[i].Length == 0 || columns[j].Length == 0 ? outside : 0;
            foreach ((int line, double above) in lines[i])
            {
                foreach ((int column, double left) in columns[j])
                {
                    int from = (((line * Math.Max(input.Width, input.Steps)) + column) * channels) + channel;
                    y[at] += above * left * run.Input[(row * input.Size) + from];
                    dx[from] += above * left * run.OutputGradient[(row * y.Length) + at];
                }
            }
        }

        for (int at = 0; at < y.Length; at++)
            run.Output[(row * y.Length) + at].Should().BeApproximately((float)y[at], 1e-6f, $"{layer}, seed {seed}");
        for (int at = 0; at < dx.Length; at++)
            run.InputGradient[(row * dx.Length) + at].Should().BeApproximately((float)dx[at], 1e-5f, $"{layer}, seed {seed}");
    }
}
