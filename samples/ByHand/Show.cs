using System.Globalization;

namespace ByHand;

/// <summary>Prints values in columns.</summary>
internal static class Show
{
    private const int NameWidth = 40;

    public static void Title(string left, string right = "")
    {
        Console.WriteLine();
        Console.WriteLine($"{left.PadRight(NameWidth)}{right}".TrimEnd());
        Console.WriteLine(new string('-', 76));
    }

    public static void Values(string name, ReadOnlySpan<float> values) => Console.WriteLine(name.PadRight(NameWidth) + Text(values));

    public static void Matrix(string name, float[] values, int rows)
    {
        foreach (float[] row in values.Chunk(values.Length / rows))
        {
            Values(name, row);
            name = "";
        }
    }

    /// <summary>What backward gives, row by row, and what it is compared with.</summary>
    public static void Gradient(string name, float[] gradient, float[] other, int rows = 1)
    {
        if (rows == 1 && gradient.Length > 3)
            rows = (gradient.Length + 2) / 3;
        Console.WriteLine(name);
        foreach ((float[] own, float[] beside) in gradient.Chunk((gradient.Length + rows - 1) / rows)
            .Zip(other.Chunk((gradient.Length + rows - 1) / rows)))
            Console.WriteLine("   " + Text(own).PadRight(NameWidth - 3) + Text(beside));
    }

    private static string Text(ReadOnlySpan<float> values)
    {
        string text = "";
        foreach (float value in values)
            text += (value + 0f).ToString("0.0000", CultureInfo.InvariantCulture).PadLeft(10);
        return text;
    }
}
