using NeuralNet.Onnx.Import;

namespace NeuralNet.Onnx;

/// <content>Import.</content>
public static partial class OnnxFile
{
    /// <summary>Reads an ONNX file as a network, which runs and can be trained on.</summary>
    /// <remarks>
    /// <para>The network is made of the library's layers: each operator, or group of operators, that is one becomes it, with
    /// the file's weights as its parameters. The package's README lists what is imported. Weights that the graph shares
    /// become copies; lengths of rows, carried state and masks beside a key mask belong to a batch, and are not imported.
    /// Weights that are infinite or NaN are read as they are; a double that no float can hold is refused.</para>
    /// <para>The axis of the rows is the dynamic one, or one of size 1; all others must have a fixed size. Several inputs
    /// become one, side by side in a row, in the order of the file.</para>
    /// <para>A file is not trusted: nothing in it can make the reader open another file, or take more memory than a small
    /// multiple of the file's size.</para>
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no ONNX file, contradicts itself, or has nodes that are not imported; the message lists all of them.
    /// </exception>
    public static Network Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes = ReadAll(path);
        try
        {
            return Load(bytes);
        }
        catch (InvalidDataException failure)
        {
            throw new InvalidDataException($"{path}: {failure.Message}", failure);
        }
    }

    /// <summary>Reads the bytes of an ONNX file as a network; see <see cref="Load(string)"/>.</summary>
    /// <param name="model">The bytes.</param>
    /// <returns>The network.</returns>
    /// <exception cref="InvalidDataException">
    /// This is no ONNX file, it contradicts itself, or it has nodes that are not imported; the message lists all of them.
    /// </exception>
    public static Network Load(ReadOnlySpan<byte> model)
    {
        try
        {
            return Importer.Network(model);
        }
        catch (InvalidDataException failure) when (!FileKind.IsOnnx(model)
            && FileKind.Words(model[..Math.Min(model.Length, FileKind.Bytes)], FileKind.Wanted.Onnx) is { Length: > 0 } words)
        {
            throw new InvalidDataException($"This is no ONNX file.{words}", failure);
        }
    }

    // Not more than the file says that it has: devices have no end.
    private static byte[] ReadAll(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0,
            FileOptions.SequentialScan);
        if (!file.CanSeek || file.Length == 0)
            throw new InvalidDataException($"{path}: the file is empty, or no regular file; of a pipe, load the bytes.");
        if (file.Length > Array.MaxLength)
            throw new InvalidDataException($"{path}: the file has {file.Length} bytes; at most {Array.MaxLength} are possible.");
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
