using System.IO.Compression;

namespace NeuralNet;

/// <summary>The bytes of a data file, decompressed if its name ends in <c>.gz</c>.</summary>
/// <remarks>
/// Reading to the end checks a compressed file whole: GZipStream throws at truncated data, and at a checksum or length
/// that disagrees. What it throws is given on with the file's name.
/// </remarks>
internal sealed class DataFile : IDisposable
{
    private readonly string path;
    private readonly Stream stream;

    public DataFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = path;
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
    }

    /// <summary>Fills the buffer as far as the file goes.</summary>
    /// <returns>The number of bytes read: fewer than the buffer holds only at the end of the file.</returns>
    public int Read(Span<byte> buffer)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: the gzip data are truncated or corrupt. {e.Message}", e);
        }
    }

    /// <summary>The refusal of the file's content.</summary>
    public InvalidDataException Refuse(string what) => new($"{path}: {what}");

    /// <summary>The refusal of something at a place of the file.</summary>
    public InvalidDataException Refuse(string where, string what) => new($"{path}, {where}: {what}");

    public void Dispose() => stream.Dispose();
}
