using System.Globalization;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Whether a network, a divergence and desired values belong together, said before anything is changed.</summary>
internal static class Pairing
{
    private const string ForSeveral =
        "For classes that do not exclude each other take Activation.Sigmoid and Divergence.BinaryCrossEntropy.";

    /// <summary>What takes class ids, and what takes one-hot vectors.</summary>
    public const string ForIds = "Class ids are for cross-entropy: new CrossEntropy(ids: true), with as many outputs as there are classes.",
        ForOneHot = "One-hot vectors are for a cross-entropy that does not ask for ids: new CrossEntropy().";

    // Shares of ten that are added up, or a scaling rounded twice, may be this much beyond an end.
    private const float Rounding = 1e-6f;

    // Sums of many floats are off by more.
    private const double RoundingOfSum = 1e-3;

    /// <summary>Refuses a network whose final activations give other values than the divergence is meant for.</summary>
    /// <exception cref="ArgumentException">They do; the message names an activation that would be right.</exception>
    public static void Check(Network network, Divergence divergence)
    {
        CheckOutputs(network, divergence);
        foreach ((Activation activation, int first, int count) in Ends(network.Chain))
        {
            (string output, Divergence own) = Of(divergence, first);
            if (count == 1 && activation is Softmax or LogSoftmax)
                throw new ArgumentException(
                    $"{output}The network ends with {activation} of one output, which is always {(activation is Softmax ? 1 : 0)}, so that nothing "
                    + "can be learned. For one output take Activation.Sigmoid and Divergence.BinaryCrossEntropy; for two classes by Softmax take two "
                    + "outputs.");
            if (!Fits(activation.OutputRange, own.OutputRange))
                throw new ArgumentException(
                    $"{output}{own} is for outputs that are {Words(own.OutputRange)}, but the network ends with {activation}, whose values are "
                    + $"{Words(activation.OutputRange)}. {Remedy(own.OutputRange)}");
        }
    }

    // The divergence of the output that has a column, and what a message about it begins with.
    private static (string Place, Divergence Own) Of(Divergence divergence, int column)
    {
        if (divergence is not ByOutputs outputs)
            return ("", divergence);
        int k = 0;
        while (outputs.Parts[k].First + outputs.Parts[k].Count <= column)
            k++;
        return ($"Output \"{outputs.Outputs[k].Name}\": ", outputs.Parts[k].Of);
    }

    // The divergence of named outputs is for a network with these.
    private static void CheckOutputs(Network network, Divergence divergence)
    {
        if (divergence is ByOutputs { Outputs: { } named } && !named.Select(Layout).SequenceEqual(network.Outputs.Select(Layout)))
            throw new ArgumentException(
                $"The divergence is that of the outputs {named}, but the network has {network.Outputs}: take its own, "
                + "network.Outputs.Divergence(…).");

        static (string, Shape, int, int) Layout(NamedPart part) => (part.Name, part.Shape, part.First, part.Count);
    }

    /// <summary>Refuses a data set of named outputs for a network with others, or for a divergence that takes something else of one.</summary>
    /// <exception cref="ArgumentException">They do not belong together; the message names the output.</exception>
    public static void CheckOutputs(Network network, Divergence divergence, RowFormat data, string argument)
    {
        CheckOutputs(network, divergence);
        IReadOnlyList<string> names = data.OutputNames;
        if (names.Count == 0)
            return;
        if (!names.SequenceEqual(network.Outputs.Select(output => output.Name)))
            throw new ArgumentException(
                $"The data has the outputs {NamedParts.NamesOf(names)}, but the network has {network.Outputs.Names}; name them alike, and in one "
                + "order.", argument);
        int vectors = network.Output.VectorsAt(network.Output.Steps);
        if (data.OutputVectors != vectors)
            throw new ArgumentException(
                $"The outputs of the data are of {data.OutputVectors} vectors a row, but the network gives {vectors} ({network.Output}); "
                + $"Dataset.FromOutputs takes their number: vectors: {vectors}.", argument);
        var several = divergence as ByOutputs;
        for (int k = 0; k < names.Count; k++)
        {
            // An output has a divergence of its own where the whole is one of several, or where it is the only one.
            NamedPart output = network.Outputs[k];
            RowFormat.Part part = data.Parts[k];
            int width = output.Shape.FeatureCount;
            Divergence? own = several?.Parts[k].Of ?? (names.Count == 1 ? divergence : null), form = own?.For(part.Count, output.Vectors, width);
            bool fits = own is null ? part.Count == output.Count : form is not null;
            if (!fits || (form is not null && part.Classes > 0 && part.HasClassIds != form.TakesIds))
            {
                string takes = own is null ? $"{divergence} takes {output.Count} values of it"
                    : $"its divergence, {own}, takes {own.Expected(output.Vectors, width)}";
                throw new ArgumentException(
                    $"Output \"{output.Name}\": the data has {part} for a vector of the network's row, but {takes}.{Remedy(part, own)}", argument);
            }

            if (part.Classes > 0 && part.Classes != width)
                throw new ArgumentException(
                    $"Output \"{output.Name}\": the data has {part.Classes} classes, the network gives {width} ({output.Shape}).", argument);
        }
    }

    // Which divergence takes what there is of an output.
    private static string Remedy(RowFormat.Part part, Divergence? own) =>
        own is null ? " Give each output a divergence of its own: network.Outputs.Divergence(…)."
        : part.HasClassIds && own is { OfIds: null, TakesIds: false } ? $" {ForIds}"
        : part is { HasClassIds: false, Classes: > 0 } && own is { TakesIds: true } ? $" {ForOneHot}" : "";

    /// <summary>Whether some desired values may be others than a divergence is meant for: a fast look, which every step can afford. If they may be,
    /// <see cref="CheckDesired(Network, Divergence, in Batch, int, string)"/> says whether they are, and which.</summary>
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

    /// <summary>The same of named outputs, each of which has a range of its own.</summary>
    public static bool MayBeWrong(Network network, ByOutputs outputs, in Batch batch)
    {
        int vectors = batch.Rows * network.OutputVectors(batch.Steps == 0 ? network.Input.Steps : batch.Steps);
        if (outputs.For(batch.Desired.Length, vectors, network.Output.FeatureCount) is not ByOutputs form)
            return true;
        int each = batch.Desired.Length / vectors;
        foreach (ref readonly ByColumns.Part part in form.Parts)
        {
            ValueRange range = part.Of.TakesIds || part.Weight == 0 ? ValueRange.Unstated : part.Of.DesiredRange;
            for (int v = 0; v < vectors && range is not (ValueRange.Unstated or ValueRange.Any); v++)
            {
                if (MayBeWrong(range, batch.Desired.Slice((v * each) + part.FirstDesired, part.DesiredCount)))
                    return true;
            }
        }

        return false;
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
        int each = batch.Desired.Length / (batch.Rows * network.OutputVectors(steps));
        if (divergence is not ByOutputs outputs)
        {
            CheckDesired(network, new ByColumns.Part(divergence, 0, network.Output.FeatureCount, 0, each), "", batch, steps, argument);
            return;
        }

        for (int k = 0; k < outputs.Parts.Length; k++)
            CheckDesired(network, outputs.Parts[k], $"Output \"{outputs.Outputs[k].Name}\": ", batch, steps, argument);
    }

    // What is desired of some columns.
    private static void CheckDesired(Network network, in ByColumns.Part part, string output, in Batch batch, int steps, string argument)
    {
        Divergence divergence = part.Of;
        ValueRange range = divergence.DesiredRange;
        if (divergence.TakesIds || range is ValueRange.Unstated or ValueRange.Any || part.Weight == 0)
            return;
        int vectors = network.OutputVectors(steps), each = batch.Desired.Length / (batch.Rows * vectors);
        FinalActivation[] sums = range == ValueRange.Probabilities && part.DesiredCount == part.Count ? Sums(network, part) : [];

        // All vectors of a row at once, unless other columns lie between them.
        int count = part.DesiredCount, runs = count == each ? 1 : vectors;
        for (int row = 0; row < batch.Rows; row++)
        {
            int real = network.RealVectors(batch.Lengths, row, vectors);
            for (int run = 0; run < (runs == 1 ? 1 : real); run++)
            {
                int at = (((row * vectors) + run) * each) + part.FirstDesired;
                ReadOnlySpan<float> desired = batch.Desired.Slice(at, runs == 1 ? real * count : count);
                if (sums.Length == 0 && !MayBeWrong(range, desired))
                    continue;
                for (int i = 0; i < desired.Length; i++)
                {
                    // What is not finite is another matter, of which the step says where it is.
                    float d = desired[i];
                    int column = (run * each) + part.FirstDesired + i;
                    if (!batch.Weights.IsEmpty && !Counts(batch, (row * vectors) + run + (i / count), vectors))
                        continue;
                    if (float.IsFinite(d) && !Has(range, d))
                        throw new ArgumentException(
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{output}What is desired in {Place(batch.FirstRow + row, column)} is {d}, but {divergence} is for desired values "
                                + $"that are {Words(range)}. {Advice(range, d)}"),
                            argument);
                    foreach ((Activation activation, int first, int width) in sums)
                    {
                        if (i % count == first && Sum(desired.Slice(i, width)) is > 1 + RoundingOfSum and var sum)
                            throw new ArgumentException(
                                string.Create(
                                    CultureInfo.InvariantCulture,
                                    $"{output}What is desired of the {width} outputs of {activation} from {Place(batch.FirstRow + row, column)} on "
                                    + $"adds up to {sum:G6}, but {divergence} is for desired values that are {Words(range)}. {ForSeveral}"),
                                argument);
                    }
                }
            }
        }

        string Place(int row, int column) => vectors == 1
            ? FormattableString.Invariant($"row {row}, column {column}")
            : FormattableString.Invariant($"row {row}, {network.VectorName} {column / each}, column {column % each}");
    }

    // The final activations of some columns that make probabilities, by the columns of what is desired of them.
    private static FinalActivation[] Sums(Network network, ByColumns.Part part) =>
    [
        .. Ends(network.Chain)
            .Where(end => end.Activation.OutputRange == ValueRange.Probabilities && end.First >= part.First && end.First < part.First + part.Count)
            .Select(end => end with { First = end.First - part.First }),
    ];

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
            (string output, Divergence own) = Of(divergence, i % (divergence is ByOutputs named ? named.Outputs.Row.FeatureCount : width));
            if (float.IsFinite(y[i]) && !Has(own.OutputRange, y[i]) && Counts(batch, i / (width / vectors), vectors))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{output}The output in row {i / width}, column {i % width} is {y[i]}, but {own} is for outputs that are "
                    + $"{Words(own.OutputRange)}. {Remedy(own.OutputRange)}");
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
