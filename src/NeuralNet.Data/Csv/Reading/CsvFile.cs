using System.IO.Compression;

namespace NeuralNet;

/// <summary>The bytes of a file of text, unpacked if they are gzip, whatever the file's name is.</summary>
internal sealed class CsvFile : IDisposable
{
    private const int Seen = 512;

    private readonly Stream stream;
    private readonly bool isOwned;
    private readonly GzipMembers? members;
    private readonly GZipStream? gzip;
    private readonly byte[] seen = new byte[Seen];
    private readonly (long Length, DateTime Written) stamp;
    private int at, count;

    // Of gzip the last bytes that come out are held back: the end of what the file itself has is known only then.
    private byte[] unpacked = [];
    private int start, end;
    private bool ended;

    public CsvFile(Stream stream, string name, bool isOwned)
    {
        (this.stream, Name, this.isOwned) = (stream, name, isOwned);
        try
        {
            stamp = Stamp;
            count = stream.ReadAtLeast(seen, Seen, throwOnEndOfStream: false);
            if (!seen.AsSpan(0, count).StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
                return;
            members = new GzipMembers(seen.AsMemory(0, count), stream);
            gzip = new GZipStream(members, CompressionMode.Decompress);
            unpacked = new byte[1 << 16];
            count = 0;
            byte[] first = new byte[Seen];
            int read = Read(first);
            (seen, at, count) = (first, 0, read);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The path, or what messages call a stream.</summary>
    public string Name { get; }

    /// <summary>The first bytes, after unpacking.</summary>
    public ReadOnlySpan<byte> Start => seen.AsSpan(0, at == 0 ? count : 0);

    /// <summary>The length of the file, and when it was last written to; of another stream nothing.</summary>
    public (long Length, DateTime Written) Stamp => stream is FileStream opened
        ? (opened.Length, File.GetLastWriteTimeUtc(opened.SafeFileHandle)) : default;

    /// <summary>Refuses a file that has been written to since it was opened: what was read may be the half of a row.</summary>
    public void CheckUnchanged()
    {
        if (Stamp != stamp)
            throw Refuse("the file has changed while it was read: read it again when it is complete.");
    }

    /// <summary>Reads the next bytes.</summary>
    /// <returns>How many: fewer than there is room for only at the end.</returns>
    /// <exception cref="InvalidDataException">The gzip data are damaged.</exception>
    public int Read(Span<byte> buffer)
    {
        int read = Math.Min(buffer.Length, count - at);
        seen.AsSpan(at, read).CopyTo(buffer);
        at += read;
        if (read < buffer.Length)
            read += gzip is null ? stream.ReadAtLeast(buffer[read..], buffer.Length - read, throwOnEndOfStream: false) : Unpack(buffer[read..]);
        return read;
    }

    /// <summary>The refusal of the file's content.</summary>
    public InvalidDataException Refuse(string what, Exception? cause = null) => new($"{Name}: {what}", cause);

    /// <summary>The refusal of something at a place of the file.</summary>
    public InvalidDataException Refuse(string where, string what) => new($"{Name}, {where}: {what}");

    public void Dispose()
    {
        gzip?.Dispose();
        if (isOwned)
            stream.Dispose();
    }

    private int Unpack(Span<byte> buffer)
    {
        int read = 0;
        while (read < buffer.Length && (end - start > GzipMembers.Mark.Length || Refill()))
        {
            int some = Math.Min(buffer.Length - read, end - start - GzipMembers.Mark.Length);
            unpacked.AsSpan(start, some).CopyTo(buffer[read..]);
            start += some;
            read += some;
        }

        return read;
    }

    // More than is held back, or false at the end.
    private bool Refill()
    {
        while (!ended && end - start <= GzipMembers.Mark.Length)
        {
            unpacked.AsSpan(start, end - start).CopyTo(unpacked);
            (start, end) = (0, end - start);
            int read;
            try
            {
                read = gzip!.Read(unpacked.AsSpan(end));
            }
            catch (InvalidDataException e)
            {
                throw Refuse(members!.HasEnded ? "the gzip data are truncated, or followed by more." : "the gzip data are corrupt.", e);
            }

            end += read;
            ended = read == 0;
            if (ended && !unpacked.AsSpan(start, end - start).EndsWith(GzipMembers.Mark))
                throw Refuse("the gzip data are truncated, or followed by more.");
        }

        return end - start > GzipMembers.Mark.Length;
    }

    /// <summary>The bytes of a gzip file, and behind them those of a member of our own.</summary>
    /// <remarks>GZipStream takes the end of a truncated file for the end of its data. Only if the file ends where a member of it ends is what comes
    /// behind unpacked as a member: the mark that is in it comes out last, and shows that nothing is missing, however many members there are.
    /// </remarks>
    private sealed class GzipMembers(ReadOnlyMemory<byte> first, Stream rest) : Stream
    {
        private static readonly byte[] packedMark = Pack();
        private ReadOnlyMemory<byte> first = first;
        private int marked;

        public static ReadOnlySpan<byte> Mark => "\0end of the gzip file, checked\0"u8;

        public bool HasEnded { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            if (!first.IsEmpty)
            {
                int some = Math.Min(first.Length, buffer.Length);
                first.Span[..some].CopyTo(buffer);
                first = first[some..];
                return some;
            }

            int read = HasEnded ? 0 : rest.Read(buffer);
            if (read > 0 || buffer.IsEmpty)
                return read;
            HasEnded = true;
            read = Math.Min(buffer.Length, packedMark.Length - marked);
            packedMark.AsSpan(marked, read).CopyTo(buffer);
            marked += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private static byte[] Pack()
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
                gzip.Write(Mark);
            return packed.ToArray();
        }
    }
}
