using System.Globalization;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Whether a network, a divergence and desired values belong together, said before anything is changed.</summary>
internal static class Pairing
{
    private const string ForSeveral =
        "For classes that do not exclude each other take Activation.Sigmoid and Divergence.BinaryCrossEntropy.";

    // Shares of ten that are added up, or a scaling rounded twice, may be this much beyond an end.
    private const float Rounding = 1e-6f;

    // Sums of many floats are off by more.
    private const double RoundingOfSum = 1e-3;

    /// <summary>Refuses a network whose final activations give other values than the divergence is meant for.</summary>
    /// <exception cref="ArgumentException">They do; the message names an activation that would be right.</exception>
    public static void Check(Network network, Divergence divergence)
    {
        foreach ((Activation activation, _, int count) in Ends(network.Chain))
        {
            if (count == 1 && activation is Softmax or LogSoftmax)
                throw new ArgumentException(
                    $"The network ends with {activation} of one output, which is always {(activation is Softmax ? 1 : 0)}, so that nothing can "
                    + "be learned. For one output take Activation.Sigmoid and Divergence.BinaryCrossEntropy; for two classes by Softmax take two "
                    + "outputs.");
            if (!Fits(activation.OutputRange, divergence.OutputRange))
                throw new ArgumentException(
                    $"{divergence} is for outputs that are {Words(divergence.OutputRange)}, but the network ends with {activation}, whose values are "
                    + $"{Words(activation.OutputRange)}. {Remedy(divergence.OutputRange)}");
        }
    }

    /// <summary>Whether some desired values may be others than a divergence is meant for: a fast look, which every step can afford. If they may be,
    /// <see cref="CheckDesired"/> says whether they are, and which.</summary>
    public static bool MayBeWrong(ValueRange range, ReadOnlySpan<float> desired)
    {
        if (range is ValueRange.Unstated or ValueRange.Any)
            return false;
        if (range == ValueRange.Signs)
            return desired.ContainsAnyExcept(-1f, 1f);

        // Floats of at least 0 are ordered as their bits are. Of few values a loop is done before a search has begun.
        uint largest = BitConverter.SingleToUInt32Bits(range == ValueRange.NotNegative ? float.MaxValue : 1);
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(desired);
        if (bits.Length > 32)
            return bits.ContainsAnyExceptInRange(0u, largest);
        bool isAny = false;
        foreach (uint one in bits)
            isAny |= one > largest;
        return isAny;
    }

    /// <summary>Refuses desired values that the divergence is not meant for.</summary>
    /// <param name="network">The network.</param>
    /// <param name="divergence">The divergence, in the form that takes as many values.</param>
    /// <param name="batch">The desired values, with weights and lengths; vectors of weight 0 and what is past a length are not looked at.</param>
    /// <param name="steps">The steps of the rows.</param>
    /// <param name="argument">What the values were given as.</param>
    /// <exception cref="ArgumentException">One is not; the message names it.</exception>
    public static void CheckDesired(Network network, Divergence divergence, in Batch batch, int steps, string argument)
    {
        ValueRange range = divergence.DesiredRange;
        if (divergence.TakesIds || range is ValueRange.Unstated or ValueRange.Any)
            return;
        int vectors = network.OutputVectors(steps), width = batch.Desired.Length / batch.Rows, each = width / vectors;
        FinalActivation[] sums = range == ValueRange.Probabilities && each == network.Output.FeatureCount
            ? [.. Ends(network.Chain).Where(end => end.Activation.OutputRange == ValueRange.Probabilities)] : [];
        for (int row = 0; row < batch.Rows; row++)
        {
            ReadOnlySpan<float> desired = batch.Desired.Slice(row * width, network.RealVectors(batch.Lengths, row, vectors) * each);
            if (sums.Length == 0 && !MayBeWrong(range, desired))
                continue;
            for (int column = 0; column < desired.Length; column++)
            {
                // What is not finite is another matter, of which the step says where it is.
                float d = desired[column];
                if (!batch.Weights.IsEmpty && !Counts(batch, (row * vectors) + (column / each), vectors))
                    continue;
                if (float.IsFinite(d) && !Has(range, d))
                    throw new ArgumentException(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"What is desired in {Place(batch.FirstRow + row, column)} is {d}, but {divergence} is for desired values that are "
                            + $"{Words(range)}. {Advice(range, d)}"),
                        argument);
                foreach ((Activation activation, int first, int count) in sums)
                {
                    if (column % each == first && Sum(desired.Slice(column, count)) is > 1 + RoundingOfSum and var sum)
                        throw new ArgumentException(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"What is desired of the {count} outputs of {activation} from {Place(batch.FirstRow + row, column)} on adds up to "
                                + $"{sum:G6}, but {divergence} is for desired values that are {Words(range)}. {ForSeveral}"),
                            argument);
                }
            }
        }

        string Place(int row, int column) => vectors == 1
            ? FormattableString.Invariant($"row {row}, column {column}")
            : FormattableString.Invariant($"row {row}, {network.VectorName} {column / each}, column {column % each}");
    }

    /// <summary>Whether the weight of a vector is not 0.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="vector">The vector, counted over all rows.</param>
    /// <param name="perRow">The vectors of a row.</param>
    public static bool Counts(in Batch batch, int vector, int perRow) =>
        batch.Weights.IsEmpty || batch.Weights[batch.Weights.Length == batch.Rows ? vector / perRow : vector] > 0;

    /// <summary>The first output that the divergence is not meant for, in words, of the vectors that count; null: there is none.</summary>
    public static string? WrongOutput(Divergence divergence, ReadOnlySpan<float> y, in Batch batch, int vectors)
    {
        int width = y.Length / batch.Rows;
        for (int i = 0; i < y.Length; i++)
        {
            if (float.IsFinite(y[i]) && !Has(divergence.OutputRange, y[i]) && Counts(batch, i / (width / vectors), vectors))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The output in row {i / width}, column {i % width} is {y[i]}, but {divergence} is for outputs that are "
                    + $"{Words(divergence.OutputRange)}. {Remedy(divergence.OutputRange)}");
        }

        return null;
    }

    /// <summary>The activations that make the columns of a layer's output, the identity among them; none for columns of which it is not known.
    /// </summary>
    public static IReadOnlyList<FinalActivation> Ends(Layer layer)
    {
        switch (layer)
        {
            case Chain chain:
                IReadOnlyList<FinalActivation> found = [];
                foreach (Layer next in chain.Layers)
                {
                    // What a dense layer makes of probabilities may be probabilities again: classes that are merged, for example.
                    bool mayBe = next is Dense { Activation: Identity } && found.Any(end => Fits(end.Activation.OutputRange, ValueRange.ZeroToOne));
                    found = next is ActivationLayer { Activation: Identity } ? found : next.HandOn(found) ?? (mayBe ? [] : Ends(next));
                }

                return found;
            case Branches { Merge: Merge.Concat } branches:
                int first = 0;
                var all = new List<FinalActivation>();
                foreach (Layer branch in branches.Layers)
                {
                    all.AddRange(Ends(branch).Select(end => end with { First = first + end.First }));
                    first += branch.Output.FeatureCount;
                }

                return all;
            case Dense dense:
                return [new(dense.Activation, 0, dense.Output.FeatureCount)];
            default:
                return layer.FinalActivations;
        }
    }

    private static double Sum(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += value;
        return sum;
    }

    private static bool Fits(ValueRange given, ValueRange wanted) => given == ValueRange.Unstated || wanted switch
    {
        ValueRange.Any => given is ValueRange.Any or ValueRange.Signs,
        ValueRange.NotNegative => given is ValueRange.NotNegative or ValueRange.ZeroToOne or ValueRange.Probabilities,
        ValueRange.ZeroToOne => given is ValueRange.ZeroToOne or ValueRange.Probabilities,
        ValueRange.Probabilities => given == ValueRange.Probabilities,
        _ => true,
    };

    private static bool Has(ValueRange range, float value) => range switch
    {
        ValueRange.NotNegative => value >= -Rounding,
        ValueRange.ZeroToOne or ValueRange.Probabilities => value is >= -Rounding and <= 1 + Rounding,
        ValueRange.Signs => value is -1 or 1,
        _ => true,
    };

    private static string Words(ValueRange range) => range switch
    {
        ValueRange.NotNegative => "at least 0",
        ValueRange.ZeroToOne => "from 0 to 1, each by itself",
        ValueRange.Probabilities => "probabilities, from 0 to 1 and with the sum 1",
        ValueRange.Signs => "−1 or +1",
        _ => "any numbers, negative ones among them",
    };

    private static string Advice(ValueRange wanted, float given) => wanted switch
    {
        ValueRange.NotNegative => "Counts and rates are never negative.",
        ValueRange.Signs => "Map the 0 of classes to −1.",
        _ when given == -1 => "For labels of −1 and +1 take Divergence.Hinge, and no activation at the end.",
        _ when given == MathF.Round(given) => "For class ids take Dataset.FromIds, with Activation.Softmax and Divergence.CrossEntropy.",
        _ => "Scale what is desired to 0 to 1, or take Divergence.L2, and no activation at the end.",
    };

    private static string Remedy(ValueRange wanted) => wanted switch
    {
        ValueRange.Any => "End the network without an activation.",
        ValueRange.NotNegative => "End the network with Activation.Softplus.",
        ValueRange.ZeroToOne => "End the network with Activation.Sigmoid: training takes the logits all the same.",
        _ => $"End the network with Activation.Softmax: training takes the logits all the same. {ForSeveral}",
    };
}
