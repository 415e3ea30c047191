using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <content>If whose condition is known: the nodes of its branch are followed as if they stood in the graph.</content>
internal sealed partial class Evaluator
{
    private void ReadIf(Node node)
    {
        if (node.Input(0) is not Tensor { Count: 1 } condition)
            throw new Refusal("which branch is taken depends on the values that the network is given; a condition that the sizes decide is imported");
        GraphProto then = node.Graph("then_branch") ?? throw node.Bad("it has no then_branch");
        GraphProto otherwise = node.Graph("else_branch") ?? throw node.Bad("it has no else_branch");
        GraphProto graph = condition.Float(0) != 0 ? then : otherwise;
        if (graph.Input.Count > 0 || graph.Output.Count != node.Outputs.Length)
            throw node.Bad("a branch has inputs, or other outputs than the node");
        var branch = Model.Branch(graph, model, values.ContainsKey);
        string[] own = [.. branch.Constants.Keys.Concat(branch.TextNames).Concat(branch.Nodes.SelectMany(within => within.Output))
            .Where(name => name.Length > 0)];
        if (Array.Find(own, values.ContainsKey) is { } taken)
            throw node.Bad($"its branch makes \"{Printable.Text(taken)}\", which the graph around it has already");
        foreach ((string name, Tensor constant) in branch.Constants)
            values[name] = constant;
        foreach (string name in branch.TextNames)
            values[name] = Texts.Instance;
        Walk(branch, node.Position);
        for (int k = 0; k < node.Outputs.Length; k++)
            node.Set(values[graph.Output[k].Name], k);
        foreach (string name in own)
            values.Remove(name);
    }
}
