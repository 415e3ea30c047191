using System.Globalization;

namespace NeuralNet;

/// <summary>
/// Finds out, once something is not finite, where it comes from. Nothing here runs while all is well.
/// </summary>
internal static class NotFinite
{
    public static string Explain(Network network, in Batch batch, float divergence, ReadOnlySpan<float> gradient, float largest)
    {
        string what = float.IsFinite(divergence)
            ? float.IsFinite(largest) ? Text($"the gradient reaches {largest}, which is too large for a step") : "the gradient is not finite"
            : Text($"the mean divergence is {divergence}");
        return $"The step was not made, nothing has changed: {what}. {Source(network, batch, gradient)}";
    }

    private static string Source(Network network, in Batch batch, ReadOnlySpan<float> gradient)
    {
        if (Find(batch.Inputs) is int input)
            return Place("inputs", batch.Inputs, input, batch.Rows);
        if (Find(batch.Desired) is int desired)
            return Place("desired", batch.Desired, desired, batch.Rows);
        foreach (Block block in network.Blocks)
        {
            if (Find(network.Parameter(block.Name)) is int at)
                return Text($"Parameter \"{block.Name}\"[{at}] is {network.Parameter(block.Name)[at]}.");
        }

        for (int i = 0; i < network.Blocks.Count; i++)
        {
            if (network.Blocks[i].Role != BlockRole.Statistic && Find(gradient.Slice(network.Places[i].Start, network.Places[i].Length)) is int at)
                return Text($"Inputs and parameters are finite; the first gradient that is not is that of \"{network.Blocks[i].Name}\"[{at}]. A smaller learning rate or smaller inputs may help.");
        }

        return "Inputs and parameters are finite; their scale is too large. A smaller learning rate or smaller inputs may help.";
    }

    private static string Place(string name, ReadOnlySpan<float> values, int at, int rows)
    {
        int width = values.Length / rows;
        return Text($"In {name}, row {at / width}, column {at % width} is {values[at]}.");
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
