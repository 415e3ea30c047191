using System.Globalization;

namespace NeuralNet;

/// <summary>What layers make of the steps of a call and of the real steps of a row, looked at one by one, so that a refusal can say where.</summary>
internal static class StepCheck
{
    /// <summary>Goes through a layer, and through those that it is made of.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="steps">The steps of the call; becomes those behind the layer.</param>
    /// <param name="length">The real steps of a row, at most the call's; becomes those behind the layer.</param>
    /// <param name="refusal">Empty; if a number is refused, it becomes the place of the layer within this one, as ".1.0", and what is wrong.</param>
    /// <returns>False if a layer makes of either number what cannot be, or branches do not agree.</returns>
    public static bool Passes(Layer layer, ref int steps, ref int length, ref string refusal)
    {
        if (!layer.ChangesSteps)
        {
            if (layer.Output.Kind != ShapeKind.Sequence)
                steps = length = 1;
            return true;
        }

        // Layers of a chain follow one another; branches, and the children of a composite, each take what it takes itself. What another layer
        // gives to its children it alone knows.
        (int callBefore, int before) = (steps, length);
        for (int k = 0; layer is Chain or Branches or Composite && k < layer.Children.Count; k++)
        {
            Layer child = layer.Children[k];
            (int callSteps, int real) = layer is Chain ? (steps, length) : child.Input.Kind == ShapeKind.Sequence ? (callBefore, before) : (1, 1);
            if (!Passes(child, ref callSteps, ref real, ref refusal))
            {
                refusal = $".{k}{refusal}";
                return false;
            }

            // Where one branch has no lengths, the merged rows have none.
            if (layer is Branches && k > 0 && (callSteps != steps || (layer.KeepsLengths && real != length)))
            {
                (int one, int other, int of) = callSteps != steps ? (steps, callSteps, callBefore) : (length, real, before);
                refusal = $" ({layer.Kind}) cannot merge what makes {one} steps of {of} (branch 0) with what makes {other} of them (branch {k})";
                return false;
            }

            (steps, length) = (callSteps, real);
        }

        if (layer is Chain or Branches)
        {
            length = layer.KeepsLengths ? length : steps;
            return true;
        }

        steps = layer.OutputSteps(callBefore);
        length = layer.KeepsLengths ? layer.OutputSteps(before) : steps;
        if (steps < 1 || steps > layer.Output.Steps)
            refusal = FormattableString.Invariant($" ({layer.Kind}) makes {steps} steps of {callBefore}; 1 to {layer.Output.Steps} were expected");
        else if (length < 1 || length > steps)
            refusal = string.Create(
                CultureInfo.InvariantCulture,
                $" ({layer.Kind}) makes {length} steps of {before}; 1 to {steps} were expected, as it makes {steps} of {callBefore}");
        return refusal.Length == 0;
    }
}
