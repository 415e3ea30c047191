namespace NeuralNet;

/// <summary>Reads a pair of idx files.</summary>
internal sealed class IdxRowReader(DataFile images, DataFile labels, IdxRows source) : ISeekingReader
{
    private const int Some = 1024;

    private readonly RowFormat format = source.Format;
    private readonly long all = source.Rows!.Value;
    private long imagesStart, labelsStart, next;

    /// <summary>Passes over the headers, which have been looked at.</summary>
    public void Begin(long imagesStart, long labelsStart)
    {
        (this.imagesStart, this.labelsStart) = (imagesStart, labelsStart);
        Pass(images, imagesStart);
        Pass(labels, labelsStart);
    }

    public int Read(in RowSpans rows)
    {
        rows.Check(format);
        int read = (int)Math.Min(rows.Rows, all - next);
        if (read == 0)
            return 0;
        RowSpans some = rows.Slice(0, read);
        Span<byte> pixels = ByteValues.Place(some.Inputs);
        int actual = images.Read(pixels);
        if (actual < pixels.Length)
            throw IdxReader.TooShort(images, all * format.InputWidth, (next * format.InputWidth) + actual);
        ByteValues.Expand(some.Inputs);
        ReadLabels(some.Desired);
        next += read;
        if (next == all && !source.OpensAnywhere && images.Read(stackalloc byte[1]) != 0)
            throw IdxReader.TooLong(images, all * format.InputWidth);
        return read;
    }

    public long Skip(long rows)
    {
        long skipped = Math.Clamp(rows, 0, all - next);
        if (skipped > 0 && !TrySeek(next + skipped))
        {
            Pass(images, skipped * format.InputWidth);
            Pass(labels, skipped);
            next += skipped;
        }

        return skipped;
    }

    public bool TrySeek(long row)
    {
        if (!source.OpensAnywhere)
            return false;
        next = Math.Min(row, all);
        images.Seek(imagesStart + (next * format.InputWidth));
        labels.Seek(labelsStart + next);
        return true;
    }

    public void Dispose()
    {
        images.Dispose();
        labels.Dispose();
    }

    private void ReadLabels(Span<float> desired)
    {
        desired.Clear();
        Span<byte> some = stackalloc byte[Some];
        for (int first = 0, width = format.OutputWidth, rows = desired.Length / width; first < rows; first += some.Length)
        {
            some = some[..Math.Min(some.Length, rows - first)];
            if (labels.Read(some) < some.Length)
                throw IdxReader.TooShort(labels, all, next + first);
            for (int i = 0; i < some.Length; i++)
            {
                if (some[i] >= width)
                    throw labels.Refuse(
                        FormattableString.Invariant($"row {next + first + i}"), $"expected a class 0 … {width - 1}, but got {some[i]}.");
                desired[((first + i) * width) + some[i]] = 1;
            }
        }
    }

    private static void Pass(DataFile file, long bytes)
    {
        Span<byte> some = stackalloc byte[4 * Some];
        for (int read = 1; bytes > 0 && read > 0; bytes -= read)
            read = file.Read(some[..(int)Math.Min(some.Length, bytes)]);
    }
}
