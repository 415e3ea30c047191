namespace NeuralNet;

/// <summary>A file that grows by whole lines: each is one call of the system, so that a process which is killed leaves none in part; what a machine
/// that lost its power left of one is cut off when the file is opened again. Others may read along.</summary>
internal sealed class LineFile : IDisposable
{
    private readonly FileStream stream;

    private LineFile(FileStream stream) => this.stream = stream;

    public bool IsEmpty => stream.Length == 0;

    /// <summary>Opens a file, or makes it, to go on behind its last whole line.</summary>
    public static LineFile Open(string path)
    {
        FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            long end = EndOfLines(stream);
            if (end < stream.Length)
                stream.SetLength(end);
            stream.Position = end;
            return new LineFile(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Cuts off all lines from a place on.</summary>
    public void Cut(long length)
    {
        stream.SetLength(length);
        stream.Position = length;
    }

    /// <summary>All of it.</summary>
    public byte[] ReadAll()
    {
        byte[] all = new byte[stream.Length];
        stream.Position = 0;
        stream.ReadExactly(all);
        return all;
    }

    /// <summary>Writes a line, which ends in \n.</summary>
    public void Write(ReadOnlySpan<byte> line) => stream.Write(line);

    public void Dispose() => stream.Dispose();

    private static long EndOfLines(FileStream stream)
    {
        Span<byte> block = stackalloc byte[4096];
        for (long end = stream.Length; end > 0;)
        {
            long first = Math.Max(0, end - block.Length);
            Span<byte> part = block[..(int)(end - first)];
            stream.Position = first;
            stream.ReadExactly(part);
            int last = part.LastIndexOf((byte)'\n');
            if (last >= 0)
                return first + last + 1;
            end = first;
        }

        return 0;
    }
}
