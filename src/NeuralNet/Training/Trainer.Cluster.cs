using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace NeuralNet;

/// <content>Several processes that train together.</content>
public sealed partial class Trainer
{
    private bool hasMet; // the processes have compared what they begin with
    private bool mustStop; // one of them was asked to come to an end, and all know

    /// <summary>The processes that train together, each of which takes as many of the <see cref="Shards"/> as the others; null unless set: this one
    /// alone.</summary>
    /// <remarks><para>Every process runs the same program: it makes the same network and trainer, and makes the same calls of <see cref="Fit"/>,
    /// <see cref="Step(in Batch)"/>, <see cref="Evaluate"/> and <see cref="Resume"/>. The processes exchange the gradient once a step, a long
    /// one layer by layer while the layers before are still computed, and all have the same parameters after it, with the bits that one process has
    /// with as many shards. Before the first step they compare network, settings and data, and then the parameters now and then
    /// (<see cref="CompareEvery"/>); <see cref="Threads"/> may differ.</para>
    /// <para>Observers and progress are told on process 0 only, which alone writes checkpoints, and reads them for all. <see cref="Step(in Batch)"/>
    /// is given all rows of the step on every process, and computes those of its own shards. Of a source whose rows all count, and whose number is
    /// known, a process reads its own rows (<see cref="RowFormat.EveryRowCounts"/>); of another one every process reads everything.</para>
    /// <para>Where one process is asked to stop, by its token or <see cref="Cluster.IsStopRequested"/>, all stop after the same step.</para>
    /// </remarks>
    public Cluster? Cluster { get; init; }

    /// <summary>After how many steps the processes of the <see cref="Cluster"/> compare a checksum of their parameters and statistics, at least 1;
    /// 100 unless set. Where one differs, because its memory or its arithmetic is at fault, all end with a <see cref="ClusterException"/>.</summary>
    public int CompareEvery { get; init => field = Guard.Count(value, nameof(CompareEvery)); } = 100;

    [MemberNotNullWhen(true, nameof(Cluster))]
    private bool IsTogether => Cluster is { Size: > 1 };

    // Only one process tells people.
    private bool IsSpokesman => Cluster is null or { Rank: 0 };

    // Does something that all processes do: where it fails on this one, the others are told.
    private T Together<T>(Func<T> work) => IsTogether ? Cluster.Together(work) : work();

    // Of an exception that all processes throw nobody need be told.
    private T Agree<T>(T failure) where T : Exception => IsTogether ? Cluster.Agree(failure) : failure;

    private void CheckCluster()
    {
        if (Cluster is not null)
            Cluster.RefuseApart();
        if (Cluster is { Size: var size } && (size > Shards || Shards % size != 0))
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{Shards} shards cannot be divided evenly among {size} processes; set Shards to a power of two that their number divides, ")
                + "and start a power of two of processes.");
    }

    // Before the first step: what is not the same on all processes is named.
    private void MeetBefore(params ReadOnlySpan<(string What, string Text)> more)
    {
        CheckCluster();
        told = IsSpokesman ? told : [];
        hasMet = !IsTogether;
        if (!IsTogether)
            return;
        Compare("the version of the library", Telemetry.FullVersion);
        Compare("the layers of the network", Structure());
        Compare("the settings of the trainer", Settings().GetRawText());
        Compare("how often they compare their parameters (CompareEvery)", Invariant(CompareEvery));
        foreach ((string what, string text) in more)
            Compare(what, text);
        Compare("the parameters of the network", FormattableString.Invariant($"{ParameterChecksum()}"));
        var checksum = new Checksum();
        checksum.Add(MemoryMarshal.AsBytes(state.Buffer.Span));
        checksum.Add(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(divergences)));
        Compare("what the optimizer remembers, or how far they have come", FormattableString.Invariant($"{checksum.Value} {StepCount} {Epoch}"));
        hasMet = true;
    }

    private void Compare(string what, string text)
    {
        Note(Cluster!.Compare(what, text, new Notice { Concerns = Wishes(turns.IsFitting ? fitToken : default) }));
    }

    // A network with layers that no file can hold is told by its blocks.
    private string Structure()
    {
        try
        {
            return StructureWriter.Write(Network, NetworkFile.Version);
        }
        catch (NotSupportedException)
        {
            return string.Join(", ", Network.Blocks);
        }
    }

    private Concerns Wishes(CancellationToken token) =>
        Cluster is { IsStopRequested: true } || token.IsCancellationRequested ? Concerns.Stops : Concerns.None;

    private long ParameterChecksum()
    {
        var checksum = new Checksum();
        checksum.Add(MemoryMarshal.AsBytes((ReadOnlySpan<float>)Network.Parameters));
        checksum.Add(MemoryMarshal.AsBytes((ReadOnlySpan<float>)Network.Statistics));
        return checksum.Value;
    }

    // Σ w D and Σ w of all processes, and in the first lane's memory the sums of the gradients.
    private WeightedSum SumOverProcesses(WeightedSum own, long rows)
    {
        Notice all;
        if (exchange is not null)
        {
            Note(exchange.Finish(LaneWorkers));
            all = Cluster!.Meet(new Notice { Meeting = Meeting.Sum, Number = StepCount, Sum = own.Sum, Weight = own.Weight });
        }
        else
        {
            Note(all = Cluster!.Meet(NoticeOf(own, rows, out string? compared), compared));
            Cluster.Sum(lanes[0].Result, LaneWorkers);
        }

        return new WeightedSum(all.Sum, all.Weight);
    }

    // What this process says before a step's sums are exchanged.
    private Notice NoticeOf(WeightedSum own, long rows, out string? compared)
    {
        bool compares = StepCount % CompareEvery == 0;
        compared = compares
            ? FormattableString.Invariant($"their parameters after step {StepCount}: a process computes otherwise than the others")
            : null;
        return new Notice
        {
            Meeting = Meeting.Step,
            Number = StepCount,
            Rows = rows,
            Value = compares ? ParameterChecksum() : 0,
            Sum = own.Sum,
            Weight = own.Weight,
            Concerns = Wishes(fitToken),
        };
    }

    private void Note(in Notice all) => mustStop |= (all.Concerns & Concerns.Stops) != 0;

    // Before a step of Fit. All processes of a cluster know from the step before whether one of them was asked.
    private void StopIfAsked()
    {
        if (!(IsTogether ? mustStop : Wishes(fitToken) != Concerns.None))
            return;
        mustStop = false;
        if (Checkpointing is not null)
            SaveCheckpoint(Checkpointing.Path);
        throw Agree(fitToken.IsCancellationRequested
            ? new OperationCanceledException(fitToken)
            : new OperationCanceledException("The training was asked to come to an end."));
    }
}
