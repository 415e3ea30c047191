using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace NeuralNet;

/// <summary>How much a <see cref="Finding"/> matters.</summary>
public enum FindingSeverity
{
    /// <summary>It may be as it should be: worth a look.</summary>
    Hint,

    /// <summary>Training works, but not as well as it could.</summary>
    Warning,

    /// <summary>Training, or what is measured of it, is worth little until it is put right.</summary>
    Serious,
}

/// <summary>One thing that is wrong with a training or its data, in plain words.</summary>
/// <param name="Kind">The rule that found it.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Where">What it is about, such as <c>layer 2.1 (Dense)</c> or <c>the learning rate</c>.</param>
/// <param name="Evidence">What was seen, in numbers.</param>
/// <param name="Cause">What it most likely comes from.</param>
/// <param name="Remedy">What to try, the best first.</param>
public sealed record Finding(FindingKind Kind, FindingSeverity Severity, string Where, string Evidence, string Cause, string Remedy)
{
    private const int Columns = 90;

    /// <summary>The place of the layer that it is about, such as "2.1"; null: it is about none.</summary>
    public string? Place { get; init; }

    /// <summary>The name of the output that it is about, of a network with several; null: it is about none.</summary>
    public string? Output { get; init; }

    // How near to the cause it is: the smaller, the nearer.
    internal double Order { get; init; } = (double)Kind;

    /// <summary>The finding in lines of at most 90 characters (unless a word is longer).</summary>
    /// <returns>Kind and place, then what was seen, the cause and what to try.</returns>
    public override string ToString() => new StringBuilder($"{Severity}: {Words(Kind)} ({Where})\n")
        .Append(Wrapped("Seen:  ", Evidence)).Append(Wrapped("Cause: ", Cause)).Append(Wrapped("Try:   ", Remedy)).ToString();

    // "DeadUnits" as "dead units".
    private static string Words(FindingKind kind) =>
        string.Concat($"{kind}".Select((letter, i) => i > 0 && char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));

    private static string Wrapped(string name, string text)
    {
        var lines = new StringBuilder($"  {name}");
        int column = lines.Length, begin = column;
        foreach (string word in text.Split(' '))
        {
            if (column > begin && column + 1 + word.Length > Columns)
            {
                lines.Append('\n').Append(' ', begin);
                column = begin;
            }
            else if (column > begin)
            {
                lines.Append(' ');
                column++;
            }

            lines.Append(word);
            column += word.Length;
        }

        return lines.Append('\n').ToString();
    }
}

/// <summary>What is wrong, what is nearest to the cause first: put that right, and see what is left.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "Findings are what they are called.")]
public sealed class Findings : IReadOnlyList<Finding>
{
    private readonly Finding[] all;

    internal Findings(IEnumerable<Finding> all) => this.all = [.. all.OrderBy(finding => finding.Order)];

    /// <summary>How many there are; 0 where all is well.</summary>
    public int Count => all.Length;

    /// <summary>A finding by its place in the list.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such finding.</exception>
    public Finding this[int index] => (uint)index < (uint)Count ? all[index]
        : throw Guard.OutOfRange(nameof(index), index, FormattableString.Invariant($"Expected a finding 0 … {Count - 1}, but got {index}."));

    /// <summary>These findings and others, such as those about the data: <c>DataCheck.Of(train, test).Findings().And(xray.Findings())</c>.</summary>
    /// <param name="others">The others.</param>
    /// <returns>All of them, what is nearest to the cause first; of one kind about one place or output only the first.</returns>
    public Findings And(Findings others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return new Findings(all.Concat(others.all).DistinctBy(finding => (finding.Kind, finding.Place, finding.Output)));
    }

    /// <inheritdoc/>
    public IEnumerator<Finding> GetEnumerator() => ((IEnumerable<Finding>)all).GetEnumerator();

    /// <summary>All findings in lines of at most 90 characters.</summary>
    /// <returns>How many there are, and each.</returns>
    public override string ToString()
    {
        if (Count == 0)
            return "Nothing was found.\n";
        string many = FormattableString.Invariant($"{Count} findings, what is nearest to the cause first.\n");
        var text = new StringBuilder(Count == 1 ? "1 finding.\n" : many);
        for (int i = 0; i < Count; i++)
            text.Append(FormattableString.Invariant($"\n{i + 1}. {all[i]}"));
        return text.ToString();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
