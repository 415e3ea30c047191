using Microsoft.Win32.SafeHandles;

namespace NeuralNet;

/// <summary>The images and labels of a pair of idx files, read as they are needed.</summary>
internal sealed class IdxRows : IRowSource
{
    private const int SomeLabels = 4096;

    private readonly string imagesPath, labelsPath;
    private readonly long rows, imagesStart, labelsStart;

    public IdxRows(string imagesPath, string labelsPath, int? classes)
    {
        (this.imagesPath, this.labelsPath) = (imagesPath, labelsPath);
        using var images = new DataFile(imagesPath);
        using var labels = new DataFile(labelsPath);
        (rows, Shape image) = IdxReader.ReadHeaders(images, labels, imagesPath, long.MaxValue / byte.MaxValue);
        imagesStart = CheckLength(images, rows * image.Size);
        labelsStart = CheckLength(labels, rows);
        var checksum = new Checksum();
        int greatest = GreatestLabel(labels, classes, ref checksum);
        int count = classes ?? ClassCount.Infer(labels.Refuse, greatest, rows);
        Format = new RowFormat(image, count) { ClassNames = new NumberNames(count) };
        OpensAnywhere = images.Bytes is not null && labels.Bytes is not null;

        using (SafeFileHandle file = File.OpenHandle(imagesPath))
            FilePieces.Add(ref checksum, file, 0);

        Signature = FormattableString.Invariant($"idx {checksum.Value:x8}");
    }

    public RowFormat Format { get; }

    public long? Rows => rows;

    public bool OpensAnywhere { get; }

    public string Signature { get; }

    public IRowReader Open(long seed, int epoch, long firstRow)
    {
        Guard.AtLeast(firstRow, 0, nameof(firstRow));
        var images = new DataFile(imagesPath);
        IdxRowReader reader;
        try
        {
            reader = new IdxRowReader(images, new DataFile(labelsPath), this);
        }
        catch
        {
            images.Dispose();
            throw;
        }

        try
        {
            reader.Begin(imagesStart, labelsStart);
            reader.Skip(firstRow);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    // Where the values begin.
    private static long CheckLength(DataFile file, long values)
    {
        long start = file.Position;
        if (file.Bytes is not { } bytes)
            return start;
        return bytes == start + values ? start
            : throw (bytes < start + values ? IdxReader.TooShort(file, values, bytes - start) : IdxReader.TooLong(file, values));
    }

    private int GreatestLabel(DataFile labels, int? classes, ref Checksum checksum)
    {
        byte[] some = new byte[SomeLabels];
        int greatest = 0, read = SomeLabels;
        for (long row = 0; row < rows; row += read)
        {
            read = labels.Read(some.AsSpan(0, (int)Math.Min(SomeLabels, rows - row)));
            if (read == 0)
                throw IdxReader.TooShort(labels, rows, row);
            checksum.Add(some.AsSpan(0, read));
            for (int i = 0; i < read; i++)
            {
                if (some[i] >= classes)
                    throw labels.Refuse(
                        FormattableString.Invariant($"row {row + i}"), $"expected a class 0 … {classes - 1}, but got {some[i]}.");
                greatest = Math.Max(greatest, some[i]);
            }
        }

        return labels.Read(some.AsSpan(0, 1)) == 0 ? greatest : throw IdxReader.TooLong(labels, rows);
    }
}
