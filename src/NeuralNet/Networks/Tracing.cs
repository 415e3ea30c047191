namespace NeuralNet;

/// <summary>Traces what is known of the values of a row backwards through layers, from output to input: layers such as <see cref="Slice"/>
/// only move values (<see cref="Layer.MovesValues"/>), so what holds for an output value holds for the input value that it was.</summary>
/// <remarks><para>Each value has a mark, an int; 0 says that nothing is known. A layer that moves values moves their marks. A layer that
/// computes values ends the marks of its output, and says which its input has. No mark passes through a sum or a product. Where x
/// feeds several branches, each of them marks it, and two marks of one value are joined.</para>
/// <para>Where no value has a mark the array is null: tracing a network without marks takes no memory.</para></remarks>
/// <param name="marksOf">The marks that a layer that computes values gives to its input; null: none.</param>
/// <param name="join">One mark of two, either of which may be 0.</param>
internal sealed class Tracing(Func<Layer, int[]?> marksOf, Func<int, int, int> join)
{
    private static readonly Tracing ids = new(IdsOf, Ids.Fewest);

    /// <summary>For each input value of a row the number of ids that it ranges over, 0 for an ordinary number; empty if all are ordinary.</summary>
    public static int[] InputIds(Layer layer) => ids.Back(layer, null) is { } found && found.AsSpan().ContainsAnyExcept(0) ? found : [];

    /// <summary>The marks of an input row.</summary>
    /// <param name="layer">The layer, which may be a composite.</param>
    /// <param name="output">The marks of an output row.</param>
    public int[]? Back(Layer layer, int[]? output)
    {
        switch (layer)
        {
            case Chain chain:
                for (int k = chain.Layers.Count - 1; k >= 0; k--)
                    output = Back(chain.Layers[k], output);
                return output;
            case Branches branches:
                int[]? joined = null;
                for (int m = 0; m < branches.Layers.Count; m++)
                    joined = Join(joined, Back(branches.Layers[m], output is null ? null : branches.MarksOfBranch(m, output)));
                return joined;
            case { MovesValues: true }:
                if (output is null)
                    return null;
                int[] input = new int[layer.Input.Size];
                layer.MoveBack(output, input);
                return input;
            default:
                return marksOf(layer);
        }
    }

    private int[]? Join(int[]? one, int[]? other) => one is null ? other : other is null ? one : [.. one.Zip(other, join)];

    private static int[]? IdsOf(Layer layer)
    {
        if (!layer.TakesIds)
            return null;
        int[] ids = new int[layer.Input.Size];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = layer.IdsAt(i);
        return ids;
    }
}
