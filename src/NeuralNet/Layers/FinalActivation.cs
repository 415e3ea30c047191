namespace NeuralNet;

/// <summary>An activation at the very end of a layer that a pass can leave out (<see cref="ForwardPass.OmitActivation"/>), and the columns of
/// the output that it makes: y = f(z), where z is as wide as y.</summary>
/// <param name="Activation">f, which draws no random numbers.</param>
/// <param name="First">The first column, along the features axis of the output.</param>
/// <param name="Count">How many columns it makes: for a vector activation all of one vector.</param>
public readonly record struct FinalActivation(Activation Activation, int First, int Count)
{
    // What a layer whose whole output is f(z) declares. To leave out the identity would change nothing, and what a random activation draws
    // hangs on the layer's own stream.
    internal static IReadOnlyList<FinalActivation> OfAll(Activation activation, int width) =>
        activation is Identity || activation.IsRandom ? [] : [new(activation, 0, width)];

    /// <summary>The activations of an output that is some columns of another; null if one of them would be cut that cannot be.</summary>
    internal static IReadOnlyList<FinalActivation>? Slice(IReadOnlyList<FinalActivation> all, int first, int count)
    {
        var kept = new List<FinalActivation>();
        foreach (FinalActivation one in all)
        {
            int from = Math.Max(one.First, first), to = Math.Min(one.First + one.Count, first + count);
            if (from >= to)
                continue;
            if (to - from < one.Count && one.Activation is not ScalarActivation)
                return null;
            kept.Add(one with { First = from - first, Count = to - from });
        }

        return kept;
    }

    /// <summary>The activations of a row in another shape: null unless its vectors stay as they are, or one scalar activation made all values.
    /// </summary>
    internal static IReadOnlyList<FinalActivation>? Reshape(IReadOnlyList<FinalActivation> all, Shape input, Shape output)
    {
        // Where a sequence ends early the new row ends in zeros, which are no activation's.
        bool mayEndEarly = input.Kind == ShapeKind.Sequence && input.Steps > 1;
        if (input == output || (input.FeatureCount == output.FeatureCount && !mayEndEarly))
            return all;
        return !mayEndEarly && all is [{ Activation: ScalarActivation } only] && only.Count == input.FeatureCount
            ? [only with { Count = output.FeatureCount }]
            : null;
    }
}
