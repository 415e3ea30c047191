using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>A range of parameters in one step of an optimizer.</summary>
public readonly ref struct OptimizerPass
{
    /// <summary>The parameters.</summary>
    public required Span<float> Parameters { get; init; }

    /// <summary>Their gradient; to be set to 0.</summary>
    public required Span<float> Gradient { get; init; }

    /// <summary>Which step of these parameters this is, from 1: steps in which they were frozen (<see cref="Rates"/>) do not count.</summary>
    public required long Step { get; init; }

    /// <summary>η for this step and these parameters.</summary>
    public required float LearningRate { get; init; }

    /// <summary>λ for this range: 0 where decay spares it.</summary>
    public float WeightDecay { get; init; }

    /// <summary>Whether the gradient is 0 outside of a few places (<see cref="Block.IsSparse"/>), so that looking for them first may
    /// be faster.</summary>
    public bool IsSparse { get; init; }

    internal Span<float> Values { get; init; }

    internal int Start { get; init; }

    internal int Total { get; init; }

    internal Workers? Workers { get; init; }

    /// <summary>One of the values that the optimizer remembers of each parameter.</summary>
    /// <param name="index">Which, below <see cref="Optimizer.ValuesPerParameter"/>.</param>
    /// <returns>A view, as long as the range; all 0 before the first step.</returns>
    public Span<float> Remembered(int index) => Values.Slice((index * Total) + Start, Parameters.Length);
}
