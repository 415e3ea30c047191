using System.Globalization;
using System.Numerics;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Linear biases by distance: the farther a key is from a query, the less its score counts, in each head by a slope of its own.</summary>
/// <remarks><para>forward: s = q kᵀ / √d − m_h |i − j|, of head h, query i and key j, before softmax.</para>
/// <para>backward: the biases are constants, and nothing is added.</para>
/// <para>The paper's slopes are m_h = 2^(−8h/n) for h = 1 … n, if the number n of heads is a power of two; otherwise those of the next smaller power
/// of two, p, and then the first, third, fifth … of those of 2p heads.</para>
/// <para>O. Press, N. A. Smith, M. Lewis: "Train short, test long: attention with linear biases enables input length extrapolation", 2021.</para>
/// </remarks>
public sealed class Alibi : AttentionPositions
{
    private const string SlopesName = "slopes";

    private readonly float[] slopes;

    /// <summary>Makes linear biases.</summary>
    /// <param name="slopes">m, the slope of each head, at least 0; the paper's if there are none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A slope is negative or no number.</exception>
    public Alibi(params ReadOnlySpan<float> slopes)
    {
        foreach (float slope in slopes)
            Guard.NotNegative(slope, nameof(slopes), "Each slope");
        this.slopes = slopes.ToArray();
    }

    /// <summary>With the paper's slopes, for any number of heads.</summary>
    public static Alibi Default { get; } = new();

    /// <summary>m, the slope of each head; empty: the paper's.</summary>
    public ReadOnlySpan<float> Slopes => slopes;

    /// <inheritdoc/>
    public override string ToString() => slopes.Length == 0
        ? nameof(Alibi)
        : $"{nameof(Alibi)}({string.Join(", ", slopes.Select(slope => slope.ToString(CultureInfo.InvariantCulture)))})";

    /// <summary>m, the slope of each of so many heads.</summary>
    /// <param name="heads">How many heads.</param>
    /// <returns>The slopes: those that were given, or the paper's.</returns>
    /// <exception cref="ArgumentException">Slopes were given for another number of heads, or one is above 10³⁰.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no head, or more than an array can have slopes of.</exception>
    public float[] SlopesOf(int heads)
    {
        Check(Guard.Count(heads, nameof(heads)), 1, 1, nameof(heads));
        if (heads > Array.MaxLength)
            throw Guard.OutOfRange(nameof(heads), heads, FormattableString.Invariant($"At most {Array.MaxLength} heads have slopes."));
        if (slopes.Length > 0)
            return [.. slopes];
        int power = 1 << BitOperations.Log2((uint)heads);
        return [.. Enumerable.Range(0, heads).Select(h => h < power ? Power(-8.0 * (h + 1) / power) : Power(-4.0 * ((2 * (h - power)) + 1) / power))];
    }

    internal override void Check(int heads, int headWidth, int steps, string name)
    {
        if (slopes.Length > 0 && slopes.Length != heads)
            throw new ArgumentException($"Alibi has {slopes.Length} slopes for {heads} heads; one for each was expected, or none.", name);
        foreach (float slope in slopes)
        {
            if (slope * (double)steps > 1e30)
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"A slope of {slope} over {steps} steps passes the largest bias, 1e30; a smaller one was expected."),
                    name);
            }
        }
    }

    internal override KindSettings AddTo(KindSettings settings)
    {
        settings.Set(Name, nameof(Alibi));
        return slopes.Length > 0 ? settings.Set(SlopesName, slopes) : settings;
    }

    internal static Alibi OfSettings(KindSettings settings) =>
        settings.Contains(SlopesName) ? new Alibi(settings.GetSingles(SlopesName)) : Default;

    // 2ˣ, x ≤ 0: of whole x exactly, because the error before rounding is far below a float's.
    private static float Power(double x) => (float)Exact.ExpOfNegative(x * 0.69314718055994531);
}
