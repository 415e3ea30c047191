namespace NeuralNet;

/// <summary>Writes a file as a whole or not at all: whoever opens its name finds the old content or the new, never a part.</summary>
/// <remarks>The content goes to a file of its own beside it, "NAME.xxxxxxxx.tmp", from there to the disk, and only then is the name given to
/// it, which file systems do in one step. A process that is killed in between leaves the old file whole, and the other, which a
/// later save removes. Of several that save to one name at once the last one wins.</remarks>
internal static class AtomicFile
{
    private const string Ending = ".tmp";

    // Nobody still writes to what has not been written to for so long.
    private static readonly TimeSpan abandoned = TimeSpan.FromMinutes(1);

    public static void Write(string path, Action<FileStream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Target(path), temporary = $"{target}.{Path.GetRandomFileName()[..8]}{Ending}";
        RemoveAbandoned(target);
        using (FileStream stream = new(temporary, Options(target)))
        {
            try
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            catch
            {
                stream.Dispose();
                TryDelete(temporary);
                throw;
            }
        }

        Rename(temporary, target);
    }

    // A file that only its owner may read is never readable for others, not even under another name.
    private static FileStreamOptions Options(string target)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows() && File.Exists(target))
            options.UnixCreateMode = File.GetUnixFileMode(target) & ~(UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.StickyBit);
        return options;
    }

    private static void Rename(string temporary, string target)
    {
        for (int left = OperatingSystem.IsWindows() ? 10 : 0; ; left--)
        {
            try
            {
                // The mode once more: in making the file the process's own mask has taken from it.
                if (!OperatingSystem.IsWindows() && File.Exists(target))
                    File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
                File.Move(temporary, target, overwrite: true);
                return;
            }
            catch (Exception refusal) when (left > 0 && (refusal is IOException or UnauthorizedAccessException))
            {
                Thread.Sleep(20); // there, a file that somebody reads cannot be replaced
            }
            catch
            {
                TryDelete(temporary);
                throw;
            }
        }
    }

    // A link stays a link: what it points to is replaced.
    private static string Target(string path)
    {
        string target = new FileInfo(path).LinkTarget is null ? Path.GetFullPath(path) : LinkTarget(path);
        if (Directory.Exists(target))
            throw new UnauthorizedAccessException($"{target} is a folder; the name of a file was expected.");
        if (IsSpecial(target))
            throw new IOException($"{target} is no regular file, and would be replaced by one; write to a stream of it instead.");
        return target;
    }

    // What it points to need not be there yet.
    private static string LinkTarget(string path)
    {
        for (int links = 0; links < 40 && new FileInfo(path).LinkTarget is { } next; links++)
            path = Path.GetFullPath(next, Path.GetDirectoryName(Path.GetFullPath(path))!);
        return path;
    }

    // Devices and pipes say that they are files, of length 0. A device can be told by its place only.
    private static bool IsSpecial(string target)
    {
        if (OperatingSystem.IsWindows() || new FileInfo(target) is not { Exists: true, Length: 0 })
            return false;
        if (target.StartsWith("/dev/", StringComparison.Ordinal) && !target.StartsWith("/dev/shm/", StringComparison.Ordinal))
            return true;
        try
        {
            // For reading and writing, because a pipe would wait for its other end.
            using FileStream file = new(target, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return !file.CanSeek;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return false; // the save itself will say what is wrong
        }
    }

    private static void RemoveAbandoned(string target)
    {
        try
        {
            string folder = Path.GetDirectoryName(target)!, name = Path.GetFileName(target);
            foreach (string other in Directory.EnumerateFiles(folder, name + ".????????" + Ending))
            {
                if (DateTime.UtcNow - File.GetLastWriteTimeUtc(other) > abandoned)
                    TryDelete(other);
            }
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            // The save itself will say what is wrong.
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            // What went wrong before is more worth knowing.
        }
    }
}
