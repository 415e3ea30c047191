using System.Text;

namespace NeuralNet.Tests.Data;

public sealed class DataFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static string Read(string path)
    {
        using var file = new DataFile(path);
        return Encoding.UTF8.GetString(file.ReadUpTo(1 << 20));
    }

    [Fact]
    public void A_compressed_file_is_known_by_its_ending()
    {
        byte[] packed = TempFolder.Gzip("1,2,0\n3,4,1\n");

        Read(folder.Write("data.csv.gz", packed)).Should().Be("1,2,0\n3,4,1\n");
        Read(folder.Write("DATA.CSV.GZ", packed)).Should().Be("1,2,0\n3,4,1\n");
        using var file = new DataFile(folder.Write("data.csv", packed));
        file.ReadUpTo(1 << 20).Should().Equal(packed);
    }

    [Fact]
    public void A_file_compressed_in_several_members_or_followed_by_more_is_refused()
    {
        byte[] packed = TempFolder.Gzip("1,2,0\n3,4,1\n");

        foreach (byte[] more in new byte[][] { TempFolder.Gzip("5,6,1\n"), [1, 2, 3, 4] })
        {
            Action read = () => Read(folder.Write("more.csv.gz", [.. packed, .. more]));
            read.Should().Throw<InvalidDataException>()
                .WithMessage("*more.csv.gz: the gzip data are truncated, or followed by more: expected * bytes after decompression*");
        }
    }

    [Fact]
    public void A_compressed_file_cut_anywhere_is_refused()
    {
        byte[] packed = TempFolder.Gzip(string.Concat(Enumerable.Range(0, 50).Select(i => $"{i * 7919 % 1000},{i % 2}\n")));

        for (int length = 0; length < packed.Length; length++)
        {
            string path = folder.Write("cut.csv.gz", packed[..length]);
            Action read = () => Read(path);
            read.Should().Throw<InvalidDataException>($"only {length} of {packed.Length} bytes are there")
                .WithMessage("*cut.csv.gz: the gzip data are truncated*");
        }
    }

    [Fact]
    public void A_wrong_checksum_or_length_is_refused()
    {
        byte[] packed = TempFolder.Gzip("1,2,0\n3,4,1\n");
        for (int i = packed.Length - 8; i < packed.Length; i++)
        {
            byte[] wrong = [.. packed];
            wrong[i] ^= 1;
            string path = folder.Write("wrong.csv.gz", wrong);
            Action read = () => Read(path);
            read.Should().Throw<InvalidDataException>($"byte {i} is wrong").WithMessage("*wrong.csv.gz: the gzip data are corrupt.");
        }
    }

    [Fact]
    public void What_is_not_compressed_at_all_is_refused()
    {
        Action read = () => Read(folder.Write("plain.csv.gz", "1,2,0\n3,4,1\n"));

        read.Should().Throw<InvalidDataException>()
            .WithMessage("*plain.csv.gz: the name ends in .gz, but the content is not gzip. It seems to be text.");
    }

    [Fact]
    public void Missing_files_folders_and_empty_paths_give_the_usual_exceptions()
    {
        folder.Invoking(f => Dataset.FromCifar10(f.PathOf("none.bin"))).Should().Throw<FileNotFoundException>().WithMessage("*none.bin*");
        folder.Invoking(f => Dataset.FromCifar10(f.PathOf("no/none.bin"))).Should().Throw<DirectoryNotFoundException>();
        folder.Invoking(f => Dataset.FromCifar10(f.PathOf("."))).Should().Throw<UnauthorizedAccessException>().WithMessage("*is a folder; the path*");
        FluentActions.Invoking(() => Dataset.FromCifar10("")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Dataset.FromIdx(null!, "labels")).Should().Throw<ArgumentNullException>();
        folder.Invoking(f => Dataset.FromIdx(f.PathOf("none"), f.PathOf("none"))).Should().Throw<FileNotFoundException>();
    }

    [Fact]
    public void A_file_is_closed_after_reading_and_after_a_refusal()
    {
        string good = folder.Write("good.bin", new byte[3073]), bad = folder.Write("bad.bin", "x");
        Dataset.FromCifar10(good);
        FluentActions.Invoking(() => Dataset.FromCifar10(bad)).Should().Throw<InvalidDataException>();

        foreach (string path in new[] { good, bad })
            File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }
}
