namespace NeuralNet;

/// <summary>What is measured on some rows, looked at once: the rows may then be measured as often as wanted, after every epoch for example.</summary>
internal sealed class EvaluationPlan
{
    private readonly IRowSource data;
    private readonly Divergence divergence, form;
    private readonly OutcomeView whole;
    private readonly OutcomeView[] views;
    private readonly long rows;

    /// <summary>Checks the rows, as far as that can be before they are read, and sees what they are.</summary>
    /// <exception cref="ArgumentException">They do not fit the network or the divergence.</exception>
    /// <exception cref="InvalidDataException">The source has no rows.</exception>
    public EvaluationPlan(Network network, IRowSource data, Divergence divergence, string argument)
    {
        (this.data, this.divergence) = (data, divergence);
        form = RowFit.Check(network, data, divergence, argument);
        views = OutcomeView.OfOutputs(network, data, form);
        whole = new OutcomeView(network, data, form) { IsJoined = views.Length > 0 };
        rows = data.Rows ?? Count(data);
        if (rows <= 0)
            throw new InvalidDataException("The source to measure on has no rows; at least one was expected.");
        RowsAtATime = (int)Math.Min(network.ChunkRows, rows);
    }

    /// <summary>Rows that go through the network at a time: the same for every workspace, so that sums are rounded alike.</summary>
    public int RowsAtATime { get; }

    /// <summary>Measures a network, or a copy of it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="workspace">Memory for as many rows as go through it at a time.</param>
    /// <param name="needs">What it is for; null: all measures.</param>
    /// <param name="cluster">The processes that share the predictions; null: this one alone.</param>
    public Evaluation Measure(Network network, Workspace workspace, IMetric? needs, Cluster? cluster = null)
    {
        Tally tally = whole.Tally(rows, needs);
        Tally[] outputs = TalliesOf(needs);
        double mean = Fill(network, workspace, cluster, [tally, .. outputs]).Mean;
        return new Evaluation(tally, mean, ByName(outputs));
    }

    /// <summary>An evaluation of nothing, which says what there would be.</summary>
    public Evaluation Empty(IMetric needs) => new(whole.Tally(rows, needs), double.NaN, ByName(TalliesOf(needs)));

    /// <summary>Fills the tallies of some views of the outputs in one pass, and gives Σ w D.</summary>
    public WeightedSum Fill(Network network, Workspace workspace, Cluster? cluster, params ReadOnlySpan<Tally> tallies)
    {
        var predictions = new SharedPredictions(network, RowsAtATime, data.Format.InputWidth + data.Format.OutputWidth, cluster);
        WeightedSum divergences = default;
        using var blocks = new RowBlocks(data, predictions.Rows);
        while (blocks.MoveNext())
        {
            Batch batch = blocks.Rows;
            if (data is not Dataset)
                RowFit.CheckRead(network, form, batch, blocks.First);
            predictions.Predict(network, batch, divergence, workspace);
            for (int k = 0; k < predictions.PartsOf(batch.Rows); k++)
            {
                Batch part = predictions.Part(batch, k);
                divergences += predictions.SumOf(k);
                Count(network, part, predictions.OutputsOf(k, part.Rows), tallies);
            }
        }

        return divergences.Weight > 0 ? divergences : throw new InvalidDataException("No row of the source counts: every weight is 0.");
    }

    private void Count(Network network, scoped in Batch batch, ReadOnlySpan<float> y, ReadOnlySpan<Tally> tallies)
    {
        RowFormat format = data.Format;
        int vectors = network.OutputVectors(network.Input.Steps), width = network.Output.FeatureCount, each = format.OutputWidth / vectors;
        for (int row = 0; row < batch.Rows; row++)
        {
            int start = row * vectors, end = start + network.RealVectors(batch.Lengths, row, vectors);
            for (int v = start; v < end; v++)
            {
                float weight = OutcomeView.WeightOf(batch.Weights, format.WeightsPerRow, row, v - start);
                foreach (Tally tally in tallies)
                    tally.AddFrom(y.Slice(v * width, width), batch.Desired.Slice(v * each, each), weight);
            }
        }
    }

    private static long Count(IRowSource data)
    {
        using IRowReader reader = data.Open(seed: 0, epoch: 0, firstRow: 0);
        return reader.Skip(long.MaxValue);
    }

    private Tally[] TalliesOf(IMetric? needs) => [.. views.Select(view => view.Tally(rows, Metric.NeedsOf(needs, view.Name!)))];

    private (string, Evaluation)[] ByName(Tally[] tallies) =>
        [.. views.Select((view, k) => (view.Name!, new Evaluation(tallies[k], tallies[k].MeanDivergence)))];
}
