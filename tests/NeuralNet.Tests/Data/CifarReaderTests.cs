namespace NeuralNet.Tests.Data;

public sealed class CifarReaderTests : IDisposable
{
    private const int Pixels = 32 * 32;

    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Records of so many labels each: value i of channel c of record r is r + 3 i + c, modulo 256.</summary>
    internal static byte[] File(byte[] labels, int labelsOfARecord) => [.. labels.Chunk(labelsOfARecord)
        .SelectMany((own, r) => own.Concat(Enumerable.Range(0, 3 * Pixels).Select(i => (byte)(r + (3 * i) + (i / Pixels)))))];

    [Fact]
    public void A_row_is_an_image_with_its_channels_last()
    {
        string path = folder.Write("test_batch.bin", File([3, 9], 1));
        Dataset data = Dataset.FromCifar10(path);

        (data.Rows, data.InputShape, data.Classes).Should().Be((2, Shape.Image(32, 32, 3), 10));
        data.Labels.ToArray().Should().Equal(3, 9);
        (data.ClassNames[3], data.ClassNames[9]).Should().Be(("cat", "truck"));
        for (int row = 0; row < 2; row++)
        {
            foreach ((int y, int x, int channel) in new[] { (0, 0, 0), (0, 1, 0), (5, 7, 1), (31, 31, 2), (31, 0, 2) })
            {
                int i = (channel * Pixels) + (32 * y) + x; // as the file has it
                data.InputRow(row)[(((32 * y) + x) * 3) + channel].Should().Be((byte)(row + (3 * i) + channel) / 255f);
            }
        }

        Network.Create(data.InputShape).Flatten().Dense(data.Classes, Activation.Softmax).Build().Predict(data.Inputs).Should().HaveCount(20);
    }

    [Fact]
    public void Several_files_are_one_data_set_also_compressed()
    {
        byte[] first = File([1, 2], 1), second = File([5], 1);
        Dataset data = Dataset.FromCifar10(folder.Write("1.bin", first), folder.Write("2.bin.gz", TempFolder.Gzip(second)));
        data.Labels.ToArray().Should().Equal(1, 2, 5);
        data.Inputs[(2 * 3 * Pixels)..].SequenceEqual(Dataset.FromCifar10(folder.Write("2.bin", second)).Inputs).Should().BeTrue();
        data.Inputs[..(2 * 3 * Pixels)].SequenceEqual(Dataset.FromCifar10([folder.PathOf("1.bin")]).Inputs).Should().BeTrue();
    }

    [Fact]
    public void Cifar_100_has_fine_and_coarse_classes()
    {
        string path = folder.Write("train.bin", File([1, 91, 19, 0], 2));
        Dataset fine = Dataset.FromCifar100(path), coarse = Dataset.FromCifar100(path, coarse: true);
        (fine.Classes, coarse.Classes).Should().Be((100, 20));
        fine.Labels.ToArray().Select(label => fine.ClassNames[label]).Should().Equal("trout", "apple");
        coarse.Labels.ToArray().Select(label => coarse.ClassNames[label]).Should().Equal("fish", "vehicles_2");
        fine.ClassNames.Should().OnlyHaveUniqueItems().And.BeInAscendingOrder(StringComparer.Ordinal);
        coarse.ClassNames.Should().OnlyHaveUniqueItems().And.BeInAscendingOrder(StringComparer.Ordinal);
        coarse.Inputs.SequenceEqual(fine.Inputs).Should().BeTrue();
        fine.Inputs.SequenceEqual(Dataset.FromCifar10(folder.Write("10.bin", File([0, 1], 1))).Inputs).Should().BeTrue();
    }

    public static TheoryData<byte[], bool, string> Refusals => new()
    {
        { [], false, "expected at least one record of 3073 bytes, as the binary version of CIFAR-10 has them, but got 0 bytes." },
        { File([1, 2], 1)[..^1], false, "expected whole records of 3073 bytes*, but got 6145 bytes: the last*begins at byte 3073, has 3072." },
        { [.. File([1], 1), 0], false, "expected whole records*, but got 3074 bytes*has 1. It may be of CIFAR-100: Dataset.FromCifar100 reads*" },
        { File([1], 1), true, "expected whole records of 3074 bytes*, but got 3073 bytes. It may be of CIFAR-10: Dataset.FromCifar10 reads those." },
        { File([1, 10], 1), false, "*cifar.bin, record 1, byte 3073: expected a class 0 … 9 of CIFAR-10, but got 10." },
        { File([20, 5], 2), true, "*cifar.bin, record 0, byte 0: expected a class 0 … 19 of CIFAR-100, but got 20." },
        { File([1, 5, 2, 100], 2), true, "*cifar.bin, record 1, byte 3075: expected a class 0 … 99 of CIFAR-100, but got 100." },
        { [0x80, 3, .. new byte[100]], false, "expected whole records*, but got 102 bytes. It seems to be a pickle of Python*" },
        { TempFolder.Gzip(File([1], 1)), false, "expected whole records*It seems to be gzip: unpack it first." },
        { [.. "<!DOCTYPE html>"u8, .. File([1], 1).AsSpan(15)], false, "*record 0, byte 0: expected a class 0 … 9 of CIFAR-10, but got 60.*" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_is_wrong_is_refused_with_the_file_the_byte_what_was_expected_and_what_came(byte[] file, bool is100, string message)
    {
        string path = folder.Write("cifar.bin", file);
        Action read = () => _ = is100 ? Dataset.FromCifar100(path) : Dataset.FromCifar10(path);

        read.Should().Throw<InvalidDataException>().WithMessage(message.StartsWith('*') ? message : $"{path}: {message}");
    }

    [Fact]
    public void The_file_that_is_wrong_is_named()
    {
        string good = folder.Write("good.bin", File([1], 1)), bad = folder.Write("bad.bin.gz", TempFolder.Gzip(File([11], 1)));
        folder.Invoking(_ => Dataset.FromCifar10(good, bad)).Should().Throw<InvalidDataException>().WithMessage("*bad.bin.gz, record 0, byte 0:*");
        byte[] cut = TempFolder.Gzip(File([1], 1))[..^9];
        folder.Invoking(f => Dataset.FromCifar10(f.Write("cut.bin.gz", cut))).Should().Throw<InvalidDataException>()
            .WithMessage("*cut.bin.gz: the gzip data*");
        foreach (string path in new[] { good, bad })
            System.IO.File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }

    [Fact]
    public void Missing_files_and_no_paths_give_the_usual_exceptions()
    {
        folder.Invoking(f => Dataset.FromCifar10(f.PathOf("none"))).Should().Throw<FileNotFoundException>();
        folder.Invoking(f => Dataset.FromCifar100(f.PathOf("none"))).Should().Throw<FileNotFoundException>();
        folder.Invoking(_ => Dataset.FromCifar10()).Should().Throw<ArgumentException>().WithMessage("Expected the path of at least one file.*");
        folder.Invoking(_ => Dataset.FromCifar10("")).Should().Throw<ArgumentException>();
        folder.Invoking(_ => Dataset.FromCifar100(null!)).Should().Throw<ArgumentNullException>();
    }
}
