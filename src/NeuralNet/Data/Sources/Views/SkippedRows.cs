namespace NeuralNet;

/// <summary>Passes over rows by reading them, for readers that cannot do better.</summary>
internal static class SkippedRows
{
    private const int MaxRows = 256, MaxValues = 1 << 16;

    public static long Skip(IRowReader reader, RowFormat format, long rows, ref RowMemory? memory)
    {
        memory ??= new RowMemory(format, (int)Math.Clamp((long)MaxValues / (format.InputWidth + format.OutputWidth), 1, MaxRows));
        long skipped = 0;
        while (skipped < rows)
        {
            int wanted = (int)Math.Min(memory.Rows, rows - skipped), read = reader.Read(memory.Slice(0, wanted));
            skipped += read;
            if (read < wanted)
                break;
        }

        return skipped;
    }
}
