using System.Numerics.Tensors;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>What the rows that an <see cref="XRay"/> has looked at have in common: ranges of inputs, and what is desired of each output.</summary>
internal sealed class BatchSummary
{
    private readonly ColumnScan columns;

    public BatchSummary(Network network, Divergence divergence)
    {
        columns = new ColumnScan(network.Input.FeatureCount);
        Outputs = divergence is ByOutputs
            ? [.. network.Outputs.Select(output => new DesiredSummary(output.Name, output.Shape.FeatureCount))]
            : [new DesiredSummary(null, network.Output.FeatureCount)];
    }

    /// <summary>The input vectors that were looked at.</summary>
    public long Vectors => columns.Vectors;

    /// <summary>What is desired of each output that has a divergence of its own; otherwise of all together.</summary>
    public DesiredSummary[] Outputs { get; }

    /// <summary>The input columns.</summary>
    public InputColumn[] Columns() => columns.Columns();

    /// <summary>Adds the inputs of some rows.</summary>
    public ValueSummary AddInputs(Network network, in Batch batch)
    {
        int perRow = batch.Inputs.Length / batch.Rows;
        double min = double.PositiveInfinity, max = double.NegativeInfinity, sum = 0, square = 0;
        long count = 0;
        for (int row = 0; row < batch.Rows; row++)
        {
            int real = batch.Lengths.IsEmpty ? perRow : network.Input.SizeAt(batch.Lengths[row]);
            ReadOnlySpan<float> values = batch.Inputs.Slice(row * perRow, real);
            columns.Add(values);
            (min, max) = (Math.Min(min, TensorPrimitives.Min(values)), Math.Max(max, TensorPrimitives.Max(values)));
            (sum, square) = (sum + DoubleSums.Sum(values), square + DoubleSums.Dot(values, values));
            count += real;
        }

        return ValueSummary.Of(min, max, sum, square, count);
    }

    /// <summary>Adds what is desired of the first rows of a batch, and what the network gave for those of them that it was asked for.</summary>
    /// <param name="network">The network.</param>
    /// <param name="form">The divergence, in the form that takes what is desired.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="rows">How many of its rows.</param>
    /// <param name="y">The outputs of as many of these.</param>
    /// <param name="epoch">The epoch.</param>
    public void AddDesired(Network network, Divergence form, in Batch batch, int rows, ReadOnlySpan<float> y, int epoch)
    {
        int steps = batch.Steps == 0 ? network.Input.Steps : batch.Steps, width = network.Output.FeatureCount;
        int each = batch.Desired.Length / (batch.Rows * network.OutputVectors(steps));
        if (form is not ByOutputs several)
        {
            Outputs[0].Add(network, batch, rows, new DesiredPlace(form, each, width, 1, each));
            return;
        }

        for (int k = 0; k < Outputs.Length; k++)
        {
            ByColumns.Part part = several.Parts[k];
            if (part.Weight == 0)
                continue;
            var place = new DesiredPlace(
                part.Of, each, width, part.Vectors, part.DesiredCount / part.Vectors, part.FirstDesired, part.First);
            Outputs[k].Add(network, batch, rows, place);
            Outputs[k].AddTrained(batch.Desired, y, place, epoch);
        }
    }
}
