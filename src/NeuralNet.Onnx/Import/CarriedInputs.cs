using NeuralNet.Onnx.Schema;
using AxisSize = NeuralNet.Onnx.Schema.TensorShapeProto.Types.Dimension;
using DataType = NeuralNet.Onnx.Schema.TensorProto.Types.DataType;

namespace NeuralNet.Onnx.Import;

/// <summary>The inputs of a graph that are no part of a row here, because a batch carries what they give: first states of recurrent layers
/// (<see cref="Batch.State"/>), and how many steps of each row are real (<see cref="Batch.Lengths"/>).</summary>
internal sealed class CarriedInputs
{
    private static readonly int[] lengthsInputs = [4], stateInputs = [5, 6];

    private readonly bool areRowsFirst;

    private CarriedInputs(IReadOnlyList<ValueInfoProto> states, IReadOnlyList<ValueInfoProto> lengths, bool areRowsFirst) =>
        (States, Lengths, this.areRowsFirst) = (states, lengths, areRowsFirst);

    /// <summary>Those that nothing reads but recurrent nodes, as what they begin with.</summary>
    public IReadOnlyList<ValueInfoProto> States { get; }

    /// <summary>Those that nothing reads but recurrent nodes, as the lengths of the rows.</summary>
    public IReadOnlyList<ValueInfoProto> Lengths { get; }

    /// <summary>Takes these inputs out of those that are parts of a row, where some others remain.</summary>
    public static CarriedInputs Take(Model model)
    {
        HashSet<string> ofStates = FeedingOnly(model, stateInputs), ofLengths = FeedingOnly(model, lengthsInputs);
        ValueInfoProto[] states = [.. model.Inputs.Where(input => ofStates.Contains(input.Name))];
        ValueInfoProto[] lengths = [.. model.Inputs.Where(input => ofLengths.Contains(input.Name))];
        if (states.Length + lengths.Length == model.Inputs.Count)
            return new CarriedInputs([], [], false);
        model.Inputs.RemoveAll(input => states.Contains(input) || lengths.Contains(input));
        foreach (ValueInfoProto input in lengths)
        {
            if ((DataType?)input.Type?.TensorType?.ElemType is not (DataType.Int32 or DataType.Int64))
                throw new InvalidDataException($"Input \"{Printable.Text(input.Name)}\" gives the lengths of rows: whole numbers were expected.");
        }

        bool areRowsFirst = model.Nodes.Exists(node =>
            IsRecurrent(node) && node.Attribute.Any(attribute => attribute is { Name: "layout", I: not 0 }));
        return new CarriedInputs(states, lengths, areRowsFirst);
    }

    /// <summary>Gives the evaluator what stands for these inputs.</summary>
    /// <param name="evaluator">The evaluator.</param>
    /// <param name="rows">How many rows the file has; <see cref="Sizes.Rows"/> if it does not say it.</param>
    public void Give(Evaluator evaluator, long rows)
    {
        foreach (ValueInfoProto input in Lengths)
            evaluator.Give(input.Name, new RowLengths(input.Name));
        foreach (ValueInfoProto input in States)
        {
            (long[] sizes, int axis) = AxesOf(input, rows);
            long size = Sizes.Product([.. sizes.Where((_, other) => other != axis)]);
            if (size is <= 0 or > int.MaxValue)
                throw new InvalidDataException($"Input \"{Printable.Text(input.Name)}\" has {Sizes.Text(sizes)} values, more than a state can have.");
            View view = View.OfRows(axis < 0 ? [1, .. sizes] : sizes, Math.Max(0, axis), rows, areChannelsFirst: false);
            evaluator.GiveState(input.Name, new StateExpr(input.Name, Shape.Features((int)size)), axis < 0 ? view.Without(0) : view);
        }
    }

    // Of an axis without a size it is clear that it is that of the rows; otherwise it is the one with as many. That of [layers, rows, hidden] is the
    // last but one, and one that is wrong is refused where the state is taken.
    private (long[] Sizes, int RowsAxis) AxesOf(ValueInfoProto input, long rows)
    {
        AxisSize[] axes = InputAxes.Axes(input);
        string words = $"Input \"{Printable.Text(input.Name)}\" gives the first state of recurrent layers:";
        if ((DataType)input.Type.TensorType.ElemType is not (DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double))
            throw new InvalidDataException($"{words} floats were expected.");
        long[] sizes = [.. axes.Select(axis => InputAxes.IsOpen(axis) ? rows : axis.DimValue)];
        int[] open = [.. Enumerable.Range(0, axes.Length).Where(axis => InputAxes.IsOpen(axes[axis]))];
        if (open.Length > 1)
        {
            throw new InvalidDataException(FormattableString.Invariant($"{words} it has {open.Length} axes without a size, and that of the rows ")
                + "alone may have none; export the model with fixed sizes of the others.");
        }

        int[] places = [.. areRowsFirst || axes.Length < 2 ? [] : new[] { axes.Length - 2 }, .. Enumerable.Range(0, axes.Length)];
        int axis = open.Length == 1 ? open[0] : rows == Sizes.Rows ? -1 : places.Where(place => sizes[place] == rows).Append(-1).First();
        if (axis < 0 && rows != 1)
        {
            throw new InvalidDataException($"{words} none of its axes, {Sizes.Text(sizes)}, is that of the rows, of which there "
                + $"are {(rows == Sizes.Rows ? "any number" : Sizes.Text([rows]))} in the other inputs; export the model with the same "
                + "batch everywhere.");
        }

        if (axis >= 0)
            sizes[axis] = 1;
        return (sizes, axis);
    }

    // The names that go to those inputs of recurrent nodes and nowhere else; of a state the sizes may be asked for. Nodes are in order, so that what
    // becomes of a name is known, from the last one on, before the node that makes it.
    private static HashSet<string> FeedingOnly(Model model, int[] inputs)
    {
        bool isState = inputs == stateInputs;
        HashSet<string> feeding = [], elsewhere = [.. model.Outputs.Select(output => output.Name)];
        foreach (NodeProto node in model.Nodes.AsEnumerable().Reverse())
        {
            bool isStandard = Model.IsStandard(node.Domain), isMove = isStandard && (isState ? MovesState(node.OpType) : PassesLengths(node.OpType));
            foreach ((int input, string name) in node.Input.Index())
            {
                if (isStandard && IsRecurrent(node) && inputs.Contains(input))
                {
                    feeding.Add(name);
                }
                else if (isMove && (input == 0 || node.OpType == "Concat"))
                {
                    if (node.Output.Any(feeding.Contains))
                        feeding.Add(name);
                    if (node.Output.Any(elsewhere.Contains))
                        elsewhere.Add(name);
                }
                else if (!(isStandard && isState && node.OpType == "Shape"))
                {
                    elsewhere.Add(name);
                }
            }

            if (node.Attribute.Any(attribute => attribute.G is not null))
                elsewhere.UnionWith(GraphOrder.Reads(node));
        }

        feeding.ExceptWith(elsewhere);
        return feeding;
    }

    private static bool IsRecurrent(NodeProto node) => node.OpType is "LSTM" or "GRU" or "RNN";

    private static bool MovesState(string operation) =>
        PassesLengths(operation) || operation is "Slice" or "Split" or "Gather" or "Transpose" or "Concat";

    /// <summary>Whether an operator hands the lengths of rows on as they are.</summary>
    public static bool PassesLengths(string operation) =>
        operation is "Identity" or "Cast" or "Squeeze" or "Unsqueeze" or "Reshape" or "Flatten";
}
