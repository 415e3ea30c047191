using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>A model whose graph holds together: every name is made once, before it is read. Nothing is known of operators yet.</summary>
internal sealed class Model
{
    private const long OldestOpset = 7, NewestOpset = 21, NewestVersion = 10;

    private const int MaxInputs = 1000, MaxOutputs = 1000, MaxNamed = 5;

    private Model(GraphProto graph, long opset)
    {
        Graph = graph;
        Opset = opset;
    }

    public GraphProto Graph { get; }

    /// <summary>The version of the operators.</summary>
    public long Opset { get; }

    /// <summary>The nodes that the output depends on, each after those that it reads.</summary>
    public List<NodeProto> Nodes { get; private set; } = [];

    public Dictionary<string, Tensor> Constants { get; } = [];

    /// <summary>The inputs that have no value of their own.</summary>
    public List<ValueInfoProto> Inputs { get; } = [];

    public ValueInfoProto Output { get; private set; } = new();

    /// <summary>The names of several outputs, which a node that is added puts side by side as <see cref="Output"/>; empty: there is one.</summary>
    public IReadOnlyList<string> OutputNames { get; private set; } = [];

    /// <summary>The output or outputs in words, to begin a sentence with.</summary>
    public string OutputWords => OutputNames.Count == 0 ? $"The output \"{Printable.Text(Output.Name)}\""
        : $"What the outputs {string.Join(", ", OutputNames.Take(MaxNamed).Select(name => $"\"{Printable.Text(name)}\""))} are side by side";

    /// <summary>How often each name is read, by nodes that count and as the output.</summary>
    public Dictionary<string, int> Uses { get; } = [];

    public static Model Of(ModelProto proto)
    {
        if (proto.IrVersion is < 1 or > NewestVersion)
            throw new InvalidDataException(FormattableString.Invariant(
                $"The file's version of ONNX (ir_version) is {proto.IrVersion}; 1 to {NewestVersion} are read."));
        if (proto.Graph is null)
            throw new InvalidDataException("The file has no graph.");
        if (proto.Functions.Count > 0)
            throw new InvalidDataException(
                $"The file defines operators of its own " +
                $"({string.Join(", ", proto.Functions.Take(5).Select(f => $"\"{Printable.Text(f.Name)}\""))}), which are not read; export it with " +
                $"them inlined.");

        var model = new Model(proto.Graph, OpsetOf(proto));
        if (proto.Graph.SparseInitializer.Count > 0)
            throw new InvalidDataException("The file has sparse initializers, which are not read; store them densely.");
        model.AddConstants("the graph");
        model.ReadInterface(mayHaveSeveral: true);
        new GraphOrder(model).Check();
        return model;
    }

    /// <summary>A graph within a node of a model, which sees the model's constants.</summary>
    public static Model Inner(GraphProto graph, Model outer)
    {
        if (graph.SparseInitializer.Count > 0)
            throw new InvalidDataException("A sub-graph has sparse initializers, which are not read.");
        var model = new Model(graph, outer.Opset);
        foreach ((string name, Tensor constant) in outer.Constants)
            model.Constants.Add(name, constant);
        model.AddConstants("a sub-graph");
        model.ReadInterface(mayHaveSeveral: false);
        new GraphOrder(model).Check();
        return model;
    }

    /// <summary>Takes the nodes in order, and counts how often names are read.</summary>
    public void Take(List<NodeProto> ordered)
    {
        Nodes = ordered;
        Uses[Output.Name] = 1;
        foreach (NodeProto node in ordered)
        {
            foreach (string name in node.Input)
                Uses[name] = Uses.GetValueOrDefault(name) + 1;
        }
    }

    private static long OpsetOf(ModelProto proto)
    {
        long opset = 0;
        foreach (OperatorSetIdProto set in proto.OpsetImport)
        {
            if (!IsStandard(set.Domain))
                continue;
            if (opset != 0)
                throw new InvalidDataException("The file states the version of the standard operators (opset_import) twice.");
            opset = set.Version;
            if (opset is < OldestOpset or > NewestOpset)
                throw new InvalidDataException(
                    FormattableString.Invariant($"The file is made of operators of version {opset} (opset_import); ")
                    + $"{OldestOpset} to {NewestOpset} are read.");
        }

        return opset != 0 ? opset : throw new InvalidDataException("The file does not state the version of the standard operators (opset_import).");
    }

    public static bool IsStandard(string domain) => domain is "" or "ai.onnx";

    private void AddConstants(string where)
    {
        foreach (TensorProto initializer in Graph.Initializer)
        {
            string what = $"Initializer \"{Printable.Text(initializer.Name)}\"";
            if (initializer.Name.Length == 0)
                throw new InvalidDataException($"An initializer of {where} has no name.");
            if (!Constants.TryAdd(initializer.Name, TensorReader.Read(initializer, what)))
                throw new InvalidDataException($"{what} is there twice.");
        }
    }

    private void ReadInterface(bool mayHaveSeveral)
    {
        var names = new HashSet<string>();
        foreach (ValueInfoProto input in Graph.Input)
        {
            if (input.Name.Length == 0)
                throw new InvalidDataException("An input of the graph has no name.");
            if (!names.Add(input.Name))
                throw new InvalidDataException($"Input \"{Printable.Text(input.Name)}\" is there twice.");
            if (!Constants.ContainsKey(input.Name))
                Inputs.Add(input);
        }

        if (Inputs.Count > MaxInputs)
            throw new InvalidDataException($"The graph has {Inputs.Count} inputs; at most {MaxInputs} are possible.");
        if (Inputs.Count == 0)
            throw new InvalidDataException("The graph has no input.");
        if (Graph.Output.Count > 1 && mayHaveSeveral)
            Join();
        else if (Graph.Output.Count != 1)
            throw WrongOutputs(Graph.Output.Count == 0 ? "" : "; export the one that is wanted");
        else
            Output = Graph.Output[0];
    }

    // Several outputs are read as one graph's that has them side by side, row by row.
    private void Join()
    {
        if (Graph.Output.Count > MaxOutputs)
            throw WrongOutputs($"; at most {MaxOutputs} are possible");
        var concat = new NodeProto { OpType = "Concat", Name = "the outputs side by side" };
        concat.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 });
        foreach (ValueInfoProto output in Graph.Output)
        {
            if (output.Name.Length == 0 || concat.Input.Contains(output.Name))
                throw WrongOutputs("; each needs a name of its own");
            if (output.Type?.TensorType?.Shape is { Dim.Count: not 2 })
                throw WrongOutputs($", and \"{Printable.Text(output.Name)}\" has no rows of features; several outputs are [rows, features] each. "
                    + "Export the one that is wanted");
            concat.Input.Add(output.Name);
        }

        OutputNames = [.. concat.Input];
        string name = "outputs";
        while (concat.Input.Contains(name) || Constants.ContainsKey(name) || Graph.Node.Any(node => node.Output.Contains(name))
            || Graph.Input.Any(input => input.Name == name))
        {
            name += "'";
        }

        concat.Output.Add(name);
        Graph.Node.Add(concat);
        Output = new ValueInfoProto { Name = name };
    }

    private InvalidDataException WrongOutputs(string rest)
    {
        string outputs = string.Join(", ", Graph.Output.Take(MaxNamed).Select(output => $"\"{Printable.Text(output.Name)}\""));
        return new($"The graph has {Graph.Output.Count} outputs{(outputs.Length == 0 ? "" : $", {outputs}")}{rest}.");
    }
}
