namespace NeuralNet;

/// <content>Saving and loading.</content>
public sealed partial class Network
{
    /// <summary>Saves the network as a safetensors file: its layers and all their values.</summary>
    /// <remarks><para>The file is replaced as a whole or not at all, whatever happens meanwhile: it is written beside the old one (with
    /// eight letters and ".neuralnet.tmp" at the end of its name), brought to the disk, and renamed. Another thread may go on training: the file has
    /// the values of one moment, perhaps from the middle of a step. The same network gives the same bytes.
    /// What is written is a copy of the values, so meanwhile they take memory twice, and with examples three times.</para>
    /// <para>Values stand in it under PyTorch's names and in its layout: "0.weight" is [outputs, inputs], a recurrent layer has "weight_ih_l0" and so
    /// on; behind an image that is flattened, and before features that become one, features stand in PyTorch's order. The layers are described in the
    /// file's metadata, beside the network's own, <see cref="Metadata"/>. Initializers are not kept, and neither is anything of a trainer.</para>
    /// <para>A file has checksums. Where examples are given it also carries the network's answers: whoever loads the file asks
    /// the network again, and refuses the file if its answers differ.</para></remarks>
    /// <param name="path">The file, by custom "NAME.safetensors".</param>
    /// <param name="examples">Inputs whose outputs the file is to carry, [rows, input size]; empty: none.</param>
    /// <exception cref="ArgumentException">The examples do not fit.</exception>
    /// <exception cref="NotSupportedException"> A layer of your own has the kind of one of the library's, composites nest too deep, a text is not
    /// Unicode, the header would have more than 100,000,000 bytes, or the layers themselves would take more than 256 MB beside their values.
    /// </exception>
    /// <exception cref="IOException">The file cannot be written, or is a device or a pipe; an older one is still whole.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public void Save(string path, ReadOnlySpan<float> examples = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, Snapshot(examples).WriteTo);
    }

    /// <summary>Writes the network to a stream, as it is saved to a file.</summary>
    /// <param name="stream">Where to; what is written begins at its present position.</param>
    /// <param name="examples">Inputs whose outputs the file is to carry, [rows, input size]; empty: none.</param>
    /// <exception cref="ArgumentException">The stream cannot be written to, or as for a file.</exception>
    /// <exception cref="NotSupportedException">As for a file.</exception>
    public void Save(Stream stream, ReadOnlySpan<float> examples = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite)
            throw new ArgumentException("The stream cannot be written to.", nameof(stream));
        Snapshot(examples).WriteTo(stream);
    }

    // The answers to examples must be those of the very values that are written, even if another thread trains meanwhile.
    private FileSnapshot Snapshot(ReadOnlySpan<float> examples)
    {
        Network moment = examples.IsEmpty ? this : Clone();
        return FileSnapshot.Of(moment, Replay.Of(moment, examples));
    }

    /// <summary>Loads a network that was saved, bit for bit, with its <see cref="Metadata"/>.</summary>
    /// <remarks>Nothing in the file is believed before it has been checked, and no code in it is run: layers are made from their kinds
    /// and settings, and the network is asked for the outputs that the file carries, if any. It takes memory for what the file has
    /// in bytes, for the layers themselves up to 256 MB, and to ask the network up to 256 MB. Checkpoints of a <see cref="Trainer"/>
    /// can be loaded too; only the network is taken.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="types">Your own kinds of layers and activations; null: there are none.</param>
    /// <returns>The network.</returns>
    /// <exception cref="InvalidDataException"> The file is damaged, no network, from a later version, or its answers differ from those it carries;
    /// the message says what was expected and what it got instead.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static Network Load(string path, LayerTypes? types = null)
    {
        using FileStream stream = NetworkFile.Open(path);
        return NetworkFile.Read(stream, path, types);
    }

    /// <summary>Loads a network from a stream, which it must fill from its present position to the end.</summary>
    /// <remarks>As from a file. The content of a stream that cannot be sought in is gathered first, so that no more memory is taken than there
    /// is content.</remarks>
    /// <param name="stream">The stream.</param>
    /// <param name="types">Your own kinds of layers and activations; null: there are none.</param>
    /// <returns>The network.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">The content is refused, as that of a file is.</exception>
    public static Network Load(Stream stream, LayerTypes? types = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead)
            throw new ArgumentException("The stream cannot be read.", nameof(stream));
        return NetworkFile.Read(stream, "The stream", types);
    }

    /// <summary>What a file says about itself, without loading the network: the <see cref="Metadata"/> of one that was saved.</summary>
    /// <param name="path">Any safetensors file.</param>
    /// <returns>Texts by name; what files use themselves ("format", "neuralnet" and all that begin with "neuralnet.") is left out.</returns>
    /// <exception cref="InvalidDataException">The file is damaged; the message says what was expected and what it got instead.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using FileStream stream = NetworkFile.Open(path);
        return NetworkFile.Metadata(SafetensorsHeader.Read(stream, path));
    }

    /// <summary>Loads values from any safetensors file into this network, by name: weights that were trained in PyTorch, say.</summary>
    /// <remarks><para>Names and layout are those that <c>Save</c> writes, once the rules have been applied. F32, F64, F16 and BF16 are taken,
    /// F64 rounded to the nearest float; a finite number beyond the largest is refused. Where something is wrong, one exception lists all of
    /// it, and the network has not changed: until all has been read, its values take memory twice. Of a checkpoint only the network
    /// is taken; metadata are not.</para>
    /// <para>A rule (from, to) is for names that are <c>from</c>, or begin with it if it ends in a dot: that beginning is
    /// replaced. The first rule that fits counts, and no other. With null as <c>to</c> the tensor is left out.
    /// <c>("2.", "1.")</c> makes "1.weight" of "2.weight"; <c>("model.", "")</c> takes "model." away.</para>
    /// <para><c>{k}</c> in <c>from</c>, once, stands for a whole number, the place of a layer in a stack; {k}, {2k}, {k+1}, {2k+1}
    /// and the like in <c>to</c> are what comes of it: <c>("h.{k}.ln_1.", "{2k+2}.1.0.")</c> makes "6.1.0.weight" of "h.2.ln_1.weight".</para>
    /// <para>Matrices are [outputs, inputs] in a file, as PyTorch has them, and tables and positions [ids or steps, features]. One that the file
    /// has transposed, as Hugging Face's GPT-2 has its matrices, gets the ending ".T" by a rule:
    /// <c>("h.{k}.mlp.c_fc.weight", "{2k+3}.1.1.weight.T")</c>. It is never guessed: where a matrix is square, its shape does not tell. On a
    /// vector the ending changes nothing, and what has more than two dimensions does not take it; nor does a name that ends so in the file.</para>
    /// <para>An <see cref="Embedding"/> gives 0 for its padding id, PyTorch what the table's row holds: a table whose row is not
    /// 0 is refused, unless the file is of the same network and the table tied, so that the row is also one of another matrix
    /// (<see cref="NetworkBuilder.Tie"/>).</para></remarks>
    /// <param name="path">The file.</param>
    /// <param name="renames">The rules.</param>
    /// <exception cref="InvalidDataException"> The file is damaged, or its tensors are not those of the network: the message lists every tensor
    /// that is missing, too many, or of another shape or type.
    /// </exception>
    /// <exception cref="ArgumentException">A rule is null or empty, or has braces that are not understood.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public void LoadWeights(string path, params (string From, string? To)[] renames) => LoadWeights(path, RenameRules.Of(renames));

    /// <summary>Loads values from any safetensors file into this network; a function says which tensor is which.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rename">Gives the name that a tensor has here for the one that it has in the file, with ".T" behind it if the file has the
    /// transposed matrix; null leaves it out.</param>
    /// <param name="allowMissing">Whether blocks of which the file has nothing stay as they are, instead of being reported. Refused is an LSTM
    /// of which the file has the weights without biases (PyTorch's <c>bias=False</c>) while those of the forget gate, which start at 1,
    /// are not 0.</param>
    /// <exception cref="InvalidDataException"> The file is damaged, or its tensors are not those of the network: the message lists every tensor
    /// that is missing, too many, or of another shape or type.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public void LoadWeights(string path, Func<string, string?> rename, bool allowMissing = false)
    {
        ArgumentNullException.ThrowIfNull(rename);
        using FileStream stream = NetworkFile.Open(path);
        NetworkFile.ReadWeights(stream, path, this, rename, allowMissing);
    }
}
