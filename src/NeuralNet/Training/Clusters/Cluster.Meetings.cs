using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace NeuralNet;

/// <content>Meetings: how the processes tell each other what they are at.</content>
/// <remarks>Before anything is exchanged, and where something is agreed on, all processes meet: each gives a notice, and all get the same one back.
/// So a process that fails, leaves or does something else meets the others wherever they are, and nobody waits for it for ever.</remarks>
public abstract partial class Cluster
{
    // Whether a piece of work is under way here that this process does by itself: the others do other pieces, and would not come to a meeting in it.
    // Threads that the piece starts are in it, too.
    private static readonly AsyncLocal<bool> isApart = new();

    private bool isBroken; // the processes are not at the same place any more: nobody may wait for another

    /// <summary>The exception that all processes throw alike: nobody need be told of it.</summary>
    internal Exception? Agreed { get; set; }

    // Processes 0 to this number − 1 exchange by doubling; those behind have one of them speak for them.
    private int PowerOfTwo => 1 << BitOperations.Log2((uint)Size);

    /// <summary>Meets the others.</summary>
    /// <returns>The sums of all, and whether one of them was asked to stop.</returns>
    /// <exception cref="ClusterException">One of them failed, left, is here for something else, or has another value.</exception>
    internal Notice Meet(Notice own, string? compared = null)
    {
        RefuseApart();
        if (isBroken)
            throw new ClusterException("The processes do not work together any more; an exception before this one says why.");
        Notice all = MeetAll(own);
        if ((all.Concerns & ~Concerns.Stops) != 0)
            throw Agree(new ClusterException(Words(all, own, compared)));
        return all;
    }

    /// <summary>Meets the others to compare a text, which must be the same.</summary>
    /// <param name="what">What it says, in words.</param>
    /// <param name="text">The text.</param>
    /// <param name="own">What this process says besides.</param>
    /// <returns>The sums of all, and whether one of them was asked to stop.</returns>
    /// <exception cref="ClusterException">The texts differ, or as of <see cref="Meet"/>.</exception>
    internal Notice Compare(string what, string text, Notice own = default)
    {
        var checksum = new Checksum();
        checksum.Add(Encoding.UTF8.GetBytes(text));
        return Meet(own with { Meeting = Meeting.Compare, Value = ((long)text.Length << 32) | checksum.Value }, what);
    }

    /// <summary>Does something that all processes do: where it fails on this one, the others are told.</summary>
    internal T Together<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure)
        {
            Tell(failure);
            throw;
        }
    }

    /// <summary>Does a piece of work that the other processes do not do, and that may therefore not use a cluster.</summary>
    internal static T Apart<T>(Func<T> piece)
    {
        isApart.Value = true;
        try
        {
            return piece();
        }
        finally
        {
            isApart.Value = false;
        }
    }

    /// <summary>Refuses to use a cluster in a piece of work that the other processes do not do.</summary>
    internal static void RefuseApart()
    {
        if (isApart.Value)
            throw new InvalidOperationException(
                "A cluster cannot be used in a trial or a fold that one of its processes runs by itself: the others are at other ones. "
                + "Set Cluster of the search alone, and leave that of the Trainer in it null.");
    }

    /// <summary>Tells the others that this process failed, unless all of them did alike.</summary>
    /// <param name="failure">What it throws.</param>
    internal void Tell(Exception failure)
    {
        if (!isBroken && Size > 1 && failure != Agreed && !isApart.Value)
            MeetAll(new Notice { Concerns = Concerns.Fails });
    }

    /// <summary>Says of an exception that all processes throw it, or one like it.</summary>
    internal T Agree<T>(T failure) where T : Exception
    {
        Agreed = failure;
        return failure;
    }

    // The others are told that this process will not come again.
    private void Leave()
    {
        if (!isBroken && Size > 1)
            MeetAll(new Notice { Meeting = Meeting.Leave, Concerns = Concerns.Leaves });
        isBroken = true;
    }

    private Notice MeetAll(Notice own)
    {
        own.Who = Rank;
        int group = PowerOfTwo, behind = Size - group;
        Notice all = own;
        if (Rank >= group)
        {
            Told(Rank - group, own);
            all = Told(Rank - group, own);
        }
        else
        {
            if (Rank < behind)
                all = Notice.Join(own, Told(Rank + group, own));
            for (int distance = 1; distance < group; distance <<= 1)
            {
                Notice other = Told(Rank ^ distance, all);
                all = (Rank & distance) == 0 ? Notice.Join(all, other) : Notice.Join(other, all);
            }

            if (Rank < behind)
                Told(Rank + group, all);
        }

        // Whoever failed, or has another value, has met the others here, and can meet them again.
        const Concerns Apart = Concerns.ElsewhereThanOthers;
        isBroken = (all.Concerns & Concerns.Leaves) != 0 || (all.Concerns & (Apart | Concerns.Fails)) == Apart;
        return all;
    }

    private Notice Told(int partner, in Notice notice)
    {
        Notice other = default;
        Swap(partner, MemoryMarshal.AsBytes(new ReadOnlySpan<Notice>(in notice)), MemoryMarshal.AsBytes(new Span<Notice>(ref other)));
        return other;
    }

    private string Words(in Notice all, in Notice own, string? compared)
    {
        string who = FormattableString.Invariant($"process {all.Who} of {Size}"), here = Words(own.Meeting);
        if ((all.Concerns & Concerns.Fails) != 0)
            return $"Here {here}, but {who} failed; what it says itself is why.";
        if ((all.Concerns & Concerns.Leaves) != 0)
            return $"Here {here}, but {who} has left. All processes must do the same with a cluster, in the same order.";
        if ((all.Concerns & Concerns.ElsewhereThanOthers) != 0)
            return $"Here {here}, but other processes are at something else. All must do the same with a cluster, in the same order: evaluate and "
                + "train on each process, not on process 0 alone.";
        if ((all.Concerns & Concerns.OtherRows) != 0)
            return $"Here {here}, but other processes are given other rows: not as many, or parts of another whole. Give all of them the same rows; "
                + "each takes its own.";
        return $"The processes differ in {compared}. Start all of them with the same program, data and settings.";
    }

    private static string Words(Meeting meeting) => meeting switch
    {
        Meeting.Compare => "work is to begin, or to go on",
        Meeting.Weigh or Meeting.Step or Meeting.Sum => "a step is to be made",
        Meeting.Measure => "rows are to be measured",
        Meeting.Read => "a checkpoint is to be read",
        Meeting.Gather => "results are to be gathered",
        Meeting.End => "the training has come to its end",
        _ => "nothing is to be done",
    };
}
