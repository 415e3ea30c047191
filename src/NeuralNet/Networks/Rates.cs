using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>What of a network learns, and how fast: factors on the learning rate, by place. What no place names has the factor 1.</summary>
/// <remarks><para>A place is a layer, <c>"0"</c>, a layer within a composite, <c>"2.1"</c>, or a block, <c>"2.1.weight"</c>, and names all that is
/// within it. Places are compared part by part ("1" is not the beginning of "10"), and the longest one decides:
/// <c>Rates = { ["0"] = 0, ["0.bias"] = 0.1f }</c> freezes layer 0 but for its bias. A place that the network does not have is refused where the
/// rates are used.</para>
/// <para>A tied block (<see cref="NetworkBuilder.Tie"/>) learns as the block that it is: to freeze that freezes both, and a rate of the layer
/// around the tied one is for the layer's other blocks. A place of tied blocks alone would do nothing, and is refused unless it says the
/// same.</para>
/// <para>A factor of 0 freezes, which is more than a gradient of 0: no bit of the parameters moves. Optimizer, penalty and clipping pass them
/// over, what the optimizer remembers of them stays as it is, and so does the number of its steps that Adam and others go by: freed
/// again, they go on from there. No backward pass is made below the lowest parameter that learns; dropout there goes on.
/// Other factors multiply the learning rate, and so the decay of <see cref="AdamW"/>.</para>
/// <para>Statistics, such as those of a normalization over the batch, have the factors of their places too: frozen, a layer uses the stored ones
/// in training as it does in predictions, and does not mix rows. All statistics of a layer are frozen together; factors other than 0
/// are as 1.</para></remarks>
public sealed class Rates
{
    internal const string None = "none";

    private readonly Dictionary<string, float> factors = [];
    private readonly Lock building = new();
    private ConditionalWeakTable<BlockLayout, RatePlan> plans = [];

    /// <summary>The places that have factors.</summary>
    public IReadOnlyCollection<string> Places => factors.Keys;

    /// <summary>The factor of a place.</summary>
    /// <param name="place">A layer, "0" or "2.1", or a block, "2.1.weight".</param>
    /// <returns>The factor.</returns>
    /// <exception cref="ArgumentException">The place is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a finite number of at least 0.</exception>
    /// <exception cref="KeyNotFoundException">The place has been given no factor.</exception>
    public float this[string place]
    {
        get => factors.TryGetValue(place, out float factor) ? factor
            : throw new KeyNotFoundException($"\"{place}\" has been given no rate; there are: {this}.");
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(place);
            if (factors.TryGetValue(place, out float before) && before == value)
                return;
            factors[place] = Guard.NotNegative(value, nameof(value), $"The rate of \"{place}\"") + 0f; // of −0 it makes 0, in words too
            plans = [];
        }
    }

    /// <summary>Takes the factor of a place away.</summary>
    /// <param name="place">The place.</param>
    /// <returns>Whether it had one.</returns>
    public bool Remove(string place)
    {
        plans = [];
        return factors.Remove(place);
    }

    /// <summary>The factors in words, which checkpoints compare.</summary>
    /// <returns>For example <c>0: 0, 2: 0.1</c>; <c>none</c> if there are none.</returns>
    public override string ToString() => factors.Count == 0 ? None
        : string.Join(", ", factors.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(
            pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}: {pair.Value}")));

    // What the factors mean for the networks of these layers; null where there are none. It is made once, until a factor changes.
    internal RatePlan? For(Chain chain, BlockLayout layout)
    {
        if (factors.Count == 0)
            return null;
        return plans.TryGetValue(layout, out RatePlan? plan) ? plan : Made(chain, layout);
    }

    // By itself, because a lambda that captures takes memory as soon as its method begins.
    private RatePlan Made(Chain chain, BlockLayout layout)
    {
        lock (building)
            return plans.GetValue(layout, made => new RatePlan(chain, made, factors, ToString()));
    }
}
