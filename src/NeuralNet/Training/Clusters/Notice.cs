using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>What all processes of a cluster meet for.</summary>
internal enum Meeting : long
{
    /// <summary>Something is compared that must be the same, before work begins or now and then.</summary>
    Compare = 1,

    /// <summary>Σ w of a step.</summary>
    Weigh,

    /// <summary>The gradients of a step.</summary>
    Step,

    /// <summary>The sums of a step whose gradients have been exchanged.</summary>
    Sum,

    /// <summary>Predictions that are measured.</summary>
    Measure,

    /// <summary>A file, of which process 0 tells the others.</summary>
    Read,

    /// <summary>Results, of which each process has some.</summary>
    Gather,

    /// <summary>The end of a training.</summary>
    End,

    /// <summary>The end of the cluster.</summary>
    Leave,
}

/// <summary>What is to be said about a process besides.</summary>
[Flags]
internal enum Concerns
{
    None = 0,

    /// <summary>It was asked to come to an end.</summary>
    Stops = 1,

    /// <summary>It failed, and says why by itself.</summary>
    Fails = 2,

    /// <summary>It leaves the cluster.</summary>
    Leaves = 4,

    /// <summary>Some are here for something else than others.</summary>
    ElsewhereThanOthers = 8,

    /// <summary>What must be the same is not.</summary>
    OtherValues = 16,

    /// <summary>Some are given other rows than others.</summary>
    OtherRows = 32,
}

/// <summary>What a process tells the others where all of them meet, and what comes out of it, which is the same for all.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Notice
{
    /// <summary>What the meeting is for.</summary>
    public Meeting Meeting;

    /// <summary>Which one of its kind: the step, for example.</summary>
    public long Number;

    /// <summary>What must be the same.</summary>
    public long Value;

    /// <summary>What tells the rows that it is about, which must be the same, too.</summary>
    public long Rows;

    /// <summary>What is added up.</summary>
    public double Sum, Weight;

    public Concerns Concerns;

    /// <summary>The first process that has a concern.</summary>
    public int Who;

    /// <summary>What two neighbours say together, the lower one first.</summary>
    public static Notice Join(in Notice lower, in Notice upper)
    {
        Notice both = lower;
        both.Sum += upper.Sum;
        both.Weight += upper.Weight;
        both.Concerns |= upper.Concerns;
        if ((lower.Concerns & ~Concerns.Stops) == 0)
            both.Who = upper.Who;
        if (lower.Meeting != upper.Meeting || lower.Number != upper.Number)
            both.Concerns |= Concerns.ElsewhereThanOthers;
        else if (lower.Rows != upper.Rows)
            both.Concerns |= Concerns.OtherRows;
        else if (lower.Value != upper.Value)
            both.Concerns |= Concerns.OtherValues;
        return both;
    }
}
