using NeuralNet.Onnx.Export;
using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Import;

/// <summary>A model whose graph holds together: every name is made once, before it is read. Nothing is known of operators yet.</summary>
internal sealed class Model
{
    private const long OldestOpset = 7, NewestOpset = 24, NewestVersion = 13;

    private const int MaxInputs = 1000, MaxOutputs = 1000, MaxNamed = 5;

    private readonly ExternalData? files;
    private readonly Dictionary<string, TensorProto> initializers = [];

    private Model(GraphProto graph, long opset, ExternalData? files, IReadOnlyList<ValueInfoProto> outputs)
    {
        Graph = graph;
        Opset = opset;
        Outputs = outputs;
        this.files = files;
    }

    public GraphProto Graph { get; }

    /// <summary>The version of the operators.</summary>
    public long Opset { get; }

    /// <summary>The nodes that the outputs depend on, each after those that it reads.</summary>
    public List<NodeProto> Nodes { get; private set; } = [];

    /// <summary>The constants that nodes which count read, by their names.</summary>
    public Dictionary<string, Tensor> Constants { get; } = [];

    /// <summary>The constants among them that are texts.</summary>
    public HashSet<string> TextNames { get; } = [];

    /// <summary>The inputs that have no value of their own.</summary>
    public List<ValueInfoProto> Inputs { get; } = [];

    /// <summary>The outputs that are wanted.</summary>
    public IReadOnlyList<ValueInfoProto> Outputs { get; }

    /// <summary>Whether the library has written the file, whose names are then all people's own.</summary>
    public bool IsOwn { get; private init; }

    /// <summary>How often each name is read, by nodes that count and as an output.</summary>
    public Dictionary<string, int> Uses { get; } = [];

    /// <param name="proto">The file.</param>
    /// <param name="output">The one output that is wanted; null for all.</param>
    /// <param name="files">The files beside the model; null of a model in memory.</param>
    public static Model Of(ModelProto proto, string? output, ExternalData? files)
    {
        if (proto.IrVersion is < 1 or > NewestVersion)
            throw new InvalidDataException(FormattableString.Invariant(
                $"The file's version of ONNX (ir_version) is {proto.IrVersion}; 1 to {NewestVersion} are read.")
                + (proto.IrVersion > NewestVersion ? " Save it with a lower one (model.ir_version = 10)." : ""));
        if (proto.Graph is null)
            throw new InvalidDataException("The file has no graph.");
        if (proto.Functions.Count > 0)
            throw new InvalidDataException(
                $"The file defines operators of its own " +
                $"({string.Join(", ", proto.Functions.Take(5).Select(f => $"\"{Printable.Text(f.Name)}\""))}), which are not read; export it with " +
                $"them inlined.");

        var model = new Model(proto.Graph, OpsetOf(proto), files, OutputsOf(proto.Graph, output))
        {
            IsOwn = proto.ProducerName == ModelBuilder.Producer,
        };
        if (proto.Graph.SparseInitializer.Count > 0)
            throw new InvalidDataException("The file has sparse initializers, which are not read; store them densely.");
        model.AddInitializers("the graph");
        model.ReadInterface(mayHaveSeveral: true);
        new GraphOrder(model).Check();
        model.ReadConstants();

        // What is there for other outputs alone is no part of a row.
        if (output is not null && model.Inputs.Exists(input => model.Uses.ContainsKey(input.Name)))
            model.Inputs.RemoveAll(input => !model.Uses.ContainsKey(input.Name));
        return model;
    }

    /// <summary>A graph within a node of a model, which sees the model's constants.</summary>
    public static Model Inner(GraphProto graph, Model outer)
    {
        if (graph.SparseInitializer.Count > 0)
            throw new InvalidDataException("A sub-graph has sparse initializers, which are not read.");
        var model = new Model(graph, outer.Opset, outer.files, graph.Output);
        foreach ((string name, Tensor constant) in outer.Constants)
            model.Constants.Add(name, constant);
        model.TextNames.UnionWith(outer.TextNames);
        model.AddInitializers("a sub-graph");
        model.ReadInterface(mayHaveSeveral: false);
        new GraphOrder(model).Check();
        model.ReadConstants();
        return model;
    }

    /// <summary>A graph within a node of a model, which has no inputs and sees all that the graph around it has.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="outer">The model.</param>
    /// <param name="isAround">Whether the graph around it has a name so far.</param>
    public static Model Branch(GraphProto graph, Model outer, Predicate<string> isAround)
    {
        if (graph.SparseInitializer.Count > 0)
            throw new InvalidDataException("A sub-graph has sparse initializers, which are not read.");
        var model = new Model(graph, outer.Opset, outer.files, graph.Output);
        model.AddInitializers("a sub-graph");
        new GraphOrder(model, isAround).Check();
        model.ReadConstants();
        return model;
    }

    /// <summary>A tensor of the file.</summary>
    public Tensor Read(TensorProto tensor, string what) => TensorReader.Read(tensor, what, files);

    public bool HasConstant(string name) => initializers.ContainsKey(name) || Constants.ContainsKey(name) || TextNames.Contains(name);

    public IEnumerable<string> ConstantNames => initializers.Keys.Concat(Constants.Keys).Concat(TextNames);

    /// <summary>Takes the nodes in order, and counts how often names are read.</summary>
    public void Take(List<NodeProto> ordered)
    {
        Nodes = ordered;
        foreach (ValueInfoProto output in Outputs)
            Uses[output.Name] = 1;
        foreach (NodeProto node in ordered)
        {
            foreach (string name in GraphOrder.Reads(node))
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
                    + $"{OldestOpset} to {NewestOpset} are read. Export it with one of these (opset_version=17), or convert it "
                    + "(onnx.version_converter).");
        }

        return opset != 0 ? opset : throw new InvalidDataException("The file does not state the version of the standard operators (opset_import).");
    }

    /// <summary>The domain of the operators of classical learning.</summary>
    public const string Learned = "ai.onnx.ml";

    public static bool IsStandard(string domain) => domain is "" or "ai.onnx";

    private void AddInitializers(string where)
    {
        foreach (TensorProto initializer in Graph.Initializer)
        {
            if (initializer.Name.Length == 0)
                throw new InvalidDataException($"An initializer of {where} has no name.");
            if (Constants.ContainsKey(initializer.Name) || !initializers.TryAdd(initializer.Name, initializer))
                throw new InvalidDataException($"Initializer \"{Printable.Text(initializer.Name)}\" is there twice.");
        }
    }

    // Those alone that the wanted outputs depend on: the others may be of types that are not read.
    private void ReadConstants()
    {
        foreach ((string name, TensorProto initializer) in initializers)
        {
            if (!Uses.ContainsKey(name))
                continue;
            if ((TensorProto.Types.DataType)initializer.DataType == TensorProto.Types.DataType.String)
                TextNames.Add(name);
            else
                Constants.Add(name, Read(initializer, $"Initializer \"{Printable.Text(name)}\""));
        }
    }

    private static IReadOnlyList<ValueInfoProto> OutputsOf(GraphProto graph, string? output)
    {
        if (output is null)
            return graph.Output;
        ValueInfoProto[] named = [.. graph.Output.Where(one => one.Name == output)];
        return named.Length > 0 ? named[..1] : throw new InvalidDataException(
            $"The file has no output \"{Printable.Text(output)}\"; it has {Names(graph, MaxOutputs)}.");
    }

    private static string Names(GraphProto graph, int most) =>
        string.Join(", ", graph.Output.Take(most).Select(output => $"\"{Printable.Text(output.Name)}\""));

    private void ReadInterface(bool mayHaveSeveral)
    {
        var names = new HashSet<string>();
        foreach (ValueInfoProto input in Graph.Input)
        {
            if (input.Name.Length == 0)
                throw new InvalidDataException("An input of the graph has no name.");
            if (!names.Add(input.Name))
                throw new InvalidDataException($"Input \"{Printable.Text(input.Name)}\" is there twice.");
            if (!HasConstant(input.Name))
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
        string outputs = Names(Graph, MaxNamed);
        return new($"The graph has {Graph.Output.Count} outputs{(outputs.Length == 0 ? "" : $", {outputs}")}{rest}.");
    }
}
