using System.Buffers.Binary;
using System.Numerics.Tensors;

namespace NeuralNet;

/// <summary>Reads Y. LeCun's idx format: bytes 0, 0, type, rank; then rank sizes, 32 bits each, big-endian; then the values.</summary>
internal static class IdxReader
{
    private const int UnsignedByte = 0x08;

    public static Dataset Read(string imagesPath, string labelsPath, int? classes)
    {
        using var images = new DataFile(imagesPath);
        using var labels = new DataFile(labelsPath);
        (long rows, Shape image) = ReadHeaders(images, labels, imagesPath, Array.MaxLength);
        int labelCount = (int)rows;
        int[] rowLabels = Array.ConvertAll(ReadValues(labels, labelCount), b => (int)b);
        int count = classes ?? ClassCount.Infer(labels.Refuse, TensorPrimitives.Max(rowLabels), labelCount);
        ClassCount.Check(labelCount, count, classes is null ? labels.Refuse : null);
        int wrong = Array.FindIndex(rowLabels, label => label >= count);
        if (wrong >= 0)
            throw labels.Refuse($"row {wrong}", $"expected a class 0 … {count - 1}, but got {rowLabels[wrong]}.");

        float[] inputs;
        try
        {
            inputs = Array.ConvertAll(ReadValues(images, labelCount * image.Size), b => b / 255f);
        }
        catch (OutOfMemoryException e)
        {
            throw images.RefuseSize(null, e);
        }

        return Dataset.FromLabels(inputs, rowLabels, count, inputShape: image);
    }

    /// <summary>Reads the headers of both files, which are left where the values begin.</summary>
    /// <param name="images">The file of the images.</param>
    /// <param name="labels">The file of their labels.</param>
    /// <param name="imagesPath">What messages call the images.</param>
    /// <param name="mostValues">How many values there may be in each.</param>
    /// <returns>How many images there are, and what each is.</returns>
    public static (long Rows, Shape Image) ReadHeaders(DataFile images, DataFile labels, string imagesPath, long mostValues)
    {
        long imageCount = ReadHeader(images, "images", minRank: 2, maxRank: 255, mostValues, out Shape image);
        long labelCount = ReadHeader(labels, "labels", minRank: 1, maxRank: 1, mostValues, out _);
        return imageCount == labelCount ? (imageCount, image)
            : throw labels.Refuse($"expected {imageCount} labels, one for each image of {imagesPath}, the header says {labelCount}.");
    }

    public static InvalidDataException TooShort(DataFile file, long expected, long actual) =>
        file.Refuse($"the header says {expected} values, but got {actual}: the file is too short.");

    public static InvalidDataException TooLong(DataFile file, long expected) =>
        file.Refuse($"the header says {expected} values, but got more: the file is too long.");

    // The first size is the number of rows; the others make a row.
    private static long ReadHeader(DataFile file, string what, int minRank, int maxRank, long mostValues, out Shape row)
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
        long product = 1, rows = 1;
        for (int axis = 0; axis < rank; axis++)
        {
            uint size = BinaryPrimitives.ReadUInt32BigEndian(sizes[(4 * axis)..]);
            bool fits = size > 0 && size <= mostValues / product;
            product *= size;
            if (!fits || (axis > 0 && product / rows > Array.MaxLength))
                throw file.Refuse($"expected positive sizes of at most {mostValues} values together, but got size {size} on axis {axis}.");
            rows = axis == 0 ? size : rows;
        }

        row = rank switch
        {
            3 => Shape.Image(Size(sizes, 1), Size(sizes, 2), 1),
            4 => Shape.Image(Size(sizes, 1), Size(sizes, 2), Size(sizes, 3)),
            _ => Shape.Features((int)(product / rows)),
        };
        return rows;

        static int Size(ReadOnlySpan<byte> sizes, int axis) => BinaryPrimitives.ReadInt32BigEndian(sizes[(4 * axis)..]);
    }

    private static byte[] ReadValues(DataFile file, int count)
    {
        byte[] values = file.ReadUpTo(count);
        if (values.Length < count)
            throw TooShort(file, count, values.Length);
        if (file.Read(stackalloc byte[1]) != 0)
            throw TooLong(file, count);
        return values;
    }
}
