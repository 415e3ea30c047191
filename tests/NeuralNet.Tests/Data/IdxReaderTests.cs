using System.Buffers.Binary;

namespace NeuralNet.Tests.Data;

public sealed class IdxReaderTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    internal static byte[] Idx(byte[] magic, int[] sizes, byte[] values)
    {
        var bytes = new byte[4 + (4 * sizes.Length) + values.Length];
        magic.CopyTo(bytes, 0);
        for (int i = 0; i < sizes.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + (4 * i)), sizes[i]);
        values.CopyTo(bytes, 4 + (4 * sizes.Length));
        return bytes;
    }

    private static readonly byte[] imageFile = Idx([0, 0, 8, 3], [2, 2, 3], [0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6]);
    private static readonly byte[] labelFile = Idx([0, 0, 8, 1], [2], [2, 0]);

    private Dataset Read(byte[] images, byte[] labels, int? classes = null) =>
        Dataset.FromIdx(folder.Write("images", images), folder.Write("labels", labels), classes);

    [Fact]
    public void Pixels_become_numbers_from_0_to_1()
    {
        Dataset data = Read(imageFile, labelFile);

        (data.Rows, data.InputWidth, data.Classes).Should().Be((2, 6, 3));
        data.InputRow(0).ToArray().Should().Equal(0, 51 / 255f, 102 / 255f, 153 / 255f, 204 / 255f, 1);
        data.InputRow(1).ToArray().Should().Equal(1 / 255f, 2 / 255f, 3 / 255f, 4 / 255f, 5 / 255f, 6 / 255f);
        data.Labels.ToArray().Should().Equal(2, 0);
        Read(imageFile, labelFile, classes: 10).OutputWidth.Should().Be(10);
    }

    [Fact]
    public void Compressed_files_are_the_same()
    {
        Dataset data = Dataset.FromIdx(folder.Write("images.gz", TempFolder.Gzip(imageFile)), folder.Write("labels.gz", TempFolder.Gzip(labelFile)));

        data.Inputs.SequenceEqual(Read(imageFile, labelFile).Inputs).Should().BeTrue();
        data.Labels.ToArray().Should().Equal(2, 0);
    }

    public static TheoryData<int[], Shape> Ranks => new()
    {
        { [2, 6], Shape.Features(6) }, { [2, 2, 3], Shape.Image(2, 3, 1) }, { [2, 1, 2, 3], Shape.Image(1, 2, 3) },
        { [2, 1, 2, 1, 3], Shape.Features(6) },
    };

    [Theory]
    [MemberData(nameof(Ranks))]
    public void Images_may_have_any_rank_from_2_and_have_their_shape(int[] sizes, Shape shape)
    {
        Dataset data = Read(Idx([0, 0, 8, (byte)sizes.Length], sizes, new byte[12]), labelFile);
        (data.InputWidth, data.InputShape).Should().Be((6, shape));
        Network.Create(data.InputShape).Flatten().Dense(3, Activation.Softmax).Build().Predict(data.Inputs).Should().HaveCount(6);
    }

    [Fact]
    public void A_file_longer_than_the_first_chunk_is_read_whole()
    {
        var pixels = new byte[1500 * 784];
        new Random(3).NextBytes(pixels);
        var classes = new byte[1500];
        for (int i = 0; i < classes.Length; i++)
            classes[i] = (byte)(i % 10);

        Dataset data = Read(Idx([0, 0, 8, 3], [1500, 28, 28], pixels), Idx([0, 0, 8, 1], [1500], classes));

        data.Inputs.SequenceEqual(Array.ConvertAll(pixels, p => p / 255f)).Should().BeTrue();
    }

    public static TheoryData<byte[], byte[], string> Refusals => new()
    {
        { [], labelFile, "images: expected the 4 bytes that an idx file begins with, but got 0." },
        { [0, 0, 8], labelFile, "images: expected the 4 bytes that an idx file begins with, but got 3." },
        { Idx([1, 0, 8, 3], [2, 2, 3], new byte[12]), labelFile, "images: expected an idx file, which begins with two bytes 0, but got 1 and 0." },
        { Idx([0, 0, 0x0D, 3], [2, 2, 3], new byte[48]), labelFile, "images: expected values of type 0x08 (unsigned bytes), but got 0x0D." },
        { labelFile, labelFile, "images: expected images, of rank 2 or more, but got rank 1." },
        { imageFile, imageFile, "labels: expected labels, of rank 1, but got rank 3." },
        { imageFile[..10], labelFile, "images: expected 3 sizes in the header, the file ends within them." },
        { Idx([0, 0, 8, 3], [2, 0, 3], new byte[12]), labelFile, "images: expected positive sizes*but got size 0 on axis 1." },
        { Idx([0, 0, 8, 3], [0, 2, 3], []), Idx([0, 0, 8, 1], [0], []), "images: expected positive sizes*but got size 0 on axis 0." },
        { Idx([0, 0, 8, 3], [-1, -1, -1], new byte[12]), labelFile, "images: expected positive sizes*but got size 4294967295 on axis 0." },
        { Idx([0, 0, 8, 3], [2, 50000, 50000], new byte[12]), labelFile,
        "images: expected positive sizes of at most*values together, but got size 50000 on axis 2." },
        { imageFile[..^1], labelFile, "images: the header says 12 values, but got 11: the file is too short." },
        { [.. imageFile, 0], labelFile, "images: the header says 12 values, but got more: the file is too long." },
        { imageFile, labelFile[..^1], "labels: the header says 2 values, but got 1: the file is too short." },
        { imageFile, [.. labelFile, 0], "labels: the header says 2 values, but got more: the file is too long." },
        { imageFile, Idx([0, 0, 8, 1], [3], [1, 2, 0]), "labels: expected 2 labels, one for each image of *images, the header says 3." },
        { imageFile, Idx([0, 0, 8, 1], [2], [0, 0]), "labels: every row is of class 0*" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_is_wrong_is_refused_with_the_file_what_was_expected_and_what_came(byte[] images, byte[] labels, string message)
    {
        Action read = () => Read(images, labels);

        read.Should().Throw<InvalidDataException>().WithMessage("*" + message);
    }

    [Fact]
    public void A_class_beyond_the_stated_number_is_refused_with_its_row()
    {
        Action read = () => Read(imageFile, labelFile, classes: 2);

        read.Should().Throw<InvalidDataException>().WithMessage("*labels, row 0: expected a class 0 … 1, but got 2.");
    }

    [Fact]
    public void A_stated_number_of_classes_without_room_is_refused()
    {
        Action read = () => Read(imageFile, labelFile, classes: int.MaxValue);

        read.Should().Throw<ArgumentException>().WithParameterName("classes")
            .WithMessage("2 rows × 2147483647 classes would be 4294967294 floats, more than an array can hold.*");
    }

    [Fact]
    public void A_header_that_lies_does_not_take_memory()
    {
        byte[] images = Idx([0, 0, 8, 3], [2, 32000, 32000], new byte[100]);
        Action read = () => Read(images, labelFile);
        read.Should().Throw<InvalidDataException>();

        long before = GC.GetAllocatedBytesForCurrentThread();
        read.Should().Throw<InvalidDataException>().WithMessage("*images: the header says 2048000000 values, but got 100: the file is too short.");

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(4 << 20);
    }

    [Fact]
    public void Truncated_gzip_is_refused()
    {
        byte[] packed = TempFolder.Gzip(imageFile);
        string labels = folder.Write("labels", labelFile);
        for (int length = 1; length < packed.Length; length++)
        {
            string path = folder.Write("images.gz", packed[..length]);
            Action read = () => Dataset.FromIdx(path, labels);
            read.Should().Throw<InvalidDataException>($"only {length} of {packed.Length} bytes are there")
                .WithMessage("*images.gz: the gzip data are truncated*");
        }
    }
}
