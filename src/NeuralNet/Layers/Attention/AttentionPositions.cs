namespace NeuralNet;

/// <summary>How <see cref="MultiHeadAttention"/> knows how far a query and a key are apart: <see cref="Rotary"/> turns both by their positions,
/// <see cref="Alibi"/> subtracts from their score by their distance.</summary>
/// <remarks>A step's position is its index in its row, from 0. Positions of this kind have no parameters.</remarks>
public abstract class AttentionPositions
{
    private protected const string Name = "positions";

    private protected AttentionPositions()
    {
    }

    /// <summary>Refuses heads that the positions do not fit.</summary>
    internal abstract void Check(int heads, int headWidth, int steps, string name);

    /// <summary>The positions as a layer's settings have them, and made anew of them; without any, nothing is written.</summary>
    internal abstract KindSettings AddTo(KindSettings settings);

    /// <exception cref="InvalidDataException">The settings have others than there are.</exception>
    internal static AttentionPositions? Of(KindSettings settings) => !settings.Contains(Name) ? null : settings.GetString(Name) switch
    {
        nameof(Rotary) => Rotary.OfSettings(settings),
        nameof(Alibi) => Alibi.OfSettings(settings),
        _ => throw settings.Wrong(Name, "\"Rotary\" or \"Alibi\""),
    };

    /// <summary>Whether settings ask for a table of angles.</summary>
    internal static bool HasTable(KindSettings settings) => settings.Contains(Name) && settings.GetString(Name) == nameof(Rotary);

    /// <exception cref="InvalidDataException">The settings have positions, which cross attention has not.</exception>
    internal static void RefuseInCross(KindSettings settings)
    {
        if (settings.Contains(Name))
            throw settings.Wrong(Name, "none in attention to another sequence, whose steps have no distance from the queries',");
    }
}
