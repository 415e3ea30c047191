using System.Globalization;

namespace NeuralNet;

/// <summary>Finds out, once something is not finite, where it comes from. Nothing here runs while all is well.</summary>
internal static class NotFinite
{
    private const string Advice = "A smaller learning rate or smaller inputs may help.";

    public static string Explain(
        Network network, Divergence kind, in Batch batch, float divergence, ReadOnlySpan<float> gradient, float largest)
    {
        string what = float.IsFinite(divergence)
            ? float.IsFinite(largest) ? Text($"the gradient reaches {largest}, which is too large for a step") : "the gradient is not finite"
            : Text($"the mean divergence is {divergence}");
        return $"The step was not made, nothing has changed: {what}. {Source(network, kind, batch, gradient)}";
    }

    private static string Source(Network network, Divergence kind, in Batch batch, ReadOnlySpan<float> gradient)
    {
        if (InRows(network, batch, "inputs") is string input)
            return input;
        if (InRows(network, batch, "desired") is string desired)
            return desired;
        foreach (Block block in network.Blocks)
        {
            if (Find(network.Parameter(block.Name)) is int at)
                return Text($"Parameter \"{block.Name}\"[{at}] is {network.Parameter(block.Name)[at]}.");
        }

        if (FirstLayer(network, batch) is string layer)
            return layer;
        bool isForAny = kind.OutputRange is ValueRange.Unstated or ValueRange.Any && kind is not ByOutputs;
        if (!isForAny && WrongOutput(network, kind, batch) is string output)
            return output;
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

    /// <summary>Some rows of a batch, as a prediction takes them.</summary>
    public static Batch Some(in Batch batch, int first, int rows)
    {
        int width = batch.Inputs.Length / batch.Rows;
        return new Batch
        {
            Rows = rows,
            Inputs = batch.Inputs.Slice(first * width, rows * width),
            Lengths = batch.Lengths.IsEmpty ? default : batch.Lengths.Slice(first, rows),
            Steps = batch.Steps,
            FirstRow = batch.FirstRow + first,
        };
    }

    // The first layer that makes something else of finite numbers, as a prediction goes through it; null: what is wrong is behind the outputs.
    private static string? FirstLayer(Network network, in Batch batch)
    {
        const int RowsAtOnce = 16;
        (string Place, Layer Layer)[] layers = [.. LayerPlaces.Leaves(network)];
        int rows = Math.Min(RowsAtOnce, batch.Rows), steps = batch.Steps == 0 ? network.Input.Steps : batch.Steps;
        LayerOutputs outputs = network.CreateLayerOutputs(rows, [.. layers.Select(one => one.Place)]);
        using Workspace workspace = network.CreateWorkspace(rows, training: false);
        int size = network.OutputVectors(steps) * network.Output.FeatureCount;
        float[] y = new float[rows * size];
        for (int first = 0; first < batch.Rows; first += rows)
        {
            int some = Math.Min(rows, batch.Rows - first);
            network.Predict(Some(batch, first, some), y.AsSpan(0, some * size), workspace, outputs);
            foreach ((string place, Layer layer) in layers)
            {
                ReadOnlySpan<float> values = outputs[place];
                if (Find(values) is int at)
                    return Text($"Inputs and parameters are finite; the first output that is not is that of layer {place} ({layer.Kind}) in row ")
                        + Text($"{batch.FirstRow + first + (at / (values.Length / some))}: {values[at]}. {Advice}");
            }
        }

        return null;
    }

    private static string? WrongOutput(Network network, Divergence kind, in Batch batch)
    {
        int steps = batch.Steps == 0 ? network.Input.Steps : batch.Steps;
        int vectors = network.OutputVectors(steps);
        float[] y = new float[batch.Rows * vectors * network.Output.FeatureCount];
        using Workspace workspace = network.CreateWorkspace(batch.Rows, training: false);
        network.Predict(batch with { State = default, StateGradient = default }, y, workspace);
        return Pairing.WrongOutput(kind, y, batch, vectors);
    }

    // Looks only at what the step has read: real steps, and what is desired of vectors whose weight is not 0.
    private static string? InRows(Network network, in Batch batch, string name)
    {
        bool isInput = name == "inputs";
        ReadOnlySpan<float> values = isInput ? batch.Inputs : batch.Desired;
        int width = values.Length / batch.Rows, steps = batch.Steps == 0 ? network.Input.Steps : batch.Steps;
        int vectors = network.OutputVectors(steps);
        for (int row = 0; row < batch.Rows; row++)
        {
            int parts = isInput ? 1 : network.RealVectors(batch.Lengths, row, vectors), each = isInput ? width : width / vectors;
            for (int part = 0; part < parts; part++)
            {
                if (!isInput && !Pairing.Counts(batch, (row * vectors) + part, vectors))
                    continue;
                int first = part * each, real = !isInput || batch.Lengths.IsEmpty ? each : network.Input.SizeAt(batch.Lengths[row]);
                if (Find(values.Slice((row * width) + first, real)) is int at)
                    return Text($"In {name}, row {batch.FirstRow + row}, column {first + at} is {values[(row * width) + first + at]}.");
            }
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
