using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>The order in which PyTorch and ONNX have the features of each row of a network, where that is another than here. An image lies
/// channel after channel there and pixel after pixel here, so what <see cref="Flatten"/> or <see cref="Reshape"/> makes of it has its
/// features in another order, and a row that becomes an image must have them so.</summary>
/// <remarks><para>An order is handed on, forward and backward, by what treats all features alike: activations element by element, softmax, dropout,
/// norms and learned slopes, whose parameters belong to features. A sum or a product has rows of one order. A slice keeps the features that it
/// takes in the order in which they stand, a concatenation has one row after the other. <see cref="Dense"/> ends an order: it may take
/// its features in any, which permutes the rows of W, and give them in any, which permutes the columns.</para>
/// <para>What cannot be expressed so has the library's order: rows of which two different orders are asked, and rows next to a layer that
/// goes by the places of features, such as <see cref="Max"/> of neighbours, one of a person's own, or one that makes steps of them.</para></remarks>
internal sealed class FeatureOrders
{
    private readonly Dictionary<string, (Row Input, Row Output)> rows = [];
    private readonly List<Action> derived = [];
    private readonly bool isOfValues;

    /// <summary>Traces the orders through a network.</summary>
    /// <param name="layers">The layers, one after the other.</param>
    /// <param name="isOfValues">Whether the rows themselves are to have these orders, as in a graph, and not the parameters alone. Then the network's
    /// input and output have the library's, and so has what is sliced or concatenated, because there features lie together.</param>
    public FeatureOrders(IReadOnlyList<Layer> layers, bool isOfValues)
    {
        this.isOfValues = isOfValues;
        Row input = new(), output = Walk(layers, "", input);
        if (isOfValues)
        {
            input.Ask(null);
            output.Ask(null);
        }

        foreach (Action derive in derived)
            derive();
    }

    /// <summary>The order of a layer's input features; null: the library's, which all layers within a composite of people's own have.</summary>
    /// <param name="place">Where the layer is, as in the names of its blocks: "2.1".</param>
    public FeatureOrder? Input(string place) => rows.TryGetValue(place, out (Row Input, Row Output) row) ? row.Input.Order : null;

    /// <summary>The order of its output features.</summary>
    public FeatureOrder? Output(string place) => rows.TryGetValue(place, out (Row Input, Row Output) row) ? row.Output.Order : null;

    /// <summary>Whether a layer treats all features alike: output feature i belongs to input feature i, and so does element i of each block that
    /// has as many elements as there are features.</summary>
    public static bool KeepsFeatures(Layer layer) => layer
        is Skip or Dropout or ChannelDropout or LayerNorm or RmsNorm or Prelu or Standardize or PowerTransform
        || (layer is ActivationLayer { Activation: var activation } && TreatsAlike(activation))
        || (layer is BatchNorm { Activation: var behind } && TreatsAlike(behind));

    private static bool TreatsAlike(Activation activation) => activation is ScalarActivation or Softmax or LogSoftmax or L2Normalize;

    private Row Walk(IReadOnlyList<Layer> layers, string within, Row row)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        for (int k = 0; k < layers.Count; k++)
            row = Walk(layers[k], FormattableString.Invariant($"{within}{k}"), row);
        return row;
    }

    private Row Walk(Layer layer, string place, Row input)
    {
        if (layer is Chain chain)
            return Walk(chain.Layers, place + ".", input);
        if (layer is Branches branches)
            return Merged(branches, place + ".", input);

        Row output;
        if (KeepsFeatures(layer))
            output = input;
        else if (layer is Flatten or Reshape)
            output = Reshaped(layer.Input, layer.Output, input);
        else if (layer is Slice { Input.Kind: ShapeKind.Features, First: var first })
            output = Derived([input], () => FeatureOrder.OfPart(input.Order, first));
        else if (layer is Dense dense)
            output = TreatsAlike(dense.Activation) ? new() : Ours();
        else
            output = Ours(input);
        rows.Add(place, (input, output));
        return output;
    }

    // What is made of a sequence, or becomes one, has the library's order: its steps are no part of a vector.
    private static Row Reshaped(Shape from, Shape to, Row input)
    {
        if (from.Kind == ShapeKind.Features && to.Kind == ShapeKind.Features)
            return input;
        if (from.Kind == ShapeKind.Features)
            input.Ask(to.Kind == ShapeKind.Image ? FeatureOrder.Of(to) : null);
        var output = new Row();
        if (to.Kind == ShapeKind.Features)
            output.Ask(from.Kind == ShapeKind.Image ? FeatureOrder.Of(from) : null);
        return output;
    }

    private Row Merged(Branches branches, string within, Row input)
    {
        Row[] made = [.. branches.Layers.Select((branch, m) => Walk(branch, FormattableString.Invariant($"{within}{m}"), input))];
        if (branches.Merge == Merge.Concat && made.Length > 1)
        {
            int[] ends = new int[made.Length];
            for (int m = 0; m < ends.Length; m++)
                ends[m] = (m == 0 ? 0 : ends[m - 1]) + branches.Layers[m].Output.FeatureCount;
            return Derived(made, () => FeatureOrder.Beside([.. made.Select(row => row.Order)], ends));
        }

        foreach (Row row in made.AsSpan(1))
            made[0].Join(row);
        return made[0];
    }

    // A row whose order follows from those of others.
    private Row Derived(Row[] from, Func<FeatureOrder?> order)
    {
        if (isOfValues)
            return Ours(from);
        var output = new Row();
        derived.Add(() => output.Ask(order()));
        return output;
    }

    private static Row Ours(params ReadOnlySpan<Row> others)
    {
        var output = new Row();
        output.Ask(null);
        foreach (Row other in others)
            other.Ask(null);
        return output;
    }

    // A row of features between layers, and all that must have its order.
    private sealed class Row
    {
        private Row? same;
        private bool isAsked;
        private FeatureOrder? order;

        public FeatureOrder? Order => Root.order;

        private Row Root
        {
            get
            {
                Row root = this;
                while (root.same is { } next)
                {
                    root.same = next.same ?? next;
                    root = next;
                }

                return root;
            }
        }

        // Of two orders none can be had.
        public void Ask(FeatureOrder? wanted)
        {
            Row root = Root;
            root.order = !root.isAsked || Equals(root.order, wanted) ? wanted : null;
            root.isAsked = true;
        }

        public void Join(Row other)
        {
            (Row root, Row others) = (Root, other.Root);
            if (root == others)
                return;
            if (others.isAsked)
                root.Ask(others.order);
            others.same = root;
        }
    }
}
