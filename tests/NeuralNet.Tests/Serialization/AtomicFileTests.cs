namespace NeuralNet.Tests.Serialization;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_file_is_made_and_replaced_and_nothing_is_left_beside_it()
    {
        string path = Path.Combine(folder, "x");
        AtomicFile.Write(path, stream => stream.Write("first"u8));
        AtomicFile.Write(path, stream => stream.Write("2nd"u8));

        File.ReadAllText(path).Should().Be("2nd");
        Directory.GetFiles(folder).Should().Equal(path);
    }

    [Fact]
    public void What_fails_while_writing_leaves_the_old_file_whole_and_nothing_beside_it()
    {
        string path = Path.Combine(folder, "x");
        File.WriteAllText(path, "old");

        Action failing = () => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of"u8);
            throw new InvalidOperationException("on purpose");
        });

        failing.Should().Throw<InvalidOperationException>().WithMessage("on purpose");
        File.ReadAllText(path).Should().Be("old");
        Directory.GetFiles(folder).Should().Equal(path);
    }

    [Fact]
    public void The_remains_of_killed_saves_are_removed_once_nobody_writes_to_them()
    {
        string path = Path.Combine(folder, "x"), old = path + ".abcdefgh.tmp", recent = path + ".ijklmnop.tmp", foreign = path + ".tmp";
        foreach (string file in new[] { old, recent, foreign })
            File.WriteAllText(file, "half of");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddMinutes(-2));
        File.SetLastWriteTimeUtc(foreign, DateTime.UtcNow.AddMinutes(-2));

        AtomicFile.Write(path, stream => stream.Write("new"u8));

        Directory.GetFiles(folder).Should().BeEquivalentTo(path, recent, foreign);
    }

    [Fact]
    public void Of_two_saves_to_one_name_at_once_the_last_one_wins_and_none_is_mixed_up()
    {
        string path = Path.Combine(folder, "x");
        AtomicFile.Write(path, stream =>
        {
            AtomicFile.Write(path, other => other.Write("second"u8));
            stream.Write("first"u8);
        });
        File.ReadAllText(path).Should().Be("first");
        Directory.GetFiles(folder).Should().Equal(path);
    }

    [Fact]
    public async Task Whoever_reads_while_several_save_finds_one_of_their_files_whole()
    {
        string path = Path.Combine(folder, "x");
        void Save(char letter)
        {
            for (int i = 0; i < 60; i++)
                AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.ASCII.GetBytes(new string(letter, 100_000))));
        }

        Save('a');
        Task[] savers = [Task.Run(() => Save('b')), Task.Run(() => Save('c'))];
        do
        {
            string text = File.ReadAllText(path);
            text.Should().HaveLength(100_000);
            text.Distinct().Should().HaveCount(1);
        }
        while (!Task.WhenAll(savers).IsCompleted);
        await Task.WhenAll(savers);
        Directory.GetFiles(folder).Should().Equal(path);
    }

    [Fact]
    public void A_folder_and_a_device_are_not_replaced()
    {
        new Action(() => AtomicFile.Write(folder, _ => { })).Should().Throw<UnauthorizedAccessException>().WithMessage("*folder*");
        if (!OperatingSystem.IsWindows())
            new Action(() => AtomicFile.Write("/dev/null", _ => { })).Should().Throw<IOException>().WithMessage("*no regular file*");
    }

    [Fact]
    public void A_link_stays_a_link_and_the_mode_stays_the_mode()
    {
        if (OperatingSystem.IsWindows())
            return; // links need a privilege there, and there are no modes

        string path = Path.Combine(folder, "x"), link = Path.Combine(folder, "link");
        File.WriteAllText(path, "old");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(link, path);
        AtomicFile.Write(link, stream => stream.Write("new"u8));

        File.ReadAllText(path).Should().Be("new");
        new FileInfo(link).LinkTarget.Should().Be(path);
        File.GetUnixFileMode(path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_said()
    {
        Action write = () => AtomicFile.Write(Path.Combine(folder, "no", "x"), _ => { });
        write.Should().Throw<DirectoryNotFoundException>();
    }
}
