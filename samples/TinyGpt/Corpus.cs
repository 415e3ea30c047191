using System.IO.Compression;
using NeuralNet;

namespace TinyGpt;

/// <summary>A text to learn from: the first nine tenths are trained on, the rest is never seen.</summary>
internal sealed class Corpus
{
    private readonly float[] train, validation;
    private readonly string[] names;

    private Corpus(string text)
    {
        Alphabet = new Alphabet(text);
        names = [.. Alphabet.Characters.Select(letter => $"{letter}")];
        float[] tokens = [.. Alphabet.Tokens(text).Select(token => (float)token)];
        int trained = tokens.Length / 10 * 9;
        (train, validation) = (tokens[..trained], tokens[trained..]);
    }

    public Alphabet Alphabet { get; }

    public static Corpus Read(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return new Corpus(reader.ReadToEnd());
    }

    /// <summary>Pieces of the text from places drawn at random, others in each epoch: of each character the next one is desired.</summary>
    public IRowSource Pieces(int steps, int rows) => RowSource.Generate(Format(steps), rows, (stream, _, values) =>
    {
        int first = (int)(stream.Uniform(0, 0) * (train.Length - steps));
        train.AsSpan(first, steps).CopyTo(values.Inputs);
        train.AsSpan(first + 1, steps).CopyTo(values.Desired);
    });

    /// <summary>The text that is never trained on, piece after piece.</summary>
    public IRowSource Rest(int steps) => RowSource.Generate(Format(steps), (validation.Length - 1) / steps, (_, row, values) =>
    {
        validation.AsSpan((int)row * steps, steps).CopyTo(values.Inputs);
        validation.AsSpan(((int)row * steps) + 1, steps).CopyTo(values.Desired);
    });

    private RowFormat Format(int steps) => new(Shape.Sequence(steps, features: 1), steps) { HasClassIds = true, ClassNames = names };
}
