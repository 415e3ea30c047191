using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>Predictions from tensors and into them.</summary>
/// <remarks>An array converts to a tensor as it does to a span. The methods of <see cref="Network"/> itself come first, so that
/// <c>network.Predict(array)</c> goes on meaning the array; were these methods of the network too, F# would find such a call ambiguous.</remarks>
public static class TensorExtensions
{
    /// <summary>Predicts, for one row or for many.</summary>
    /// <remarks>The values of x are read where they lie: a tensor that is not dense is refused. <see cref="Network.BatchOf"/> has the shapes that x
    /// may have.</remarks>
    /// <param name="network">The network.</param>
    /// <param name="x">The inputs, [rows, …the axes of <see cref="Network.Input"/>] or [rows, input size]; one row may lack the axis of rows.
    /// </param>
    /// <returns>The outputs, [rows, …the axes of <see cref="Network.Output"/>], with as many steps as follow from those of x.</returns>
    /// <exception cref="ArgumentException">x is empty, has another shape, or is not dense, or the outputs are more than an array holds.</exception>
    public static Tensor<float> Predict(this Network network, ReadOnlyTensorSpan<float> x)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.PredictTensor(x, nameof(x));
    }

    /// <summary>Predicts into a tensor, without allocating.</summary>
    /// <param name="network">The network.</param>
    /// <param name="x">The inputs, as in <see cref="Predict(Network, ReadOnlyTensorSpan{float})"/>.</param>
    /// <param name="y">Overwritten with the outputs, [rows, …the axes of <see cref="Network.Output"/>] or [rows, output size]; dense. One row may
    /// lack the axis of rows.</param>
    /// <param name="workspace">The memory to work with, one for each thread.</param>
    /// <inheritdoc cref="Network.Predict(in Batch, Span{float}, Workspace)" path="/exception"/>
    public static void Predict(this Network network, ReadOnlyTensorSpan<float> x, TensorSpan<float> y, Workspace workspace)
    {
        ArgumentNullException.ThrowIfNull(network);
        network.PredictTensor(network.RowsOf(x, nameof(x)), y, workspace, nameof(y));
    }

    /// <summary>Predicts a batch, such as one with lengths or state, into a tensor, without allocating.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">The batch; <see cref="Network.BatchOf"/> makes one of tensors.</param>
    /// <param name="y">Overwritten with the outputs, as in <see cref="Predict(Network, ReadOnlyTensorSpan{float}, TensorSpan{float}, Workspace)"/>.
    /// </param>
    /// <param name="workspace">The memory to work with, one for each thread.</param>
    /// <inheritdoc cref="Network.Predict(in Batch, Span{float}, Workspace)" path="/exception"/>
    public static void Predict(this Network network, in Batch batch, TensorSpan<float> y, Workspace workspace)
    {
        ArgumentNullException.ThrowIfNull(network);
        network.PredictTensor(batch, y, workspace, nameof(y));
    }
}
