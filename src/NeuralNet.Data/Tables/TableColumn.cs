using System.Globalization;

namespace NeuralNet;

/// <summary>A column of a <see cref="Table"/>: for each row a number, or a text, or nothing where the value is missing. Immutable.</summary>
/// <remarks>Numbers are kept in double precision, so that long ones keep their digits: seconds since 1970, or 16777217. Of texts each different one
/// is kept once.</remarks>
public sealed class TableColumn
{
    private readonly double[] numbers;
    private readonly string[] texts;
    private readonly int[] codes;

    private TableColumn(string name, double[] numbers, string[] texts, int[] codes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Name, this.numbers, this.texts, this.codes) = (name, numbers, texts, codes);
        foreach (double number in numbers)
            Missing += double.IsNaN(number) ? 1 : 0;
        foreach (int code in codes)
            Missing += code < 0 ? 1 : 0;
    }

    /// <summary>The title.</summary>
    public string Name { get; }

    /// <summary>The number of rows.</summary>
    public int Rows => IsNumber ? numbers.Length : codes.Length;

    /// <summary>Whether it is a column of numbers; otherwise it is one of texts.</summary>
    public bool IsNumber => codes.Length == 0;

    /// <summary>In how many rows the value is missing.</summary>
    public int Missing { get; }

    /// <summary>The numbers, NaN where one is missing, [rows]; empty for a column of texts.</summary>
    public ReadOnlySpan<double> Numbers => numbers;

    /// <summary>The different texts, in the order in which they first occur; empty for a column of numbers.</summary>
    public IReadOnlyList<string> Texts => Array.AsReadOnly(texts);

    /// <summary>Which of <see cref="Texts"/> each row has, −1 where it is missing, [rows]; empty for a column of numbers.</summary>
    public ReadOnlySpan<int> Codes => codes;

    /// <summary>The value of a row.</summary>
    /// <param name="row">0 … <see cref="Rows"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public TableValue this[int row]
    {
        get
        {
            if ((uint)row >= (uint)Rows)
                throw Guard.OutOfRange(nameof(row), row, FormattableString.Invariant($"Row {row}, expected 0 … {Rows - 1}, in column \"{Name}\"."));
            return IsNumber ? numbers[row] : codes[row] < 0 ? TableValue.Missing : texts[codes[row]];
        }
    }

    /// <summary>A column of numbers.</summary>
    /// <param name="name">The title.</param>
    /// <param name="numbers">A finite number for each row, or NaN where it is missing; copied.</param>
    /// <returns>The column.</returns>
    /// <exception cref="ArgumentException">The name is empty, there are no rows, or a number is infinite.</exception>
    public static TableColumn OfNumbers(string name, params ReadOnlySpan<double> numbers)
    {
        CheckRows(name, numbers.Length);
        for (int row = 0; row < numbers.Length; row++)
        {
            if (double.IsInfinity(numbers[row]))
                throw new ArgumentException(FormattableString.Invariant(
                    $"Column \"{name}\", row {row}: expected a finite number, or NaN where it is missing, but got {numbers[row]}."), nameof(numbers));
        }

        return new TableColumn(name, numbers.ToArray(), [], []);
    }

    /// <summary>A column of texts.</summary>
    /// <param name="name">The title.</param>
    /// <param name="texts">A text for each row, or null where it is missing.</param>
    /// <returns>The column.</returns>
    /// <exception cref="ArgumentException">The name is empty, or there are no rows.</exception>
    public static TableColumn OfTexts(string name, params ReadOnlySpan<string?> texts)
    {
        CheckRows(name, texts.Length);
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        var codes = new int[texts.Length];
        for (int row = 0; row < texts.Length; row++)
        {
            if (texts[row] is not { } text)
            {
                codes[row] = -1;
            }
            else if (!found.TryGetValue(text, out codes[row]))
            {
                codes[row] = found.Count;
                found.Add(text, codes[row]);
            }
        }

        return new TableColumn(name, [], [.. found.Keys], codes);
    }

    /// <summary>The same column under another name.</summary>
    /// <param name="name">The title.</param>
    /// <returns>A column that shares the values of this one.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public TableColumn WithName(string name) => new(name, numbers, texts, codes);

    /// <summary>The column in words.</summary>
    /// <returns>For example <c>horsepower: 392 numbers from 46 to 230, 6 missing</c>.</returns>
    public override string ToString()
    {
        string what = IsNumber ? Range() : $"{Rows - Missing} texts, {texts.Length} different";
        return string.Create(CultureInfo.InvariantCulture, $"{Name}: {what}{(Missing == 0 ? "" : $", {Missing} missing")}");
    }

    /// <summary>A column of texts whose codes and texts are right already; both arrays are handed over.</summary>
    internal static TableColumn OfCodes(string name, string[] texts, int[] codes) => new(name, [], texts, codes);

    /// <summary>A column of numbers that have been checked; the array is handed over.</summary>
    internal static TableColumn OfChecked(string name, double[] numbers) => new(name, numbers, [], []);

    /// <summary>The value of a row, without a text of its own.</summary>
    internal TableCell Cell(int row) => IsNumber ? TableCell.Of(numbers[row])
        : codes[row] < 0 ? TableCell.Missing : TableCell.Of(texts[codes[row]]);

    // Texts that no row has any more are left out.
    internal TableColumn Gather(ReadOnlySpan<int> rows)
    {
        if (IsNumber)
        {
            var some = new double[rows.Length];
            for (int i = 0; i < rows.Length; i++)
                some[i] = numbers[rows[i]];
            return new TableColumn(Name, some, [], []);
        }

        var codeOf = new int[texts.Length];
        var left = new List<string>();
        var theirs = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            int code = codes[rows[i]];
            if (code >= 0 && codeOf[code] == 0)
            {
                left.Add(texts[code]);
                codeOf[code] = left.Count;
            }

            theirs[i] = code < 0 ? -1 : codeOf[code] - 1;
        }

        return new TableColumn(Name, [], [.. left], theirs);
    }

    private static void CheckRows(string name, int rows)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (rows == 0)
            throw new ArgumentException($"Expected at least one row in column \"{name}\".", nameof(rows));
    }

    private string Range()
    {
        (double least, double most) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double number in numbers)
            (least, most) = (number < least ? number : least, number > most ? number : most);
        string range = least > most ? "" : string.Create(CultureInfo.InvariantCulture, $" from {least} to {most}");
        return string.Create(CultureInfo.InvariantCulture, $"{Rows - Missing} numbers{range}");
    }
}
