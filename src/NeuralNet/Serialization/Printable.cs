using System.Text;

namespace NeuralNet;

/// <summary>Texts of a file for a message: what could garble a terminal or a log is replaced, and what nobody would read is cut off.</summary>
internal static class Printable
{
    private const int MaxLength = 200;

    public static string Text(string text)
    {
        var printable = new StringBuilder();
        foreach (Rune letter in text.EnumerateRunes())
        {
            if (printable.Length >= MaxLength)
                return printable.Append('…').ToString();
            printable.Append(Rune.IsControl(letter) ? "\uFFFD" : letter.ToString());
        }

        return printable.ToString();
    }
}
