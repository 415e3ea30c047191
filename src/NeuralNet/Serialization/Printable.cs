namespace NeuralNet;

// Texts of a file in messages: what could garble a terminal or a log is replaced, and what nobody would read is cut off.
internal static class Printable
{
    private const int Most = 200;

    public static string Text(string text) =>
        string.Create(Math.Min(text.Length, Most), text, (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsControl(source[i]) || char.IsSurrogate(source[i]) ? '?' : source[i];
        }) + (text.Length > Most ? "…" : "");
}
