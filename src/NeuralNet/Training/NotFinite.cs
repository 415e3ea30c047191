using System.Globalization;

namespace NeuralNet;

/// <summary>Finds out, once something is not finite, where it comes from. Nothing here runs while all is well.</summary>
internal static class NotFinite
{
    private const string Advice = "A smaller learning rate or smaller inputs may help.";

    public static string Explain(Network network, in Batch batch, float divergence, ReadOnlySpan<float> gradient, float largest)
    {
        string what = float.IsFinite(divergence)
            ? float.IsFinite(largest) ? Text($"the gradient reaches {largest}, which is too large for a step") : "the gradient is not finite"
            : Text($"the mean divergence is {divergence}");
        return $"The step was not made, nothing has changed: {what}. {Source(network, batch, gradient)}";
    }

    private static string Source(Network network, in Batch batch, ReadOnlySpan<float> gradient)
    {
        int steps = batch.Inputs.Length / batch.Rows / network.Input.SizeAt(1);
        if (InRows("inputs", batch.Inputs, batch, network.Input.Kind == ShapeKind.Sequence ? steps : 0, countsUnweighted: true) is string input)
            return input;
        if (InRows("desired", batch.Desired, batch, network.KeepsLengths ? steps : 0, countsUnweighted: false) is string desired)
            return desired;
        foreach (Block block in network.Blocks)
        {
            if (Find(network.Parameter(block.Name)) is int at)
                return Text($"Parameter \"{block.Name}\"[{at}] is {network.Parameter(block.Name)[at]}.");
        }

        for (int i = 0; i < network.Blocks.Count; i++)
        {
            if (network.Blocks[i].Role != BlockRole.Statistic && Find(gradient.Slice(network.Places[i].Start, network.Places[i].Length)) is int at)
            {
                string name = network.Blocks[i].Name;
                return Text($"Inputs and parameters are finite; the first gradient that is not is that of \"{name}\"[{at}]. {Advice}");
            }
        }

        return $"Inputs and parameters are finite; their scale is too large. {Advice}";
    }

    // Looks only at what the step has read: real steps, and no desired outputs of rows of weight 0. Without steps lengths say nothing.
    private static string? InRows(string name, ReadOnlySpan<float> values, in Batch batch, int steps, bool countsUnweighted)
    {
        int width = values.Length / batch.Rows;
        for (int row = 0; row < batch.Rows; row++)
        {
            if (!countsUnweighted && !batch.Weights.IsEmpty && batch.Weights[row] == 0)
                continue;
            int real = steps > 0 && !batch.Lengths.IsEmpty ? width / steps * batch.Lengths[row] : width;
            if (Find(values.Slice(row * width, real)) is int column)
                return Text($"In {name}, row {row}, column {column} is {values[(row * width) + column]}.");
        }

        return null;
    }

    private static int? Find(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                return i;
        }

        return null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
