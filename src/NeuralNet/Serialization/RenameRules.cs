namespace NeuralNet;

/// <summary>Rules by which tensors of a file get the names that they have in a network.</summary>
internal static class RenameRules
{
    public static Func<string, string?> Of((string From, string? To)[] rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        foreach ((string from, _) in rules)
            ArgumentException.ThrowIfNullOrEmpty(from, nameof(rules));
        return name => Apply(rules, name);
    }

    private static string? Apply((string From, string? To)[] rules, string name)
    {
        foreach ((string from, string? to) in rules)
        {
            bool fits = from.EndsWith('.') ? name.StartsWith(from, StringComparison.Ordinal) : name == from;
            if (fits)
                return to is null ? null : to + name[from.Length..];
        }

        return name;
    }
}
