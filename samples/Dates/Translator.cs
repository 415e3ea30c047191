using System.Globalization;
using NeuralNet;

namespace Dates;

/// <summary>A sequence-to-sequence network with attention: letters in, "1987-03-03" out.</summary>
/// <remarks>A row of its inputs has the answer as far as it is known, the text, and which letters of the text are there. While training the whole
/// answer is known: step t of the decoder is given the characters before t and learns to say the one at t. Nothing of later steps gets into
/// earlier ones, so that an answer can be made character by character.</remarks>
internal static class Translator
{
    /// <summary>The most letters that a text may have.</summary>
    public const int Longest = 56;

    /// <summary>The characters of an answer.</summary>
    public const int Answer = 10;

    /// <summary>Where in the network the attention is.</summary>
    public const string Attention = "1.1.0";

    private const int Width = 64;

    // Of letters 0 is none; of the answer's characters the last id says that it begins.
    private const string Letters = " abcdefghijklmnopqrstuvwxyz0123456789,.'/-", Digits = "0123456789-";
    private const int Begins = 11;

    public static RowFormat Rows { get; } = new(Answer + Longest + Longest, Answer)
    {
        HasClassIds = true,
        EveryRowCounts = true,
        ClassNames = [.. Digits.Select(digit => $"{digit}")],
    };

    /// <summary>The letters of a text of which a network knows nothing, each once.</summary>
    public static string Unknown(string text) => string.Concat(text.ToLowerInvariant().Distinct().Except(Letters));

    public static Network Create(long seed)
    {
        Shape answer = Shape.Sequence(Answer, Width), text = Shape.Sequence(Longest, Width);
        return Network.Create(("answer", Shape.Sequence(Answer, 1)), ("text", Shape.Sequence(Longest, 1)), ("there", Longest))
            .Parallel(
                Merge.Concat,
                decoder => decoder.Input("answer").Embedding(Digits.Length + 1, 16).Gru(Width).Flatten(),
                encoder => encoder.Input("text").Embedding(Letters.Length + 1, 32, paddingId: 0).Bidirectional(b => b.Gru(Width / 2)).Flatten(),
                there => there.Input("there"))
            .Parallel(
                Merge.Concat,
                state => state.Slice(0, answer.Size).Reshape(answer),
                attention => attention.CrossAttention(answer, text, heads: 1, keyMask: true))
            .Dense(Width, Activation.Tanh)
            .Dense(Digits.Length, Activation.Softmax)
            .Build(seed);
    }

    /// <summary>Writes a text into a row, and the answer so far: at each step the character before.</summary>
    public static void Write(string text, ReadOnlySpan<char> known, Span<float> row)
    {
        row.Clear();
        row[0] = Begins;
        for (int i = 0; i < Math.Min(known.Length, Answer - 1); i++)
            row[i + 1] = Digits.IndexOf(known[i]);
        for (int i = 0; i < text.Length; i++)
        {
            row[Answer + i] = Letters.IndexOf(char.ToLowerInvariant(text[i])) + 1;
            row[Answer + Longest + i] = 1;
        }
    }

    /// <summary>A row to learn from.</summary>
    public static void WritePair(string text, DateOnly day, RowSpans row)
    {
        string answer = Iso(day);
        Write(text, answer, row.Inputs);
        for (int i = 0; i < Answer; i++)
            row.Desired[i] = Digits.IndexOf(answer[i]);
    }

    /// <summary>Makes answers, all at once: each step predicts the character that is most probable behind those before.</summary>
    public static string[] Translate(Network network, IReadOnlyList<string> texts)
    {
        float[] x = new float[texts.Count * Rows.InputWidth];
        char[][] answers = [.. texts.Select(_ => new char[Answer])];
        for (int step = 0; step < Answer; step++)
        {
            for (int row = 0; row < texts.Count; row++)
                Write(texts[row], answers[row].AsSpan(0, step), x.AsSpan(row * Rows.InputWidth, Rows.InputWidth));
            float[] y = network.Predict(x);
            for (int row = 0; row < texts.Count; row++)
                answers[row][step] = Digits[Metrics.ArgMax(y.AsSpan(((row * Answer) + step) * Digits.Length, Digits.Length))];
        }

        return [.. answers.Select(answer => new string(answer))];
    }

    /// <summary>At which letters the network looked for each character of its answer.</summary>
    public static Chart Picture(Network network, string text)
    {
        string answer = Translate(network, [text])[0];
        float[] x = new float[Rows.InputWidth];
        Write(text, answer, x);
        float[] weights = network.PredictAttention(x, Attention).HeadPart(row: 0, head: 0, Answer, text.Length);
        string[] digits = [.. answer.Select(digit => $"{digit}")], letters = [.. text.Select(letter => $"{letter}")];
        return Charts.Attention(weights, digits, letters, $"Where it looked for each character of {answer}");
    }

    public static string Iso(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
