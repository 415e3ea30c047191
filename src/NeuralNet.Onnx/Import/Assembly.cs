namespace NeuralNet.Onnx.Import;

/// <summary>
/// Puts what the expressions become together, as chains and branches: wherever paths come together, they must have gone
/// apart at one place, and between the two no path may reach another.
/// </summary>
internal sealed class Assembly
{
    // A pass through nested layers takes stack, here and in every call of the network.
    private const int MaxDepth = 64;

    // Of one chain; longer ones are nested.
    private const int MaxLayers = 4096;

    // Of a sum, among which those are looked for that belong together.
    private const int MaxTerms = 16;

    private readonly List<Place> places = [];
    private readonly Dictionary<Expr, int> indices = [];
    private readonly HashSet<Expr> used = [];
    private readonly Dictionary<Layer, IReadOnlyList<(string Name, float[] Values)>> values = [];
    private long emitted;

    /// <summary>Whether the network's rows go on from call to call: what can go on with them is preferred.</summary>
    public bool CarriesState { get; init; }

    /// <summary>An expression, after all that it takes: with what it becomes, and the last expression that all its paths go through.</summary>
    private sealed record Place(Expr Expr, Lowered Lowered, int Depth, int Before, int Jump);

    /// <summary>The layers of the network, with the values of their blocks.</summary>
    /// <param name="output">What the network computes.</param>
    /// <param name="shape">The shape of its output.</param>
    /// <param name="lowering">What each expression becomes.</param>
    /// <param name="problems">Where nodes go for which there is nothing.</param>
    /// <returns>The layers; null if there are problems.</returns>
    public List<Layer>? Build(Expr output, Shape shape, Lowering lowering, List<(Node Node, string Why)> problems)
    {
        if (!Lower(output, lowering, problems))
            return null;
        try
        {
            List<Layer> layers = Chain(indices[output], 0, 0);
            if (layers.Count == 0)
                layers.Add(new Skip(output.Shape));
            if (layers[^1].Output != shape)
                layers.Add(OfOneStep(Reshapes.Layer(layers[^1].Output, shape)));
            return Nested(layers);
        }
        catch (Refusal refusal) when (refusal.Node is not null)
        {
            problems.Add((refusal.Node, refusal.Message));
            return null;
        }
        catch (Exception failure) when (failure is ArgumentException or OverflowException)
        {
            // Each layer is possible, but all together are too large.
            throw new InvalidDataException($"The network cannot be put together: {failure.Message}", failure);
        }
    }

    /// <summary>Writes the values into the network's blocks.</summary>
    public void Fill(Network network)
    {
        var rest = new Stack<(Layer Layer, string Position)>();
        Push(network.Layers, "");
        while (rest.TryPop(out (Layer Layer, string Position) place))
        {
            foreach ((string name, float[] block) in values.GetValueOrDefault(place.Layer) ?? [])
                block.CopyTo(network.Parameter(FormattableString.Invariant($"{place.Position}.{name}")));
            Push(place.Layer is Chain chain ? chain.Layers : place.Layer is Branches branches ? branches.Layers : [], place.Position + ".");
        }

        void Push(IReadOnlyList<Layer> layers, string within)
        {
            for (int k = 0; k < layers.Count; k++)
                rest.Push((layers[k], FormattableString.Invariant($"{within}{k}")));
        }
    }

    // All that the output depends on, in an order in which each comes after what it takes.
    private bool Lower(Expr output, Lowering lowering, List<(Node Node, string Why)> problems)
    {
        var made = new Dictionary<Expr, Lowered>();
        var rest = new Stack<Expr>([output]);
        int before = problems.Count;
        while (rest.TryPeek(out Expr? expr))
        {
            if (indices.ContainsKey(expr))
            {
                rest.Pop();
                continue;
            }

            if (!made.TryGetValue(expr, out Lowered? lowered))
            {
                try
                {
                    lowered = lowering.Of(expr);
                }
                catch (Exception failure) when (failure is Refusal or ArgumentException or OverflowException)
                {
                    Node? node = (failure as Refusal)?.Node ?? expr.Origin;
                    problems.Add((node ?? throw new InvalidDataException(failure.Message), failure.Message));
                    lowered = new Lowered([], null, []);
                }

                made.Add(expr, lowered);
            }

            int waiting = 0;
            foreach (Expr input in lowered.Inputs)
            {
                if (!indices.ContainsKey(input))
                {
                    rest.Push(input);
                    waiting++;
                }
            }

            if (waiting > 0)
                continue;
            rest.Pop();
            Add(expr, lowered);
        }

        return problems.Count == before;
    }

    // A sum of a sum is one of more terms, if nothing else reads it.
    private Lowered Flat(Lowered lowered)
    {
        if (lowered.Merge is not (Merge.Sum or Merge.Product))
            return lowered;
        Lowered first = places[indices[lowered.Inputs[0]]].Lowered;
        return first.Merge == lowered.Merge && first.Parts.Count == 0 && lowered.Inputs[0].Uses <= 1
            ? lowered with { Inputs = [.. first.Inputs, .. lowered.Inputs.Skip(1)] }
            : lowered;
    }

    // Of the terms of a sum, those that go apart later than the others are a sum of their own: V + A − mean A as V + (A − mean A).
    private Lowered Grouped(Lowered lowered)
    {
        if (lowered.Merge is not (Merge.Sum or Merge.Product) || lowered.Inputs.Count is < 3 or > MaxTerms)
            return lowered;
        int before = Before(lowered);
        var groups = new List<List<Expr>>();
        foreach (Expr input in lowered.Inputs)
        {
            if (groups.Find(group => Common(indices[group[0]], indices[input]) != before) is { } own)
                own.Add(input);
            else
                groups.Add([input]);
        }

        if (groups.TrueForAll(group => group.Count == 1) || groups.Count == 1)
            return lowered;
        return lowered with
        {
            Inputs = [.. groups.Select(group =>
            {
                if (group.Count == 1)
                    return group[0];
                var merged = new MergeExpr(lowered.Merge.Value, group[0].Shape, group[0].Origin, [.. group]);
                Add(merged, new Lowered(merged.Inputs, lowered.Merge, []));
                return merged;
            })],
        };
    }

    // A + (V − mean A): a sum of a sum is one of more terms also where some of them go apart later than those that they stand beside.
    private Lowered Interleaved(Lowered lowered)
    {
        if (lowered.Merge is not (Merge.Sum or Merge.Product) || lowered.Inputs.Count > MaxTerms)
            return lowered;
        IReadOnlyList<Expr>[] terms = [.. lowered.Inputs.Select(input =>
        {
            Lowered inner = places[indices[input]].Lowered;
            return inner.Merge == lowered.Merge && inner.Parts.Count == 0 && input.Uses <= 1 ? inner.Inputs : [input];
        })];
        Lowered all = lowered with { Inputs = [.. terms.SelectMany(own => own)] };
        if (all.Inputs.Count == lowered.Inputs.Count || all.Inputs.Count > MaxTerms)
            return lowered;
        int before = Before(all);
        bool isMixed = terms.Index().Any(one => one.Item.Any(a =>
            terms.Index().Any(other => other.Index > one.Index && other.Item.Any(b => Common(indices[a], indices[b]) != before))));
        return isMixed ? all : lowered;
    }

    // The last place that all paths to the inputs go through.
    private int Before(Lowered lowered)
    {
        int before = -1;
        foreach (Expr input in lowered.Inputs)
            before = before < 0 ? indices[input] : Common(before, indices[input]);
        return before;
    }

    private void Add(Expr expr, Lowered lowered)
    {
        lowered = Grouped(Interleaved(Flat(lowered)));
        int index = places.Count, before = Before(lowered);
        indices.Add(expr, index);
        if (before < 0)
        {
            places.Add(new Place(expr, lowered, 0, index, index));
            return;
        }

        // Every place knows one far before it, so that where two paths went apart is found in few steps.
        Place last = places[before], far = places[last.Jump];
        int jump = last.Depth - far.Depth == far.Depth - places[far.Jump].Depth ? far.Jump : before;
        places.Add(new Place(expr, lowered, last.Depth + 1, before, jump));
    }

    private int Common(int a, int b)
    {
        while (places[a].Depth != places[b].Depth)
        {
            if (places[a].Depth < places[b].Depth)
                (a, b) = (b, a);
            a = places[places[a].Jump].Depth >= places[b].Depth ? places[a].Jump : places[a].Before;
        }

        // Only where something is refused are there two beginnings; then nothing is built.
        while (a != b && places[a].Depth > 0)
            (a, b) = places[a].Jump != places[b].Jump ? (places[a].Jump, places[b].Jump) : (places[a].Before, places[b].Before);
        return a;
    }

    // The layers from one place to another, which all paths to it go through.
    private List<Layer> Chain(int to, int from, int depth)
    {
        var reversed = new List<Layer>();
        while (to != from)
        {
            Place place = places[to];
            Claim(place);
            for (int k = place.Lowered.Parts.Count - 1; k >= 0; k--)
            {
                Part part = place.Lowered.Parts[k];
                reversed.Add(OfOneStep(part.Layer));
                if (part.Values.Count > 0)
                    values[part.Layer] = part.Values;
            }

            if (place.Lowered.Merge is { } merge)
                reversed.Add(Branches(place, merge, depth));
            to = place.Before;
        }

        reversed.Reverse();
        Join(reversed);
        return reversed;
    }

    // The features of a single step are those of the last one, wherever the row ends.
    private Layer OfOneStep(Layer layer) =>
        CarriesState && layer is Flatten { Input: { Kind: ShapeKind.Sequence, Steps: 1 } step } ? new LastStep(step) : layer;

    private Branches Branches(Place place, Merge merge, int depth)
    {
        if (depth >= MaxDepth)
            throw new Refusal(FormattableString.Invariant($"branches are nested more than {MaxDepth} deep"), place.Expr.Origin);
        var branches = new List<Layer>();
        foreach (Expr input in place.Lowered.Inputs)
        {
            List<Layer> layers = Chain(indices[input], place.Before, depth + 1);
            branches.Add(layers.Count switch
            {
                0 => new Skip(input.Shape),
                _ => new Chain(Nested(layers)),
            });
        }

        return new Branches(branches, merge);
    }

    // What has parameters can be in one place alone; and nothing may multiply without end.
    private void Claim(Place place)
    {
        bool hasParameters = place.Lowered.Parts.Any(part => part.Layer.Blocks.Count > 0);
        if ((!used.Add(place.Expr) && hasParameters) || ++emitted > 1000 + (4L * places.Count))
            throw new Refusal("what it makes is used on several paths that come together in different places; layers one after the other and " +
                "branches that all end in one place are imported", place.Expr.Origin ?? places[^1].Expr.Origin);
    }

    // A linear layer, or a normalization of a batch, and its activation are one.
    private void Join(List<Layer> layers)
    {
        for (int k = layers.Count - 1; k > 0; k--)
        {
            if (layers[k] is not ActivationLayer layer || Joined(layers[k - 1], layer.Activation, layer.Output.FeatureCount) is not { } joined)
                continue;
            if (values.Remove(layers[k - 1], out IReadOnlyList<(string Name, float[] Values)>? own))
                values.Add(joined, own);
            layers[k - 1] = joined;
            layers.RemoveAt(k);
        }
    }

    private static Layer? Joined(Layer layer, Activation f, int width) => layer switch
    {
        Dense { Activation: Identity } dense => new Dense(dense.Input, width, f, Initializer.Zeros, dense.HasBias),
        Conv { Activation: Identity } conv => new Conv(
            conv.Input, width, conv.Kernel, conv.Stride, conv.Padding, conv.Dilation, conv.Groups, conv.HasBias, f, Initializer.Zeros),
        ConvTranspose { Activation: Identity } conv => new ConvTranspose(
            conv.Input, width, conv.Kernel, conv.Stride, conv.Padding, conv.OutputPadding, conv.Dilation, conv.Groups, conv.HasBias, f,
            Initializer.Zeros),
        BatchNorm { Activation: Identity } norm when f.InputWidth(width) == norm.Input.FeatureCount && width == norm.Input.FeatureCount =>
            new BatchNorm(norm.Input, norm.Momentum, norm.Epsilon, norm.IsAffine, f),
        _ => null,
    };

    private static List<Layer> Nested(List<Layer> layers)
    {
        while (layers.Count > MaxLayers)
            layers = [.. layers.Chunk(MaxLayers).Select(Layer (some) => some.Length == 1 ? some[0] : new Chain(some))];
        return layers;
    }
}
