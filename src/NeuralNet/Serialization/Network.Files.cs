namespace NeuralNet;

/// <content>Saving and loading.</content>
public sealed partial class Network
{
    /// <summary>Saves the network as a safetensors file: its layers and all their values, and a few inputs with their outputs.</summary>
    /// <remarks>
    /// <para>The file is replaced as a whole or not at all, whatever happens meanwhile: it is written beside the old one (with
    /// eight letters and ".tmp" at the end of its name), brought to the disk, and renamed. The same network gives the same bytes.</para>
    /// <para>Values stand in it under PyTorch's names and in its layout: "0.weight" is [outputs, inputs], a recurrent layer has
    /// "weight_ih_l0" and so on. The layers are described in the metadata. Initializers are not kept, and neither is anything of
    /// a trainer.</para>
    /// <para>Whoever loads the file asks the network for the outputs again, and refuses it if they differ. A few inputs are
    /// drawn for that, from N(0, 1) or from the ids that are expected; of networks that take more than 256 MB or some seconds
    /// to answer, or refuse such inputs, a file holds none unless they are given.</para>
    /// </remarks>
    /// <param name="path">The file, by custom "NAME.safetensors".</param>
    /// <param name="examples">Inputs whose outputs the file is to carry, [rows, input size]; empty: some are drawn.</param>
    /// <param name="metadata">What else the file is to say about itself, such as names of classes; null: nothing.</param>
    /// <exception cref="ArgumentException">The examples do not fit, or the metadata have a name that the library uses.</exception>
    /// <exception cref="NotSupportedException">A layer of your own has the kind of one of the library's, composites nest too deep, a text is not Unicode, the header would have more than 100,000,000 bytes, or the layers themselves would take more than 256 MB beside their values.</exception>
    /// <exception cref="IOException">The file cannot be written, or is a device or a pipe; an older one is still whole.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public void Save(string path, ReadOnlySpan<float> examples = default, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] header = NetworkFile.Header(this, Replay.Make(this, examples), Sorted(metadata));
        AtomicFile.Write(path, stream => NetworkFile.Write(stream, header, this));
    }

    /// <summary>Writes the network to a stream, as <see cref="Save(string, ReadOnlySpan{float}, IReadOnlyDictionary{string, string}?)"/> does to a file.</summary>
    /// <param name="stream">Where to; what is written begins at its present position.</param>
    /// <exception cref="ArgumentException">The stream cannot be written to.</exception>
    /// <exception cref="NotSupportedException">A layer of your own has the kind of one of the library's, composites nest too deep, a text is not Unicode, the header would have more than 100,000,000 bytes, or the layers themselves would take more than 256 MB beside their values.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
            throw new ArgumentException("The stream cannot be written to.", nameof(stream));
        NetworkFile.Write(stream, NetworkFile.Header(this, Replay.Make(this, [])), this);
    }

    /// <summary>Loads a network that <see cref="Save(string, ReadOnlySpan{float}, IReadOnlyDictionary{string, string}?)"/> has saved, bit for bit.</summary>
    /// <remarks>
    /// Nothing in the file is believed before it has been checked, and no code in it is run: layers are made from their kinds
    /// and settings, and the network is asked for the outputs that the file carries. It takes memory for what the file has
    /// in bytes, for the layers themselves up to 256 MB, and to ask the network up to 256 MB. Checkpoints of a <see cref="Trainer"/>
    /// can be loaded too; only the network is taken.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <returns>The network.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, no network, from a later version, or its answers differ from those it carries; the message says what was expected and what it got instead.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static Network Load(string path) => Load(path, null);

    /// <summary>Loads a network with layers or activations of your own.</summary>
    /// <inheritdoc cref="Load(string)"/>
    /// <param name="path">The file.</param>
    /// <param name="types">Your own kinds; null: there are none.</param>
    public static Network Load(string path, LayerTypes? types)
    {
        using FileStream stream = NetworkFile.Open(path);
        return NetworkFile.Read(stream, path, types);
    }

    /// <summary>Loads a network of the library's own layers from a stream, which it must fill from its present position to the end.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">The content is damaged, no network, from a later version, or its answers differ from those it carries; the message says what was expected and what it got instead.</exception>
    public static Network Load(Stream stream) => Load(stream, null);

    /// <summary>Loads a network from a stream, which it must fill from its present position to the end.</summary>
    /// <remarks>What comes from a stream that cannot be sought in is gathered first: no more memory is taken than for what came.</remarks>
    /// <param name="stream">The stream.</param>
    /// <param name="types">Your own kinds of layers and activations; null: there are none.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">The content is damaged, no network, from a later version, or its answers differ from those it carries; the message says what was expected and what it got instead.</exception>
    public static Network Load(Stream stream, LayerTypes? types)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.CanRead ? NetworkFile.Read(stream, "The stream", types) : throw new ArgumentException("The stream cannot be read.", nameof(stream));
    }

    /// <summary>What a file says about itself besides the network: the metadata that were given to <see cref="Save(string, ReadOnlySpan{float}, IReadOnlyDictionary{string, string}?)"/>.</summary>
    /// <param name="path">Any safetensors file.</param>
    /// <returns>Texts by name; the library's own are left out.</returns>
    /// <exception cref="InvalidDataException">The file is damaged; the message says what was expected and what it got instead.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using FileStream stream = NetworkFile.Open(path);
        return SafetensorsHeader.Read(stream, path).Metadata.Where(pair => !NetworkFile.IsOwn(pair.Key)).ToDictionary();
    }

    /// <summary>
    /// Loads values from any safetensors file into this network, by name: weights that were trained in PyTorch, say.
    /// </summary>
    /// <remarks>
    /// <para>Names and layout are those of <see cref="Save(string, ReadOnlySpan{float}, IReadOnlyDictionary{string, string}?)"/>,
    /// once the rules have been applied. F32, F64, F16 and BF16 are taken, F64 rounded to
    /// the nearest float, which beyond the largest is infinity. Where something is wrong, one
    /// exception lists all of it, and the network has not changed: until all has been read, its values take memory twice. Metadata are
    /// not looked at, except that of a checkpoint the network's part alone is taken.</para>
    /// <para>A rule (from, to) is for names that are <c>from</c>, or begin with it if it ends in a dot: that beginning is
    /// replaced. The first rule that fits counts, and no other. With null as <c>to</c> the tensor is left out.
    /// <c>("2.", "1.")</c> makes "1.weight" of "2.weight"; <c>("model.", "")</c> takes "model." away.</para>
    /// <para>An <see cref="Embedding"/> gives 0 for its padding id, PyTorch what the table's row holds: a table whose row is not
    /// 0 is refused.</para>
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="renames">The rules.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or its tensors are not those of the network: the message lists every tensor that is missing, too many, or of another shape or type.</exception>
    /// <exception cref="ArgumentException">A rule is null or empty.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public void LoadWeights(string path, params (string From, string? To)[] renames) => LoadWeights(path, RenameRules.Of(renames));

    /// <summary>Loads values from any safetensors file into this network; a function says which tensor is which.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rename">Gives the name that a tensor has here for the one that it has in the file; null leaves it out.</param>
    /// <param name="allowMissing">Whether blocks of which the file has nothing stay as they are, instead of being reported.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or its tensors are not those of the network: the message lists every tensor that is missing, too many, or of another shape or type.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public void LoadWeights(string path, Func<string, string?> rename, bool allowMissing = false)
    {
        ArgumentNullException.ThrowIfNull(rename);
        using FileStream stream = NetworkFile.Open(path);
        NetworkFile.ReadWeights(stream, path, this, rename, allowMissing);
    }

    // In one order, so that the same metadata give the same bytes.
    private static List<(string Name, string Text)> Sorted(IReadOnlyDictionary<string, string>? metadata)
    {
        List<(string Name, string Text)> sorted = [.. (metadata ?? new Dictionary<string, string>()).Select(pair => (pair.Key, pair.Value))];
        sorted.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        foreach ((string name, string text) in sorted)
        {
            if (NetworkFile.IsOwn(name))
                throw new ArgumentException($"The name \"{name}\" is the library's own; call yours otherwise.", nameof(metadata));
            if (text is null)
                throw new ArgumentException($"\"{name}\" has no text.", nameof(metadata));
            StructureWriter.Checked(name, "a name in the metadata");
            StructureWriter.Checked(text, $"\"{name}\" in the metadata");
        }

        return sorted;
    }
}
