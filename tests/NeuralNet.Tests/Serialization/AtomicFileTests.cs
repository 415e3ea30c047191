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
        string path = Path.Combine(folder, "x"), old = path + ".abcdefgh.neuralnet.tmp", recent = path + ".ijklmnop.neuralnet.tmp";
        File.WriteAllText(old, "half of");
        File.WriteAllText(recent, "half of");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddMinutes(-2));

        AtomicFile.Write(path, stream => stream.Write("new"u8));

        Directory.GetFiles(folder).Should().BeEquivalentTo(path, recent);
    }

    [Fact]
    public void What_others_have_called_temporary_is_never_removed()
    {
        string[] foreign =
        [
            "x.tmp", "x.20260101.tmp", "x.OLD-COPY.tmp", "x.neuralnet.tmp", "x.abc.neuralnet.tmp", "x.2026-01-01.neuralnet.tmp",
            "x.BACKUP12.neuralnet.tmp", "x.my-notes.neuralnet.tmp",
            "xy.abcdefgh.neuralnet.tmp", "x.abcdefgh.neuralnet.tmp.old",
        ];
        foreach (string file in foreign)
        {
            File.WriteAllText(Path.Combine(folder, file), "kept");
            File.SetLastWriteTimeUtc(Path.Combine(folder, file), DateTime.UtcNow.AddDays(-2));
        }

        AtomicFile.Write(Path.Combine(folder, "x"), stream => stream.Write("new"u8));
        if (!OperatingSystem.IsWindows())
        {
            foreach (string pattern in new[] { "*", "?", "x*" })
                AtomicFile.Write(Path.Combine(folder, pattern), stream => stream.Write("new"u8));
        }

        Directory.GetFiles(folder).Select(Path.GetFileName).Should().Contain(foreign);
    }

    [Fact]
    public void Names_are_as_long_as_the_file_system_has_them()
    {
        string[] names = [new('n', 230), new('n', 243), new('n', 255), new('ü', 127), "a" + Repeat("😀", 63)];
        foreach (string name in names)
        {
            string path = Path.Combine(folder, name);
            AtomicFile.Write(path, stream => stream.Write("first"u8));
            AtomicFile.Write(path, stream => stream.Write("2nd"u8));
            File.ReadAllText(path).Should().Be("2nd");
            Directory.GetFiles(folder).Should().Equal(path);
            File.Delete(path);
        }

        static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
    }

    [Fact]
    public void Paths_are_as_long_as_the_system_has_them()
    {
        if (!OperatingSystem.IsLinux())
            return; // others have other limits

        string path = folder;
        while (path.Length < 3900)
            path = Directory.CreateDirectory(Path.Combine(path, new string('d', 100))).FullName;
        path = Path.Combine(path, new string('n', 4095 - path.Length - 1));
        AtomicFile.Write(path, stream => stream.Write("first"u8));
        AtomicFile.Write(path, stream => stream.Write("2nd"u8));
        File.ReadAllText(path).Should().Be("2nd");
        Directory.GetFiles(Path.GetDirectoryName(path)!).Should().Equal(path);
    }

    [Theory]
    [InlineData("ends in dots...")]
    [InlineData("....")]
    [InlineData(".hidden")]
    [InlineData("*?[x]")]
    public void Networks_and_checkpoints_are_saved_under_any_name_the_file_system_has(string name)
    {
        if (OperatingSystem.IsWindows())
            return; // has fewer

        foreach (string longer in new[] { name, name + new string('神', (255 - name.Length) / 3), name + new string('n', 255 - name.Length) })
        {
            string path = Path.Combine(folder, longer);
            Network network = Network.Create(2).Dense(1).Build(1);
            using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f));
            network.Save(path);
            Network.Load(path).Parameters.ToArray().Should().Equal(network.Parameters.ToArray());
            trainer.SaveCheckpoint(path);
            trainer.Resume(path).Should().BeTrue();
            Directory.GetFiles(folder).Should().Equal(path);
            File.Delete(path);
        }
    }

    [Fact]
    public void Networks_and_checkpoints_leave_the_files_of_others()
    {
        Network network = Network.Create(2).Dense(1).Build(1);
        using var trainer = new Trainer(network, Divergence.L2, new Sgd(0.1f));
        string within = Directory.CreateDirectory(Path.Combine(folder, "within")).FullName;
        string[] foreign =
        [
            Foreign(folder, "net.20260101.tmp"), Foreign(folder, "net.OLD-COPY.tmp"), Foreign(folder, ".net.20260101.tmp"),
            Foreign(within, "net.20260101.tmp"),
        ];
        network.Save(Path.Combine(folder, "net"));
        network.Save(Path.Combine(folder, ".net"));
        trainer.SaveCheckpoint(Path.Combine(folder, "net"));
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(folder, "link"), Path.Combine(within, "net"));
            network.Save(Path.Combine(folder, "link"));
            File.Exists(Path.Combine(within, "net")).Should().BeTrue("the link led to nothing yet");
        }

        foreign.Should().OnlyContain(file => File.ReadAllText(file) == "kept");

        static string Foreign(string folder, string name)
        {
            string file = Path.Combine(folder, name);
            File.WriteAllText(file, "kept");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2));
            return file;
        }
    }

    [Fact]
    public void A_circle_of_links_is_said_and_stays()
    {
        if (OperatingSystem.IsWindows())
            return;

        string one = Path.Combine(folder, "one"), two = Path.Combine(folder, "two");
        File.CreateSymbolicLink(one, two);
        File.CreateSymbolicLink(two, one);
        Action write = () => AtomicFile.Write(one, _ => { });
        write.Should().Throw<IOException>().WithMessage($"{one} is a link that leads to no end*circle*");
        new FileInfo(one).LinkTarget.Should().Be(two);
    }

    [Fact]
    public void Remains_of_a_long_name_are_removed_too()
    {
        string path = Path.Combine(folder, new string('n', 250)), remains = "";
        AtomicFile.Write(path, stream => remains = stream.Name);
        File.WriteAllText(remains, "half of");
        File.SetLastWriteTimeUtc(remains, DateTime.UtcNow.AddMinutes(-2));
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        Directory.GetFiles(folder).Should().Equal(path);
    }

    [Fact]
    public void Of_long_names_that_begin_alike_none_removes_the_temporaries_of_another()
    {
        string one = Path.Combine(folder, new string('n', 240) + "001"), two = Path.Combine(folder, new string('n', 240) + "002"), remains = "";
        AtomicFile.Write(one, stream => remains = stream.Name);
        File.WriteAllText(remains, "half of");
        File.SetLastWriteTimeUtc(remains, DateTime.UtcNow.AddMinutes(-2));
        AtomicFile.Write(two, stream => stream.Write("new"u8));
        File.Exists(remains).Should().BeTrue();
        AtomicFile.Write(one, stream => stream.Write("new"u8));
        Directory.GetFiles(folder).Should().BeEquivalentTo(one, two);
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
    public void Refusals_keep_their_type_and_number()
    {
        string path = Path.Combine(folder, "x");
        Refused(file => new IOException($"No space left on device : '{file}'", 28)).Should().BeOfType<IOException>().Which.HResult.Should().Be(28);
        Refused(file => new FileNotFoundException($"Could not find file '{file}'.", file))
            .Should().BeOfType<FileNotFoundException>().Which.FileName.Should().Be(path);
        Refused(file => new PathTooLongException($"The path '{file}' is too long.")).Should().BeOfType<PathTooLongException>();
        if (!OperatingSystem.IsWindows())
            Refused(_ => new IOException("Device or resource busy", 16)).HResult.Should().Be(16);

        Exception Refused(Func<string, IOException> refusal)
        {
            Exception thrown = Record.Exception(() => AtomicFile.Write(path, stream => throw refusal(stream.Name)));
            thrown.Message.Should().Contain(path).And.NotContain(".neuralnet.tmp");
            thrown.HResult.Should().Be(thrown.InnerException!.HResult);
            return thrown;
        }
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
        write.Should().Throw<DirectoryNotFoundException>()
            .WithMessage($"{Path.Combine(folder, "no", "x")}: there is no folder {Path.Combine(folder, "no")}; make it first.");
    }

    [Fact]
    public void Refusals_name_the_file_that_was_asked_for()
    {
        string path = Path.Combine(folder, "x");
        Action write = () => AtomicFile.Write(path, stream => throw new IOException($"No space left on device : '{stream.Name}'"));
        write.Should().Throw<IOException>().WithMessage($"No space left on device : '{path}'");
        Action denied = () => AtomicFile.Write(path, stream => throw new UnauthorizedAccessException($"Access to '{stream.Name}' is denied."));
        denied.Should().Throw<UnauthorizedAccessException>()
            .WithMessage($"Access to '{path}' is denied. A save makes a new file in {folder}, which must be allowed, too.");

        // What a rename says of a file that the system holds.
        Action busy = () => AtomicFile.Write(path, _ => throw new IOException("Device or resource busy", 16));
        if (!OperatingSystem.IsWindows())
            busy.Should().Throw<IOException>().WithMessage($"{path} cannot be replaced*mount*");
        Directory.GetFiles(folder).Should().BeEmpty();
    }
}
