namespace NeuralNet;

/// <summary>What the outputs that are measured mean.</summary>
internal enum OutcomeKind
{
    /// <summary>Numbers, one desired for each.</summary>
    Numbers,

    /// <summary>One of several classes: that of the greatest output.</summary>
    Classes,

    /// <summary>One output, of two classes.</summary>
    TwoClasses,

    /// <summary>Several labels, each there or not.</summary>
    Labels,

    /// <summary>Outputs that the desired values cannot be subtracted from.</summary>
    Other,
}

/// <summary>What the vectors that are measured are: a network's outputs, some columns of them, or one.</summary>
/// <param name="Kind">What the outputs mean.</param>
/// <param name="Width">The outputs of a vector.</param>
/// <param name="Desired">The desired values that the tally is given for a vector: a class id, a one-hot vector, or numbers.</param>
internal sealed record OutcomeForm(OutcomeKind Kind, int Width, int Desired)
{
    /// <summary>The first column of a vector of outputs, and of what is desired.</summary>
    public (int Outputs, int Desired) First { get; init; }

    /// <summary>How many such vectors lie one after the other in a vector of the network's outputs: pixels of an output that lies flat.</summary>
    public int Vectors { get; init; } = 1;

    /// <summary>Of two classes and of labels: from where on an output says yes, 0 for those of −1 and +1.</summary>
    public float Threshold { get; init; } = 0.5f;

    /// <summary>The names of the classes; empty without.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Whether a class id is desired.</summary>
    public bool ByIds => Kind == OutcomeKind.Classes && Desired == 1;

    /// <summary>The desired values that are kept of a vector: of classes the id.</summary>
    public int Kept => Kind == OutcomeKind.Classes ? 1 : Desired;

    /// <summary>Whether outputs may be probabilities.</summary>
    public bool MayBeProbabilities => Kind == OutcomeKind.Classes || (Kind is OutcomeKind.TwoClasses or OutcomeKind.Labels && Threshold > 0);

    /// <summary>One output of these, as data of their own: a class against the rest, a label, a number.</summary>
    public OutcomeForm Column => this with
    {
        Kind = Kind == OutcomeKind.Numbers ? Kind : OutcomeKind.TwoClasses,
        First = default,
        Vectors = 1,
        Width = 1,
        Desired = 1,
        ClassNames = Kind == OutcomeKind.Numbers ? [] : TwoNames,
    };

    /// <summary>Whether vectors of the other form are of the same kind, with the same classes.</summary>
    public bool IsLike(OutcomeForm other) => (Kind, Width, Kept, Threshold) == (other.Kind, other.Width, other.Kept, other.Threshold)
        && (ClassNames == other.ClassNames || ClassNames.SequenceEqual(other.ClassNames));

    /// <summary>Writes the form down, for another process.</summary>
    public void Write(BinaryWriter to)
    {
        foreach (int number in (int[])[(int)Kind, Width, Desired, First.Outputs, First.Desired, Vectors])
            to.Write(number);
        to.Write(Threshold);
        to.Write(ClassNames.Count);
        to.Write(ClassNames is NumberNames);
        if (ClassNames is NumberNames)
            return;
        foreach (string name in ClassNames)
            to.Write(name);
    }

    /// <summary>Reads what was written down.</summary>
    public static OutcomeForm Read(BinaryReader from)
    {
        var form = new OutcomeForm((OutcomeKind)from.ReadInt32(), from.ReadInt32(), from.ReadInt32())
        {
            First = (from.ReadInt32(), from.ReadInt32()),
            Vectors = from.ReadInt32(),
            Threshold = from.ReadSingle(),
        };
        int classes = from.ReadInt32();
        return form with
        {
            ClassNames = from.ReadBoolean() ? new NumberNames(classes) : (string[])[.. Enumerable.Range(0, classes).Select(_ => from.ReadString())],
        };
    }

    /// <summary>In words.</summary>
    public string Words => Kind switch
    {
        OutcomeKind.Classes => FormattableString.Invariant($"{Width} classes"),
        OutcomeKind.TwoClasses => Threshold == 0 ? "two classes, −1 and +1" : "two classes, 0 and 1",
        OutcomeKind.Labels => FormattableString.Invariant($"{Width} labels"),
        OutcomeKind.Numbers => Width == 1 ? "a number" : FormattableString.Invariant($"{Width} numbers"),
        _ => FormattableString.Invariant($"{Width} outputs of which {Desired} values are desired"),
    };

    /// <summary>What two classes are called.</summary>
    public IReadOnlyList<string> TwoNames => Threshold == 0 ? ["-1", "1"] : new NumberNames(2);
}
