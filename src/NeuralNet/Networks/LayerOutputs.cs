using System.Globalization;

namespace NeuralNet;

/// <summary>The outputs of some layers of a network, which a prediction keeps on its way: hidden values beside y, in one pass.</summary>
/// <remarks><para>Made by <see cref="Network.CreateLayerOutputs"/> for places such as <c>"0"</c>, or <c>"2.1"</c> for a layer within a composite: the
/// places that blocks' names and <see cref="Rates"/> go by. It serves that network and its clones, one call at a time:
/// each thread needs its own, as it needs a <see cref="Workspace"/>. A prediction with it allocates nothing, and copies each of these outputs
/// once; one without costs nothing more than before.</para>
/// <para>What a layer gives has the bits that <c>network.Slice(0, 1).Predict(x)</c> gives of the first layer, and so on.</para></remarks>
public sealed class LayerOutputs
{
    private readonly Dictionary<string, (Tap Tap, Layer Layer)> taps = [];

    internal LayerOutputs(Chain chain, int maxRows, ReadOnlySpan<string> places)
    {
        MaxRows = Guard.Count(maxRows, nameof(maxRows));
        Owner = chain;
        if (places.IsEmpty)
            throw new ArgumentException("At least one place, such as \"0\", was expected, but got none.", nameof(places));
        foreach (string place in places)
        {
            if (place is null)
                throw new ArgumentException("One of the places is null.", nameof(places));
            Layer layer = LayerAt(chain, place);
            try
            {
                if (!taps.TryAdd(place, (new Tap(layer.Output.Size, maxRows), layer)))
                    throw new ArgumentException($"The place \"{place}\" was given twice.", nameof(places));
            }
            catch (OverflowException)
            {
                throw Guard.OutOfRange(
                    nameof(maxRows), maxRows, $"The outputs of layer {place} ({layer.Kind}) would be 2³¹ or more; use fewer rows at a time.");
            }
        }

        Places = [.. places];
        Wanted = WantedOf(chain, "", place => (taps.GetValueOrDefault(place).Tap, null));
    }

    /// <summary>The places of the layers, in the order in which they were given.</summary>
    public IReadOnlyList<string> Places { get; }

    /// <summary>The largest number of rows of a prediction.</summary>
    public int MaxRows { get; }

    /// <summary>What the layer at a place gave in the last prediction.</summary>
    /// <param name="place">One of the <see cref="Places"/>.</param>
    /// <returns>The outputs, [rows, output size of the layer]; of sequences at the steps of that prediction, with 0 behind a row's real ones.
    /// Empty before the first prediction. The next one overwrites them.</returns>
    /// <exception cref="ArgumentException">The place is none of them.</exception>
    public ReadOnlySpan<float> this[string place] => At(place).Tap.Values;

    /// <summary>The shape of a row of a layer's outputs.</summary>
    /// <param name="place">One of the <see cref="Places"/>.</param>
    /// <returns>The shape; a prediction of fewer steps gives rows of fewer.</returns>
    /// <exception cref="ArgumentException">The place is none of them.</exception>
    public Shape ShapeOf(string place) => At(place).Layer.Output;

    /// <summary>The layers in words.</summary>
    /// <returns>For example <c>Outputs of 0 (Dense), 2.1 (Chain) for 64 rows</c>.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Outputs of {string.Join(", ", Places.Select(place => $"{place} ({taps[place].Layer.Kind})"))} for {MaxRows} rows");

    internal object Owner { get; }

    // What a pass is told of the layers.
    internal Learning Wanted { get; }

    // Gets ready for a prediction.
    internal void Begin(in Batch batch)
    {
        if (batch.Rows > MaxRows)
            throw new ArgumentException(FormattableString.Invariant(
                $"The outputs have room for {MaxRows} rows, but got {batch.Rows}; make them with CreateLayerOutputs(maxRows: {batch.Rows}, …)."));
        foreach ((Tap tap, _) in taps.Values)
        {
            if (tap.Overlaps(batch.Inputs))
                throw new ArgumentException("The inputs must not lie in the outputs that the prediction is to overwrite; copy them.");
        }

        foreach ((Tap tap, _) in taps.Values)
            tap.Clear();
    }

    private (Tap Tap, Layer Layer) At(string place)
    {
        ArgumentNullException.ThrowIfNull(place);
        return taps.TryGetValue(place, out (Tap, Layer) one) ? one
            : throw new ArgumentException($"The outputs of layer \"{place}\" are not kept; those of {string.Join(", ", Places)} are.", nameof(place));
    }

    internal static Layer LayerAt(Chain chain, string place, bool isForOutput = true)
    {
        Layer layer = chain;
        string within = "";
        foreach (string part in place.Split('.'))
        {
            int child = Child.IndexOf(layer, part);
            if (child < 0)
                throw NoLayer(place, layer, within);
            if (layer is not (Chain or Branches or Composite))
                throw new ArgumentException(
                    $"\"{place}\" is within layer {within[..^1]} ({layer.Kind}), which runs the layers within it by itself, so that what they give "
                    + $"cannot be kept: {(isForOutput ? $"give \"{within[..^1]}\", or " : "")}derive it from {nameof(Composite)}.",
                    nameof(place));
            layer = layer.Children[child];
            within += $"{part}.";
        }

        return layer;
    }

    private static ArgumentException NoLayer(string place, Layer composite, string within)
    {
        int last = composite.Children.Count - 1;
        string what = within.Length == 0 ? "The network" : $"Layer {within[..^1]} ({composite.Kind})";
        string has = last < 0 ? "has no layers within it" : FormattableString.Invariant($"has the layers \"{within}0\" to \"{within}{last}\"");
        return new ArgumentException($"There is no layer \"{place}\". {what} {has}.", nameof(place));
    }

    // What a pass is told of a layer and of those within it, where something is to be kept of some places.
    internal static Learning WantedOf(Layer layer, string within, Func<string, (Tap? Output, WeightTap? Weights)> kept)
    {
        (Tap? output, WeightTap? weights) = within.Length == 0 ? default : kept(within[..^1]);
        bool leads = layer is Chain or Branches or Composite;
        return new Learning
        {
            Learns = false,
            UsesStatistics = false,
            Tap = output,
            Weights = weights,
            Children = leads ? [.. layer.Children.Select((child, k) => WantedOf(child, FormattableString.Invariant($"{within}{k}."), kept))] : [],
        };
    }
}
