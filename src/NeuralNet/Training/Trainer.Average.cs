using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>Averages of the weights.</content>
public sealed partial class Trainer
{
    private AverageState? average;

    /// <summary>An average of the weights, kept beside them; null unless set.</summary>
    /// <remarks><para>Between steps the network holds the weights themselves. What <see cref="Fit"/> measures on the validation set and keeps as the
    /// best, and what the network holds when Fit has ended, are the averages, as soon as there are any; a next call makes a new average. Where an
    /// exception ends Fit, the network keeps the weights, and the average goes on with the next call. Checkpoints hold both.</para>
    /// <para>In a loop of your own <see cref="AverageNetwork"/> and <see cref="CopyAverage"/> read the average; a stochastic one goes by
    /// <see cref="EndEpoch"/>. <see cref="Evaluate"/> measures the network as it is.</para></remarks>
    public WeightAverage? Average
    {
        get;
        init
        {
            field = value;
            average = value is null ? null : new AverageState(value, Network);
        }
    }

    /// <summary>A network of the averaged weights, as far as training has come; before the first average a copy of the network as it is.</summary>
    /// <remarks>The statistics of an exponential average are averages too. Those of a stochastic one are made anew: <see cref="Fit"/> does so after
    /// each epoch that counts; in a loop of your own give the training data.</remarks>
    /// <param name="data">Data to make the statistics anew with, in the batches and the order of an epoch, without augmentation and without random
    /// numbers, which predictions do not have either; null: they are not made anew.</param>
    /// <returns>A new network.</returns>
    /// <exception cref="ArgumentException">The data do not fit the network or the divergence, as in <see cref="Fit"/>; a layer refuses a batch; or
    /// <see cref="Rates"/>, which say whose statistics are frozen, do not fit the network or the optimizer.</exception>
    /// <exception cref="InvalidOperationException">No average is kept; the network has statistics, and those of its stochastic average have not been
    /// made anew; a schedule of <see cref="Rates"/> gives no finite factor of at least 0; or Fit is under way on another thread, or a step.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The trainer has been disposed of, and statistics are to be made anew.</exception>
    public Network AverageNetwork(IRowSource? data = null)
    {
        Divergence? form = data is null ? null : RowFit.Check(Network, data, Divergence, nameof(data));
        using (BeginReading())
        {
            Network copy = Averaged.Clone();
            copy.TakeMetadata(Network.Metadata);
            if (data is not null && form is not null)
            {
                if (!turns.IsFitting)
                    ReadRates();
                using EpochRows rows = RowsOf(data, form);
                if (scheduledRates is not null)
                    FollowRates(scheduledRates);
                MakeStatistics(copy, rows);
            }
            else if (average is { Count: > 0, HasStatistics: false } && HasLearningStatistics)
            {
                throw new InvalidOperationException("The network has statistics, and those of the weights that were averaged do not belong to their "
                    + "mean; give AverageNetwork the training data, over which it makes them anew.");
            }

            return copy;
        }
    }

    /// <summary>Copies the averaged parameters and statistics, as they are, without allocating: for a target network that follows the one that is
    /// trained, say. Before the first average they are those of the network.</summary>
    /// <param name="network">A <see cref="Network.Clone"/> of the trainer's network, or that network itself.</param>
    /// <exception cref="ArgumentException">It is none.</exception>
    /// <exception cref="InvalidOperationException">No average is kept, or Fit is under way on another thread, or a step.</exception>
    public void CopyAverage(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network.Layout != Network.Layout)
            throw new ArgumentException("The network is no clone of the trainer's; make it with trainer.Network.Clone().", nameof(network));
        using (BeginReading())
        {
            Copy(Averaged, network);
        }
    }

    private TrainerTurns.Turn BeginReading() => average is null
        ? throw new InvalidOperationException("No average is kept; set Average = WeightAverage.Exponential(0.999f), for example.")
        : turns.IsFittingElsewhere
            ? throw new InvalidOperationException("Fit is under way on another thread; the average can be read from its progress, if that is told at "
                + "once: System.Progress<T> tells later, on another thread.")
            : turns.BeginStep();

    // What Fit measures and keeps: the averages where there are some.
    private Network Averaged => average is { Count: > 0 } ? average.Network : Network;

    private bool HasLearningStatistics => statistics.Length > 0 && ratePlan is not { LearningStatistics.Length: 0 };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AverageStep(AverageState state, Workers workers)
    {
        if (!Average!.IsStochastic)
            state.Add(Network, ratePlan, workers);
    }

    // Whether the weights at the end of this epoch join a stochastic average.
    private bool TakesEpoch => Average is { IsStochastic: true } rule && rule.Takes(Epoch);

    private void AverageEpoch(EpochRows rows)
    {
        if (!TakesEpoch)
            return;
        average!.Add(Network, ratePlan, workspace?.Workers);
        MakeStatistics(average.Network, rows);
        average.HasStatistics = true;
    }

    // Makes the statistics of a network anew: the equal mean over the batches of an epoch.
    private void MakeStatistics(Network network, EpochRows rows)
    {
        if (!HasLearningStatistics)
            return;
        int batches = 0;
        rows.Begin(Epoch, step: 0, row: 0);
        while (rows.HasNext)
        {
            rows.MoveNext();
            Workspace memory = WorkspaceFor(rows.LargestBatch(0, Shards));
            for (int shard = 0; shard < Shards; shard++)
            {
                int ofShard = rows.BatchesOf(shard);
                for (int k = 0; k < ofShard; k++)
                {
                    Batch batch = rows.Batch(shard, k, step: null, rowBuffers, memory.Workers);
                    var part = new Batch { Rows = batch.Rows, Inputs = batch.Inputs, Lengths = batch.Lengths, FirstRow = batch.FirstRow };
                    network.MakeStatistics(part, ++batches, memory, ratePlan?.Statistics);
                }
            }
        }
    }
}
