using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The average of a network's weights, as far as it has come.</summary>
internal sealed class AverageState(WeightAverage rule, Network network)
{
    /// <summary>A network of the averages, with the same layers.</summary>
    public Network Network { get; } = network.Clone();

    /// <summary>Of how many weights it is the average; 0: there is none.</summary>
    public long Count { get; set; }

    /// <summary>Whether the statistics belong to the weights.</summary>
    public bool HasStatistics { get; set; }

    // What froze a part of it last.
    private RatePlan? frozenBy;

    /// <summary>The average as it is now, which later weights do not change.</summary>
    public AverageState Copy() => new(rule, Network) { Count = Count, HasStatistics = HasStatistics, frozenBy = frozenBy };

    /// <summary>Takes in weights. What is frozen is no average: it is as the network has it, since no bit of it moves.</summary>
    /// <param name="raw">The network that is trained.</param>
    /// <param name="plan">What learns; null: everything.</param>
    /// <param name="workers">Who shares the work.</param>
    public void Add(Network raw, RatePlan? plan, Workers? workers)
    {
        var follow = new PairFollow(rule.Share(Count));
        if (plan != frozenBy)
            plan?.CopyFrozen(raw, Network);
        frozenBy = plan;
        HasStatistics = !rule.IsStochastic;
        if (Count++ == 0)
        {
            raw.Parameters.CopyTo(Network.Parameters);
            raw.Statistics.CopyTo(Network.Statistics);
        }
        else if (plan is null)
        {
            Follow(follow, raw.Parameters, Network.Parameters, workers);
            if (HasStatistics)
                Follow(follow, raw.Statistics, Network.Statistics, workers);
        }
        else
        {
            foreach (ref readonly ParameterRange range in plan.Ranges.AsSpan())
                Follow(follow, Of(raw.Parameters, range.Place), Of(Network.Parameters, range.Place), workers);
            foreach (BlockPlace place in HasStatistics ? plan.LearningStatistics : [])
                Follow(follow, Of(raw.Statistics, place), Of(Network.Statistics, place), workers);
        }
    }

    private static Span<float> Of(Span<float> values, BlockPlace place) => values.Slice(place.Start, place.Length);

    // w̄ ← w̄ + (1 − a)(w − w̄)
    private static void Follow(PairFollow follow, Span<float> raw, Span<float> averaged, Workers? workers) =>
        Elementwise.Map(follow, averaged, raw, averaged, workers);
}
