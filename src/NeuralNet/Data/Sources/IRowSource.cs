namespace NeuralNet;

/// <summary>Where rows come from: a <see cref="Dataset"/>, a file larger than memory, a generator. <see cref="Trainer.Fit"/> and
/// <see cref="Trainer.Evaluate"/> take any.</summary>
/// <remarks><para>A source gives rows, not batches: who reads it cuts them. An epoch is one reading from the first row to the last.</para>
/// <para>Whatever is random in a source, an order or the rows themselves, is a function of (seed, epoch, row) alone: opening it twice with the same
/// arguments gives the same rows, and opening it at a row gives the rows that a reader from the first row would give from there on. Training that is
/// stopped and taken up again then has the same bits as training that was not.</para></remarks>
public interface IRowSource
{
    /// <summary>What each row has; the same at any time.</summary>
    RowFormat Format { get; }

    /// <summary>How many rows an epoch has; null: that is not known before its end.</summary>
    long? Rows { get; }

    /// <summary>Whether opening it at any row takes no longer than at the first, as it does where a row's place in a file can be computed; false
    /// unless a source says so: then the rows before are read and passed over.</summary>
    bool OpensAnywhere => false;

    /// <summary>What the rows are recognized by when a checkpoint is taken up, such as a checksum; empty unless a source says so: then only
    /// <see cref="Format"/> and <see cref="Rows"/> are compared.</summary>
    string Signature => "";

    /// <summary>Begins to read an epoch.</summary>
    /// <param name="seed">What random numbers are drawn from; a source that draws none ignores it.</param>
    /// <param name="epoch">Which epoch, from 0: a source may give other rows, or another order, in each.</param>
    /// <param name="firstRow">The row to begin with, from 0; the end if there are no more.</param>
    /// <returns>A reader, to be disposed of. Several may be open at a time.</returns>
    IRowReader Open(long seed, int epoch, long firstRow);
}

/// <summary>Reads the rows of a source one after the other. For one thread at a time.</summary>
public interface IRowReader : IDisposable
{
    /// <summary>Reads the next rows.</summary>
    /// <param name="rows">Where to: every value of every row that is read is written.</param>
    /// <returns>How many rows were read: fewer than there is room for only at the end, 0 when there are no more.</returns>
    int Read(in RowSpans rows);

    /// <summary>Passes over the next rows.</summary>
    /// <param name="rows">How many.</param>
    /// <returns>How many there were: fewer only at the end.</returns>
    long Skip(long rows);
}
