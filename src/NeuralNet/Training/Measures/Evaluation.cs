namespace NeuralNet;

/// <content>How it is measured.</content>
public sealed partial class Evaluation
{
    /// <summary>Measures a network on a data set, in inference.</summary>
    /// <param name="network">The network.</param>
    /// <param name="data">The data.</param>
    /// <param name="divergence">The divergence to measure.</param>
    /// <param name="threads">How many threads share the work.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentException">The widths, lengths or class ids of the data do not fit the network, or its desired values the divergence.
    /// </exception>
    public static Evaluation Of(Network network, Dataset data, Divergence divergence, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(divergence);
        Divergence form = CheckFit(network, data, divergence, nameof(data));
        using Workspace workspace = network.CreateWorkspace(RowsAtATime(network, data), threads, training: false);
        return Of(network, data, divergence, form, workspace, needs: null);
    }

    // Of data that has been checked; the form is that of the divergence which takes what it has. Null needs all measures.
    internal static Evaluation Of(Network network, Dataset data, Divergence divergence, Divergence form, Workspace workspace, IMetric? needs)
    {
        OutcomeView[] views = OutcomeView.OfOutputs(network, data, form);
        Tally tally = TallyOf(network, data, form, views, needs);
        Tally[] outputs = TalliesOf(views, needs);
        double mean = Measure(network, data, divergence, workspace, [tally, .. outputs]).Mean;
        return new Evaluation(tally, mean, ByName(views, outputs));
    }

    // One of nothing, which says what there would be.
    internal static Evaluation Empty(Network network, Dataset data, Divergence form, IMetric needs)
    {
        OutcomeView[] views = OutcomeView.OfOutputs(network, data, form);
        return new Evaluation(TallyOf(network, data, form, views, needs), double.NaN, ByName(views, TalliesOf(views, needs)));
    }

    private static Tally TallyOf(Network network, Dataset data, Divergence form, OutcomeView[] views, IMetric? needs) =>
        new OutcomeView(network, data, form) { IsJoined = views.Length > 0 }.Tally(needs);

    private static Tally[] TalliesOf(OutcomeView[] views, IMetric? needs) => [.. views.Select(view => view.Tally(Metric.NeedsOf(needs, view.Name!)))];

    private static (string, Evaluation)[] ByName(OutcomeView[] views, Tally[] tallies) =>
        [.. views.Select((view, k) => (view.Name!, new Evaluation(tallies[k], tallies[k].MeanDivergence)))];

    // Fills the tallies of some views of the outputs in one pass, and gives Σ w D.
    internal static WeightedSum Measure(
        Network network, Dataset data, Divergence divergence, Workspace workspace, params ReadOnlySpan<Tally> tallies)
    {
        int vectors = network.OutputVectors(network.Input.Steps), width = network.Output.FeatureCount, each = data.OutputWidth / vectors;
        ReadOnlySpan<float> weights = data.Weights;
        int limit = RowsAtATime(network, data), eachRow = weights.Length / data.Rows;
        float[] outputs = new float[limit * network.Output.Size];
        WeightedSum divergences = default;
        for (int first = 0; first < data.Rows; first += limit)
        {
            int rows = Math.Min(limit, data.Rows - first);
            Span<float> y = outputs.AsSpan(0, rows * network.Output.Size);
            ReadOnlySpan<float> desired = data.Desired.Slice(first * data.OutputWidth, rows * data.OutputWidth);
            var batch = new Batch
            {
                Rows = rows,
                Inputs = data.Inputs.Slice(first * data.InputWidth, rows * data.InputWidth),
                Desired = desired,
                Weights = WeightsOf(data, first, rows),
                Lengths = LengthsOf(data, first, rows),
                FirstRow = first,
            };
            divergences += network.Measure(batch, divergence, y, workspace);
            for (int row = 0; row < rows; row++)
            {
                int start = row * vectors, end = start + network.RealVectors(batch.Lengths, row, vectors);
                for (int v = start; v < end; v++)
                {
                    float weight = OutcomeView.WeightOf(weights, eachRow, first + row, v - start);
                    foreach (Tally tally in tallies)
                        tally.AddFrom(y.Slice(v * width, width), desired.Slice(v * each, each), weight);
                }
            }
        }

        return divergences;
    }

    // Rows that go through the network at a time: the same for every workspace, so that sums are rounded alike.
    internal static int RowsAtATime(Network network, Dataset data) => Math.Min(network.ChunkRows, data.Rows);

    // Gives the form of the divergence that takes what the data has.
    internal static Divergence CheckFit(Network network, Dataset data, Divergence divergence, string argument)
    {
        if (data.InputWidth != network.Input.Size)
            throw Refuse($"The data has {data.InputWidth} inputs a row, the network takes {network.Input.Size} ({network.Input}).");
        if (data.InputShape.Kind == network.Input.Kind && data.InputShape != network.Input)
            throw Refuse($"The rows of the data are {data.InputShape}, the network takes {network.Input}; WithInputShape says what rows are.");
        Pairing.CheckOutputs(network, divergence, data, argument);
        int vectors = network.OutputVectors(network.Input.Steps), width = network.Output.FeatureCount;
        Divergence form = network.For(divergence, 1, data.OutputWidth) ?? throw Refuse(
            $"The data has {data.OutputWidth} desired values a row, the network gives {network.Output.Size} ({network.Output}), "
            + $"and {divergence} takes {divergence.Expected(vectors, width)} for them.");
        if (data.HasClassIds && !form.TakesIds)
            throw Refuse($"The data has class ids, but {divergence} does not take them for {network.Output}; cross-entropy does.");
        if (form.TakesIds && data is { Classes: > 0, HasClassIds: false })
            throw Refuse($"The data has a one-hot vector of {data.Classes} classes for a row, but the network gives {vectors} vectors of {width} "
                + $"({network.Output}), and {divergence} would take the {data.OutputWidth} values for class ids of these. If a row has one class, "
                + "end the network with LastStep or a mean over the vectors.");
        if (data.HasClassIds && data.Classes != width)
            throw Refuse($"The data has ids of {data.Classes} classes, the network gives {width} ({network.Output}).");
        if (!data.Lengths.IsEmpty && network.Input.Kind != ShapeKind.Sequence)
            throw Refuse($"The data has lengths, but the network takes {network.Input}, which has no steps.");
        int shortest = 0;
        for (int row = 0; row < data.Lengths.Length; row++)
        {
            if (data.Lengths[row] > network.Input.Steps)
                throw Refuse($"The length of row {row} is {data.Lengths[row]}; the network takes 1 to {network.Input.Steps} steps " +
                    $"({network.Input}).");
            shortest = data.Lengths[row] < data.Lengths[shortest] ? row : shortest;
        }

        // If layers make something of the shortest row, they do of all.
        network.CheckStepsBehind(network.Input.Steps, LengthsOf(data, shortest, 1), shortest, argument);
        int weights = data.Weights.Length / data.Rows;
        if (weights > 1 && weights != vectors)
            throw Refuse($"The data has {weights} weights a row; for a network that gives {network.Output} a row has 1 weight"
                + (vectors == 1 ? "." : $", or {vectors}: one for each {network.VectorName}."));
        Batch all = Counted(data, 0, data.Rows);
        if (network.OwnWeight(all, byIds: false) == 0)
            throw Refuse("Every weight is 0, but for those past a row's length; something must count.");
        if (form.TakesIds)
            network.CheckIds(all);
        else if (form.ReadsIds)
            network.CheckDesiredIds(all, form);
        Pairing.CheckDesired(network, form, all, network.Input.Steps, argument);
        return form;

        ArgumentException Refuse(string problem) => new(problem, argument);
    }

    // Some rows, without the inputs: what is desired of them, and how much each counts.
    internal static Batch Counted(Dataset data, int first, int rows) => new()
    {
        Rows = rows,
        Inputs = default,
        Desired = data.Desired.Slice(first * data.OutputWidth, rows * data.OutputWidth),
        Weights = WeightsOf(data, first, rows),
        Lengths = LengthsOf(data, first, rows),
    };

    internal static ReadOnlySpan<float> WeightsOf(Dataset data, int first, int rows)
    {
        int each = data.Weights.Length / data.Rows;
        return data.Weights.Slice(first * each, rows * each);
    }

    internal static ReadOnlySpan<int> LengthsOf(Dataset data, int first, int rows) =>
        data.Lengths.IsEmpty ? default : data.Lengths.Slice(first, rows);
}
