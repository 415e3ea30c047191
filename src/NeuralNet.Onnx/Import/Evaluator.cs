namespace NeuralNet.Onnx.Import;

/// <summary>
/// Follows the nodes of a model, one after the other: constants are computed, and what depends on the input becomes
/// expressions. A node for which there is nothing goes on the list, and what depends on it is left alone.
/// </summary>
/// <content>The walk; the operators are in the other parts.</content>
internal sealed partial class Evaluator
{
    // Of nodes behind refused ones, each of which takes an exception.
    private const int MaxLooksAtUnknown = 10_000;

    private readonly Model model;
    private readonly Allowance allowance;
    private int looksAtUnknown;
    private readonly long rows; // 1 or more where the file says how many; otherwise Sizes.Rows
    private readonly bool foldsNorms;
    private readonly HashSet<string> normed; // by all places of a channel, in whatever order they lie
    private readonly List<(Node Node, string Why)> problems;
    private readonly Dictionary<string, Value> values = [];
    private readonly Dictionary<Expr, Expr> carried = []; // of masks where they are by now
    private readonly HashSet<Expr> wholes = []; // inputs of whole numbers that have become floats
    private readonly Reshapes reshapes = new(keepsUses: true);

    public Evaluator(Model model, Allowance allowance, long rows, bool foldsNorms, List<(Node Node, string Why)> problems)
    {
        this.foldsNorms = foldsNorms;
        this.model = model;
        this.allowance = allowance;
        this.problems = problems;
        this.rows = rows;
        normed = [.. model.Nodes.Where(node => node.OpType == "InstanceNormalization").SelectMany(node => node.Input)];
        foreach ((string name, Tensor constant) in model.Constants)
            values[name] = constant;
        foreach (string name in model.TextNames)
            values[name] = Texts.Instance;
    }

    private long Opset => model.Opset;

    public void Give(string name, Signal value) => values[name] = value;

    /// <summary>Follows all nodes.</summary>
    /// <returns>The values of the graph's outputs.</returns>
    public Value[] Run()
    {
        Walk(model, null);
        return [.. model.Outputs.Select(output => values[output.Name])];
    }

    // The nodes of the graph, or of a branch, which counts as being where its node is.
    private void Walk(Model graph, int? position)
    {
        Dictionary<int, PowerPattern.Found> powers = PowerPattern.Of(graph, out HashSet<int> within);
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            var proto = graph.Nodes[i];
            if (within.Contains(i))
            {
                values[proto.Output[0]] = UnknownValue.Instance;
                continue;
            }

            var node = new Node(proto, position ?? i)
            {
                Inputs = [.. proto.Input.Select(name => name.Length == 0 ? null : values[name])],
                Outputs = new Value?[proto.Output.Count],
                Uses = [.. proto.Output.Select(name => name.Length == 0 ? 0 : graph.Uses.GetValueOrDefault(name))],
            };
            Follow(node, powers.GetValueOrDefault(i));
            for (int k = 0; k < proto.Output.Count; k++)
            {
                if (proto.Output[k].Length > 0)
                    values[proto.Output[k]] = node.Outputs[k] ?? UnknownValue.Instance;
            }
        }
    }

    private void Follow(Node node, PowerPattern.Found? power)
    {
        try
        {
            if (!Model.IsStandard(node.Domain) && node.Domain != Model.Learned && (node.Domain, node.Operator) != (Microsoft, "RotaryEmbedding"))
                throw new Refusal(Remedies.ForDomain(node.Domain));
            if (Array.Exists(node.Inputs, value => value is Texts))
                throw new Refusal("it reads texts, which no network has");
            if (power is not null ? values.GetValueOrDefault(power.Input) is UnknownValue
                : Array.Exists(node.Inputs, value => value is UnknownValue) && ++looksAtUnknown > MaxLooksAtUnknown)
                return;
            if (power is not null)
                ReadPower(node, power);
            else
                Read(node);
            node.CheckAttributes();
            for (int k = 0; k < node.Outputs.Length; k++)
            {
                if (node.Outputs[k] is { } made && Once(made) is Signal signal)
                    signal.Expr.Uses = Math.Max(signal.Expr.Uses, node.Uses[k]);
                else if (node.Outputs[k] is null && node.IsUsed(k))
                    throw new Refusal($"output {k} is not imported");
            }
        }
        catch (UnknownInputException)
        {
            // What is before it is on the list; as far as it could be read without that, nothing is wrong with this one.
            Array.Clear(node.Outputs);
        }
        catch (Refusal refusal)
        {
            Refuse(refusal.Node ?? node, refusal.Message);
            Array.Clear(node.Outputs);
        }
        catch (Exception failure) when (failure is ArgumentException or OverflowException)
        {
            // A layer's own words: a width, a rate or the like is out of its range.
            Refuse(node, failure.Message);
            Array.Clear(node.Outputs);
        }
    }

    private void Refuse(Node node, string why) => problems.Add((node, why));

    private void Read(Node node)
    {
        if (node.Outputs.Length == 0)
            throw node.Bad("it has no output");
        if (TryPassLengths(node))
            return;
        if (!Array.Exists(node.Inputs, value => value is Tensor { IsOfOneRow: true }))
        {
            ReadOperator(node);
            return;
        }

        // What is made of a constant of one row is one of one row, where nothing is counted or added up along the rows.
        if (node.Operator is "Shape" or "Size" or "Reshape" or "Flatten" or "CumSum" or "Trilu" or "Tile" or "MatMul"
            || node.Operator.StartsWith("Reduce", StringComparison.Ordinal) || (node.Operator == "Gather" && node.Input(1) is Signal))
            throw new Refusal("it takes a constant that Expand repeats for each row, of which there may be any number; load the model with rows: "
                + "OnnxRows.One, or export it for one row");
        ReadOperator(node);
        node.Outputs = Array.ConvertAll(node.Outputs, value => value is Tensor made ? made.OfOneRow() : value);
    }

    private void ReadOperator(Node node)
    {
        if (node.Domain == Model.Learned)
        {
            ReadLearned(node);
            return;
        }

        if (node.Operator == "If")
        {
            ReadIf(node);
            return;
        }

        MakeTables(node);
        bool isConstant = node.Inputs.Length > 0 && Array.TrueForAll(node.Inputs, value => value is null or Tensor);
        if (isConstant && (TryBand(node) || TryFold(node)))
            return;
        if (Array.Exists(node.Inputs, value => value is Quantized) && node.Operator is not ("DequantizeLinear" or "Identity"))
            throw new Refusal(ReasonForQuantized);
        if (TryReadUnary(node))
            return;
        if (!TakesRepeated(node.Operator))
            node.Inputs = Array.ConvertAll(node.Inputs, value => value is null ? null : Whole(value));
        switch (node.Operator)
        {
            case "Constant": ReadConstant(node); break;
            case "Identity": node.Set(node.Input(0)); break;
            case "Cast": ReadCast(node); break;
            case "Shape": ReadShape(node); break;
            case "Size": node.Set(Integers(Sizes.Product(DimensionsOf(node.Input(0))))); break;
            case "Dropout": ReadDropout(node); break;
            case "Reshape": ReadReshape(node); break;
            case "Flatten": ReadFlatten(node); break;
            case "Squeeze": ReadSqueeze(node); break;
            case "Unsqueeze": ReadUnsqueeze(node); break;
            case "Transpose": ReadTranspose(node); break;
            case "Expand": ReadExpand(node); break;
            case "Tile": ReadTile(node); break;
            case "Slice": ReadSlice(node); break;
            case "Split": ReadSplit(node); break;
            case "Gather": ReadGather(node, node.Int("axis", 0)); break;
            case "ReverseSequence": ReadReverseSequence(node); break;
            case "Concat": ReadConcat(node); break;
            case "MatMul": ReadMatMul(node); break;
            case "Gemm": ReadGemm(node); break;
            case "Conv" or "ConvTranspose": ReadConvolution(node); break;
            case "MaxPool" or "AveragePool": ReadPool(node); break;
            case "GlobalAveragePool" or "GlobalMaxPool": ReadGlobalPool(node); break;
            case "Resize" or "Upsample": ReadResize(node); break;
            case "Pad": ReadPad(node); break;
            case "Softmax" or "LogSoftmax": ReadSoftmax(node); break;
            case "Clip": ReadClip(node); break;
            case "PRelu": ReadPrelu(node); break;
            case "LayerNormalization" or "RMSNormalization": ReadLayerNorm(node); break;
            case "BatchNormalization": ReadBatchNorm(node); break;
            case "InstanceNormalization": ReadInstanceNorm(node); break;
            case "GroupNormalization": ReadGroupNorm(node); break;
            case "LpNormalization": ReadLpNorm(node); break;
            case "LSTM" or "GRU" or "RNN": ReadRecurrent(node); break;
            case "Where": ReadWhere(node); break;
            case "And" or "Or": ReadAnd(node); break;
            case "Scan": ReadScan(node); break;
            case "QuantizeLinear": ReadQuantize(node); break;
            case "DequantizeLinear": ReadDequantize(node); break;
            case "Attention": ReadAttention(node); break;
            case "RotaryEmbedding": ReadRotary(node); break;
            case "Add" or "Sub" or "Mul" or "Div" or "Pow" or "Max" or "Min" or "Sum" or "Mean": ReadBinary(node); break;
            case "Less" or "Greater" or "LessOrEqual" or "GreaterOrEqual" or "Equal": ReadBinary(node); break;
            case "ReduceMean" or "ReduceSum" or "ReduceMax" or "ReduceMin" or "ReduceL1" or "ReduceL2" or "ReduceSumSquare": ReadReduce(node); break;
            default: throw new Refusal(ReasonFor(node.Operator));
        }
    }

    // Besides the operators of one input: what acts element by element, and what only asks for the sizes or passes the value on.
    private static bool TakesRepeated(string operation) => operation is "Add" or "Sub" or "Mul" or "Div" or "Pow" or "Max" or "Min" or "Sum" or "Mean"
        or "Less" or "Greater" or "LessOrEqual" or "GreaterOrEqual" or "Equal" or "Expand" or "Identity" or "Shape" or "Size";

    private static string ReasonFor(string operation) => operation switch
    {
        "DynamicQuantizeLinear" or "MatMulInteger" or "ConvInteger" or "QLinearConv" or "QLinearMatMul" => ReasonForQuantized,
        _ => Remedies.For(operation),
    };

    private static Tensor Integers(params long[] values) => new([values.Length], values);

    private static long[] DimensionsOf(Value value) => value switch
    {
        Tensor tensor => tensor.Dimensions,
        Signal signal => signal.View.Dimensions(),
        Repeated repeated => repeated.Sizes,
        _ => throw new Refusal("a mask is imported where attention applies it to its scores"),
    };

    /// <summary>The expression with its rows in another shape.</summary>
    private Expr As(Expr expr, Shape shape) => reshapes.As(expr, shape);

    /// <summary>The shape of which the features are an axis of the row's memory; null if there is none.</summary>
    private static Shape? FeaturesAlong(Shape shape, long size, long stride)
    {
        if (shape.FeatureCount == size && (stride == 1 || size == 1))
            return shape;
        if (size == 1)
            return shape.Size == 1 ? Shape.Features(1) : Shape.Sequence(shape.Size, 1);
        if (stride == 1)
            return shape.Size == size ? Shape.Features((int)size) : Shape.Sequence((int)(shape.Size / size), (int)size);
        return null;
    }

    private static Shape FeaturesAlongOrRefuse(Shape shape, long size, long stride) => FeaturesAlong(shape, size, stride)
        ?? throw new Refusal(FormattableString.Invariant($"it acts along an axis that is neither the first nor the last of a row of {shape}"));

    /// <summary>What an axis runs over, where the order within it does not matter, or constants go by it (<see cref="View.Placed"/>).</summary>
    private static Atom PieceOrAxis(Signal x, int axis) =>
        x.View.IsPiece(axis) && !x.View.HasRows(axis) ? new Atom(x.View.Size(axis), 1) : AxisOf(x, axis);

    /// <summary>What an axis of a signal runs over.</summary>
    private static Atom AxisOf(Signal x, int axis)
    {
        if (!x.View.TryAxis(axis, out long size, out long stride))
            throw new Refusal(x.View.HasRows(axis) ? $"it acts along the rows (axis {axis} of {x.View}); rows do not influence each other here"
                : $"axis {axis} of {x.View} does not lie in one piece");
        return new Atom(size, stride);
    }
}
