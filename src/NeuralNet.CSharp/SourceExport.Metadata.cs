namespace NeuralNet.CSharp;

/// <content>The network's metadata, for callers.</content>
internal sealed partial class SourceExport
{
    // Compilers take 2²⁴ bytes of texts in a program, at two bytes a character.
    private const int MaxCharacters = 1 << 20;

    // In a class of its own: whoever predicts does not make it.
    private void WriteMetadata(SourceText file)
    {
        if (network.Metadata.Count == 0)
            return;
        long characters = network.Metadata.Sum(pair => (long)pair.Key.Length + pair.Value.Length);
        if (characters > MaxCharacters)
            throw new NotSupportedException(FormattableString.Invariant(
                $"The network's metadata have {characters} characters; at most {MaxCharacters} are supported, for compilers hardly take more. ")
                + "Export a clone whose Metadata are shorter.");
        const string Texts = "global::System.Collections.Generic.IReadOnlyDictionary<string, string>";
        file.Lines("\n/// <summary>What the network says about itself, texts by name.</summary>", 4);
        file.Lines($"public static {Texts} Metadata => Words.Of;", 4);
        file.Lines("\nprivate static class Words\n{", 4);
        file.Lines($"public static readonly {Texts} Of =", 8);
        file.Lines("new global::System.Collections.ObjectModel.ReadOnlyDictionary<string, string>(", 12);
        file.Lines("new global::System.Collections.Generic.Dictionary<string, string>\n{", 16);
        foreach ((string name, string text) in network.Metadata)
            file.Lines($"[{SourceText.Literal(name)}] = {SourceText.Literal(text)},", 20);
        file.Lines("});", 16).Lines("}", 4);
    }
}
