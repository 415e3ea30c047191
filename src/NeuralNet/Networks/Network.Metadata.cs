using System.Collections.ObjectModel;

namespace NeuralNet;

/// <content>What a network says about itself.</content>
public sealed partial class Network
{
    private IReadOnlyDictionary<string, string> metadata = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>What the network says about itself, texts by name: what its classes are called, where its data come from, how a record becomes a
    /// row. Empty unless set.</summary>
    /// <remarks><para>They go where the network goes: <c>Save</c> writes them, <c>Load</c> reads them, <see cref="Clone"/> and <see cref="Slice"/>
    /// keep them, <see cref="Concat"/> joins them; checkpoints, ONNX files and generated C# have them too.</para>
    /// <para>What is set is copied; what is read never changes, and lies in the order of the names (ordinal). So any thread may read them, whatever
    /// others do. One more is added by <c>network.Metadata = new Dictionary&lt;string, string&gt;(network.Metadata) { ["classes"] = "cat,dog" };</c>
    /// </para></remarks>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    /// <exception cref="ArgumentException">A name is one that files use themselves ("format", "neuralnet" and all that begin with "neuralnet."), a
    /// text is null, a name or text has half of a surrogate pair, or together they have more than 100,000,000 bytes as UTF-8. Nothing has changed
    /// then.</exception>
    public IReadOnlyDictionary<string, string> Metadata
    {
        get => metadata;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            metadata = NetworkMetadata.Checked(value, nameof(value));
        }
    }

    // What has been checked already: another network's, or a file's.
    internal void TakeMetadata(IReadOnlyDictionary<string, string> checkedOnes) => metadata = checkedOnes;
}
