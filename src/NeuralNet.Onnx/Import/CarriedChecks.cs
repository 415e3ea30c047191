using System.Globalization;

namespace NeuralNet.Onnx.Import;

/// <summary>Whether a network does with the state and the lengths that a batch carries what the graph does with the inputs that give them.</summary>
internal static class CarriedChecks
{
    /// <param name="layers">The network's layers.</param>
    /// <param name="input">The shape of its rows.</param>
    /// <param name="outputs">How many outputs it has.</param>
    /// <param name="evaluator">What the graph's inputs were.</param>
    /// <exception cref="InvalidDataException">It does something else.</exception>
    public static void Check(IReadOnlyList<Layer> layers, Shape input, int outputs, Evaluator evaluator)
    {
        if (!evaluator.CarriesState && evaluator.Lengths is null)
            return;
        List<(string Place, Layer Layer)> leaves = Leaves(layers);
        if (evaluator.CarriesState)
            CheckState(layers, leaves, evaluator.Carrying, outputs > 1 ? " Or take one output alone, as an argument of Load (output: …)." : "");
        if (evaluator.Lengths is { } lengths)
            CheckLengths(leaves, input, lengths, evaluator.KnowLengths);
    }

    // In the order in which they work, and in which their states lie.
    private static List<(string Place, Layer Layer)> Leaves(IReadOnlyList<Layer> layers)
    {
        var leaves = new List<(string, Layer)>();
        var rest = new Stack<(string Place, Layer Layer)>(layers.Index().Reverse().Select(one => (Text(one.Index), one.Item)));
        while (rest.TryPop(out (string Place, Layer Layer) place))
        {
            if (place.Layer.Children.Count == 0)
                leaves.Add(place);
            for (int k = place.Layer.Children.Count - 1; k >= 0; k--)
                rest.Push(($"{place.Place}.{Text(k)}", place.Layer.Children[k]));
        }

        return leaves;
    }

    private static string Text(int index) => index.ToString(CultureInfo.InvariantCulture);

    private static void CheckState(IReadOnlyList<Layer> layers, List<(string Place, Layer Layer)> leaves, IReadOnlyCollection<Layer> carrying,
        string hint)
    {
        const string Words = "Inputs of the graph give first states, which a batch carries here from call to call (Batch.State). ";
        foreach ((string place, Layer layer) in leaves)
        {
            if (layer.StatePerRow > 0 && !carrying.Contains(layer))
                throw new InvalidDataException($"{Words}Layer {place} ({layer.Kind}) would go on from call to call too, and begins anew with every "
                    + "call of the file: export the model with first states of all recurrent layers as inputs, or of none.");
        }

        if (carrying.Except(leaves.Select(leaf => leaf.Layer)).Any())
            throw new InvalidDataException($"{Words}One of them is that of a layer that no output of the network depends on; leave it out of the "
                + "export.");
        if (new Chain(layers).IsStreamable)
            return;
        (string where, Layer? whole) = leaves.Find(leaf => !leaf.Layer.IsStreamable);
        throw new InvalidDataException(Words + (whole is null
            ? "A layer with a state stands behind one that gives one step of many, and would see a step of each call: give whole rows, without first "
                + "states as inputs of the graph."
            : $"Layer {where} ({whole.Kind}) needs whole rows, and a row goes on from call to call then: export the recurrent layers by themselves, "
                + $"or the model without first states as inputs, which are 0 then.{hint}"));
    }

    private static void CheckLengths(List<(string Place, Layer Layer)> leaves, Shape input, RowLengths lengths, IReadOnlySet<Layer> known)
    {
        string words = $"The input \"{Printable.Text(lengths.Name)}\" gives the lengths of rows, which a batch carries here (Batch.Lengths). ";
        if (input.Kind != ShapeKind.Sequence)
            throw new InvalidDataException($"{words}Rows of {input} have none: inputs that are sequences of the same steps were expected.");
        foreach ((string place, Layer layer) in leaves)
        {
            bool isAlongSteps = layer.Input.Kind == ShapeKind.Sequence || layer.Output.Kind == ShapeKind.Sequence;
            if (isAlongSteps && !known.Contains(layer) && !IsStepByStep(layer))
                throw new InvalidDataException($"{words}Layer {place} ({layer.Kind}) would go over the real steps of a row, and goes over all of "
                    + "them in the file: beside the recurrent nodes with these lengths, what acts on each step by itself is imported; of the last "
                    + "real step take Y_h.");
        }
    }

    private static bool IsStepByStep(Layer layer) => layer is Dense or ActivationLayer or Prelu or Standardize or PowerTransform or LayerNorm
        or RmsNorm or BatchNorm or Embedding or LearnedPositions or SinusoidalPositions or Skip or Dropout or Slice;
}
