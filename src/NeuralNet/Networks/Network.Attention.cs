namespace NeuralNet;

/// <content>What attention looks at.</content>
public sealed partial class Network
{
    /// <summary>Predicts, and gives the weights with which an attention layer looked at its keys:
    /// <c>network.PredictAttention(x, "2.1.0").Head(row: 0, head: 0)</c>.</summary>
    /// <inheritdoc cref="PredictAttention(in Batch, string)"/>
    /// <param name="x">The inputs, [rows, input size]; the number of rows follows from the length.</param>
    /// <param name="place">The layer, a <see cref="MultiHeadAttention"/>: "0", or "2.1" for a layer within a composite.</param>
    /// <exception cref="ArgumentException">x is empty or not a whole number of rows; the network has no layer at the place, it is none of attention,
    /// or it is within a layer of your own that is no <see cref="Composite"/>; or no array holds so many weights.</exception>
    public AttentionWeights PredictAttention(ReadOnlySpan<float> x, string place) =>
        PredictAttention(new Batch { Rows = RowsOf(x), Inputs = x }, place);

    /// <summary>Predicts, and gives the weights with which an attention layer looked at its keys, of a batch with lengths or fewer steps.</summary>
    /// <remarks>They are those that the layer itself multiplies its values by, a = softmax(s) with all that it hides: bit for bit those of a
    /// prediction, nothing is dropped. Elsewhere they are never there as a whole; here they take rows · heads · queries · keys floats. For many rows
    /// call it for some at a time.</remarks>
    /// <param name="batch">The batch, of whole rows: it carries no state. Of what only training needs nothing has an effect.</param>
    /// <param name="place">The layer, a <see cref="MultiHeadAttention"/>: "0", or "2.1" for a layer within a composite.</param>
    /// <returns>The weights, [rows, heads, queries, keys].</returns>
    /// <exception cref="ArgumentException">The batch does not fit the network or carries state; the network has no layer at the place, it is none of
    /// attention, or it is within a layer of your own that is no <see cref="Composite"/>; or no array holds so many weights.</exception>
    /// <exception cref="ArgumentNullException">The place is null.</exception>
    /// <exception cref="InvalidOperationException">A composite of your own left the layer out, or ran it more than once.</exception>
    public AttentionWeights PredictAttention(in Batch batch, string place)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (LayerOutputs.LayerAt(chain, place, isForOutput: false) is var layer and not MultiHeadAttention)
            throw NoAttention(layer, place);
        if (!batch.State.IsEmpty)
            throw new ArgumentException(
                "The batch carries state, and keys of earlier pieces would have no place among the weights: give whole rows, without State.",
                nameof(batch));
        int steps = Check(batch, training: false), atOnce = Math.Min(batch.Rows, ChunkRows), output = OutputVectors(steps) * outputWidth;
        float[] y = NewOutputs(atOnce, output, nameof(batch)); // which nobody looks at
        var weights = new WeightTap(batch.Rows);
        Learning wanted = LayerOutputs.WantedOf(chain, "", at => (null, at == place ? weights : null));
        using Workspace workspace = CreateWorkspace(atOnce, training: false);
        for (int first = 0; first < batch.Rows; first += atOnce)
        {
            int rows = Math.Min(atOnce, batch.Rows - first);
            Predict(PartOf(batch, first, rows, totalWeight: 0), y.AsSpan(0, rows * output), workspace, rows, wanted);
        }

        return weights.IsWhole ? new AttentionWeights(place, weights) : throw new InvalidOperationException(
            $"Layer {place} has no weights: a composite around it did not run it for all rows of this prediction.");
    }

    private ArgumentException NoAttention(Layer layer, string place)
    {
        var places = new List<string>();
        Look(chain, "");
        string has = places.Count == 0 ? "the network has none" : $"the network has {string.Join(", ", places)}";
        return new($"Layer \"{place}\" is a {layer.Kind}. A {nameof(MultiHeadAttention)} was expected: {has}.", nameof(place));

        void Look(Layer composite, string within)
        {
            for (int k = 0; composite is NeuralNet.Chain or Branches or Composite && k < composite.Children.Count; k++)
            {
                string at = FormattableString.Invariant($"{within}{k}");
                if (composite.Children[k] is MultiHeadAttention)
                    places.Add($"\"{at}\"");
                Look(composite.Children[k], $"{at}.");
            }
        }
    }
}
