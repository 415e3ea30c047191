using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Rows, copied together and augmented: each is a function of itself and of its random numbers alone.</summary>
internal ref struct AugmentedRows : IJob<AugmentedRows>
{
    // What a value takes, compared with one that is only read and written, for which Workers.Share has its limit.
    private const int Cost = 8;

    public required Augmentation Augmentation { get; init; }

    public required Shape Shape { get; init; }

    public required RandomStream Stream { get; init; }

    /// <summary>The first row, counted from the first one of the step.</summary>
    public required int FirstRow { get; init; }

    /// <summary>The inputs of all rows that it may be.</summary>
    public required ReadOnlySpan<float> From { get; init; }

    /// <summary>Which of them are taken.</summary>
    public required ReadOnlySpan<int> Rows { get; init; }

    /// <summary>How many of their steps are real; empty: all.</summary>
    public required ReadOnlySpan<int> Lengths { get; init; }

    public required Span<float> To { get; init; }

    /// <summary>Memory to work in, as many floats for each thread as the augmentation needs.</summary>
    public required Span<float> Scratch { get; init; }

    private int scratchOfAPart;

    /// <summary>How many threads share so many values at most, each with memory of its own.</summary>
    public static int Parts(Workers workers, int values) => workers.ShareElements(Elements(values)) ? workers.Count : 1;

    /// <summary>What a row is, for a network.</summary>
    public static Shape ShapeOf(RowFormat rows, Network network) => rows.InputShape.Kind == ShapeKind.Features ? network.Input : rows.InputShape;

    public void Make(Workers workers)
    {
        scratchOfAPart = Scratch.Length / Parts(workers, To.Length);
        Workers.Share(workers, Elements(To.Length), ref this);
    }

    static void IJob<AugmentedRows>.Part<TVector>(ref AugmentedRows job, int part, int parts)
    {
        Shape shape = job.Shape;
        int width = shape.Size;
        Span<float> scratch = job.Scratch.Slice(part * job.scratchOfAPart, job.scratchOfAPart);
        (int first, int count) = Workers.ShareOf(job.Rows.Length, 1, part, parts);
        for (int r = first; r < first + count; r++)
        {
            Span<float> row = job.To.Slice(r * width, width);
            job.From.Slice(job.Rows[r] * width, width).CopyTo(row);
            int length = job.Lengths.IsEmpty ? 0 : job.Lengths[r];
            Change(job.Augmentation, row, shape, length, job.Stream, job.FirstRow + r, scratch);
        }
    }

    /// <summary>Changes one row.</summary>
    /// <param name="augmentation">What changes it.</param>
    /// <param name="values">The values of the row.</param>
    /// <param name="shape">What it is.</param>
    /// <param name="length">How many of its steps are real; 0: all.</param>
    /// <param name="stream">What random numbers are drawn from.</param>
    /// <param name="row">The row that the random numbers belong to.</param>
    /// <param name="scratch">Memory to work in.</param>
    public static void Change(
        Augmentation augmentation, Span<float> values, Shape shape, int length, RandomStream stream, int row, Span<float> scratch)
    {
        Shape real = length > 0 && shape.Kind == ShapeKind.Sequence ? Shape.Sequence(length, shape.FeatureCount) : shape;
        augmentation.Apply(new AugmentationPass { Values = values[..real.Size], Shape = real, Stream = stream, Row = row, Scratch = scratch });
    }

    private static int Elements(int values) => (int)Math.Min(int.MaxValue, (long)Cost * values);
}
