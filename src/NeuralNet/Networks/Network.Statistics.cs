namespace NeuralNet;

/// <content>Statistics that are brought up to date or made anew.</content>
public sealed partial class Network
{
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
