namespace NeuralNet;

// JSON has no numbers for these; files hold them as texts.
internal static class NonFinite
{
    public static string? Name(float value) =>
        float.IsNaN(value) ? "NaN" : float.IsPositiveInfinity(value) ? "Infinity" : float.IsNegativeInfinity(value) ? "-Infinity" : null;

    public static bool TryParse(string text, out float value)
    {
        value = text switch { "Infinity" => float.PositiveInfinity, "-Infinity" => float.NegativeInfinity, _ => float.NaN };
        return text is "NaN" or "Infinity" or "-Infinity";
    }
}
