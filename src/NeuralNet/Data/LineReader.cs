namespace NeuralNet;

/// <summary>The lines of a UTF-8 text file as bytes, without their ends (\n or \r\n) and without a byte order mark.</summary>
internal sealed class LineReader(DataFile file)
{
    private const int LongestLine = 1 << 24;
    private byte[] buffer = new byte[1 << 16];
    private int start, end;
    private bool ended;

    /// <summary>The number of the last line that was read; the first is 1.</summary>
    public long Number { get; private set; }

    /// <summary>Reads the next line.</summary>
    /// <param name="line">The line, valid until the next call.</param>
    /// <returns>False at the end of the file.</returns>
    public bool Next(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int at = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            int length = at < 0 ? end - start : searched + at;
            if (at >= 0 || (ended && length > 0))
            {
                line = Trim(buffer.AsSpan(start, length));
                start += at < 0 ? length : length + 1;
                return true;
            }

            if (ended)
            {
                line = default;
                return false;
            }

            searched = length;
            Refill();
        }
    }

    private ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line)
    {
        Number++;
        if (Number == 1)
            line = CheckFirst(line);
        return line.EndsWith("\r"u8) ? line[..^1] : line;
    }

    // What the first line shows of the whole file.
    private ReadOnlySpan<byte> CheckFirst(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || line.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw file.Refuse("expected UTF-8, but got UTF-16, as the byte order mark says.");
        int at = line.IndexOf((byte)'\r');
        if (at >= 0 && at < line.Length - 1)
            throw file.Refuse("line 1", @"expected lines that end in \n or \r\n, but got a \r within the line.");
        return line.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? line[3..] : line;
    }

    private void Refill()
    {
        if (end - start == buffer.Length)
        {
            if (buffer.Length >= LongestLine)
                throw file.Refuse($"line {Number + 1}", $"expected a line end within {LongestLine} bytes: this is not a table of text.");
            Array.Resize(ref buffer, buffer.Length * 2);
        }

        buffer.AsSpan(start, end - start).CopyTo(buffer);
        end -= start;
        start = 0;
        int read = file.Read(buffer.AsSpan(end));
        ended = end + read < buffer.Length;
        end += read;
    }
}
