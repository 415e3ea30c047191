namespace NeuralNet;

/// <summary>The name that somebody may have meant.</summary>
internal static class NearestName
{
    /// <summary>A hint for a refusal: the name that the fewest letters make of this one, or a few of all there are.</summary>
    public static string Hint(string name, IReadOnlyList<string> names)
    {
        string? nearest = names.MinBy(other => Distance(name, other));
        return nearest is not null && Distance(name, nearest) <= Math.Max(1, Math.Min(name.Length, nearest.Length) / 3)
            ? $"did you mean \"{nearest}\"?" : $"expected one of {Words.Few(names)}";
    }

    // How many letters must be put in, taken out or changed, letter case aside (V. Levenshtein, 1965).
    private static int Distance(string one, string other)
    {
        if (Math.Max(one.Length, other.Length) > 200)
            return int.MaxValue;
        var line = new int[other.Length + 1];
        for (int j = 0; j < line.Length; j++)
            line[j] = j;
        for (int i = 0; i < one.Length; i++)
        {
            int corner = line[0];
            line[0] = i + 1;
            for (int j = 0; j < other.Length; j++)
            {
                bool same = char.ToLowerInvariant(one[i]) == char.ToLowerInvariant(other[j]);
                (corner, line[j + 1]) = (line[j + 1], Math.Min(Math.Min(line[j], line[j + 1]) + 1, corner + (same ? 0 : 1)));
            }
        }

        return line[^1];
    }
}
