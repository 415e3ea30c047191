using System.Globalization;
using Google.Protobuf;
using NeuralNet.Onnx.Schema;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Import;

/// <summary>From the bytes of a model to a network.</summary>
internal static class Importer
{
    // Of nodes that are refused; more are counted.
    private const int MaxListed = 1000;

    public static Network Network(ReadOnlySpan<byte> bytes, LoadSettings settings, ExternalData? files)
    {
        if (bytes.IsEmpty)
            throw new InvalidDataException("The file is empty.");
        ModelProto proto = Parse(bytes);
        Dictionary<string, string> metadata = MetadataOf(proto);
        Model model = Model.Of(proto, settings.Output, files);
        CarriedInputs carried = CarriedInputs.Take(model);
        InvalidDataException? first = null;
        foreach (RowChoice choice in new InputAxes(model, settings).Choices())
        {
            var problems = new List<(Node Node, string Why)>();
            try
            {
                var allowance = new Allowance(bytes.Length + (files?.BytesRead ?? 0));
                if (Attempt(model, carried, choice, settings, allowance, problems, out string others) is { } made)
                {
                    if (made.Outputs is [{ } single] && ClassNames.Of(proto.Graph, single.Name, made.Network.Output.FeatureCount) is { } classes)
                        metadata.TryAdd(ClassNames.Key, classes);
                    return WithMetadata(made.Network, metadata);
                }

                first ??= new InvalidDataException(List(problems) + others + choice.Hint);
            }
            catch (InvalidDataException failure)
            {
                first ??= choice.Hint.Length > 0 ? new InvalidDataException(failure.Message + choice.Hint, failure) : failure;
            }
        }

        throw first!;
    }

    private static ModelProto Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Prescan.Check(bytes);
            return ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException failure)
        {
            throw new InvalidDataException($"This is no ONNX file, or a damaged one: {failure.Message}", failure);
        }
    }

    // What a model says about itself, but for the names that the library's files use themselves.
    private static Dictionary<string, string> MetadataOf(ModelProto model)
    {
        var metadata = new Dictionary<string, string>();
        foreach (StringStringEntryProto entry in model.MetadataProps.Where(entry => !NetworkMetadata.IsReserved(entry.Key)))
        {
            if (!metadata.TryAdd(entry.Key, entry.Value) && metadata[entry.Key] != entry.Value)
                throw new InvalidDataException(
                    $"\"{Printable.Text(entry.Key)}\" stands in metadata_props twice, with different texts; names that differ were expected.");
        }

        return metadata;
    }

    private static Network WithMetadata(Network network, Dictionary<string, string> metadata)
    {
        try
        {
            network.Metadata = metadata;
            return network;
        }
        catch (ArgumentException refusal)
        {
            throw new InvalidDataException($"The texts of metadata_props are refused: {refusal.Message}", refusal);
        }
    }

    private static string List(List<(Node Node, string Why)> problems)
    {
        IEnumerable<string> lines = problems.OrderBy(problem => problem.Node.Position).Select(problem => $"  {problem.Node}: {problem.Why}")
            .Distinct();
        string[] all = [.. lines];
        string rest = all.Length > MaxListed ? FormattableString.Invariant($"{Environment.NewLine}  and {all.Length - MaxListed} more") : "";
        string what = all.Length == 1 ? "A node of the graph is" : FormattableString.Invariant($"{all.Length} nodes of the graph are");
        return $"{what} not imported:{Environment.NewLine}{string.Join(Environment.NewLine, all.Take(MaxListed))}{rest}";
    }

    private static (Network Network, ValueInfoProto[] Outputs)? Attempt(
        Model model, CarriedInputs carried, RowChoice choice, LoadSettings settings, Allowance allowance, List<(Node Node, string Why)> problems,
        out string others)
    {
        others = "";
        var evaluator = new Evaluator(model, allowance, choice.Rows, settings.FoldsNorms, problems);
        carried.Give(evaluator, choice.Rows);
        (string Name, Shape Shape)[] inputs = GiveInputs(model, choice, settings.Images, evaluator);
        Value[] values = evaluator.Run();
        if (problems.Count > 0 && values.Any(value => value is UnknownValue))
        {
            others = OthersThan(model, values);
            return null;
        }

        int[] own = evaluator.CarriesState ? evaluator.WithoutStates(values) : [.. Enumerable.Range(0, values.Length)];
        if (own.Length == 0)
            throw new InvalidDataException("All outputs are the state after the last step, which a batch carries here (Batch.State); none is "
                + "that of a network: export the model with the outputs of the recurrent layers too.");
        ValueInfoProto[] wanted = [.. own.Select(k => model.Outputs[k])];
        values = [.. own.Select((k, at) => WholeOutput(wanted[at], evaluator, values[k]))];
        (Expr Expr, Shape Shape)[] made = [.. values.Select((value, k) => OutputOf(model, evaluator, settings.Images, wanted[k], value))];
        (string Name, Shape Shape)[] outputs = [.. PartNames.Of(model, wanted).Zip(made, (name, one) => (name, one.Shape))];
        Shape row = RowOf(outputs, "outputs");
        var assembly = new Assembly { CarriesState = evaluator.CarriesState };
        if (assembly.Build(evaluator.Joined(made, row), row, new Lowering(allowance), problems) is not { } layers)
            return null;
        CheckIds(layers, allowance);
        CarriedChecks.Check(layers, RowOf(inputs, "inputs"), outputs.Length, evaluator);
        Network network = Built(model, inputs, layers, outputs);
        assembly.Fill(network);
        return (network, wanted);
    }

    // Outputs that do without the nodes that are refused: one of them can be had.
    private static string OthersThan(Model model, Value[] values)
    {
        string[] names = [.. model.Outputs.Where((_, k) => values[k] is Signal).Take(5)
            .Select(output => $"output: \"{Printable.Text(output.Name)}\"")];
        return names.Length == 0 ? "" : $"{Environment.NewLine}Without them goes {string.Join(", or ", names)}, as an argument of Load.";
    }

    // No node repeats a value that is an output as it is, so that no node can be to blame where it cannot be repeated.
    private static Value WholeOutput(ValueInfoProto output, Evaluator evaluator, Value value)
    {
        try
        {
            return evaluator.Whole(value);
        }
        catch (Exception failure) when (failure is Refusal or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"The output \"{Printable.Text(output.Name)}\" is not imported: {failure.Message}.", failure);
        }
    }

    private static (Expr Expr, Shape Shape) OutputOf(Model model, Evaluator evaluator, OnnxImages images, ValueInfoProto declared, Value value)
    {
        string words = $"The output \"{Printable.Text(declared.Name)}\"";
        if (value is Quantized)
            throw new InvalidDataException($"{words} is made of whole numbers by QuantizeLinear: export the model with an output of floats.");
        if (value is not Signal last)
            throw new InvalidDataException($"{words} does not depend on the input.");
        int rank = last.View.Rank + (last.View.RowsAxis < 0 && (last.View.Rank == 0 || last.View.Size(0) != 1) ? 1 : 0);
        bool areFirst = new ImageOrders(model).AreFirstAtOutput(declared.Name, rank);
        bool areMoved = areFirst && images == OnnxImages.ChannelsLast;
        Signal y = evaluator.InOrder(last, areMoved && HasChannels(last.View));
        Shape shape = OutputShape(declared, words, y, areFirst, areMoved && HasChannels(y.View));

        // One number of each step stays so where a row has a length.
        bool isOfSteps = evaluator.Lengths is not null && y.Expr.Shape is { Kind: ShapeKind.Sequence, FeatureCount: 1 };
        return (y.Expr, isOfSteps && shape.Kind == ShapeKind.Features ? y.Expr.Shape : shape);
    }

    // How several inputs or outputs lie in one row.
    private static Shape RowOf((string Name, Shape Shape)[] parts, string what)
    {
        try
        {
            return NeuralNet.Network.Create(parts).Shape;
        }
        catch (ArgumentException)
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"The {what} together have {parts.Sum(part => (long)part.Shape.Size)} values in a row; at most {int.MaxValue} are possible."));
        }
    }

    private static Network Built(
        Model model, (string Name, Shape Shape)[] inputs, List<Layer> layers, (string Name, Shape Shape)[] outputs)
    {
        try
        {
            NetworkBuilder builder = PartNames.AreKept(model, inputs) ? NeuralNet.Network.Create(inputs)
                : NeuralNet.Network.Create(inputs[0].Shape);
            foreach (Layer layer in layers)
                builder.Add(_ => layer);
            if (PartNames.AreKept(model, outputs))
                builder.NameOutputs(outputs);
            return builder.Build();
        }
        catch (Exception failure) when (failure is ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"The network cannot be put together: {failure.Message}", failure);
        }
    }

    // A network that looks up ids keeps, while it is made, a number for each value that is passed on.
    private static void CheckIds(List<Layer> layers, Allowance allowance)
    {
        var rest = new Stack<Layer>(layers);
        long sum = 0;
        bool takesIds = false;
        while (rest.TryPop(out Layer? layer))
        {
            sum += (long)layer.Input.Size + layer.Output.Size;
            takesIds |= layer.InputIds > 0 || layer is MultiHeadAttention { HasKeyMask: true };
            foreach (Layer child in layer is Chain chain ? chain.Layers : layer is Branches branches ? branches.Layers : [])
                rest.Push(child);
        }

        if (takesIds && sum > allowance.MaxIds)
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"The network looks up ids, and passes on {sum} values of a row from layer to layer; " +
                $"for a file of this size at most {allowance.MaxIds} are possible."));
    }

    // Of one row, the axis of the rows may be missing.
    private static bool HasChannels(View view) => view.Rank - (view.RowsAxis >= 0 || (view.Rank > 0 && view.Size(0) == 1) ? 1 : 0) is 2 or 3;

    private static Shape OutputShape(ValueInfoProto declared, string name, Signal y, bool areFirst, bool areMoved)
    {
        if (!Evaluator.OfRow(y.View, areMoved).IsInOrder)
            throw new InvalidDataException(
                $"{name} has its values in another order than the rows of the layer that makes it ({y.View}): a last transposition is not imported.");
        CheckDeclared(declared, y.View, name);
        int at = y.View.RowsAxis;
        if (at < 0 && Enumerable.Range(0, y.View.Rank).Any(y.View.HasRows))
            throw new InvalidDataException($"{name}, {y.View}, has its rows on one axis with other values; an axis of their own was expected.");
        long[] sizes = [.. y.View.Dimensions().Where((_, axis) => axis != at)];
        if (at < 0 && sizes.Length > 0 && sizes[0] == 1)
            sizes = sizes[1..];
        return ShapeOf(sizes, areFirst, areMoved);
    }

    // What the file says of its output would differ if an operator had been read wrongly.
    private static void CheckDeclared(ValueInfoProto output, View view, string name)
    {
        if (output.Type?.TensorType?.Shape?.Dim is not { } declared)
            return;
        long[] sizes = view.Dimensions();
        bool isOther = declared.Count != sizes.Length
            || sizes.Where((size, axis) => !Sizes.HasRows(size) && declared[axis].DimValue > 0 && declared[axis].DimValue != size).Any();
        if (isOther)
        {
            IEnumerable<string> words = declared.Take(16).Select(size => size.DimValue > 0
                ? size.DimValue.ToString(CultureInfo.InvariantCulture) : "any");
            throw new InvalidDataException($"{name} is declared as [{string.Join(", ", words)}], but its nodes make {view} of the input: correct " +
                $"the shape in the file, or leave it out.");
        }
    }

    // Channels that stay first, although there are several and several pixels, are plain features here.
    private static Shape ShapeOf(long[] sizes, bool areFirst, bool areMoved)
    {
        long size = Sizes.Product(sizes);
        if (size is <= 0 or > int.MaxValue)
            throw new InvalidDataException($"A row of {Sizes.Text(sizes)} values is not possible; 1 to {int.MaxValue} are.");
        bool isAlike = sizes.Length == 3 && (sizes[0] == 1 || sizes[1] * sizes[2] == 1);
        if (areMoved || (areFirst && isAlike))
            sizes = [.. sizes[1..], sizes[0]];
        return sizes.Length switch
        {
            2 => Shape.Sequence((int)sizes[0], (int)sizes[1]),
            3 when areMoved || isAlike || !areFirst => Shape.Image((int)sizes[0], (int)sizes[1], (int)sizes[2]),
            _ => Shape.Features((int)size),
        };
    }

    // Several inputs lie in one row as those of a network do that have names.
    private static (string Name, Shape Shape)[] GiveInputs(Model model, RowChoice choice, OnnxImages images, Evaluator evaluator)
    {
        int[] axes = choice.Axes;
        var shapes = new List<Shape>();
        var views = new List<View>();
        for (int k = 0; k < axes.Length; k++)
        {
            // What has no axis of rows has one of size 1 while it is looked at.
            long[] sizes = axes[k] < 0 ? [1, .. choice.Sizes[k]] : choice.Sizes[k];
            int axis = Math.Max(0, axes[k]);
            long[] own = [.. sizes.Where((_, other) => other != axis)];
            bool areFirst = own.Length is 2 or 3 && new ImageOrders(model).AreFirstAtInput(model.Inputs[k].Name, [0, .. own]);
            bool areMoved = areFirst && images == OnnxImages.ChannelsLast;
            Shape shape = ShapeOf(own, areFirst, areMoved);

            // Ids, or one number, of each step: as steps, of which a row may have fewer.
            shapes.Add(evaluator.Lengths is not null && own.Length == 1 ? Shape.Sequence(shape.Size, 1) : shape);
            View view = View.OfRows(sizes, axis, axes[k] < 0 ? 1 : choice.Rows, areMoved);
            views.Add(axes[k] < 0 ? view.Without(0) : view);
        }

        (string Name, Shape Shape)[] inputs = [.. PartNames.Of(model, model.Inputs).Zip(shapes)];
        Expr input = new InputExpr(RowOf(inputs, "inputs")) { Uses = int.MaxValue };
        for (int k = 0, first = 0; k < axes.Length; k++)
        {
            Expr own = input;
            if (axes.Length > 1)
            {
                int count = input.Shape.Kind == ShapeKind.Features ? shapes[k].Size : shapes[k].FeatureCount;
                own = new LayerExpr(new Slice(input.Shape, first, count), input, null) { Uses = int.MaxValue };
                first += count;
                if (own.Shape != shapes[k])
                    own = new LayerExpr(new Reshape(own.Shape, shapes[k]), own, null) { Uses = int.MaxValue };
            }

            bool isWhole = (DataType)model.Inputs[k].Type.TensorType.ElemType is not
                (DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double);
            evaluator.Give(model.Inputs[k].Name, new Signal(isWhole ? new WholeExpr(own, true, null) : own, views[k]));
        }

        return inputs;
    }
}
