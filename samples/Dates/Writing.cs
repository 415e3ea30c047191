using System.Globalization;
using NeuralNet;

namespace Dates;

/// <summary>Dates, and the many ways in which people write them: in numbers alone the day comes before the month, unless the
/// year is first. Of two digits a year is one from 1930 to 2029.</summary>
internal static class Writing
{
    private static readonly DateOnly first = new(1930, 1, 1), last = new(2029, 12, 31);

    // One day of ten is kept for the test, whatever the seed.
    private static readonly DateOnly[] days =
        [.. Enumerable.Range(first.DayNumber, last.DayNumber - first.DayNumber + 1).Select(DateOnly.FromDayNumber)];

    private static readonly RandomStream keptBack = new(seed: 1987);

    // As DateOnly.ToString takes them; {3rd}, {third} and {nineteen} are filled in afterwards.
    private static readonly string[] forms =
    [
        "d MMMM yyyy", "d MMM yyyy", "d MMM yy", "d MMMM, yyyy", "d-MMM-yyyy", "d-MMM-yy", "ddMMMyyyy",
        "dddd, d MMMM yyyy", "dddd d MMMM yyyy", "ddd, d MMM yyyy", "ddd d MMM yy", "ddd d.M.yy",
        "d.M.yyyy", "d.M.yy", "dd.MM.yyyy", "d/M/yyyy", "d/M/yy", "dd/MM/yyyy", "dd/MM/yy", "dd-MM-yyyy",
        "MMMM d, yyyy", "MMMM d yyyy", "MMM d, yyyy", "MMM d yy", "MMM d \\'yy", "dddd, MMMM d, yyyy", "ddd MMM d, yyyy", "ddd, MMM d yy",
        "yyyy MMMM d", "yyyy, MMM d", "yyyy-MM-dd", "yyyy/MM/dd", "yyyyMMdd",
        "'{3rd}' MMMM yyyy", "'{3rd} of' MMMM yyyy", "'the {3rd} of' MMMM, yyyy", "'the {3rd} of' MMM \\'yy", "MMMM '{3rd}', yyyy", "MMM '{3rd}' yy",
        "MMMM 'the {3rd}', yyyy", "dddd 'the {3rd} of' MMMM yyyy", "dddd, MMMM '{3rd}', yyyy", "'the {3rd} day of' MMMM, yyyy",
        "'the {third} of' MMMM yyyy", "'{third} of' MMMM, yyyy", "MMMM 'the {third}', yyyy", "dddd 'the {third} of' MMMM yyyy",
        "'the {third} of' MMMM, '{nineteen}'", "MMMM '{third}, {nineteen}'", "'{3rd}' MMMM '{nineteen}'", "d MMMM '{nineteen}'",
    ];

    private static readonly string[] ones =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
        "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    /// <summary>The days to learn from, and those that are never trained on.</summary>
    public static DateOnly[] ToLearn { get; } = [.. days.Where(day => !IsKeptBack(day))];

    /// <inheritdoc cref="ToLearn"/>
    public static DateOnly[] ToTest { get; } = [.. days.Where(IsKeptBack)];

    /// <summary>How many ways there are.</summary>
    public static int Forms => forms.Length;

    /// <summary>Some day of these, written in some way.</summary>
    public static (string Text, DateOnly Day) Any(DateOnly[] of, RandomStream stream, int row)
    {
        DateOnly day = of[(int)((double)stream.Uniform(row, 0) * of.Length)];
        string text = day.ToString(forms[(int)((double)stream.Uniform(row, 1) * forms.Length)], CultureInfo.InvariantCulture);
        return (text.Replace("{3rd}", $"{day.Day}{Ending(day.Day)}").Replace("{third}", Ordinal(day.Day)).Replace("{nineteen}", Year(day.Year)), day);
    }

    private static bool IsKeptBack(DateOnly day) => keptBack.Uniform(0, day.DayNumber) < 0.1f;

    private static string Ending(int day) => day is 11 or 12 or 13 ? "th" : (day % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" };

    private static string Ordinal(int day) => day switch
    {
        1 => "first",
        2 => "second",
        3 => "third",
        5 => "fifth",
        8 => "eighth",
        9 => "ninth",
        12 => "twelfth",
        < 20 => ones[day] + "th",
        20 => "twentieth",
        30 => "thirtieth",
        _ => $"{tens[day / 10]}-{Ordinal(day % 10)}",
    };

    private static string Year(int year) => year switch
    {
        2000 => "two thousand",
        > 2000 and < 2010 => $"two thousand and {ones[year - 2000]}",
        _ => $"{Cardinal(year / 100)} {Cardinal(year % 100)}",
    };

    private static string Cardinal(int number) =>
        number < 20 ? ones[number] : number % 10 == 0 ? tens[number / 10] : $"{tens[number / 10]}-{ones[number % 10]}";
}
