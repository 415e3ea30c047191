using System.Runtime.CompilerServices;

namespace NeuralNet.Onnx.Export;

/// <summary>Branches: the nodes of each, then those that merge them, in the order of the branches.</summary>
internal static class BranchesExport
{
    public static string Convert(LayerWriter w, Branches branches, string x)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        string[] made = new string[branches.Layers.Count];
        for (int m = 0; m < made.Length; m++)
            made[m] = LayerExport.Convert(w.Child(m), branches.Layers[m], x);
        if (made.Length == 1)
            return made[0];
        if (branches.Merge == Merge.Concat)
            return w.Node("Concat", made, Attribute.Int("axis", Dimensions.FeatureAxis(branches.Output)));

        string y = made[0];
        foreach (string next in made.AsSpan(1))
            y = w.Node(branches.Merge == Merge.Sum ? "Add" : "Mul", y, next);
        return y;
    }
}
