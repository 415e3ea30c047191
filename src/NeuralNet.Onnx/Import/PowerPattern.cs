using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>
/// A <see cref="PowerTransform"/> as the library writes it: some forty operators, of which none by itself has a layer. It is known by its
/// structure alone, node by node, and its constants.
/// </summary>
internal static class PowerPattern
{
    private static readonly Template x = new("", "x"), lambda = new("", "lambda"), zero = Number(0), one = Number(1), two = Number(2),
        half = Number(0.5f);

    private static readonly Template power = Whole(isInverse: false), inverse = Whole(isInverse: true);

    /// <summary>The value that is transformed, the powers, and which way.</summary>
    public sealed record Found(string Input, string Powers, bool IsInverse);

    /// <summary>What a value has to be: an operator of others, a number, or one of the two that differ.</summary>
    private sealed record Template(string Operator, string? Name, float Value, params Template[] Inputs)
    {
        public Template(string operation, string? name)
            : this(operation, name, 0)
        {
        }
    }

    /// <summary>The last nodes of such transformations by their positions, and all that lie within.</summary>
    public static Dictionary<int, Found> Of(Model model, out HashSet<int> within)
    {
        var found = new Dictionary<int, Found>();
        within = [];
        if (!model.Nodes.Any(node => node.OpType == "Atanh"))
            return found;
        var makers = new Dictionary<string, int>();
        for (int i = 0; i < model.Nodes.Count; i++)
        {
            foreach (string name in model.Nodes[i].Output)
                makers[name] = i;
        }

        for (int i = 0; i < model.Nodes.Count; i++)
        {
            NodeProto last = model.Nodes[i];
            foreach (Template whole in last.OpType == "Where" && last.Output.Count == 1 ? new[] { power, inverse } : [])
            {
                var bound = new Dictionary<string, string>();
                var nodes = new HashSet<int>();
                if (!IsLike(model, makers, whole, last.Output[0], bound, nodes) || !model.Constants.ContainsKey(bound["lambda"]))
                    continue;
                nodes.Remove(i);
                if (!AreOwn(model, nodes, i))
                    continue;
                found.Add(i, new Found(bound["x"], bound["lambda"], whole == inverse));
                within.UnionWith(nodes);
                break;
            }
        }

        return found;
    }

    // Whether nothing else reads what is made within.
    private static bool AreOwn(Model model, HashSet<int> nodes, int last)
    {
        var reads = new Dictionary<string, int>();
        foreach (string name in nodes.Append(last).SelectMany(node => model.Nodes[node].Input))
            reads[name] = reads.GetValueOrDefault(name) + 1;
        return nodes.All(node => model.Nodes[node].Output is [var made] && model.Uses.GetValueOrDefault(made) == reads.GetValueOrDefault(made));
    }

    private static bool IsLike(
        Model model, Dictionary<string, int> makers, Template like, string name, Dictionary<string, string> bound, HashSet<int> nodes)
    {
        if (like.Name is { } key)
            return bound.TryAdd(key, name) || bound[key] == name;
        if (like.Operator.Length == 0)
            return model.Constants.TryGetValue(name, out Tensor? number) && number.IsUniform && number.Count == 1 && number.Float(0) == like.Value;
        if (!makers.TryGetValue(name, out int at))
            return false;
        NodeProto node = model.Nodes[at];
        if (node.OpType != like.Operator || !Model.IsStandard(node.Domain) || node.Input.Count != like.Inputs.Length || node.Attribute.Count > 0)
            return false;
        nodes.Add(at);
        for (int k = 0; k < like.Inputs.Length; k++)
        {
            if (!IsLike(model, makers, like.Inputs[k], node.Input[k], bound, nodes))
                return false;
        }

        return true;
    }

    private static Template Number(float value) => new("", null, value);

    private static Template Node(string operation, params Template[] inputs) => new(operation, null, 0, inputs);

    // As ScalingExport writes it.
    private static Template Whole(bool isInverse)
    {
        Template isNegative = Node("Less", x, zero), a = Node("Abs", x), m = Node("Where", isNegative, Node("Sub", two, lambda), lambda);
        Template isLog = Node("Equal", m, zero), divisor = Node("Where", isLog, one, m);
        Template made = isInverse
            ? Expm1(Node("Where", isLog, a, Node("Div", Log1p(Node("Max", Node("Mul", m, a), Number(-1))), divisor)))
            : Node("Where", isLog, Log1p(a), Node("Div", Expm1(Node("Mul", m, Log1p(a))), divisor));
        return Node("Where", Node("Equal", m, one), x, Node("Where", isNegative, Node("Neg", made), made));
    }

    private static Template Log1p(Template t)
    {
        Template least = Node("Min", t, one), small = Node("Mul", Node("Atanh", Node("Div", least, Node("Add", least, two))), two);
        return Node("Where", Node("Less", Node("Abs", t), half), small, Node("Log", Node("Add", t, one)));
    }

    private static Template Expm1(Template t)
    {
        Template h = Node("Tanh", Node("Mul", Node("Min", t, one), half));
        return Node(
            "Where", Node("Less", Node("Abs", t), half), Node("Div", Node("Add", h, h), Node("Sub", one, h)), Node("Sub", Node("Exp", t), one));
    }
}
