namespace NeuralNet;

/// <summary>Makes sources of rows, and of sources others: <c>RowSource.FromFile("train.rows").Shuffled(10_000).ReadAhead(1_000)</c>.</summary>
/// <remarks><para>Each is a source by itself, whose rows go through the next one. None holds the rows of an epoch in memory, none but
/// <see cref="ReadAhead"/> starts a thread, and once its first rows have been read none allocates anything.</para>
/// <para>The usual order: what makes rows, <see cref="Concat"/>, <see cref="Skip"/> and <see cref="Take"/>,
/// <see cref="Shuffled"/>, <see cref="Augmented"/>, and <see cref="ReadAhead"/> last: its thread does the work of the others.</para></remarks>
public static partial class RowSource
{
    private const long MostRows = 1L << 50;

    /// <summary>Rows that a function makes when they are asked for.</summary>
    /// <remarks>The numbers that <paramref name="generator"/> draws from its stream are other ones for each row and in each epoch, so that no epoch
    /// repeats another. To have the same rows in every epoch, draw from a stream of your own, <c>new RandomStream(1).AtStep(row)</c>.</remarks>
    /// <param name="format">What each row has.</param>
    /// <param name="rows">How many rows an epoch has, at least 1.</param>
    /// <param name="generator">Makes a row: a function of what it is given alone, because any row may be asked for at any time, on any
    /// thread.</param>
    /// <returns>The source; it opens anywhere.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive.</exception>
    public static IRowSource Generate(RowFormat format, long rows, RowGenerator generator)
    {
        ArgumentNullException.ThrowIfNull(format);
        ArgumentNullException.ThrowIfNull(generator);
        Guard.AtLeast(rows, 1, nameof(rows));
        if (rows > MostRows)
            throw Guard.OutOfRange(nameof(rows), rows, $"An epoch has at most {MostRows} rows; say after how many it ends.");
        return new GeneratedRows(format, rows, generator);
    }

    /// <summary>The rows of several sources, one source after the other: of many files, say.</summary>
    /// <remarks>Each source but the first draws from a seed of its own, so that two generators do not make the same rows.</remarks>
    /// <param name="sources">The sources, at least one.</param>
    /// <returns>The source; it opens anywhere if all of them do and say how many rows they have.</returns>
    /// <exception cref="ArgumentException">There is none, or the rows of one are other than those of the first; the message says which, and
    /// how.</exception>
    public static IRowSource Concat(params ReadOnlySpan<IRowSource> sources)
    {
        if (sources.IsEmpty)
            throw new ArgumentException("Expected at least one source.", nameof(sources));
        for (int k = 0; k < sources.Length; k++)
        {
            ArgumentNullException.ThrowIfNull(sources[k], nameof(sources));
            if (FormatDifference.Of(sources[0].Format, sources[k].Format) is { } difference)
                throw new ArgumentException($"Source {k} (counted from 0) has other rows than source 0: {difference}", nameof(sources));
        }

        return sources.Length == 1 ? sources[0] : new ConcatenatedRows(sources.ToArray());
    }

    /// <summary>The first rows of a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="rows">How many, at least 1; all if the source has fewer.</param>
    /// <returns>The source of them.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive.</exception>
    public static IRowSource Take(this IRowSource source, long rows)
    {
        ArgumentNullException.ThrowIfNull(source);
        Guard.AtLeast(rows, 1, nameof(rows));
        return new SlicedRows(source, 0, rows);
    }

    /// <summary>The rows of a source but for the first.</summary>
    /// <remarks><c>source.Take(1000)</c> and <c>source.Skip(1000)</c> divide it into a part to measure on and one to train on, if its order is the
    /// same in every epoch: before <see cref="Shuffled"/>, that is.</remarks>
    /// <param name="source">The source.</param>
    /// <param name="rows">How many are left out, from 0, and fewer than there are.</param>
    /// <returns>The source of the others.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is negative, or leaves none.</exception>
    public static IRowSource Skip(this IRowSource source, long rows)
    {
        ArgumentNullException.ThrowIfNull(source);
        Guard.AtLeast(rows, 0, nameof(rows));
        if (rows >= source.Rows)
            throw Guard.OutOfRange(nameof(rows), rows, FormattableString.Invariant($"Of the {source.Rows} rows of the source none would be left."));
        return new SlicedRows(source, rows, long.MaxValue);
    }

    /// <summary>The rows of a source in another order in each epoch, with a part of them in memory.</summary>
    /// <remarks><para>A source that opens anywhere and says how many rows it has (<see cref="IRowSource.OpensAnywhere"/>): all of it is cut into runs
    /// of <paramref name="bufferRows"/> / 256 rows that follow each other (of one row, where that is less), and these come in a random order. As many
    /// as fit into the buffer are read, the rows in it put into a random order and given, and so on. So each buffer is a sample from 256 places of
    /// the whole: of a file that is sorted by 10 classes it has 10 % of each, give or take 2 %. With the whole in the buffer all orders are equally
    /// likely. Two rows that lie beside each other are usually in one buffer, which matters where neighbours are copies of each other.</para>
    /// <para>Any other source: <paramref name="bufferRows"/> rows that follow each other are put into a random order, and then the next ones; where
    /// the first buffer ends is drawn, so that other rows meet in each epoch. No row comes further than one buffer from its place: a file that is
    /// sorted stays so at large. Shuffle such a file once, or take a buffer for all of it.</para>
    /// <para>The order is a function of (seed, epoch). Going on at a row takes no more than filling the buffer (and, of a source that does not open
    /// anywhere, passing over the rows before).</para></remarks>
    /// <param name="source">The source.</param>
    /// <param name="bufferRows">How many rows lie in memory, at least 2.</param>
    /// <returns>The source; its rows are the same ones in another order.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bufferRows"/> is less than 2, or so many rows are more than an array can hold.
    /// </exception>
    public static IRowSource Shuffled(this IRowSource source, int bufferRows)
    {
        ArgumentNullException.ThrowIfNull(source);
        Guard.AtLeast(bufferRows, 2, nameof(bufferRows));
        CheckMemory(source, bufferRows, nameof(bufferRows));
        return new ShuffledRows(source, bufferRows);
    }

    /// <summary>The same rows, read by a thread of its own while those before are trained on.</summary>
    /// <remarks>The thread starts with the first rows that are read, and ends when the reader is disposed of, as <see cref="Trainer.Fit"/> does.
    /// Where a row cannot be read, the rows before it are given first, for which the source is opened again at the first of them; the exception comes
    /// out of the call that would have read that row.</remarks>
    /// <param name="source">The source; its reader is used by the other thread.</param>
    /// <param name="rows">How many rows are read ahead at most, at least 1: they lie in memory. Some batches are enough; behind
    /// <see cref="Shuffled"/> half of its buffer, so that training goes on while the buffer is filled.</param>
    /// <returns>The source; its rows and their order are the same.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rows"/> is not positive, or so many rows are more than an array can hold.
    /// </exception>
    public static IRowSource ReadAhead(this IRowSource source, int rows)
    {
        ArgumentNullException.ThrowIfNull(source);
        Guard.Count(rows, nameof(rows));
        CheckMemory(source, rows, nameof(rows));
        return new ReadAheadRows(source, rows);
    }

    /// <summary>Rows that are changed at random, in another way in each epoch.</summary>
    /// <remarks>The random numbers are a function of (seed, epoch, row), the row counted where it comes in the source: here the augmentation belongs
    /// to the data, while that of <see cref="Trainer.Augmentation"/> belongs to the steps, and leaves validation alone. Several one after the other,
    /// whatever lies between them, have numbers of their own; only what a source of your own reads from cannot be seen.</remarks>
    /// <param name="source">The source.</param>
    /// <param name="augmentation">What changes a row.</param>
    /// <returns>The source.</returns>
    /// <exception cref="ArgumentException">The augmentation is not for such rows.</exception>
    public static IRowSource Augmented(this IRowSource source, Augmentation augmentation)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(augmentation);
        augmentation.Check(source.Format.InputShape);
        return source is AugmentedRowSource { Inner: var inner, Augmentation: var first }
            ? new AugmentedRowSource(inner, first.Then(augmentation))
            : new AugmentedRowSource(source, augmentation);
    }

    // What a source says that its rows are recognized by, and what has been made of them since.
    internal static string Sign(IRowSource source, string words) => source.Signature is { Length: > 0 } signature ? $"{signature}, {words}" : words;

    private static void CheckMemory(IRowSource source, int rows, string argument)
    {
        RowFormat format = source.Format;
        int most = Math.Max(Math.Max(format.InputWidth, format.OutputWidth), format.WeightsPerRow);
        Guard.Size((Int128)rows * most, argument, $"{rows} rows of {format} would have", Array.MaxLength - 64);
    }
}

/// <summary>Makes one row of <see cref="RowSource.Generate"/>.</summary>
/// <param name="stream">Random numbers of this row in this epoch: draw with any row and element, <c>stream.Normal(0, element)</c>.</param>
/// <param name="row">The row, from 0.</param>
/// <param name="values">Where to: a row's inputs and what is desired are 0, its weights 1, and all its steps real, until they are written.</param>
public delegate void RowGenerator(RandomStream stream, long row, RowSpans values);
