using Microsoft.Win32.SafeHandles;

namespace NeuralNet;

/// <summary>A file of text that is read anew in each epoch, and must stay the same.</summary>
internal sealed class CsvSource
{
    private readonly CsvOptions options;
    private readonly CsvInput input;
    private readonly long length;

    public CsvSource(string path, CsvOptions options)
    {
        input = new CsvInput(path);
        (Path, this.options) = (path, options);
        using SafeFileHandle file = Open();
        length = RandomAccess.GetLength(file);
    }

    public string Path { get; }

    /// <summary>What the file is recognized by: its size, and 17 places in it.</summary>
    public string Signature
    {
        get
        {
            using SafeFileHandle file = Open();
            var checksum = new Checksum();
            FilePieces.Add(ref checksum, file, 0);
            return FormattableString.Invariant($"csv {RandomAccess.GetLength(file)} bytes {checksum.Value:x8}");
        }
    }

    /// <summary>Begins to read it.</summary>
    /// <exception cref="InvalidDataException">It has another length than before.</exception>
    public CsvRecords Read()
    {
        long now = new FileInfo(Path).Length;
        if (now != length)
            throw new InvalidDataException(FormattableString.Invariant(
                $"{Path}: the file had {length} bytes when the source was made, but has {now} now; make the source anew."));
        return new CsvRecords(input.Open(), options);
    }

    private SafeFileHandle Open() => File.OpenHandle(Path, share: FileShare.Read | FileShare.Delete);
}
