namespace NeuralNet.Tests.Data;

public sealed class DataFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_compressed_file_is_known_by_its_ending()
    {
        byte[] packed = TempFolder.Gzip("1,2,0\n3,4,1\n");

        Dataset.FromCsv(folder.Write("data.csv.gz", packed)).Rows.Should().Be(2);
        Dataset.FromCsv(folder.Write("DATA.CSV.GZ", packed)).Rows.Should().Be(2);
        folder.Invoking(f => Dataset.FromCsv(f.Write("data.csv", packed))).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void A_file_compressed_in_several_members_or_followed_by_more_is_refused()
    {
        byte[] packed = TempFolder.Gzip("1,2,0\n3,4,1\n");

        foreach (byte[] more in new byte[][] { TempFolder.Gzip("5,6,1\n"), [1, 2, 3, 4] })
        {
            Action read = () => Dataset.FromCsv(folder.Write("more.csv.gz", [.. packed, .. more]));
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
            Action read = () => Dataset.FromCsv(path);
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
            Action read = () => Dataset.FromCsv(path);
            read.Should().Throw<InvalidDataException>($"byte {i} is wrong").WithMessage("*wrong.csv.gz: the gzip data are corrupt.");
        }
    }

    [Fact]
    public void What_is_not_compressed_at_all_is_refused()
    {
        Action read = () => Dataset.FromCsv(folder.Write("plain.csv.gz", "1,2,0\n3,4,1\n"));

        read.Should().Throw<InvalidDataException>()
            .WithMessage("*plain.csv.gz: the name ends in .gz, but the content is not gzip. It seems to be text.");
    }

    [Fact]
    public void Missing_files_folders_and_empty_paths_give_the_usual_exceptions()
    {
        folder.Invoking(f => Dataset.FromCsv(f.PathOf("none.csv"))).Should().Throw<FileNotFoundException>().WithMessage("*none.csv*");
        folder.Invoking(f => Dataset.FromCsv(f.PathOf("no/none.csv"))).Should().Throw<DirectoryNotFoundException>();
        folder.Invoking(f => Dataset.FromCsv(f.PathOf("."))).Should().Throw<UnauthorizedAccessException>().WithMessage("*is a folder; the path*");
        folder.Invoking(f => Dataset.FromCifar10(f.PathOf("."))).Should().Throw<UnauthorizedAccessException>().WithMessage("*is a folder; the path*");
        FluentActions.Invoking(() => Dataset.FromCsv("")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Dataset.FromCsv(null!)).Should().Throw<ArgumentNullException>();
        FluentActions.Invoking(() => Dataset.FromIdx(null!, "labels")).Should().Throw<ArgumentNullException>();
        folder.Invoking(f => Dataset.FromIdx(f.PathOf("none"), f.PathOf("none"))).Should().Throw<FileNotFoundException>();
    }

    [Fact]
    public void A_file_is_closed_after_reading_and_after_a_refusal()
    {
        string good = folder.Write("good.csv", "1,0\n2,1\n"), bad = folder.Write("bad.csv", "1,0\nx,1\n");
        Dataset.FromCsv(good);
        FluentActions.Invoking(() => Dataset.FromCsv(bad)).Should().Throw<InvalidDataException>();

        foreach (string path in new[] { good, bad })
            File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
    }
}
