using System.Numerics.Tensors;

namespace NeuralNet;

/// <content>Steps on tensors.</content>
public sealed partial class Trainer
{
    /// <summary>Makes one step on tensors, whose values are read where they lie.</summary>
    /// <param name="inputs">The inputs, [rows, …the axes of the network's input] or [rows, input size]; see <see cref="Network.BatchOf"/>.</param>
    /// <param name="desired">What is desired, [rows, …the axes of the network's output], or as the divergence has it
    /// (<see cref="Divergence.DesiredWidth"/>): class ids, [rows].</param>
    /// <returns>The mean divergence of the rows before the step.</returns>
    /// <exception cref="ArgumentException">A tensor is empty, has another shape, or is not dense; what is desired is not what the divergence is meant
    /// for (<see cref="Divergence.DesiredRange"/>), or <see cref="Rates"/> name what the network does not have.</exception>
    /// <inheritdoc cref="Step(ReadOnlySpan{float}, ReadOnlySpan{float}, int)"/>
    public float Step(ReadOnlyTensorSpan<float> inputs, ReadOnlyTensorSpan<float> desired) => Step(Network.BatchOf(inputs, desired));
}
