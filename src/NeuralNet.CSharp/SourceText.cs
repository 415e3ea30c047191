using System.Globalization;
using System.Text;

namespace NeuralNet.CSharp;

// Lines of generated source.
internal sealed class SourceText
{
    private const int LineWidth = 120;

    private readonly StringBuilder text = new();

    public int Length => text.Length;

    /// <summary>Adds lines, each moved to the right.</summary>
    public SourceText Lines(string lines, int indent = 0)
    {
        foreach (ReadOnlySpan<char> line in lines.AsSpan().TrimEnd('\n').EnumerateLines())
            text.Append(' ', line.IsEmpty ? 0 : indent).Append(line).Append('\n');
        return this;
    }

    /// <summary>Adds what is returned by a property: as many values a line as have room there.</summary>
    public void Data(string type, string name, IEnumerable<string> values, int indent)
    {
        Lines($"public static ReadOnlySpan<{type}> {name} =>\n[", indent);
        int column = 0;
        foreach (string value in values)
        {
            if (column > 0 && column + value.Length + 2 > LineWidth)
            {
                text.Append('\n');
                column = 0;
            }

            if (column == 0)
            {
                text.Append(' ', indent + 4);
                column = indent + 4;
            }
            else
            {
                text.Append(' ');
                column++;
            }

            text.Append(value).Append(',');
            column += value.Length + 1;
        }

        text.Append('\n');
        Lines("];", indent);
    }

    public override string ToString() => text.ToString();

    /// <summary>The shortest literal that is the same float again: −0, denormal numbers, infinities and NaN too.</summary>
    public static string Literal(float value) => float.IsNaN(value) ? "float.NaN"
        : float.IsPositiveInfinity(value) ? "float.PositiveInfinity"
        : float.IsNegativeInfinity(value) ? "float.NegativeInfinity"
        : value.ToString("R", CultureInfo.InvariantCulture) + "f";

    /// <summary>A literal of a text. What would end a line, is not seen, or turns the direction of what is read, is written as its number.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (Rune letter in text.EnumerateRunes())
        {
            if (letter.Value is '"' or '\\')
                literal.Append('\\').Append((char)letter.Value);
            else if (Rune.GetUnicodeCategory(letter) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator)
                literal.Append(CultureInfo.InvariantCulture, $"\\U{letter.Value:X8}");
            else
                literal.Append(letter.ToString());
        }

        return literal.Append('"').ToString();
    }

    /// <summary>Text within an XML comment.</summary>
    public static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
