namespace NeuralNet;

/// <summary>A colour of a chart. Those with a name have a twin for dark pages, by which viewers that know one draw them there.</summary>
/// <param name="Red">0 … 255.</param>
/// <param name="Green">0 … 255.</param>
/// <param name="Blue">0 … 255.</param>
/// <param name="Opacity">From 0, which lets all that lies behind it through, to 1.</param>
public readonly record struct ChartColor(byte Red, byte Green, byte Blue, double Opacity = 1)
{
    // On white, and on a dark page: each readable there, and the colours of one weight.
    private static readonly (ChartColor Light, string Dark)[] twins =
    [
        (Paper, "#161b22"), (Ink, "#e6edf3"), (Muted, "#9aa7b4"), (Axis, "#66727f"), (Grid, "#2d3640"), (Card, "#1f262e"), (First, "#5b9dff"),
        (Second, "#ff8a4c"), (Right, "#3fb950"), (Wrong, "#ff6b6b"), (Violet, "#a78bfa"), (Teal, "#2dd4bf"),
    ];

    private static readonly ChartColor[] series = [First, Second, Right, Violet, Teal, Wrong];

    /// <summary>The page: white.</summary>
    public static ChartColor Paper => new(255, 255, 255);

    /// <summary>Text, and what is as strong as text.</summary>
    public static ChartColor Ink => new(0x1f, 0x29, 0x33);

    /// <summary>Text that may be overlooked.</summary>
    public static ChartColor Muted => new(0x66, 0x72, 0x7f);

    /// <summary>Axes.</summary>
    public static ChartColor Axis => new(0x9a, 0xa5, 0xb1);

    /// <summary>Lines behind curves, and areas where nothing is.</summary>
    public static ChartColor Grid => new(0xe4, 0xe7, 0xeb);

    /// <summary>The ground of what belongs together.</summary>
    public static ChartColor Card => new(0xf7, 0xf8, 0xfa);

    /// <summary>Blue: the training, the first of several.</summary>
    public static ChartColor First => new(0x25, 0x63, 0xeb);

    /// <summary>Orange: the validation or the test, the second of several.</summary>
    public static ChartColor Second => new(0xea, 0x58, 0x0c);

    /// <summary>Green: what is right.</summary>
    public static ChartColor Right => new(0x15, 0x93, 0x44);

    /// <summary>Red: what is wrong.</summary>
    public static ChartColor Wrong => new(0xdc, 0x26, 0x26);

    /// <summary>A colour more, for the fourth of several.</summary>
    public static ChartColor Violet => new(0x7c, 0x3a, 0xed);

    /// <summary>A colour more, for the fifth of several.</summary>
    public static ChartColor Teal => new(0x0d, 0x94, 0x88);

    /// <summary>What viewers that know dark pages draw there, as CSS: colours by the attributes that name them.</summary>
    internal static string DarkCss { get; } = "@media (prefers-color-scheme:dark){" + string.Concat(twins.Select(
        twin => $"[fill=\"{twin.Light.Hex}\"]{{fill:{twin.Dark}}}[stroke=\"{twin.Light.Hex}\"]{{stroke:{twin.Dark}}}")) + "}";

    internal string Hex => $"#{Red:x2}{Green:x2}{Blue:x2}";

    /// <summary>The colour of one of several things that have no meaning of their own; the seventh has that of the first again.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <returns>The colour.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is negative.</exception>
    public static ChartColor Of(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return series[index % series.Length];
    }

    /// <summary>A colour between two: the first one at 0, the second at 1. It has no twin, and looks the same on dark pages.</summary>
    /// <param name="from">The colour at 0 and below.</param>
    /// <param name="to">The colour at 1 and above.</param>
    /// <param name="share">How much of the second one; NaN counts as 0.</param>
    /// <returns>The mixture.</returns>
    public static ChartColor Between(ChartColor from, ChartColor to, double share)
    {
        double t = share > 0 ? Math.Min(share, 1) : 0;
        byte Mix(byte a, byte b) => (byte)Math.Round(a + ((b - a) * t));
        return new(Mix(from.Red, to.Red), Mix(from.Green, to.Green), Mix(from.Blue, to.Blue), from.Opacity + ((to.Opacity - from.Opacity) * t));
    }
}
