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
    public void The_remains_of_a_killed_save_are_overwritten()
    {
        string path = Path.Combine(folder, "x");
        File.WriteAllText(path + ".tmp", new string('?', 100_000));
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        File.ReadAllText(path).Should().Be("new");
        Directory.GetFiles(folder).Should().Equal(path);
    }

    [Fact]
    public void Two_saves_to_one_name_at_once_are_refused_and_the_first_one_wins()
    {
        string path = Path.Combine(folder, "x");
        AtomicFile.Write(path, stream =>
        {
            Action second = () => AtomicFile.Write(path, other => other.Write("second"u8));
            second.Should().Throw<IOException>();
            stream.Write("first"u8);
        });
        File.ReadAllText(path).Should().Be("first");
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
