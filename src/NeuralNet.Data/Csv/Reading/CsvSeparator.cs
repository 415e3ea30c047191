namespace NeuralNet;

/// <summary>What stands between the fields of a line.</summary>
/// <param name="Char">The character; of runs of blanks the one that is put in their place.</param>
/// <param name="LeastBlanks">0: a character. 1: runs of blanks and tabs; 2: tabs, runs of two or more, and a blank behind a number, so that a text
/// may have single blanks.</param>
internal readonly record struct CsvSeparator(char Char, int LeastBlanks = 0)
{
    public static CsvSeparator Runs => new('\t', 1);

    public static CsvSeparator WideRuns => new('\t', 2);

    public bool IsRuns => LeastBlanks > 0;

    public override string ToString() => LeastBlanks switch
    {
        0 => $"'{CsvWords.Escape($"{Char}")}'",
        1 => "runs of blanks",
        _ => "tabs or runs of blanks",
    };
}
