using System.Globalization;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>Values that a model keeps in files beside its own (external data): plain files of the same folder, and no others.</summary>
/// <param name="folder">The folder of the model.</param>
internal sealed class ExternalData(string folder) : IDisposable
{
    // Two tensors may share their bytes; more would let a small model ask for a multiple of what there is.
    private const int MostTimes = 2;

    private readonly Dictionary<string, long> read = [];
    private string? openName;
    private FileStream? open;

    /// <summary>How many bytes have been read.</summary>
    public long BytesRead => read.Values.Sum();

    /// <summary>The bytes of a tensor.</summary>
    /// <param name="proto">The tensor, which says where they are.</param>
    /// <param name="what">What it is called in a refusal.</param>
    /// <param name="count">How many bytes its values take.</param>
    /// <exception cref="InvalidDataException">There are not as many, or they are not in a file of this folder.</exception>
    public byte[] Read(TensorProto proto, string what, long count)
    {
        var entries = new Dictionary<string, string>();
        foreach (StringStringEntryProto entry in proto.ExternalData)
        {
            if (!entries.TryAdd(entry.Key, entry.Value))
                throw Bad(what, $"its place in another file has \"{Printable.Text(entry.Key)}\" twice");
        }

        string name = entries.GetValueOrDefault("location", "");
        FileStream file = Open(name, what);
        long offset = Number(entries, "offset", 0, what), length = Number(entries, "length", count, what);
        if (length != count)
            throw Bad(what, FormattableString.Invariant($"its values take {count} bytes, and {length} are said to be in another file (length)"));
        if (count > Array.MaxLength)
            throw Bad(what, FormattableString.Invariant($"its values take {count} bytes; at most {Array.MaxLength} are read in one piece"));
        if (offset > file.Length - count)
            throw Bad(what, FormattableString.Invariant(
                $"{count} bytes from {offset} on were expected in \"{Printable.Text(name)}\", and the file has {file.Length}"));
        long sum = read.GetValueOrDefault(name) + count;
        if (sum > MostTimes * file.Length)
            throw Bad(what, $"the tensors read \"{Printable.Text(name)}\" more than {MostTimes} times over");
        read[name] = sum;
        byte[] bytes = new byte[count];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    public void Dispose() => open?.Dispose();

    private FileStream Open(string name, string what)
    {
        if (name == openName)
            return open!;
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny(['/', '\\', ':', '\0']) >= 0)
            throw Bad(what, $"its data is in another file, \"{Printable.Text(name)}\"; the plain name of a file in the model's folder was expected, "
                + $"and no other file is opened");
        string path = Path.GetFullPath(Path.Combine(folder, name));
        var info = new FileInfo(path);
        if (info.Exists && info.ResolveLinkTarget(returnFinalTarget: true) is { } target)
        {
            if (Path.GetDirectoryName(target.FullName) != Path.GetDirectoryName(path))
                throw Bad(what, $"its data is in another file, \"{Printable.Text(name)}\", which is a link out of the model's folder; put the file "
                    + $"itself there, no other file is opened");
            info = new FileInfo(target.FullName);
        }

        // Asked before it is opened: a pipe would wait for somebody to write, and a device has no end; both have no length.
        if (!info.Exists)
            throw Bad(what, $"its data is in another file, \"{Printable.Text(name)}\", which is not beside the model; put both into one folder, or "
                + $"export the model as one file (external_data=False)");
        if (info.Length == 0)
            throw Bad(what, $"its data is in another file, \"{Printable.Text(name)}\", which is empty, or no regular file");
        open?.Dispose();
        openName = null;
        open = new FileStream(info.FullName, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        openName = name;
        return open;
    }

    private static long Number(Dictionary<string, string> entries, string key, long otherwise, string what)
    {
        if (!entries.TryGetValue(key, out string? text))
            return otherwise;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value
            : throw Bad(what, $"its place in another file has the {key} \"{Printable.Text(text)}\"; a whole number from 0 on was expected");
    }

    private static InvalidDataException Bad(string what, string why) => new($"{what}: {why}.");
}
