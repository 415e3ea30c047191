namespace NeuralNet;

/// <summary>Whether rows belong to a network and a divergence: what they are like, before the first is read, and then their values.</summary>
internal static class RowFit
{
    /// <summary>Checks what rows are like and, of a data set, all values.</summary>
    /// <returns>The form of the divergence that takes what is desired.</returns>
    /// <exception cref="ArgumentException">Something does not fit; the message says what.</exception>
    public static Divergence Check(Network network, IRowSource source, Divergence divergence, string argument)
    {
        Divergence form = CheckFormat(network, source.Format, divergence, argument);
        if (source is Dataset data)
            CheckAll(network, data, form, argument);
        return form;
    }

    /// <summary>Checks values that were read.</summary>
    /// <exception cref="InvalidDataException">Something does not fit; the message says where.</exception>
    public static void CheckRead(Network network, Divergence form, in Batch rows, long first)
    {
        try
        {
            Check(network, form, rows, nameof(rows));
        }
        catch (ArgumentException wrong)
        {
            throw new InvalidDataException(
                FormattableString.Invariant($"In the {rows.Rows} rows of the source from row {first} on, which is row 0 here: {wrong.Message}"),
                wrong);
        }
    }

    /// <summary>Whether there may be rows of which nothing counts.</summary>
    public static bool MayNotCount(RowFormat format, Divergence form) => format.WeightsPerRow > 0 || form.TakesIds;

    /// <summary>Whether something of a row counts.</summary>
    /// <exception cref="InvalidDataException">Nothing does, and the format says that every row counts.</exception>
    public static bool Counts(Network network, Divergence form, RowFormat format, in Batch row, long number)
    {
        bool counts = network.OwnWeight(row, form.TakesIds) > 0;
        return counts || !format.EveryRowCounts ? counts : throw new InvalidDataException(
            FormattableString.Invariant($"Row {number} of the source does not count: its weights are 0, or its class ids −1. The format says that ")
            + "every row counts (EveryRowCounts); leave such rows out of the source, or do not say so.");
    }

    private static Divergence CheckFormat(Network network, RowFormat rows, Divergence divergence, string argument)
    {
        if (rows.InputWidth != network.Input.Size)
            throw Refuse($"The data has {rows.InputWidth} inputs a row, the network takes {network.Input.Size} ({network.Input}).");
        if (rows.InputShape.Kind == network.Input.Kind && rows.InputShape != network.Input)
            throw Refuse($"The rows of the data are {rows.InputShape}, the network takes {network.Input}; WithInputShape says what rows are.");
        Pairing.CheckOutputs(network, divergence, rows, argument);
        int vectors = network.OutputVectors(network.Input.Steps), width = network.Output.FeatureCount;
        Divergence form = network.For(divergence, 1, rows.OutputWidth) ?? throw Refuse(
            $"The data has {rows.OutputWidth} desired values a row, the network gives {network.Output.Size} ({network.Output}), "
            + $"and {divergence} takes {divergence.Expected(vectors, width)} for them."
            + (divergence.TakesIds && rows is { Classes: > 0, HasClassIds: false } ? $" {Pairing.ForOneHot}" : ""));
        if (rows.HasClassIds && !form.TakesIds)
            throw Refuse($"The data has class ids, but {divergence} does not take them for {network.Output}. {Pairing.ForIds}");
        if (form.TakesIds && rows is { Classes: > 0, HasClassIds: false })
            throw Refuse($"The data has a one-hot vector of {rows.Classes} classes for a row, but the network gives {vectors} vectors of {width} "
                + $"({network.Output}), and {divergence} would take the {rows.OutputWidth} values for class ids of these. If a row has one class, "
                + "end the network with LastStep or a mean over the vectors.");
        if (rows.HasClassIds && rows.Classes != width)
            throw Refuse($"The data has ids of {rows.Classes} classes, the network gives {width} ({network.Output}).");
        if (rows.HasLengths && network.Input.Kind != ShapeKind.Sequence)
            throw Refuse($"The data has lengths, but the network takes {network.Input}, which has no steps.");
        if (rows.WeightsPerRow > 1 && rows.WeightsPerRow != vectors)
            throw Refuse($"The data has {rows.WeightsPerRow} weights a row; for a network that gives {network.Output} a row has 1 weight"
                + (vectors == 1 ? "." : $", or {vectors}: one for each {network.VectorName}."));
        return form;

        ArgumentException Refuse(string problem) => new(problem, argument);
    }

    private static void CheckAll(Network network, Dataset data, Divergence form, string argument)
    {
        Batch all = data.Batch(0, data.Rows);
        CheckLengths(network, all, argument);
        if (network.OwnWeight(all, byIds: false) == 0)
            throw new ArgumentException("Every weight is 0, but for those past a row's length; something must count.", argument);
        if (form.TakesIds)
            network.CheckIds(all);
        CheckDesired(network, form, all, argument);
    }

    private static void Check(Network network, Divergence form, in Batch rows, string argument)
    {
        CheckLengths(network, rows, argument);
        if (form.TakesIds)
            network.CheckDesiredIds(rows, form);
        CheckDesired(network, form, rows, argument);
    }

    private static void CheckDesired(Network network, Divergence form, in Batch rows, string argument)
    {
        if (form.ReadsIds && !form.TakesIds)
            network.CheckDesiredIds(rows, form);
        Pairing.CheckDesired(network, form, rows, network.Input.Steps, argument);
    }

    private static void CheckLengths(Network network, in Batch rows, string argument)
    {
        int shortest = 0;
        for (int row = 0; row < rows.Lengths.Length; row++)
        {
            if (rows.Lengths[row] > network.Input.Steps)
                throw new ArgumentException(
                    $"The length of row {row} is {rows.Lengths[row]}; the network takes 1 to {network.Input.Steps} steps ({network.Input}).",
                    argument);
            shortest = rows.Lengths[row] < rows.Lengths[shortest] ? row : shortest;
        }

        // If layers make something of the shortest row, they do of all.
        ReadOnlySpan<int> length = rows.Lengths.IsEmpty ? default : rows.Lengths.Slice(shortest, 1);
        network.CheckStepsBehind(network.Input.Steps, length, shortest, argument);
    }
}
