namespace NeuralNet;

/// <summary>The data of a file whose length is not known: gathered before memory is taken for a network, so that a stream takes no more
/// than what comes, whatever its header tells. Each piece is let go once it has been read.</summary>
internal sealed class GatheredStream : Stream
{
    private const int PieceBytes = 1 << 20;

    // What is taken on trust.
    private const long Trusted = 1 << 24;

    private readonly Queue<byte[]> pieces = [];
    private readonly Stream inner;
    private int read;

    private GatheredStream(Stream inner) => this.inner = inner;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The stream itself where its length is known, and has been compared, or where there is little to come.</summary>
    /// <exception cref="InvalidDataException">Fewer bytes came than the header tells of.</exception>
    public static Stream Of(Stream stream, SafetensorsHeader header)
    {
        if (stream.CanSeek || header.DataLength <= Trusted)
            return stream;
        var gathered = new GatheredStream(stream);
        for (long left = header.DataLength; left > 0; left -= PieceBytes)
        {
            byte[] piece = new byte[Math.Min(left, PieceBytes)];
            if (stream.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false) < piece.Length)
                throw header.Fewer();
            gathered.pieces.Enqueue(piece);
        }

        return gathered;
    }

    public override int Read(Span<byte> buffer)
    {
        if (!pieces.TryPeek(out byte[]? piece))
            return inner.Read(buffer);
        int count = Math.Min(buffer.Length, piece.Length - read);
        piece.AsSpan(read, count).CopyTo(buffer);
        read += count;
        if (read == piece.Length)
        {
            pieces.Dequeue();
            read = 0;
        }

        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
