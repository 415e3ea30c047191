using Google.Protobuf.Collections;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>Checks that every name is made once and that no value depends on itself, and puts the nodes in order.</summary>
internal sealed class GraphOrder(Model model, Predicate<string>? isAround = null)
{
    private readonly RepeatedField<NodeProto> nodes = model.Graph.Node;
    private readonly Dictionary<string, int> makers = [];
    private readonly HashSet<string> given = [.. model.ConstantNames, .. model.Graph.Input.Select(input => input.Name)];

    public void Check()
    {
        FindMakers();
        CheckReads();
        List<int> order = Order();
        bool[] needed = Needed();
        model.Take([.. order.Where(node => needed[node]).Select(node => nodes[node])]);
    }

    /// <summary>The names that a node reads, and those of the graph around it that the graphs within it read.</summary>
    public static IEnumerable<string> Reads(NodeProto node)
    {
        if (!node.Attribute.Any(attribute => attribute.G is not null))
            return node.Input;
        var names = new List<string>(node.Input);
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (attribute.G is not { } graph)
                continue;
            var own = new HashSet<string>(graph.Node.SelectMany(within => within.Output)
                .Concat(graph.Input.Select(input => input.Name)).Concat(graph.Initializer.Select(initializer => initializer.Name)));
            names.AddRange(graph.Node.SelectMany(Reads).Concat(graph.Output.Select(output => output.Name)).Where(name => !own.Contains(name)));
        }

        return names;
    }

    private void FindMakers()
    {
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string name in nodes[i].Output)
            {
                if (name.Length == 0)
                    continue;
                if (given.Contains(name))
                    throw Bad(i, $"makes \"{Printable.Text(name)}\", which is an input or an initializer");
                if (!makers.TryAdd(name, i))
                    throw Bad(i, $"makes \"{Printable.Text(name)}\", which {Text(makers[name])} makes too");
            }
        }
    }

    private void CheckReads()
    {
        bool IsKnown(string name) => makers.ContainsKey(name) || given.Contains(name) || isAround?.Invoke(name) == true;
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string name in nodes[i].Input)
            {
                if (name.Length > 0 && !IsKnown(name))
                    throw Bad(i, $"reads \"{Printable.Text(name)}\", which nothing makes");
            }
        }

        foreach (ValueInfoProto output in model.Outputs)
        {
            if (output.Name.Length == 0 || !IsKnown(output.Name))
                throw new InvalidDataException($"The graph's output is \"{Printable.Text(output.Name)}\", which nothing makes.");
        }
    }

    // The format wants nodes in order already; all that matters is that there is one.
    private List<int> Order()
    {
        int[] waiting = new int[nodes.Count];
        var readers = new List<int>?[nodes.Count];
        var ready = new Queue<int>();
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string name in Reads(nodes[i]))
            {
                if (makers.TryGetValue(name, out int maker))
                {
                    waiting[i]++;
                    (readers[maker] ??= []).Add(i);
                }
            }

            if (waiting[i] == 0)
                ready.Enqueue(i);
        }

        var order = new List<int>();
        while (ready.TryDequeue(out int node))
        {
            order.Add(node);
            foreach (int reader in readers[node] ?? [])
            {
                if (--waiting[reader] == 0)
                    ready.Enqueue(reader);
            }
        }

        return order.Count == nodes.Count ? order
            : throw Bad(Array.FindIndex(waiting, count => count > 0), "is in a cycle, or reads what comes out of one");
    }

    private bool[] Needed()
    {
        bool[] needed = new bool[nodes.Count];
        var rest = new Stack<string>(model.Outputs.Select(output => output.Name));
        while (rest.TryPop(out string? name))
        {
            if (!makers.TryGetValue(name, out int maker) || needed[maker])
                continue;
            needed[maker] = true;
            foreach (string input in Reads(nodes[maker]))
                rest.Push(input);
        }

        return needed;
    }

    private InvalidDataException Bad(int node, string what) => new($"{Text(node)} {what}.");

    private string Text(int node) => new Node(nodes[node], node).ToString();
}
