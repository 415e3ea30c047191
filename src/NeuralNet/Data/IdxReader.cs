using System.Buffers.Binary;

namespace NeuralNet;

/// <summary>Reads Y. LeCun's idx format: bytes 0, 0, type, rank; then rank sizes, 32 bits each, big-endian; then the values.</summary>
internal static class IdxReader
{
    private const int UnsignedByte = 0x08;

    public static Dataset Read(string imagesPath, string labelsPath, int? classes)
    {
        using var images = new DataFile(imagesPath);
        using var labels = new DataFile(labelsPath);
        int imageCount = ReadHeader(images, "images", minRank: 2, maxRank: 255, out Shape image);
        int labelCount = ReadHeader(labels, "labels", minRank: 1, maxRank: 1, out _);
        if (imageCount != labelCount)
            throw labels.Refuse($"expected {imageCount} labels, one for each image of {imagesPath}, the header says {labelCount}.");

        int[] rowLabels = Array.ConvertAll(ReadValues(labels, labelCount), b => (int)b);
        int count = classes ?? ClassCount.Infer(labels, rowLabels);
        ClassCount.Check(labelCount, count, classes is null ? labels : null);
        int wrong = Array.FindIndex(rowLabels, label => label >= count);
        if (wrong >= 0)
            throw labels.Refuse($"row {wrong}", $"expected a class 0 … {count - 1}, but got {rowLabels[wrong]}.");

        float[] inputs;
        try
        {
            inputs = Array.ConvertAll(ReadValues(images, imageCount * image.Size), b => b / 255f);
        }
        catch (OutOfMemoryException e)
        {
            throw images.RefuseSize(null, e);
        }

        return Dataset.FromLabels(inputs, rowLabels, count, inputShape: image);
    }

    // The first size is the number of rows; the others make a row.
    private static int ReadHeader(DataFile file, string what, int minRank, int maxRank, out Shape row)
    {
        Span<byte> start = stackalloc byte[FileKind.Bytes], magic = start[..4];
        int actual = file.Read(magic);
        if (actual < 4)
            throw file.Refuse($"expected the 4 bytes that an idx file begins with, but got {actual}.");
        if (magic[0] != 0 || magic[1] != 0)
        {
            string words = FileKind.Words(start[..(4 + file.Read(start[4..]))]);
            throw file.Refuse($"expected an idx file, which begins with two bytes 0, but got {magic[0]} and {magic[1]}.{words}");
        }

        if (magic[2] != UnsignedByte)
            throw file.Refuse($"expected values of type 0x08 (unsigned bytes), but got 0x{magic[2]:X2}.");
        int rank = magic[3];
        if (rank < minRank || rank > maxRank)
            throw file.Refuse($"expected {what}, of rank {minRank}{(maxRank > minRank ? " or more" : "")}, but got rank {rank}.");

        Span<byte> sizes = stackalloc byte[4 * rank];
        actual = file.Read(sizes);
        if (actual < sizes.Length)
            throw file.Refuse($"expected {rank} sizes in the header, the file ends within them.");
        long product = 1;
        for (int axis = 0; axis < rank; axis++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(sizes[(4 * axis)..]);
            product *= size;
            if (product <= 0 || product > Array.MaxLength)
                throw file.Refuse($"expected positive sizes of at most {Array.MaxLength} values together, but got size {size} on axis {axis}.");
        }

        int rows = Size(sizes, 0);
        row = rank switch
        {
            3 => Shape.Image(Size(sizes, 1), Size(sizes, 2), 1),
            4 => Shape.Image(Size(sizes, 1), Size(sizes, 2), Size(sizes, 3)),
            _ => Shape.Features((int)product / rows),
        };
        return rows;

        static int Size(ReadOnlySpan<byte> sizes, int axis) => BinaryPrimitives.ReadInt32BigEndian(sizes[(4 * axis)..]);
    }

    private static byte[] ReadValues(DataFile file, int count)
    {
        byte[] values = file.ReadUpTo(count);
        if (values.Length < count)
            throw file.Refuse($"the header says {count} values, but got {values.Length}: the file is too short.");
        if (file.Read(stackalloc byte[1]) != 0)
            throw file.Refuse($"the header says {count} values, but got more: the file is too long.");
        return values;
    }
}
