namespace NeuralNet;

/// <summary>How many multiplications a row takes in prediction, roughly: so that neither a save nor a file asks for minutes of work.</summary>
internal static class LayerWork
{
    /// <summary>A layer, at the full number of steps.</summary>
    public static double Of(Layer layer) => layer.Children.Count > 0
        ? Moving(layer) + layer.Children.Sum(Of)
        : Moving(layer) + layer switch
        {
            Dense or RecurrentLayer => Parameters(layer) * layer.Input.Steps,
            MultiHeadAttention attention => (Parameters(layer) * Math.Max(attention.Queries.Steps, attention.Memory.Steps))
                + (2.0 * attention.Queries.Size * attention.Memory.Steps),
            _ => 0,
        };

    private static double Moving(Layer layer) => (double)layer.Input.Size + layer.Output.Size;

    private static double Parameters(Layer layer) => layer.Blocks.Sum(block => (double)block.Length);
}
