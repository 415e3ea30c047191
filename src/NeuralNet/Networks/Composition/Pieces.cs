using System.Numerics;

namespace NeuralNet;

/// <summary>How many steps the pieces of a row must have, where layers have strides (<see cref="Layer.PieceSteps"/>).</summary>
internal static class Pieces
{
    /// <summary>What layers one after the other need: each stride sees the steps that the layers before it leave.</summary>
    public static int InTurn(IReadOnlyList<Layer> layers)
    {
        // Where no sequence comes in, none comes in pieces.
        if (layers[0].Input.Kind != ShapeKind.Sequence || layers.All(layer => layer.PieceSteps == 1))
            return 1;

        // The shortest piece that suits the layers so far, and its steps before the next one. It ends where no piece can be so long.
        long piece = 1, steps = 1;
        foreach (Layer layer in layers)
        {
            long more = layer.PieceSteps / (long)BigInteger.GreatestCommonDivisor(steps, layer.PieceSteps);
            (piece, steps) = (piece * more, steps * more);
            if (piece > layers[0].Input.Steps || layer.PieceSteps > layer.Input.Steps)
                break;
            int made = layer.PieceSteps, real = made;
            string refusal = "";
            if (!layer.KeepsLengths || !StepCheck.Passes(layer, ref made, ref real, ref refusal))
                break; // one output of many steps, or a layer that says of its steps what cannot be
            steps = steps / layer.PieceSteps * made;
        }

        return (int)Math.Min(piece, int.MaxValue);
    }

    /// <summary>What layers side by side need: all that each of them does.</summary>
    public static int Together(IReadOnlyList<Layer> layers) => layers.Aggregate(1, (piece, layer) =>
        (int)Math.Min(int.MaxValue, piece / (long)BigInteger.GreatestCommonDivisor(piece, layer.PieceSteps) * layer.PieceSteps));

    /// <summary>The layer that pieces of so many steps do not suit, in words: "1.0 (Conv), which has a stride of 4, needs …".</summary>
    public static string Refusal(Layer layer, int steps, string place)
    {
        int before = steps;
        for (int k = 0; k < layer.Children.Count; k++)
        {
            Layer child = layer.Children[k];
            if (before % child.PieceSteps != 0)
                return Refusal(child, before, place.Length == 0 ? $"{k}" : $"{place}.{k}");
            before = layer is Chain ? child.OutputSteps(before) : steps;
        }

        return FormattableString.Invariant(
            $"{place} ({layer.Kind}), which has a stride of {layer.PieceSteps}, needs pieces of a multiple of that many steps, but got {steps}");
    }
}
