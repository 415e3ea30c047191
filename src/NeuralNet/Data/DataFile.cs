using System.Buffers.Binary;
using System.IO.Compression;

namespace NeuralNet;

/// <summary>The bytes of a data file, decompressed if its name ends in <c>.gz</c>.</summary>
/// <remarks>GZipStream refuses a wrong checksum, but takes the end of a truncated file for the end of its data. A gzip file ends
/// with the length of what was compressed; at the end of the data that number is compared with the length that was read.</remarks>
internal sealed class DataFile : IDisposable
{
    private const int MinGzipLength = 18, FirstBuffer = 1 << 20;
    private readonly string path;
    private readonly FileStream file;
    private readonly GZipStream? gzip;
    private long total;
    private bool ended;

    public DataFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = path;
        if (Directory.Exists(path))
            throw new UnauthorizedAccessException($"{path} is a folder; the path of a file in it was expected.");
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            gzip = new GZipStream(file, CompressionMode.Decompress);
    }

    /// <summary>The bytes of the file; null: it is compressed, and how many come out is not known before.</summary>
    public long? Bytes => gzip is null ? file.Length : null;

    /// <summary>How many bytes have been read, after decompression.</summary>
    public long Position => gzip is null ? file.Position : total;

    /// <summary>Goes on at a byte of a file that is not compressed.</summary>
    public void Seek(long at) => file.Seek(at, SeekOrigin.Begin);

    /// <summary>Fills the buffer as far as the file goes.</summary>
    /// <returns>The number of bytes read: fewer than the buffer holds only at the end of the file.</returns>
    public int Read(Span<byte> buffer)
    {
        if (gzip is null)
            return file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (ended)
            return 0;

        int read;
        try
        {
            read = gzip.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {NoGzip() ?? "the gzip data are corrupt."}", e);
        }

        total += read;
        ended = read < buffer.Length;
        if (ended)
            CheckLength();
        return read;
    }

    /// <summary>Reads so many bytes, or up to the end of the file if that comes before. The buffer grows with the bytes that are there, not with what
    /// a header promises.</summary>
    public byte[] ReadUpTo(int most)
    {
        var bytes = new byte[Math.Min(most, FirstBuffer)];
        for (int actual = 0; ;)
        {
            actual += Read(bytes.AsSpan(actual));
            if (actual < bytes.Length || actual == most)
                return actual == bytes.Length ? bytes : bytes[..actual];
            Array.Resize(ref bytes, (int)Math.Min(most, 2L * bytes.Length));
        }
    }

    /// <summary>The refusal of the file's content.</summary>
    public InvalidDataException Refuse(string what) => new($"{path}: {what}");

    /// <summary>The refusal of something at a place of the file.</summary>
    public InvalidDataException Refuse(string where, string what) => new($"{path}, {where}: {what}");

    /// <summary>The refusal of more values than fit, because of their number or, with a cause, of the memory.</summary>
    public InvalidDataException RefuseSize(string? where, OutOfMemoryException? cause) =>
        new($"{path}{(where is null ? "" : ", " + where)}: more values than one data set {(cause is null ? "" : "or the memory ")}can hold.", cause);

    public void Dispose()
    {
        gzip?.Dispose();
        file.Dispose();
    }

    // What is wrong with a file whose name alone is that of gzip.
    private string? NoGzip()
    {
        Span<byte> start = stackalloc byte[FileKind.Bytes];
        file.Seek(0, SeekOrigin.Begin);
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        return start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ? null
            : $"the name ends in .gz, but the content is not gzip.{FileKind.Words(start)}";
    }

    // The last four bytes: the length modulo 2³², little-endian (RFC 1952).
    private void CheckLength()
    {
        if (file.Length < MinGzipLength)
            throw Refuse($"the gzip data are truncated: expected at least {MinGzipLength} bytes, but got {file.Length}.");
        Span<byte> last = stackalloc byte[4];
        file.Seek(-last.Length, SeekOrigin.End);
        file.ReadExactly(last);
        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(last);
        if (expected != (uint)total)
            throw Refuse(
                $"the gzip data are truncated, or followed by more: expected {expected} bytes after decompression, as the file's end says, " +
                $"but got {total}.");
    }
}
