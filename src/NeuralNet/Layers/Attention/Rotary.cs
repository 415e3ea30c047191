using System.Globalization;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>Rotary positions: in each head, pairs of q's features and of k's are turned by an angle that grows with the step's position, so that
/// their product knows how far apart the two steps are, and nothing else of where they are.</summary>
/// <remarks><para>forward: for each head, with f of its features turned, position t and i = 0 … f/2 − 1: φ = t · θ^(−2i/f),
/// (x_a, x_b) ← (x_a cos φ − x_b sin φ, x_b cos φ + x_a sin φ) of q and of k. The pairs (a, b) are (i, i + f/2), as in GPT-NeoX and Llama's
/// files of Hugging Face, or (2i, 2i + 1) if interleaved, as in the paper. Features of the head behind the first f stay as they are.</para>
/// <para>backward: the gradients are turned back, by −φ.</para>
/// <para>cos φ and sin φ are made once, when the layer is made, in double from + − × ÷ alone, so that they have the same bits on every machine; their
/// error before rounding is about 10⁻¹⁵ (1 + t). They take steps · f floats.</para>
/// <para>J. Su et al.: "RoFormer: Enhanced transformer with rotary position embedding", 2021.</para></remarks>
public sealed class Rotary : AttentionPositions
{
    private const float DefaultTheta = 10_000;
    private const string ThetaName = "theta", FeaturesName = "rotaryFeatures", InterleavedName = "interleaved";

    /// <summary>Makes rotary positions.</summary>
    /// <param name="theta">θ, at least 1: the larger, the more slowly the last pairs turn.</param>
    /// <param name="features">f, how many features of each head are turned, the first ones; an even number. All if not given.</param>
    /// <param name="interleaved">Whether neighbours are pairs, (2i, 2i + 1), and not (i, i + f/2).</param>
    /// <exception cref="ArgumentOutOfRangeException">θ is no finite number of at least 1, or the features are not even and positive.</exception>
    public Rotary(float theta = DefaultTheta, int? features = null, bool interleaved = false)
    {
        if (!(theta >= 1 && float.IsFinite(theta)))
            throw Guard.OutOfRange(nameof(theta), theta, "θ must be a finite number of at least 1.");
        if (features is int count && (count <= 0 || count % 2 != 0))
            throw Guard.OutOfRange(nameof(features), count, "Features are turned in pairs: an even number of at least 2 was expected.");
        (Theta, Features, Interleaved) = (theta, features, interleaved);
    }

    /// <summary>The usual ones: θ = 10,000, all features of a head, in pairs (i, i + f/2).</summary>
    public static Rotary Default { get; } = new();

    /// <summary>θ.</summary>
    public float Theta { get; }

    /// <summary>f, how many features of each head are turned; null: all.</summary>
    public int? Features { get; }

    /// <summary>Whether neighbours are pairs, (2i, 2i + 1), and not (i, i + f/2).</summary>
    public bool Interleaved { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Rotary(θ {Theta}{(Features is int count ? $", {count} features" : "")}{(Interleaved ? ", interleaved" : "")})");

    /// <summary>What the layer turns by, for those who write it in another form: cos φ of each pair, then sin φ of each, step after step.</summary>
    /// <param name="steps">How many steps.</param>
    /// <param name="headWidth">How many features a head has.</param>
    /// <returns>The table, [steps, 2, f/2].</returns>
    /// <exception cref="ArgumentException">A head of so many features cannot be turned.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is not positive, or the table would have nearly 2³¹ values or more.</exception>
    public float[] Table(int steps, int headWidth)
    {
        Guard.Count(steps, nameof(steps));
        Check(1, Guard.Count(headWidth, nameof(headWidth)), steps, nameof(headWidth));
        int pairs = (Features ?? headWidth) / 2;
        float[] table = new float[Guard.Size(2L * steps * pairs, nameof(steps), "Rotary positions would take a table of", Array.MaxLength)];
        Fill(table, 0, steps, headWidth);
        return table;
    }

    /// <summary>Fills the table of the steps from a position on.</summary>
    internal void Fill(Span<float> table, int position, int steps, int headWidth)
    {
        int pairs = (Features ?? headWidth) / 2;
        double log = Exact.Log(Theta);
        for (int i = 0; i < pairs; i++)
        {
            double halfTurns = Exact.ExpOfNegative(-log * i / pairs) / Math.PI;
            for (int t = 0; t < steps; t++)
            {
                (double sin, double cos) = Exact.SinCosPi((position + t) * halfTurns);
                int at = (2 * t * pairs) + i;
                (table[at], table[at + pairs]) = ((float)cos, (float)sin);
            }
        }
    }

    internal override void Check(int heads, int headWidth, int steps, string name)
    {
        if (Features > headWidth)
        {
            throw new ArgumentException(
                $"Rotary positions turn {Features} features of each head, but a head has {headWidth}; at most as many were expected.", name);
        }

        if (Features is null && headWidth % 2 != 0)
        {
            throw new ArgumentException(
                $"Rotary positions turn features in pairs, and a head has {headWidth}; an even number was expected, or to turn only the first "
                + "features of a head, an even number of them.", name);
        }
    }

    internal override KindSettings AddTo(KindSettings settings)
    {
        settings.Set(Name, nameof(Rotary)).Set(ThetaName, Theta);
        if (Features is int count)
            settings.Set(FeaturesName, count);
        return Interleaved ? settings.Set(InterleavedName, Interleaved) : settings;
    }

    internal static Rotary OfSettings(KindSettings settings) => new(
        settings.GetSingle(ThetaName),
        settings.Contains(FeaturesName) ? settings.GetInt32(FeaturesName) : null,
        settings.Contains(InterleavedName) && settings.GetBoolean(InterleavedName));
}
