using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>Moves each Transpose behind the operators that do not mind the order of axes, so that what one layer ends with meets what the next one
/// begins with: two that undo each other are left out.</summary>
internal sealed class GraphTransposes
{
    private readonly GraphProto graph;
    private readonly Dictionary<string, TensorProto> constants;
    private readonly Dictionary<string, Form> forms = [];
    private readonly List<NodeProto> nodes = [];

    private GraphTransposes(GraphProto graph)
    {
        this.graph = graph;
        constants = graph.Initializer.ToDictionary(tensor => tensor.Name);
    }

    // What a name of the graph as it was written stands for: a value in another order of axes (null: in its own), and the name that the value has
    // or would have in its own order.
    private sealed record Form(string Source, long[]? Order, string Name, string Words);

    /// <summary>Leaves out what can be left out.</summary>
    /// <param name="graph">The graph, without its outputs.</param>
    /// <param name="output">The name of what it computes.</param>
    /// <returns>The name that this has now.</returns>
    public static string Reduce(GraphProto graph, string output)
    {
        var own = new GraphTransposes(graph);
        foreach (NodeProto node in graph.Node)
            own.Move(node);
        output = own.InItsOrder(output);
        graph.Node.Clear();
        graph.Node.Add(own.nodes);
        return output;
    }

    private void Move(NodeProto node)
    {
        if (node.OpType == "Transpose" && !constants.ContainsKey(node.Input[0]))
        {
            long[] order = [.. node.Attribute[0].Ints];
            Form from = FormOf(node.Input[0]);
            if (from.Order is { } before)
                order = Array.ConvertAll(order, axis => before[axis]);
            bool isNone = order.Index().All(axis => axis.Item == axis.Index);
            forms[node.Output[0]] = new Form(from.Source, isNone ? null : order, isNone ? from.Source : node.Output[0], node.DocString);
            return;
        }

        // Of several the orders must be the same; numbers without axes have all.
        string[] values = [.. node.Input.Where(name => name.Length > 0 && !IsNumber(name))];
        long[]? shared = values.Length > 0 ? FormOf(values[0]).Order : null;
        if (shared is not null && TakesAnyOrder(node) && Array.TrueForAll(values, name => FormOf(name).Order?.SequenceEqual(shared) == true))
        {
            for (int k = 0; k < node.Input.Count; k++)
                node.Input[k] = FormOf(node.Input[k]).Source;
            if (node.OpType == "Concat")
                node.Attribute[0].I = shared[node.Attribute[0].I];
            forms[node.Output[0]] = new Form(node.Output[0], shared, $"{node.Output[0]}/Transpose", node.DocString);
        }
        else
        {
            for (int k = 0; k < node.Input.Count; k++)
                node.Input[k] = InItsOrder(node.Input[k]);
        }

        nodes.Add(node);
    }

    private Form FormOf(string name) => forms.GetValueOrDefault(name) ?? new Form(name, null, name, "");

    private bool IsNumber(string name) => constants.TryGetValue(name, out TensorProto? tensor) && tensor.Dims.All(size => size == 1)
        && tensor.Dims.Count <= 1;

    private static bool TakesAnyOrder(NodeProto node) => node.OpType is "Add" or "Sub" or "Mul" or "Div" or "Min" or "Max" or "Concat" or "Clip"
        or "Relu" or "LeakyRelu" or "ThresholdedRelu" or "Elu" or "Celu" or "Selu" or "Sigmoid" or "HardSigmoid" or "HardSwish" or "Tanh"
        or "Softplus" or "Softsign" or "Erf" or "Sin" or "Neg" or "Abs";

    // The value as the graph was written, for which a Transpose is added where it is wanted first.
    private string InItsOrder(string name)
    {
        Form form = FormOf(name);
        if (form.Order is null)
            return form.Source;
        var node = new NodeProto { Name = form.Name, OpType = "Transpose", Input = { form.Source }, Output = { form.Name }, DocString = form.Words };
        node.Attribute.Add(Attribute.Ints("perm", form.Order));
        nodes.Add(node);
        forms[name] = form with { Source = form.Name, Order = null };
        return form.Name;
    }
}
