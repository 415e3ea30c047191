namespace NeuralNet;

/// <summary>Where the bytes come from, more than once if need be: a file, or a stream.</summary>
internal sealed class CsvInput
{
    private readonly string? path;
    private readonly Stream? stream;
    private readonly long start;

    public CsvInput(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw new UnauthorizedAccessException($"{path} is a folder; the path of a file in it was expected.");
        this.path = path;
    }

    /// <summary>A stream from where it is; one that cannot go back is read into memory first.</summary>
    public CsvInput(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
        {
            var memory = new MemoryStream();
            stream.CopyTo(memory);
            memory.Position = 0;
            stream = memory;
        }

        this.stream = stream;
        start = stream.Position;
    }

    public CsvFile Open()
    {
        if (path is not null)
        {
            var opened = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1);
            return new CsvFile(opened, path, isOwned: true);
        }

        stream!.Position = start;
        return new CsvFile(stream, stream is FileStream file ? file.Name : "the stream", isOwned: false);
    }
}
