using NeuralNet.Onnx.Export;
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

    /// <summary>The nodes that the outputs depend on, each after those that it reads.</summary>
    public List<NodeProto> Nodes { get; private set; } = [];

    public Dictionary<string, Tensor> Constants { get; } = [];

    /// <summary>The inputs that have no value of their own.</summary>
    public List<ValueInfoProto> Inputs { get; } = [];

    public IReadOnlyList<ValueInfoProto> Outputs => Graph.Output;

    /// <summary>Whether the library has written the file, whose names are then all people's own.</summary>
    public bool IsOwn { get; private init; }

    /// <summary>How often each name is read, by nodes that count and as an output.</summary>
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

        var model = new Model(proto.Graph, OpsetOf(proto)) { IsOwn = proto.ProducerName == ModelBuilder.Producer };
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
        foreach (ValueInfoProto output in Outputs)
            Uses[output.Name] = 1;
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
        int most = mayHaveSeveral ? MaxOutputs : 1;
        if (Outputs.Count == 0 || Outputs.Count > most)
            throw WrongOutputs(Outputs.Count == 0 ? "" : most == 1 ? "; one was expected" : $"; at most {most} are possible");
        if (Outputs.DistinctBy(output => output.Name).Count() < Outputs.Count)
            throw WrongOutputs("; each needs a name of its own");
    }

    private InvalidDataException WrongOutputs(string rest)
    {
        string outputs = string.Join(", ", Graph.Output.Take(MaxNamed).Select(output => $"\"{Printable.Text(output.Name)}\""));
        return new($"The graph has {Graph.Output.Count} outputs{(outputs.Length == 0 ? "" : $", {outputs}")}{rest}.");
    }
}
