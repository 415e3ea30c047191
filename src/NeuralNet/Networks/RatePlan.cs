using System.Globalization;

namespace NeuralNet;

/// <summary>What <see cref="Rates"/> mean for the layers of a network; only the factors of a plan by schedule change, in value
/// (<see cref="ScheduledRates"/>).</summary>
internal sealed class RatePlan
{
    private readonly Chain chain;
    private readonly BlockLayout layout;
    private readonly Dictionary<string, float> rates;
    private readonly int[] scheduleOf; // for each block which schedule its factor follows; −1: none
    private bool freezesStatistics;

    /// <exception cref="ArgumentException">A place is none of the network's, or of tied blocks alone, or a layer's statistics are frozen in part.
    /// </exception>
    public RatePlan(
        Chain chain, BlockLayout layout, Dictionary<string, float> rates, string words, (string Place, float Factor, Schedule Schedule)[] schedules)
    {
        this.chain = chain;
        this.layout = layout;
        this.rates = rates;
        Words = words;
        Schedules = schedules;
        (Factors, scheduleOf) = FactorsOf(rates);
        GradientPlaces = [.. layout.GradientPlaces];
        float[] own = [.. Factors.Where((_, i) => layout.TieOf(i) is null)];
        Ranges = ParameterRange.Of(layout.Blocks, layout.Places, separatesWeights: false, factors: own);
        Penalized = ParameterRange.Of(layout.Blocks, layout.Places, separatesWeights: true, separatesSparse: true, own);
        LearningStatistics =
            [.. layout.PassPlaces.Where((_, i) => chain.Blocks[i] is { Role: BlockRole.Statistic, IsGiven: false } && Factors[i] > 0)];
        LargestFactor = Largest();
        for (int i = 0; i < Factors.Length; i++)
        {
            if (Factors[i] == 0)
                GradientPlaces[i] = default;
        }

        Learning = LearningOf(chain, 0, "");
        Statistics = freezesStatistics ? Learning : null;
    }

    /// <summary>The rates in words.</summary>
    public string Words { get; }

    /// <summary>The places whose rates follow schedules, and the factors that those are multiplied with.</summary>
    public (string Place, float Factor, Schedule Schedule)[] Schedules { get; }

    /// <summary>For each block of the network the factor on its learning rate.</summary>
    public float[] Factors { get; }

    /// <summary>The largest of those of the parameters.</summary>
    public float LargestFactor { get; private set; }

    /// <summary>Where the gradient of each block lies; of length 0 where the block is frozen.</summary>
    public BlockPlace[] GradientPlaces { get; }

    /// <summary>The parameters that learn, neighbours with one factor together; in a plan by schedule their factors are those that it began with.
    /// </summary>
    public ParameterRange[] Ranges { get; }

    /// <summary>The same with weights apart from the rest, and sparse blocks from others.</summary>
    public ParameterRange[] Penalized { get; }

    /// <summary>Where the statistics lie that are not frozen.</summary>
    public BlockPlace[] LearningStatistics { get; }

    /// <summary>What of the network learns, layer by layer.</summary>
    public Learning Learning { get; }

    /// <summary>The same if statistics are frozen; otherwise null, and forward is as without rates.</summary>
    public Learning? Statistics { get; }

    /// <summary>The plan in which the rates that follow schedules are these.</summary>
    public RatePlan With(ReadOnlySpan<float> scheduled)
    {
        var now = new Dictionary<string, float>(rates);
        for (int i = 0; i < scheduled.Length; i++)
            now[Schedules[i].Place] = scheduled[i];
        return new RatePlan(chain, layout, now, Words, Schedules);
    }

    /// <summary>Changes the rates that follow schedules, of which the same are 0 as before.</summary>
    public void Change(ReadOnlySpan<float> scheduled)
    {
        for (int i = 0; i < Factors.Length; i++)
        {
            if (scheduleOf[i] >= 0)
                Factors[i] = scheduled[scheduleOf[i]];
        }

        LargestFactor = Largest();
    }

    private float Largest()
    {
        float largest = 0;
        for (int i = 0; i < Factors.Length; i++)
            largest = chain.Blocks[i].Role == BlockRole.Statistic ? largest : Math.Max(largest, Factors[i]);
        return largest;
    }

    /// <summary>Copies what is frozen from one network to its clone.</summary>
    public void CopyFrozen(Network from, Network to)
    {
        for (int i = 0; i < Factors.Length; i++)
        {
            if (Factors[i] == 0 && layout.TieOf(i) is null)
                from.Values(i).CopyTo(to.Values(i));
        }
    }

    /// <summary>Refuses factors other than 0 and 1.</summary>
    public void CheckZeroOrOne(string kind, string reason)
    {
        for (int i = 0; i < Factors.Length; i++)
        {
            if (Factors[i] is not (0 or 1) && chain.Blocks[i].Role != BlockRole.Statistic)
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{kind} takes rates of 0 and 1 only, but got {Factors[i]} for \"{chain.Blocks[i].Name}\": {reason}."));
        }
    }

    // The longest place that a block's name begins with gives its factor, or the schedule that it follows.
    private (float[] Factors, int[] Schedules) FactorsOf(Dictionary<string, float> rates)
    {
        float[] factors = new float[chain.Blocks.Count];
        int[] schedules = new int[factors.Length];
        HashSet<string> unmatched = [.. rates.Keys], without = [.. rates.Keys]; // blocks, and values of their own
        for (int i = 0; i < factors.Length; i++)
        {
            string name = chain.Blocks[i].Name;
            (factors[i], schedules[i]) = (1, -1);
            for (int end = 0; end < name.Length;)
            {
                end = name.IndexOf('.', end + 1) is > 0 and int dot ? dot : name.Length;
                if (!rates.TryGetValue(name[..end], out float factor))
                    continue;
                string place = name[..end];
                (factors[i], schedules[i]) = (factor, Array.FindIndex(Schedules, one => one.Place == place));
                unmatched.Remove(name[..end]);
                if (layout.TieOf(i) is null)
                    without.Remove(name[..end]);
            }
        }

        // A tied block is the other block, and learns as that does. A place of tied blocks alone may say the same, or it would do nothing.
        float[] own = [.. factors.Select((_, i) => factors[layout.FirstOf(i)])];
        int[] ownSchedules = [.. schedules.Select((_, i) => schedules[layout.FirstOf(i)])];
        without.ExceptWith(unmatched);
        foreach (string place in without.Order(StringComparer.Ordinal))
        {
            for (int i = 0; i < factors.Length; i++)
            {
                if (IsWithin(chain.Blocks[i].Name, place) && (factors[i], schedules[i]) != (own[i], ownSchedules[i]))
                    throw OfTiesAlone(place);
            }
        }

        unmatched.RemoveWhere(IsLayer);
        return unmatched.Count == 0 ? (own, ownSchedules)
            : throw new ArgumentException(
                $"Rates[\"{unmatched.Order(StringComparer.Ordinal).First()}\"] is of no layer or block of the network. It has the layers \"0\" to "
                + $"\"{chain.Layers.Count - 1}\" and the blocks {string.Join(", ", chain.Blocks.Select(block => $"\"{block.Name}\""))}.");
    }

    private static bool IsWithin(string block, string place) => block == place || block.StartsWith($"{place}.", StringComparison.Ordinal);

    private ArgumentException OfTiesAlone(string place)
    {
        Tie[] ties = [.. layout.Ties.Where(tie => IsWithin(tie.To, place))];
        string blocks = string.Join(", ", ties.Select(tie => $"\"{tie.Block}\"").Distinct());
        string what = ties.Length == 1 ? "a tied block, which has no values of its own" : "tied blocks, which have no values of their own";
        return new($"Rates[\"{place}\"] is of {what}; give {blocks} the rate.");
    }

    // A layer without blocks is a place too, so that a loop can freeze all layers up to one.
    private bool IsLayer(string place)
    {
        Layer layer = chain;
        foreach (string part in place.Split('.'))
        {
            int child = Child.IndexOf(layer, part);
            if (child < 0)
                return false;
            layer = layer.Children[child];
        }

        return true;
    }

    private Learning LearningOf(Layer layer, int firstBlock, string place)
    {
        // Other layers that have children hand on their own passes, in which no child's part of this could be found.
        bool derives = layer is Chain or Branches or Composite;
        var children = new Learning[derives ? layer.Children.Count : 0];
        int own = 0; // the layer's own blocks begin behind its children's
        for (int k = 0; k < children.Length; own += layer.Children[k].Blocks.Count, k++)
            children[k] = LearningOf(layer.Children[k], firstBlock + own, $"{place}{k}.");

        ReadOnlySpan<float> factors = Factors.AsSpan(firstBlock, layer.Blocks.Count);
        string? learning = null, frozen = null, ownFrozen = null;
        bool learns = false;
        for (int i = 0; i < factors.Length; i++)
        {
            string name = chain.Blocks[firstBlock + i].Name;
            if (layer.Blocks[i].Role != BlockRole.Statistic)
                learns |= factors[i] > 0;
            else if (layer.Blocks[i].IsGiven)
                continue; // no batch changes it, whatever its rate
            else if (factors[i] > 0)
                learning = name;
            else
                (frozen, ownFrozen) = (name, i < own ? null : name);
        }

        // A layer that uses the stored statistics has children that do, but not the other way round.
        if (ownFrozen is not null && learning is not null)
            throw new ArgumentException(
                $"The rates freeze the statistics \"{ownFrozen}\", but not \"{learning}\"; all statistics of layer {place[..^1]} ({layer.Kind}) "
                + "are frozen together, or none.");
        bool usesStatistics = frozen is not null && learning is null;
        freezesStatistics |= usesStatistics;
        return new Learning { Learns = learns, UsesStatistics = usesStatistics, Children = children };
    }
}
