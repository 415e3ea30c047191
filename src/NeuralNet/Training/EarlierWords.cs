namespace NeuralNet;

/// <summary>
/// The settings in the first checkpoints, in words: "Adam(learning rate 0.5, β₁ 0.25)" is what "Adam(learningRate 0.5, beta1 0.25)"
/// is now, and the order was another.
/// </summary>
internal static class EarlierWords
{
    /// <summary>Whether two texts state the same settings, each in earlier or in present words.</summary>
    public static bool AreSame(string one, string other) => one == other || Parts(one).SetEquals(Parts(other));

    private static HashSet<string> Parts(string words)
    {
        string[] parts = words.TrimEnd(')').Split(["(", ", "], StringSplitOptions.None);
        return [parts[0], .. parts.Skip(1).Select(Renamed).Where(part => part != "weightDecay 0")];
    }

    private static string Renamed(string part)
    {
        int space = part.LastIndexOf(' ');
        string name = space < 0 ? "" : part[..space];
        return string.Concat(name switch
        {
            "" => "limit",
            "α" => "alpha",
            "β₁" => "beta1",
            "β₂" => "beta2",
            "ε" => "epsilon",
            "λ₁" => "l1",
            "λ₂" => "l2",
            "Nesterov" => "nesterov",
            "start" or "end" => name + "Divisor",
            _ => string.Concat(name.Split(' ', '-').Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..])),
        }, " ", part.AsSpan(space + 1));
    }
}
