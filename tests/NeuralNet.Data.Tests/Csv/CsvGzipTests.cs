namespace NeuralNet.Tests.Data;

public sealed class CsvGzipTests : IDisposable
{
    // What bgzip ends its files with: a member of nothing.
    private static readonly byte[] nothing = Convert.FromHexString("1f8b08040000000000ff0600424302001b0003000000000000000000");
    private static readonly byte[] packed = TempFolder.Gzip(string.Concat(Enumerable.Range(0, 50).Select(i => $"{i * 7919 % 1000},{i % 2}\n")));
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("data.csv.gz")]
    [InlineData("data.csv")]
    public void Gzip_is_known_by_its_content(string name) => Dataset.FromCsv(folder.Write(name, packed)).Rows.Should().Be(50);

    [Fact]
    public void A_name_alone_makes_no_gzip() => Dataset.FromCsv(folder.Write("plain.csv.gz", "1,2,0\n3,4,1\n")).Rows.Should().Be(2);

    [Fact]
    public void Members_follow_each_other()
    {
        Dataset.FromCsv(folder.Write("two.gz", [.. packed, .. TempFolder.Gzip("5,1\n7,0\n")])).Rows.Should().Be(52);
        Dataset.FromCsv(folder.Write("bgzip.gz", [.. packed, .. nothing])).Rows.Should().Be(50);
        FluentActions.Invoking(() => Dataset.FromCsv(folder.Write("empty.gz", nothing))).Should().Throw<InvalidDataException>()
            .WithMessage("*empty.gz: the file is empty.");
    }

    [Fact]
    public void A_file_of_many_blocks_is_read()
    {
        string text = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{i * 7919L % 100_003},{i % 2}\n"));

        Dataset data = Dataset.FromCsv(folder.Write("large.gz", [.. TempFolder.Gzip(text), .. TempFolder.Gzip(text)]));

        data.Rows.Should().Be(600_000);
        data.Inputs[599_999].Should().Be(299_999 * 7919L % 100_003);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_unless_a_member_ends_there()
    {
        byte[] all = [.. packed, .. TempFolder.Gzip("5,1\n7,0\n")];
        for (int length = 2; length < all.Length; length++)
        {
            string path = folder.Write("cut.csv.gz", all[..length]);
            Action read = () => Dataset.FromCsv(path);
            if (length == packed.Length)
                read.Should().NotThrow();
            else
                read.Should().Throw<InvalidDataException>($"only {length} of {all.Length} bytes are there")
                    .WithMessage("*cut.csv.gz: the gzip data are truncated*");
        }
    }

    [Fact]
    public void What_follows_and_is_no_member_is_refused()
    {
        foreach (byte[] more in new byte[][] { [1, 2, 3, 4], [0, 0, 0, 0], [0x1F], [0x1F, 0x8B] })
        {
            Action read = () => Dataset.FromCsv(folder.Write("more.csv.gz", [.. packed, .. more]));
            read.Should().Throw<InvalidDataException>().WithMessage("*more.csv.gz: the gzip data are *");
        }
    }

    [Fact]
    public void A_wrong_checksum_or_length_is_refused()
    {
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
    public void Missing_files_folders_and_empty_paths_give_the_usual_exceptions()
    {
        folder.Invoking(f => Dataset.FromCsv(f.PathOf("none.csv"))).Should().Throw<FileNotFoundException>().WithMessage("*none.csv*");
        folder.Invoking(f => Table.FromCsv(f.PathOf("no/none.csv"))).Should().Throw<DirectoryNotFoundException>();
        folder.Invoking(f => Dataset.FromCsv(f.PathOf("."))).Should().Throw<UnauthorizedAccessException>().WithMessage("*is a folder; the path*");
        FluentActions.Invoking(() => Dataset.FromCsv("")).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Table.FromCsv((string)null!)).Should().Throw<ArgumentNullException>();
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
