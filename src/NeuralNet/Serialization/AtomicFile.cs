using System.Buffers;
using System.Text;

namespace NeuralNet;

/// <summary>Writes a file as a whole or not at all: whoever opens its name finds the old content or the new, never a part.</summary>
/// <remarks>The content goes to a file of its own beside it, "NAME.xxxxxxxx.neuralnet.tmp", from there to the disk, and only then is the name given
/// to it, which file systems do in one step. A process that is killed in between leaves the old file whole, and the other, which a
/// later save removes. Of several that save to one name at once the last one wins. Refusals name the file that was asked for.</remarks>
internal static class AtomicFile
{
    // A mark of the library's own, behind letters such as Path.GetRandomFileName gives: nothing else is ever deleted.
    private const string Mark = ".neuralnet.tmp";
    private const int Letters = 8, MaxNameBytes = 255;

    private static readonly SearchValues<char> letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789");

    // EBUSY, as Linux and macOS number it.
    private const int Busy = 16;

    // Windows has more; there a beginning is cut off where it need not be, which does no harm.
    private static readonly int maxPathBytes = OperatingSystem.IsMacOS() ? 1023 : 4095;

    // Nobody still writes to what has not been written to for so long.
    private static readonly TimeSpan abandoned = TimeSpan.FromMinutes(1);

    public static void Write(string path, Action<FileStream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Target(path), folder = Path.GetDirectoryName(target)!, name = Beginning(folder, Path.GetFileName(target));
        string temporary = Path.Combine(folder, name + Path.GetRandomFileName()[..Letters] + Mark);
        try
        {
            RemoveAbandoned(folder, name);
            Write(temporary, target, write);
            Rename(temporary, target);
        }
        catch (DirectoryNotFoundException refusal)
        {
            throw new DirectoryNotFoundException($"{path}: there is no folder {folder}; make it first.", refusal);
        }
        catch (UnauthorizedAccessException refusal) when (refusal.Message.Contains(temporary, StringComparison.Ordinal))
        {
            throw new UnauthorizedAccessException(
                refusal.Message.Replace(temporary, path, StringComparison.Ordinal)
                + $" A save makes a new file in {folder}, which must be allowed, too.", refusal);
        }
        catch (IOException refusal) when (refusal.HResult == Busy && !OperatingSystem.IsWindows())
        {
            throw Renamed(
                refusal, $"{path} cannot be replaced, because it is in use by the system: a file that is a mount of its own, say. Mount its folder "
                + "instead, or write to a stream of the file.", path);
        }
        catch (IOException refusal) when (refusal.Message.Contains(temporary, StringComparison.Ordinal))
        {
            throw Renamed(refusal, refusal.Message.Replace(temporary, path, StringComparison.Ordinal), path);
        }
    }

    // By their type and number programs tell a full disk, say, from what trying again would mend.
    private static IOException Renamed(IOException refusal, string message, string path)
    {
        IOException renamed = refusal switch
        {
            FileNotFoundException => new FileNotFoundException(message, path, refusal),
            PathTooLongException => new PathTooLongException(message, refusal),
            _ => new IOException(message, refusal),
        };
        renamed.HResult = refusal.HResult;
        return renamed;
    }

    private static void Write(string temporary, string target, Action<FileStream> write)
    {
        using FileStream stream = new(temporary, Options(target));
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

    // What the names of a file's temporaries begin with: its own name, of a long one, or one in a deep folder, as much as leaves room for the rest.
    private static string Beginning(string folder, string name)
    {
        int length = name.Length, most = Math.Min(MaxNameBytes, maxPathBytes - Encoding.UTF8.GetByteCount(folder) - 1) - 1 - Letters - Mark.Length;
        while (length > 0 && Encoding.UTF8.GetByteCount(name.AsSpan(0, length)) > most)
            length -= length > 1 && char.IsLowSurrogate(name[length - 1]) ? 2 : 1;
        return (length == name.Length ? name : Cut(name, length)) + ".";
    }

    // A checksum of the whole name takes the place of the end, so that of names that begin alike none removes the other's temporaries.
    private static string Cut(string name, int length)
    {
        int digits = Math.Min(length, 2 * sizeof(uint)), kept = length - digits;
        if (kept > 0 && char.IsHighSurrogate(name[kept - 1]))
            kept--;
        var checksum = new Checksum();
        checksum.Add(Encoding.UTF8.GetBytes(name));
        return name[..kept] + $"{checksum.Value:x8}"[..digits];
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
            throw new UnauthorizedAccessException($"{path} is a folder; the name of a file was expected.");
        if (IsSpecial(target))
            throw new IOException($"{path} is no regular file, and would be replaced by one; write to a stream of it instead.");
        return target;
    }

    // What it points to need not be there yet.
    private static string LinkTarget(string path)
    {
        string target = path;
        for (int links = 0; new FileInfo(target).LinkTarget is { } next; links++)
        {
            if (links == 40)
                throw new IOException($"{path} is a link that leads to no end: it is one of a circle, or of more than 40.");
            target = Path.GetFullPath(next, Path.GetDirectoryName(Path.GetFullPath(target))!);
        }

        return target;
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

    private static void RemoveAbandoned(string folder, string beginning)
    {
        try
        {
            // Without a pattern, because a name may have letters that would stand for others in it.
            foreach (string other in Directory.EnumerateFiles(folder))
            {
                string name = Path.GetFileName(other);
                if (name.Length == beginning.Length + Letters + Mark.Length && name.StartsWith(beginning, StringComparison.Ordinal)
                    && name.EndsWith(Mark, StringComparison.Ordinal) && name.AsSpan(beginning.Length, Letters).IndexOfAnyExcept(letters) < 0
                    && DateTime.UtcNow - File.GetLastWriteTimeUtc(other) > abandoned)
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
