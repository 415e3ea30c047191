namespace NeuralNet.Onnx;

/// <summary>Which axis of a file's inputs is that of the rows. Layers never mix rows, so that a reading which would is refused.</summary>
public enum OnnxRows
{
    /// <summary>The axis without a size is that of the rows; otherwise one of size 1; otherwise the first or the second one, a batch of a fixed size,
    /// if no row influences another; of inputs with one axis, [n], the whole is one row.</summary>
    Automatic,

    /// <summary>The first axis of each input is that of the rows, whatever its size is: of a batch of a fixed size every row is one.</summary>
    First,

    /// <summary>The file takes one row at a time: its inputs are that row as they are, [n] as features, [n, m] as a sequence; a first axis of
    /// size 1, and an axis of the batch without a size, say nothing more.</summary>
    One,
}
