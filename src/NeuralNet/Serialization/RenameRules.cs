namespace NeuralNet;

/// <summary>Rules by which tensors of a file get the names that they have in a network.</summary>
internal static class RenameRules
{
    /// <summary>The function that the rules are: the first one that fits counts.</summary>
    /// <exception cref="ArgumentException">A rule is null or empty, or has braces that are not understood.</exception>
    public static Func<string, string?> Of((string From, string? To)[] rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        foreach ((string from, _) in rules)
            ArgumentException.ThrowIfNullOrEmpty(from, nameof(rules));
        RenameRule[] all = [.. rules.Select(rule => new RenameRule(rule.From, rule.To))];
        return name =>
        {
            foreach (RenameRule rule in all)
            {
                if (rule.Fits(name, out string? renamed))
                    return renamed;
            }

            return name;
        };
    }
}
