using System.Text;

namespace NeuralNet.Onnx.Import;

/// <summary>Names out of a file as they may stand in a message: short, and without control characters.</summary>
internal static class Printable
{
    private const int Most = 100;

    public static string Of(string name)
    {
        var text = new StringBuilder();
        foreach (Rune letter in name.EnumerateRunes())
        {
            if (text.Length >= Most)
                return text.Append('…').ToString();
            if (Rune.IsControl(letter))
                text.Append('�');
            else
                text.Append(letter.ToString());
        }

        return text.ToString();
    }
}
