namespace NeuralNet;

/// <content>The check of a whole network.</content>
public static partial class GradientCheck
{
    /// <summary>Checks a network with its divergence: the gradient of each block of parameters as
    /// <see cref="NeuralNet.Network.AddGradient(in Batch, Divergence, Span{float}, Workspace)"/> makes it, on the stable path through logits where
    /// there is one, beside differences of the textbook divergence.</summary>
    /// <param name="network">The network, at the parameters that it has; it is not changed.</param>
    /// <param name="divergence">What is to become small.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="seed">What inputs and d are drawn from; d are distributions, or ids where <see cref="Divergence.TakesIds"/>.</param>
    /// <param name="step">h.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="ArgumentException">The network has no parameters, so there is nothing to compare.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or there are too many values.</exception>
    public static GradientCheckResult Network(Network network, Divergence divergence, int rows = 4, long seed = 0, float step = DefaultStep)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(divergence);
        if (network.Parameters.IsEmpty)
            throw new ArgumentException(
                "The network has no parameters, so there is no gradient to check; GradientCheck.Layer checks ∇x of a layer without any.",
                nameof(network));

        CheckSettings(rows, network.Input.Size + (long)network.Output.Size + network.Parameters.Length, step);

        Network copy = network.Clone();
        var random = new RandomStream(seed);

        // The vectors that the network's own mean is taken over: the steps of a sequence, the pixels of an image.
        int vectors = rows * network.Output.VectorsAt(network.Output.Steps), width = network.Output.FeatureCount;
        float[] x = new float[rows * network.Input.Size], desired = Desired(divergence, random.Fork(1), vectors, width);
        float[] y = new float[rows * network.Output.Size], gradient = new float[network.Parameters.Length];
        Ids.Draw(random.Fork(0), network.InputIds, x);
        using Workspace workspace = copy.CreateWorkspace(rows);
        RandomStream stream = random.Fork(2);
        copy.AddGradient(new Batch { Rows = rows, Inputs = x, Desired = desired, Stream = stream }, divergence, gradient, workspace);
        double Value()
        {
            copy.Forward(new Batch { Rows = rows, Inputs = x, Stream = stream }, y, workspace);
            return divergence.Sum(new DivergencePass { Rows = vectors, Output = y, Desired = desired }).Mean;
        }

        var parts = new List<GradientCheckPart>();
        for (int i = 0; i < copy.Blocks.Count; i++)
        {
            Block block = copy.Blocks[i];
            if (block.Role == BlockRole.Statistic)
                continue;
            Span<float> analytic = gradient.AsSpan(copy.Places[i].Start, block.Length);
            parts.Add(Compare("∇" + block.Name, block.Dimensions, copy.Parameter(block.Name), analytic, step, Value, noise: 0));
        }

        return new GradientCheckResult(parts);
    }
}
