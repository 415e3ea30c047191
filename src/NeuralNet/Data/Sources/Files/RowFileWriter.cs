using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NeuralNet;

/// <summary>Writes the rows of a source to a file, some of them at a time.</summary>
internal static class RowFileWriter
{
    private const int BlockBytes = 1 << 20, MaxBlockRows = 4096;

    public static void Write(IRowSource source, string path, long seed, int epoch)
    {
        RowFormat format = source.Format;
        long rows = source.Rows ?? Count(source, seed, epoch);
        if (rows == 0)
            throw new InvalidDataException("The source has no rows to save; at least one was expected.");
        List<(TensorEntry Entry, int Each)> tensors = Tensors(format, rows);
        byte[] header = SafetensorsWriter.Header(RowFileLayout.Metadata(format), [.. tensors.Select(tensor => tensor.Entry)]);
        RowColumn[] columns = [.. tensors.Select(tensor =>
            new RowColumn(tensor.Entry.Name, tensor.Entry.Type, header.Length + tensor.Entry.Start, tensor.Each))];
        AtomicFile.Write(path, stream =>
        {
            SafeFileHandle file = stream.SafeFileHandle;
            RandomAccess.Write(file, header, 0);
            Write(source, seed, epoch, rows, columns, file);
        });
    }

    private static void Write(IRowSource source, long seed, int epoch, long rows, RowColumn[] columns, SafeFileHandle file)
    {
        RowFormat format = source.Format;
        long width = (long)format.InputWidth + format.OutputWidth + format.WeightsPerRow;
        var memory = new RowMemory(format, (int)Math.Clamp(BlockBytes / sizeof(float) / width, 1, MaxBlockRows));
        int[] ids = new int[format.HasClassIds ? memory.Rows * format.OutputWidth : 0];
        using var cursor = new RowCursor(source, seed, epoch, 0);
        while (true)
        {
            long first = cursor.Position;
            int read = cursor.Read(memory.Slice(0, memory.Rows));
            if (first + read > rows)
                throw new InvalidDataException(FormattableString.Invariant($"The source had {rows} rows when they were counted, but now gave more."));
            RowSpans some = memory.Slice(0, read);
            if (RowFileOutputs.WrongId(format, some.Desired) is { } wrong)
                throw new InvalidDataException(FormattableString.Invariant($"Row {first + wrong.Row} of the source has {wrong.Words}"));
            foreach (RowColumn column in columns)
                column.Write(file, first, Values(column, format, some, ids, first));
            if (read < memory.Rows && cursor.Position == rows)
                return;
            if (read < memory.Rows)
                throw new InvalidDataException(
                    FormattableString.Invariant($"The source had {rows} rows when they were counted, but now ended after {cursor.Position}."));
        }
    }

    private static Span<int> Values(RowColumn column, RowFormat format, in RowSpans rows, int[] ids, long first) => column.Name switch
    {
        RowFileLayout.InputsName => MemoryMarshal.Cast<float, int>(rows.Inputs),
        RowFileLayout.WeightsName => MemoryMarshal.Cast<float, int>(rows.Weights),
        RowFileLayout.LengthsName => rows.Lengths,
        RowFileLayout.IdsName => Ids(rows.Desired, format, ids, first),
        _ => MemoryMarshal.Cast<float, int>(rows.Desired),
    };

    private static Span<int> Ids(ReadOnlySpan<float> desired, RowFormat format, int[] ids, long first)
    {
        for (int i = 0; i < desired.Length; i++)
        {
            ids[i] = (int)desired[i];
            if (ids[i] != desired[i] || ids[i] < -1 || ids[i] >= format.Classes)
                throw new InvalidDataException(FormattableString.Invariant(
                    $"Row {first + (i / format.OutputWidth)} of the source has the class id {desired[i]}; −1 to {format.Classes - 1} was expected."));
        }

        return ids.AsSpan(0, desired.Length);
    }

    private static List<(TensorEntry Entry, int Each)> Tensors(RowFormat format, long rows)
    {
        var tensors = new List<(TensorEntry, int)>();
        long at = 0;
        Shape shape = format.InputShape;
        Add(RowFileLayout.InputsName, TensorType.Single, shape.Kind switch
        {
            ShapeKind.Sequence => [shape.Steps, shape.FeatureCount],
            ShapeKind.Image => [shape.Height, shape.Width, shape.FeatureCount],
            _ => [shape.Size],
        });
        if (format.HasClassIds)
            Add(RowFileLayout.IdsName, RowColumn.Int, format.OutputWidth);
        else
            Add(RowFileLayout.DesiredName, TensorType.Single, format.OutputWidth);
        if (format.WeightsPerRow > 0)
            Add(RowFileLayout.WeightsName, TensorType.Single, format.WeightsPerRow);
        if (format.HasLengths)
            Add(RowFileLayout.LengthsName, RowColumn.Int);
        return tensors;

        // All types have 4 bytes.
        void Add(string name, string type, params ReadOnlySpan<int> sizes)
        {
            int each = 1;
            foreach (int size in sizes)
                each *= size;
            long end = checked(at + (rows * each * sizeof(float)));
            tensors.Add((new TensorEntry(name, type, [rows, .. Longs(sizes)], at, end), each));
            at = end;
        }

        static long[] Longs(ReadOnlySpan<int> sizes)
        {
            long[] longs = new long[sizes.Length];
            for (int i = 0; i < longs.Length; i++)
                longs[i] = sizes[i];
            return longs;
        }
    }

    private static long Count(IRowSource source, long seed, int epoch)
    {
        using IRowReader reader = source.Open(seed, epoch, firstRow: 0);
        return reader.Skip(long.MaxValue);
    }
}
