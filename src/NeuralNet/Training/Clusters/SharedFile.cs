namespace NeuralNet;

/// <summary>A file that process 0 reads for all: the others may have no such file, or one that has been replaced meanwhile.</summary>
internal static class SharedFile
{
    /// <summary>Opens a file.</summary>
    /// <returns>Its bytes; null on all processes if process 0 has no such file.</returns>
    /// <exception cref="NotSupportedException">It is too large to be sent: 2 GiB or more.</exception>
    public static Stream? Open(string path, Cluster cluster)
    {
        using FileStream? file = cluster.Rank == 0 ? NetworkFile.TryOpen(path) : null;
        const int NoFile = -1;
        double own = cluster.Rank > 0 ? 0 : file?.Length ?? NoFile;
        double length = cluster.Meet(new Notice { Meeting = Meeting.Read, Sum = own }).Sum;
        if (length < 0)
            return null;
        if (length > Array.MaxLength)
            throw cluster.Agree(new NotSupportedException(FormattableString.Invariant(
                $"{path} has {length} bytes; at most {Array.MaxLength} can be sent to other processes.")));

        byte[] bytes = new byte[(int)length];
        file?.ReadExactly(bytes);
        cluster.Meet(new Notice { Meeting = Meeting.Read, Number = 1 }); // process 0 could read the file
        cluster.Spread(bytes);
        return new MemoryStream(bytes);
    }
}
