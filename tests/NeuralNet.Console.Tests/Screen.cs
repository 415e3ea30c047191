using System.Text.RegularExpressions;

namespace NeuralNet.Tests;

/// <summary>What stands on a terminal after some text with control sequences: those that the view uses, and no others.</summary>
internal sealed partial class Screen
{
    private readonly int width;
    private readonly List<char[]> lines = [];
    private int row, column;

    public Screen(int width, string text)
    {
        this.width = width;
        for (int at = 0; at < text.Length;)
        {
            if (Control().Match(text, at) is { Success: true } control && control.Index == at)
            {
                Obey(control.Groups[2].Value, control.Groups[1].Value);
                at += control.Length;
                continue;
            }

            Put(text[at++]);
        }
    }

    /// <summary>The lines, without blanks at their ends.</summary>
    public IReadOnlyList<string> Lines => [.. lines.Select(line => new string(line).TrimEnd())];

    /// <summary>The column that the cursor is in, from 0.</summary>
    public int Column => column;

    /// <summary>The line that the cursor is in, from 0.</summary>
    public int Row => row;

    private char[] Line
    {
        get
        {
            while (lines.Count <= row)
                lines.Add([.. Enumerable.Repeat(' ', width)]);
            return lines[row];
        }
    }

    private void Put(char character)
    {
        if (character == '\r')
        {
            column = 0;
        }
        else if (character == '\n')
        {
            (row, column) = (row + 1, 0);
        }
        else
        {
            character.Should().NotBe('\u001b', "an unknown sequence was written");
            column.Should().BeLessThan(width, "a line is not longer than the terminal is wide");
            Line[column++] = character;
        }
    }

    private void Obey(string kind, string number)
    {
        switch (kind)
        {
            case "A":
                row -= int.Parse(number);
                row.Should().BeGreaterThanOrEqualTo(0);
                break;
            case "K":
                Line.AsSpan(column).Fill(' ');
                break;
            case "J":
                Line.AsSpan(column).Fill(' ');
                lines.RemoveRange(row + 1, lines.Count - row - 1);
                break;
            case "m":
                break;
            default:
                throw new InvalidDataException($"the sequence {number}{kind} was written");
        }
    }

    [GeneratedRegex(@"\G\u001b\[([0-9;?]*)([A-Za-z])")]
    private static partial Regex Control();
}
