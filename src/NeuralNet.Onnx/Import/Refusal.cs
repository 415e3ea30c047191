namespace NeuralNet.Onnx.Import;

/// <summary>
/// A node that is sound, but has no counterpart in the library. It is kept for the list of all such nodes, and never
/// leaves the importer.
/// </summary>
internal sealed class Refusal : Exception
{
    public Refusal(string reason, Node? node = null)
        : base(reason) => Node = node;

    /// <summary>The node that is to blame, where it is not the one being read.</summary>
    public Node? Node { get; }
}

/// <summary>A node reads what a refused node before it makes, so that no more can be said of it. It never leaves the importer.</summary>
internal sealed class UnknownInputException : Exception;
