namespace NeuralNet;

/// <content>Statistics that are brought up to date or made anew.</content>
public sealed partial class Network
{
    /// <summary>Brings statistics (running means and the like) up to date with the last Forward or AddGradient, once; most networks have
    /// none, and then nothing happens. What the rates of that call froze stays as it is.</summary>
    /// <param name="batch">The batch of that pass.</param>
    /// <param name="workspace">The workspace of that pass.</param>
    /// <exception cref="ArgumentException">A size does not fit.</exception>
    /// <exception cref="InvalidOperationException">The last call on this workspace was not the Forward or AddGradient of this batch.</exception>
    public void UpdateStatistics(in Batch batch, Workspace workspace) => UpdateStatistics(batch, Statistics, workspace);

    /// <summary>The same for a copy of the statistics: parts of a step bring one copy up to date, which becomes the network's with the optimizer's
    /// step, so that a step that is refused leaves the statistics as they were.</summary>
    /// <param name="batch">The batch of that pass.</param>
    /// <param name="statistics">The copy, in the layout of <see cref="Statistics"/>; written.</param>
    /// <param name="workspace">The workspace of that pass.</param>
    /// <inheritdoc cref="UpdateStatistics(in Batch, Workspace)" path="/exception"/>
    public void UpdateStatistics(in Batch batch, Span<float> statistics, Workspace workspace)
    {
        if (statistics.Length != Statistics.Length)
            throw new ArgumentException($"There are {Statistics.Length} statistics, but got {statistics.Length}.", nameof(statistics));
        CheckWorkspace(workspace);
        Learning? learning = workspace.Mark.Statistics;
        int steps = Check(batch, workspace, training: true, learning, isAfterForward: true);
        if (!layout.LearnsStatistics)
            return;
        if (batch.Inference)
            throw new InvalidOperationException("A pass of inference uses the stored statistics; there are none of the batch to bring up to date.");
        if (workspace.Mark with { AllowsBackward = false } != ForwardMark.Of(this, batch, steps, learning, allowsBackward: false))
            throw new InvalidOperationException(Mismatch("UpdateStatistics", workspace.Mark, batch, steps, learning));
        workspace.Enter();
        try
        {
            workspace.Mark = default;
            UpdateStatistics(batch, steps, statistics, workspace, learning);
        }
        finally
        {
            workspace.Leave();
        }
    }

    /// <summary>Makes the statistics anew, batch after batch: each becomes the equal mean over those that there were. Nothing is drawn at random, as
    /// in the predictions that the statistics are for.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="meanOver">Which batch it is, from 1.</param>
    /// <param name="workspace">The memory to work with, made for training.</param>
    /// <param name="frozen">What keeps its statistics; null: nothing.</param>
    internal void MakeStatistics(in Batch batch, int meanOver, Workspace workspace, Learning? frozen)
    {
        int steps = Check(batch with { Stream = new RandomStream() }, workspace, training: true, frozen);
        workspace.Enter();
        try
        {
            workspace.Mark = default;
            Span<float> y = workspace.Output(batch.Rows * OutputVectors(steps) * outputWidth);
            Run(batch, steps, y, workspace, backwardFollows: true, omitActivation: false, frozen);
            UpdateStatistics(batch, steps, Statistics, workspace, frozen, meanOver);
        }
        finally
        {
            workspace.Leave();
        }
    }

    private void UpdateStatistics(in Batch batch, int steps, Span<float> statistics, Workspace workspace, Learning? learning, int meanOver = 0) =>
        chain.UpdateStatistics(new StatisticsPass
        {
            Rows = batch.Rows,
            Steps = steps,
            Lengths = batch.Lengths,
            Weights = workspace.Present,
            Cache = workspace.Cache(batch.Rows),
            Statistics = statistics,
            Blocks = layout.PassPlaces,
            MeanOver = meanOver,
            Learning = learning,
        });
}
