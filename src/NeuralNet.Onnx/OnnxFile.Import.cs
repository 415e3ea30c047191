using NeuralNet.Onnx.Import;

namespace NeuralNet.Onnx;

/// <content>Import.</content>
public static partial class OnnxFile
{
    /// <summary>Reads an ONNX file as a network, which runs and can be trained on.</summary>
    /// <remarks>
    /// <para>The network is made of the library's layers: each operator, or group of operators, that is one becomes it, with
    /// the file's weights as its parameters. The package's README lists what is imported. Weights that the graph shares
    /// become copies; masks beside a key mask are not imported.
    /// Weights that are infinite or NaN are read as they are; a double that no float can hold is refused.</para>
    /// <para>The axis of the rows is the one without a size, or one of size 1, or that of a fixed batch whose rows do not influence each other
    /// (<see cref="OnnxRows"/>); all others must have a size, in the file or given here. Several inputs,
    /// and several outputs, whatever their shapes are, become one row each, in the order of the file, with their names (<see cref="Network.Inputs"/>,
    /// <see cref="Network.Outputs"/>): side by side where they differ in their features only, otherwise flat, one after the other, images pixel after
    /// pixel with their channels last (<see cref="NamedParts"/>). Points, quotes and line ends in a name become _, and a number is behind a name
    /// that is there already. A single input or output keeps its name too, unless it is one that exporters make up: "input", "output", those with a
    /// number, and all that have more than letters, digits, _, - and spaces, or begin with no letter. Of files that the library has written, all
    /// names are kept. One number for each row, [rows], is Features(1).</para>
    /// <para>Rows have their channels last, Shape.Image(height, width, channels) and Shape.Sequence(steps, features), whatever the order of the
    /// file is, as all networks of the library do: so a picture goes in pixel after pixel, and no value is moved. That the file's images are
    /// [batch, height, width, channels] shows by the denotation of its axes (DATA_CHANNEL, DATA_FEATURE), or in the graph by a Transpose next to the
    /// input or output; that a sequence is [batch, channels, steps], by a convolution or the like.</para>
    /// <para>With <see cref="OnnxImages.AsInFile"/> a row is what the file's runtime gets, value after value; channels that lie first are brought
    /// behind in the network then, which costs a copy of at most 64 of them, and images are plain features in <see cref="Network.Input"/>.</para>
    /// <para>Inputs that give nothing but the first states of recurrent nodes are those that a batch carries here (<see cref="Batch.State"/>: of
    /// each row layer after layer, h and then c), and outputs that are the states after the last step, laid out as those inputs, are in the
    /// same place after a call, and no outputs of the network unless one is asked for by name. An input that gives nothing but the lengths of
    /// rows to recurrent nodes is <see cref="Batch.Lengths"/>.</para>
    /// <para>The model's <c>metadata_props</c> become <see cref="Network.Metadata"/>, without those under names that the library's own files use
    /// ("format", "neuralnet" and all that begin with "neuralnet.").</para>
    /// <para>A file is not trusted: nothing in it can make the reader open another file than those with the model's values (external data), plain
    /// files in its own folder, or take more memory than a small multiple of their sizes.</para>
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="images">The order of the values of a row, of images and of signals that convolutions slide along.</param>
    /// <param name="foldNorms">Whether BatchNormalization becomes a part of the layer before it, which predicts faster; otherwise it becomes
    /// <see cref="BatchNorm"/> with the file's statistics, so that the network is trained on as it was before.</param>
    /// <param name="output">The one output that is wanted, by its name in the file; nodes, weights and inputs that only others need are not looked
    /// at. Null: all of them.</param>
    /// <param name="steps">The size of an axis of steps that has none in the file. Which axis that is, its name tells (dim_param: "sequence", "time"
    /// and the like), or its place: beside that of the rows, of three axes or two.</param>
    /// <param name="height">The height of images, where the file leaves it open.</param>
    /// <param name="width">The width of images, where the file leaves it open.</param>
    /// <param name="rows">Which axis is that of the rows.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such order or axis of rows, or a size is below 1.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no ONNX file, contradicts itself, has no such output or axis, or has nodes that are not imported; the message lists all of them.
    /// </exception>
    public static Network Load(
        string path, OnnxImages images = OnnxImages.ChannelsLast, bool foldNorms = false, string? output = null, int? steps = null,
        int? height = null, int? width = null, OnnxRows rows = OnnxRows.Automatic)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        LoadSettings settings = new LoadSettings(images, foldNorms, output, steps, height, width, rows).Checked();
        byte[] bytes = ReadAll(path);
        using var files = new ExternalData(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "");
        try
        {
            return Load(bytes, settings, files);
        }
        catch (InvalidDataException failure)
        {
            throw new InvalidDataException($"{path}: {failure.Message}", failure);
        }
    }

    /// <summary>Reads the bytes of an ONNX file as a network; see
    /// <see cref="Load(string, OnnxImages, bool, string, int?, int?, int?, OnnxRows)"/>.</summary>
    /// <param name="model">The bytes.</param>
    /// <param name="images">The order of the values of a row, of images and of signals that convolutions slide along.</param>
    /// <param name="foldNorms">Whether BatchNormalization becomes a part of the layer before it.</param>
    /// <param name="output">The one output that is wanted, by its name in the file; null: all of them.</param>
    /// <param name="steps">The size of an axis of steps that has none in the file.</param>
    /// <param name="height">The height of images, where the file leaves it open.</param>
    /// <param name="width">The width of images, where the file leaves it open.</param>
    /// <param name="rows">Which axis is that of the rows.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such order or axis of rows, or a size is below 1.</exception>
    /// <exception cref="InvalidDataException">
    /// This is no ONNX file, it contradicts itself, has no such output or axis, has its values in other files, or has nodes that
    /// are not imported; the message lists all of them.
    /// </exception>
    public static Network Load(
        ReadOnlySpan<byte> model, OnnxImages images = OnnxImages.ChannelsLast, bool foldNorms = false, string? output = null, int? steps = null,
        int? height = null, int? width = null, OnnxRows rows = OnnxRows.Automatic)
    {
        return Load(model, new LoadSettings(images, foldNorms, output, steps, height, width, rows).Checked(), files: null);
    }

    private static Network Load(ReadOnlySpan<byte> model, LoadSettings settings, ExternalData? files)
    {
        try
        {
            return Importer.Network(model, settings, files);
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
