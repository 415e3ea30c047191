using System.Collections.Frozen;
using NeuralNet;

namespace TinyGpt;

/// <summary>The characters that a model knows; each is a token, by its place in the order of their codes.</summary>
internal sealed class Alphabet
{
    private const string Key = "characters";

    private readonly FrozenDictionary<char, int> places;

    public Alphabet(string text)
    {
        Characters = string.Concat(text.Distinct().Order());
        places = Characters.Index().ToFrozenDictionary(one => one.Item, one => one.Index);
    }

    public string Characters { get; }

    public int[] Tokens(string text) => [.. text.Select(letter => places.TryGetValue(letter, out int token) ? token
        : throw new InvalidDataException($"The model knows no '{letter}': it has learned the characters {Characters.Trim()} only."))];

    public string Text(IEnumerable<int> tokens) => string.Concat(tokens.Select(token => Characters[token]));

    /// <summary>Writes the characters into the network, so that its file is all that another program needs.</summary>
    public void AddTo(Network network) => network.Metadata = new Dictionary<string, string>(network.Metadata) { [Key] = Characters };

    public static Alphabet Of(Network network) => network.Metadata.TryGetValue(Key, out string? characters) ? new Alphabet(characters)
        : throw new InvalidDataException("The file has a network that does not say which characters it knows; it is none of this program's.");
}
