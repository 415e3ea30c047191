using System.Globalization;
using System.Text;

namespace NeuralNet;

/// <summary>How <see cref="Generation"/> chooses tokens, and when it ends.</summary>
/// <remarks><para>Of the scores z of all tokens, in this order: a token that is in the text already has z/θ instead where z &gt; 0, otherwise z·θ
/// (<see cref="Repetition"/>); the <see cref="TopK"/> highest stay; p = softmax(z / T) of those (<see cref="Temperature"/>); the fewest tokens whose
/// p together are at least <see cref="TopP"/> stay, the likeliest ones; one of them is drawn, with probabilities as p. Of equal scores that of the
/// lower id counts as the higher.</para>
/// <para>A draw is a function of (seed, row, position of the token in the text): the same seed gives the same text on any machine, and for any number
/// of threads.</para>
/// <para>A. Fan, M. Lewis, Y. Dauphin: "Hierarchical neural story generation", 2018 (the k highest); A. Holtzman et al.: "The curious case of neural
/// text degeneration", 2019 (the fewest); N. S. Keskar et al.: "CTRL: a conditional transformer language model", 2019 (repetition).</para></remarks>
public sealed class GenerationOptions
{
    private readonly int[] stops = [];

    /// <summary>T: below 1 likely tokens become likelier, above 1 less likely; 0 always takes the likeliest. 1 unless given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">T is neither 0 nor a number from 10⁻³⁰ to 10³⁰.</exception>
    public float Temperature { get; init => field = value == 0 ? 0 : Guard.Moderate(value, nameof(Temperature), "The temperature, unless 0,"); } = 1;

    /// <summary>How many of the highest scores stay; 0: all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int TopK
    {
        get;
        init
        {
            Guard.AtLeast(value, 0, nameof(TopK));
            field = value;
        }
    }

    /// <summary>What the probabilities of the tokens that stay are to sum up to at least; 1: all tokens stay.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not above 0 and at most 1.</exception>
    public float TopP
    {
        get;
        init => field = value is > 0 and <= 1 ? value : throw Guard.OutOfRange(nameof(TopP), value, "TopP must be above 0 and at most 1.");
    } = 1;

    /// <summary>θ: above 1 tokens that are in the text already (in its last <see cref="Generator.TokensOf"/>) become less likely. 1: no difference.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">θ is no number from 0.01 to 100.</exception>
    public float Repetition
    {
        get;
        init => field = value is >= 0.01f and <= 100 ? value
            : throw Guard.OutOfRange(nameof(Repetition), value, "The factor of repetition must be a number from 0.01 to 100.");
    } = 1;

    /// <summary>What decides the draws. 0 unless given.</summary>
    public long Seed { get; init; }

    /// <summary>Tokens that end the text, and are not given themselves; none unless given.</summary>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is negative.</exception>
    public IReadOnlyList<int> Stops
    {
        get => stops;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (int token in value)
                Guard.AtLeast(token, 0, nameof(Stops));
            stops = [.. value];
        }
    }

    /// <summary>What happens where a text has as many tokens as the network has steps. It ends unless this says otherwise.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is none of those that there are.</exception>
    public ContextEnd ContextEnd
    {
        get;
        init => field = TokenNetwork.Checked(value, nameof(ContextEnd));
    }

    /// <summary>The state that texts begin with, such as that which an encoder left: <see cref="Network.StatePerRow"/> floats for each text. Empty:
    /// zeros.</summary>
    public ReadOnlyMemory<float> State { get; init; }

    /// <summary>How many threads share the work of a token; 1 unless given.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive, or above 1,024.</exception>
    public int Threads { get; init => field = Guard.Threads(value); } = 1;

    /// <summary>The options in words.</summary>
    /// <returns>For example <c>temperature 0.8, the 40 highest, seed 1</c>.</returns>
    public override string ToString()
    {
        var words = new StringBuilder();
        if (Temperature == 0)
            words.Append("the likeliest token");
        else
            words.Append(CultureInfo.InvariantCulture, $"temperature {Temperature}");
        if (TopK > 0 && Temperature > 0)
            words.Append(CultureInfo.InvariantCulture, $", the {TopK} highest");
        if (TopP < 1 && Temperature > 0)
            words.Append(CultureInfo.InvariantCulture, $", the likeliest of together {TopP}");
        if (Repetition != 1)
            words.Append(CultureInfo.InvariantCulture, $", repetition {Repetition}");
        if (Temperature > 0)
            words.Append(CultureInfo.InvariantCulture, $", seed {Seed}");
        if (stops.Length > 0)
            words.Append(CultureInfo.InvariantCulture, $", until {string.Join(" or ", stops)}");
        return words.ToString();
    }

    internal bool IsStop(int token) => stops.AsSpan().Contains(token);
}
