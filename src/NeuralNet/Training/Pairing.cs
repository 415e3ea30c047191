using System.Globalization;

namespace NeuralNet;

/// <summary>Whether a network, a divergence and desired values belong together, said before the first step.</summary>
internal static class Pairing
{
    /// <summary>Refuses a network whose final activations give other values than the divergence is meant for.</summary>
    /// <exception cref="ArgumentException">They do; the message names an activation that would be right.</exception>
    public static void Check(Network network, Divergence divergence)
    {
        foreach ((Activation activation, int count) in Ends(network.Chain))
        {
            if (activation.OutputRange == ValueRange.Probabilities && count == 1 && divergence.OutputRange != ValueRange.Unstated)
                throw new ArgumentException(
                    $"The network ends with {activation} of one output, which is always 1, so that nothing can be learned. For one output take "
                    + "Activation.Sigmoid and Divergence.BinaryCrossEntropy; for two classes by Softmax take two outputs.");
            if (!Fits(activation.OutputRange, divergence.OutputRange))
                throw new ArgumentException(
                    $"{divergence} is for outputs that are {Words(divergence.OutputRange)}, but the network ends with {activation}, whose values are "
                    + $"{Words(activation.OutputRange)}. {Remedy(divergence.OutputRange)}");
        }
    }

    /// <summary>Refuses desired values that the divergence is not meant for.</summary>
    /// <param name="network">The network.</param>
    /// <param name="divergence">The divergence, in the form that takes as many values.</param>
    /// <param name="batch">The desired values, with weights and lengths; rows of weight 0 and what stands behind a length are not looked at.</param>
    /// <param name="steps">The steps of the rows.</param>
    /// <exception cref="ArgumentException">One is not; the message names it.</exception>
    public static void CheckDesired(Network network, Divergence divergence, in Batch batch, int steps)
    {
        ValueRange range = divergence.DesiredRange;
        if (divergence.TakesIds || range is ValueRange.Unstated or ValueRange.Any)
            return;
        int vectors = network.OutputVectors(steps), width = batch.Desired.Length / batch.Rows, each = width / vectors;
        for (int row = 0; row < batch.Rows; row++)
        {
            int real = !batch.Weights.IsEmpty && batch.Weights[row] == 0 ? 0 : network.RealVectors(batch.Lengths, row, vectors) * each;
            ReadOnlySpan<float> desired = batch.Desired.Slice(row * width, real);
            for (int column = 0; column < desired.Length; column++)
            {
                // What is not finite is another matter, of which the step says where it is.
                float d = desired[column];
                if (float.IsFinite(d) && !Has(range, d))
                    throw new ArgumentException(string.Create(
                        CultureInfo.InvariantCulture,
                        $"What is desired in row {batch.FirstRow + row}, column {column} is {d}, but {divergence} is for desired values that are "
                        + $"{Words(range)}. {Advice(range)}"));
            }
        }
    }

    /// <summary>The first output that the divergence is not meant for, in words; null: there is none.</summary>
    public static string? WrongOutput(Divergence divergence, ReadOnlySpan<float> y, int rows)
    {
        if (divergence.OutputRange is ValueRange.Unstated or ValueRange.Any)
            return null;
        for (int i = 0; i < y.Length; i++)
        {
            if (float.IsFinite(y[i]) && !Has(divergence.OutputRange, y[i]))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The output in row {i / (y.Length / rows)}, column {i % (y.Length / rows)} is {y[i]}, but {divergence} is for outputs that are "
                    + $"{Words(divergence.OutputRange)}. {Remedy(divergence.OutputRange)}");
        }

        return null;
    }

    // A dense layer without an activation names none, but ends with any numbers.
    private static IEnumerable<(Activation Activation, int Count)> Ends(Layer layer) => layer switch
    {
        { FinalActivations.Count: > 0 } => layer.FinalActivations.Select(final => (final.Activation, final.Count)),
        Chain chain => Ends(chain.Layers[^1]),
        Dense { Activation: Identity } dense => [(dense.Activation, dense.Output.FeatureCount)],
        _ => [],
    };

    private static bool Fits(ValueRange given, ValueRange wanted) => given == ValueRange.Unstated || wanted switch
    {
        ValueRange.NotNegative => given is ValueRange.NotNegative or ValueRange.ZeroToOne or ValueRange.Probabilities,
        ValueRange.ZeroToOne => given is ValueRange.ZeroToOne or ValueRange.Probabilities,
        ValueRange.Probabilities => given == ValueRange.Probabilities,
        _ => true,
    };

    private static bool Has(ValueRange range, float value) => range switch
    {
        ValueRange.NotNegative => value >= 0,
        ValueRange.ZeroToOne or ValueRange.Probabilities => value is >= 0 and <= 1,
        ValueRange.Signs => value is -1 or 1,
        _ => true,
    };

    private static string Words(ValueRange range) => range switch
    {
        ValueRange.NotNegative => "at least 0",
        ValueRange.ZeroToOne => "from 0 to 1, each by itself",
        ValueRange.Probabilities => "probabilities, from 0 to 1 and with the sum 1",
        ValueRange.Signs => "−1 or +1",
        _ => "any numbers",
    };

    private static string Advice(ValueRange wanted) => wanted switch
    {
        ValueRange.NotNegative => "Counts and rates are never negative.",
        ValueRange.Signs => "Map the 0 of classes to −1.",
        _ => "For labels of −1 and +1 take Divergence.Hinge, for class ids Dataset.FromIds.",
    };

    private static string Remedy(ValueRange wanted) => wanted switch
    {
        ValueRange.NotNegative => "End the network with Activation.Softplus.",
        ValueRange.ZeroToOne => "End the network with Activation.Sigmoid: training takes the logits all the same.",
        _ => "End the network with Activation.Softmax: training takes the logits all the same. For classes that do not exclude each other take "
            + "Activation.Sigmoid and Divergence.BinaryCrossEntropy.",
    };
}
