using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The rows of an epoch as <see cref="Trainer.Fit"/> takes them: step by step, each of one batch or several.</summary>
/// <remarks>Rows of which nothing counts are left out, as if the source did not have them, so that no step is without a mean.</remarks>
internal abstract class EpochRows : IDisposable
{
    private AlignedBuffer? augmented, scratch;

    public required Augmentation? Augmentation { get; init; }

    /// <summary>What a row is for the augmentation.</summary>
    public required Shape Shape { get; init; }

    /// <summary>What random numbers are drawn from.</summary>
    public required long Seed { get; init; }

    /// <summary>The steps of an epoch, or at most so many; null: that is not known before its end.</summary>
    public abstract int? Steps { get; }

    /// <summary>Whether there is a next step.</summary>
    public abstract bool HasNext { get; }

    /// <summary>The row of the source behind the last of the present step.</summary>
    public abstract long Position { get; }

    /// <summary>The batches of the present step.</summary>
    public abstract int Batches { get; }

    /// <summary>The rows of the largest batch of the present step.</summary>
    public abstract int LargestBatch { get; }

    /// <summary>The rows of all batches of the present step.</summary>
    public int RowsOfStep
    {
        get
        {
            int rows = 0;
            for (int batch = 0; batch < Batches; batch++)
                rows += RowsOf(batch).Rows;
            return rows;
        }
    }

    /// <summary>Begins an epoch, or goes on in it.</summary>
    /// <param name="epoch">Which epoch, from 0.</param>
    /// <param name="step">The steps that have been made in it.</param>
    /// <param name="row">The rows of the source that have been read in it.</param>
    public abstract void Begin(int epoch, int step, long row);

    /// <summary>Goes on to the next step.</summary>
    public abstract void MoveNext();

    /// <summary>A batch of the present step, without inputs: what is desired, and how much of it counts.</summary>
    public Batch Counted(int batch, Workers workers)
    {
        (int first, int rows) = RowsOf(batch);
        return Take(first, rows, withInputs: false, workers);
    }

    /// <summary>A batch of the present step.</summary>
    /// <param name="batch">Which one, from 0.</param>
    /// <param name="step">The number of the step, from which an augmentation draws; null: inputs as they are.</param>
    /// <param name="workers">The threads that put it together.</param>
    public Batch Batch(int batch, long? step, Workers workers)
    {
        (int first, int rows) = RowsOf(batch);
        bool isAugmented = step is not null && Augmentation is not null;
        Batch taken = Take(first, rows, withInputs: !isAugmented, workers);
        return isAugmented ? taken with { Inputs = Augmented(step!.Value, first, taken, workers) } : taken;
    }

    public virtual void Dispose()
    {
    }

    /// <summary>The first row of a batch, counted in the present step, and the number of its rows.</summary>
    protected abstract (int First, int Rows) RowsOf(int batch);

    /// <summary>Some rows of the present step.</summary>
    protected abstract Batch Take(int first, int rows, bool withInputs, Workers workers);

    /// <summary>Where some rows of the present step lie: among which inputs, and at which rows of these.</summary>
    protected abstract ReadOnlySpan<float> Place(int first, int rows, out ReadOnlySpan<int> places);

    /// <summary>Memory that grows to the largest size that was asked for.</summary>
    protected static Span<float> Memory(ref AlignedBuffer? buffer, int floats)
    {
        if (buffer is null || buffer.Length < floats)
            buffer = new AlignedBuffer(floats);
        return buffer.Span[..floats];
    }

    private Span<float> Augmented(long step, int first, scoped in Batch batch, Workers workers)
    {
        Span<float> to = Memory(ref augmented, batch.Rows * Shape.Size);
        ReadOnlySpan<float> from = Place(first, batch.Rows, out ReadOnlySpan<int> places);
        new AugmentedRows
        {
            Augmentation = Augmentation!,
            Shape = Shape,
            Stream = RandomPurpose.Of(Seed, RandomPurpose.Augmentation).AtStep(step),
            FirstRow = first,
            From = from,
            Rows = places,
            Lengths = batch.Lengths,
            To = to,
            Scratch = Memory(ref scratch, AugmentedRows.Parts(workers, to.Length) * Augmentation!.ScratchOf(Shape)),
        }.Make(workers);
        return to;
    }
}
