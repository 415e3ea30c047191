namespace NeuralNet;

/// <summary>Reads records one after the other, from a file or from a table; for one thread at a time.</summary>
internal abstract class RecordReader : IDisposable
{
    /// <summary>The titles of the columns.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Goes on to the next record.</summary>
    /// <returns>False if there are no more.</returns>
    public abstract bool Next();

    /// <summary>A value of the present record; its text is gone with <see cref="Next"/>.</summary>
    public abstract TableCell this[int column] { get; }

    /// <summary>The refusal of a value: says where it stands (file, line and column of a file; row and title of a table) and what is wrong.</summary>
    public abstract Exception Refuse(int column, string what);

    public virtual void Dispose()
    {
    }
}
