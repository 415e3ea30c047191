namespace NeuralNet;

/// <summary>Processes that work together cannot go on together: one of them failed, left, or does something else than the others.</summary>
/// <remarks>All of them are told, each by an exception: the one that failed by its own. On each process the network keeps the parameters of the last
/// step that this process has finished.</remarks>
public sealed class ClusterException : Exception
{
    /// <summary>An exception without words.</summary>
    public ClusterException()
    {
    }

    /// <summary>An exception that says what happened.</summary>
    /// <param name="message">What happened.</param>
    public ClusterException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what happened, and has a cause.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause.</param>
    public ClusterException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
