using System.Globalization;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>What of a network learns, and how fast: factors on the learning rate, by place. What no place names has the factor 1.</summary>
/// <remarks><para>A place is a layer, <c>"0"</c>, a layer within a composite, <c>"2.1"</c>, or a block, <c>"2.1.weight"</c>, and names all that is
/// within it. Places are compared part by part ("1" is not the beginning of "10"), and the longest one decides:
/// <c>Rates = { ["0"] = 0, ["0.bias"] = 0.1f }</c> freezes layer 0 but for its bias. A place that the network does not have is refused where the
/// rates are used. They are for one thread at a time: do not change them from another one while a call reads them.</para>
/// <para>A tied block (<see cref="NetworkBuilder.Tie"/>) learns as the block that it is: to freeze that freezes both, and a rate of the layer
/// around the tied one is for the layer's other blocks. A place of tied blocks alone would do nothing, and is refused unless it says the
/// same.</para>
/// <para>A factor of 0 freezes, which is more than a gradient of 0: no bit of the parameters moves. Optimizer, penalty and clipping pass them
/// over, what the optimizer remembers of them stays as it is, and so does the number of its steps that Adam and others go by: freed
/// again, they go on from there. No backward pass is made below the lowest parameter that learns; dropout there goes on.
/// Other factors multiply the learning rate, and so the decay of <see cref="AdamW"/>.</para>
/// <para>Statistics, such as those of a normalization over the batch, have the factors of their places too: frozen, a layer uses the stored ones
/// in training as it does in predictions, and does not mix rows. All statistics of a layer are frozen together; factors other than 0
/// are as 1.</para>
/// <para>A place may follow a schedule (<see cref="Follow"/>), so that it is freed, or slowed down, in the course of training.</para></remarks>
public sealed class Rates
{
    internal const string None = "none";

    private readonly Dictionary<string, (float Factor, Schedule? Schedule)> factors = [];
    private readonly Lock building = new();
    private ConditionalWeakTable<BlockLayout, RatePlan> plans = [];

    /// <summary>The places that have factors.</summary>
    public IReadOnlyCollection<string> Places => factors.Keys;

    /// <summary>The factor of a place; where that follows a schedule it is multiplied with the schedule's.</summary>
    /// <param name="place">A layer, "0" or "2.1", or a block, "2.1.weight".</param>
    /// <returns>The factor.</returns>
    /// <exception cref="ArgumentException">The place is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a finite number of at least 0.</exception>
    /// <exception cref="KeyNotFoundException">The place has been given no factor.</exception>
    public float this[string place]
    {
        get => factors.TryGetValue(place, out (float Factor, Schedule?) rate) ? rate.Factor
            : throw new KeyNotFoundException($"\"{place}\" has been given no rate; there are: {this}.");
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(place);
            bool has = factors.TryGetValue(place, out (float Factor, Schedule? Schedule) before);
            if (has && before.Factor == value)
                return;
            float factor = Guard.NotNegative(value, nameof(value), $"The rate of \"{place}\"") + 0f; // of −0 it makes 0, in words too
            factors[place] = (factor, before.Schedule);
            plans = [];
        }
    }

    /// <summary>Lets a place follow a schedule: its rate is its factor, 1 unless given, times the schedule's, as of each step. Where that is 0 the
    /// place is frozen: <c>trainer.Rates.Follow("0", new Unfreeze(after: 3, over: 5))</c> frees layer 0 after three epochs, slowly.</summary>
    /// <remarks>A <see cref="Trainer"/> does so, which knows where training is; in a loop of your own give <see cref="At"/>.</remarks>
    /// <param name="place">A layer, "0" or "2.1", or a block, "2.1.weight".</param>
    /// <param name="schedule">The schedule, which a schedule of the whole learning rate (<see cref="Trainer.Schedule"/>) is multiplied with.</param>
    /// <returns>These rates.</returns>
    /// <exception cref="ArgumentException">The place is empty.</exception>
    public Rates Follow(string place, Schedule schedule)
    {
        ArgumentException.ThrowIfNullOrEmpty(place);
        ArgumentNullException.ThrowIfNull(schedule);
        factors[place] = (factors.TryGetValue(place, out (float Factor, Schedule?) before) ? before.Factor : 1, schedule);
        plans = [];
        return this;
    }

    /// <summary>The rates as they are at some time, without schedules: for loops of your own.</summary>
    /// <param name="time">Where training is.</param>
    /// <returns>New rates, of the same places.</returns>
    /// <exception cref="InvalidOperationException">A schedule gives no finite factor of at least 0.</exception>
    public Rates At(in ScheduleTime time)
    {
        var rates = new Rates();
        foreach ((string place, (float factor, Schedule? schedule)) in factors)
            rates[place] = schedule is null ? factor : Scheduled(place, factor, schedule, time);
        return rates;
    }

    /// <summary>Takes the factor and the schedule of a place away.</summary>
    /// <param name="place">The place.</param>
    /// <returns>Whether it had one.</returns>
    public bool Remove(string place)
    {
        plans = [];
        return factors.Remove(place);
    }

    /// <summary>The factors in words, which checkpoints compare.</summary>
    /// <returns>For example <c>0: 0, 2: 0.1</c>, and for a place with a schedule <c>1: 1 × Unfreeze(after 3, over 5, unit Epochs)</c>; <c>none</c> if
    /// there are none.</returns>
    public override string ToString() => factors.Count == 0 ? None
        : string.Join(", ", factors.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(
            pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}: {pair.Value.Factor}{Times(pair.Value.Schedule)}")));

    // What the factors mean for the networks of these layers; null where there are none. It is made once, until a factor changes. Who can follow
    // schedules gets the plan in which the factor of each is 1.
    internal RatePlan? For(Chain chain, BlockLayout layout, bool followsSchedules = false)
    {
        if (factors.Count == 0)
            return null;
        RatePlan plan = plans.TryGetValue(layout, out RatePlan? made) ? made : Made(chain, layout);
        return followsSchedules || plan.Schedules.Length == 0 ? plan : throw FollowsNone(plan);
    }

    internal static float Scheduled(string place, float factor, Schedule schedule, in ScheduleTime time)
    {
        double given = schedule.Factor(time);
        float rate = (float)(factor * given);
        return rate >= 0 && float.IsFinite(rate) ? rate + 0f : throw WrongFactor(place, schedule, given, time);
    }

    private static InvalidOperationException WrongFactor(string place, Schedule schedule, double given, in ScheduleTime time) =>
        new($"{schedule.Kind}, which the rate of \"{place}\" follows, gave "
            + FormattableString.Invariant($"the factor {given} at step {time.Step} of epoch {time.Epoch}; a finite one of at least 0 was expected."));

    private static ArgumentException FollowsNone(RatePlan plan) => new(
        $"The rates of {string.Join(", ", plan.Schedules.Select(one => $"\"{one.Place}\""))} follow schedules, for which it must be known where "
        + "training is: a Trainer knows it; in a loop of your own give rates.At(new ScheduleTime { Step = …, Epoch = … }).");

    private static string Times(Schedule? schedule) => schedule is null ? "" : $" × {schedule}";

    private (string Place, float Factor, Schedule Schedule)[] Schedules =>
        [.. from pair in factors where pair.Value.Schedule is not null select (pair.Key, pair.Value.Factor, pair.Value.Schedule)];

    // By itself, because a lambda that captures takes memory as soon as its method begins.
    private RatePlan Made(Chain chain, BlockLayout layout)
    {
        lock (building)
            return plans.GetValue(layout, made => new RatePlan(
                chain, made, factors.ToDictionary(pair => pair.Key, pair => pair.Value.Factor), ToString(), Schedules));
    }
}
