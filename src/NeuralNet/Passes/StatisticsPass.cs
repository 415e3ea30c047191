namespace NeuralNet;

/// <summary>What <see cref="Layer.UpdateStatistics"/> may use, after the backward pass of each part of a step.</summary>
public readonly ref struct StatisticsPass
{
    /// <summary>How many rows the batch had.</summary>
    public required int Rows { get; init; }

    /// <summary>How many steps the rows of a sequence had.</summary>
    public required int Steps { get; init; }

    /// <summary>How many steps of each row were real; empty means all.</summary>
    public ReadOnlySpan<int> Lengths { get; init; }

    /// <inheritdoc cref="ForwardPass.Weights"/>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <summary>What forward kept.</summary>
    public ReadOnlySpan<float> Cache { get; init; }

    /// <summary>All statistics of the network; use <see cref="Statistic"/>.</summary>
    public Span<float> Statistics { get; init; }

    /// <summary>Where the layer's own blocks lie, in the order of <see cref="Layer.Blocks"/>.</summary>
    public ReadOnlySpan<BlockPlace> Blocks { get; init; }

    /// <summary>How statistics take in the batch. 0, as in training: they follow it with the layer's own momentum. Otherwise they are made anew, as
    /// the equal mean over so many batches, of which this is the last: s ← s + (now − s) / n, whatever they were before the first.</summary>
    public int MeanOver { get; init; }

    internal Learning? Learning { get; init; }

    /// <summary>The values of one of the layer's statistics blocks, to be brought up to date.</summary>
    /// <param name="block">The index in <see cref="Layer.Blocks"/>.</param>
    /// <returns>A view of the values.</returns>
    public Span<float> Statistic(int block) => Statistics.Slice(Blocks[block].Start, Blocks[block].Length);
}
