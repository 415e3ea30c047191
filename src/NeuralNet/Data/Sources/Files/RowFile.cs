using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace NeuralNet;

/// <summary>The rows of a file, each read from its place: the file is never in memory.</summary>
internal sealed class RowFile : IRowSource
{
    private readonly string path;
    private readonly RowFileLayout layout;

    public RowFile(string path)
    {
        this.path = path;
        if (Directory.Exists(path))
            throw new UnauthorizedAccessException($"{path} is a folder; the path of a file in it was expected.");
        using FileStream stream = NetworkFile.Open(path);
        layout = RowFileLayout.Of(SafetensorsHeader.Read(stream, path), stream.Length);
    }

    public RowFormat Format => layout.Format;

    public long? Rows => layout.Rows;

    public bool OpensAnywhere => true;

    public string Signature
    {
        get
        {
            using SafeFileHandle file = OpenFile();
            var checksum = new Checksum();
            byte[] header = new byte[layout.DataStart];
            checksum.Add(header.AsSpan(0, RandomAccess.Read(file, header, 0)));
            FilePieces.Add(ref checksum, file, layout.DataStart);
            return string.Create(CultureInfo.InvariantCulture, $"{layout.FileLength} bytes {checksum.Value:x8}");
        }
    }

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        return new Reader(this, OpenFile(), Math.Min(firstRow, layout.Rows));
    }

    private SafeFileHandle OpenFile()
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        long length = RandomAccess.GetLength(file);
        if (length == layout.FileLength)
            return file;
        file.Dispose();
        throw new InvalidDataException(FormattableString.Invariant(
            $"{path}: the file had {layout.FileLength} bytes when the source was made, but has {length} now; make the source anew."));
    }

    private sealed class Reader(RowFile source, SafeFileHandle file, long next) : ISeekingReader
    {
        // Class numbers that are looked at together, on the stack.
        private const int Some = 256;

        private readonly RowFileLayout layout = source.layout;
        private readonly string path = source.path;
        private long next = next;

        public int Read(in RowSpans rows)
        {
            rows.Check(layout.Format);
            int read = (int)Math.Min(rows.Rows, layout.Rows - next);
            if (read == 0)
                return 0;
            RowSpans some = rows.Slice(0, read);
            layout.Inputs.Read(file, path, next, some.Inputs);
            if (layout.IsOneHot || layout.Format.HasClassIds)
                ReadClasses(some.Desired);
            else
                layout.Desired.Read(file, path, next, some.Desired);
            if (RowFileOutputs.WrongId(layout.Format, some.Desired) is { } wrong)
                throw new InvalidDataException(FormattableString.Invariant($"{path}: row {next + wrong.Row} has {wrong.Words}"));
            layout.Weights?.Read(file, path, next, some.Weights);
            layout.Lengths?.Read(file, path, next, some.Lengths);
            next += read;
            return read;
        }

        public long Skip(long rows)
        {
            long skipped = Math.Clamp(rows, 0, layout.Rows - next);
            next += skipped;
            return skipped;
        }

        public bool TrySeek(long row)
        {
            next = Math.Min(row, layout.Rows);
            return true;
        }

        public void Dispose() => file.Dispose();

        private void ReadClasses(Span<float> desired)
        {
            int width = layout.IsOneHot ? layout.Format.OutputWidth : 1, least = layout.IsOneHot ? 0 : -1, count = desired.Length / width;
            Span<int> classes = stackalloc int[Some];
            if (layout.IsOneHot)
                desired.Clear();
            for (int at = 0; at < count; at += Some)
            {
                Span<int> some = classes[..Math.Min(Some, count - at)];
                layout.Desired.Read(file, path, next, at, some);
                for (int i = 0; i < some.Length; i++)
                {
                    if (some[i] < least || some[i] >= layout.Format.Classes)
                        throw Wrong(at + i, some[i], least);
                    if (layout.IsOneHot)
                        desired[((at + i) * width) + some[i]] = 1;
                    else
                        desired[at + i] = some[i];
                }
            }
        }

        private InvalidDataException Wrong(int index, int actual, int least) => new(FormattableString.Invariant(
            $"{path}: row {next + (index / layout.Desired.Each)} has the class {actual}; {least} to {layout.Format.Classes - 1} was expected."));
    }
}
