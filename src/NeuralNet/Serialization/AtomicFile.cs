namespace NeuralNet;

/// <summary>Writes a file as a whole or not at all: whoever opens its name finds the old content or the new, never a part.</summary>
/// <remarks>
/// The content goes to a file beside it, "NAME.tmp", from there to the disk, and only then is the name given to it, which
/// file systems do in one step. A process that is killed in between leaves the old file whole, and the other, which the next
/// save overwrites. Two that save to one name at once: the second is refused.
/// </remarks>
internal static class AtomicFile
{
    public static void Write(string path, Action<FileStream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Target(path), temporary = target + ".tmp";
        FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            if (!OperatingSystem.IsWindows() && File.Exists(target))
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    // A link stays a link: what it points to is replaced.
    private static string Target(string path)
    {
        FileSystemInfo? target = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true) : null;
        return target?.FullName ?? Path.GetFullPath(path);
    }
}
