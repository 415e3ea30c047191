namespace NeuralNet.Onnx.Import;

/// <content>Which keys are seen in attention.</content>
internal sealed partial class Evaluator
{
    // 0, 1, 2 … down beside 0, 1, 2 … across, each from any number on, compared: a band. As a table it would take steps² values.
    private static bool TryBand(Node node)
    {
        if (node.Operator is not ("GreaterOrEqual" or "LessOrEqual" or "Greater" or "Less") || node.Count != 2)
            return false;
        (Tensor down, Tensor across) = (node.Constant(0, "a step"), node.Constant(1, "a step"));
        bool isTurned = across.Dimensions.Length > 1 && across.Dimensions[^2] > 1;
        if (isTurned)
            (down, across) = (across, down);
        long steps = down.Count;
        if (steps < 2 || across.Count != steps || down.Dimensions.Length < 2 || down.Dimensions[^2] != steps || across.Dimensions.Length < 1
            || across.Dimensions[^1] != steps || !IsCount(down) || !IsCount(across))
            return false;

        // Query i + p beside key j + q.
        long shift = across.Integer(0) - down.Integer(0);
        bool isAtLeast = node.Operator.StartsWith("Greater", StringComparison.Ordinal) != isTurned, isStrict = !node.Operator.EndsWith("Equal",
            StringComparison.Ordinal);
        long limit = (isAtLeast ? -shift : shift) + (isStrict ? 0 : 1);
        if (limit < 1)
            return false;
        node.Set(new Seen(null, isAtLeast ? new Band(long.MaxValue, limit) : new Band(limit, long.MaxValue), steps,
            Broadcast(node, down.Dimensions, across.Dimensions)));
        return true;
    }

    private static bool IsCount(Tensor tensor)
    {
        if (!tensor.IsInteger || Math.Abs((decimal)tensor.Integer(0)) > int.MaxValue)
            return false;
        for (long i = 1; i < tensor.Count; i++)
        {
            if (tensor.Integer(i) - tensor.Integer(0) != i)
                return false;
        }

        return true;
    }

    // Bands are known where scores, or masks of keys, are beside them; everything else takes them as a table.
    private void MakeTables(Node node)
    {
        bool isOfMasks = node.Operator == "And" && Array.TrueForAll(node.Inputs, value => value is Seen or Signal);
        bool isOfScores = node.Operator == "Where" && node.Inputs.Length == 3 && node.Inputs[0] is Seen
            && (node.Inputs[1] is Signal || node.Inputs[2] is Signal);
        if (isOfMasks || isOfScores || !Array.Exists(node.Inputs, value => value is Seen { Mask: null }))
            return;
        node.Inputs = Array.ConvertAll(
            node.Inputs, value => value is Seen { Mask: null, Dimensions.Length: > 0 } seen ? seen.ToTensor(allowance) : value);
    }

    private void ReadAnd(Node node)
    {
        if (IsCondition(node.Input(0)) && IsCondition(node.Input(1)))
        {
            node.Set(OfSignals(node, node.Operator, (Signal)node.Input(0), (Signal)node.Input(1)));
            return;
        }

        if (node.Operator == "Or")
            throw new Refusal("it is imported between comparisons that choose between values");
        (Seen a, Seen b) = (SeenOf(node.Input(0)), SeenOf(node.Input(1)));
        if (a.Mask is not null && b.Mask is not null)
            throw new Refusal("one mask of keys, and masks of later steps and windows, can be imported together, and no others");
        if (a.Steps > 0 && b.Steps > 0 && a.Steps != b.Steps)
            throw node.Bad("its masks are of different numbers of steps");
        node.Set(new Seen(a.Mask ?? b.Mask, a.Band.And(b.Band), Math.Max(a.Steps, b.Steps),
            a.Dimensions.Length > 0 && b.Dimensions.Length > 0 ? Broadcast(node, a.Dimensions, b.Dimensions) : []));
    }

    private Seen SeenOf(Value value)
    {
        if (value is Seen seen)
            return seen;
        if (value is Signal signal)
            return new Seen(new Signal(WholeExpr.Within(signal.Expr), signal.View), Band.All, 0, []);
        if (value is not Tensor { IsInteger: true, Dimensions: [.., var queries, var keys] } table || queries != keys
            || table.Count != queries * keys)
            throw new Refusal("as a mask, one of keys, one of later steps or a window is imported");
        var scores = new Scores(null!, null!, 1, 1, (int)queries, (int)keys);
        return new Seen(null, ScoreTerm.Read(table, scores, Shown, allowance).Band, queries, []);
    }

    private static double Shown(float value) => value != 0 ? 0 : double.NegativeInfinity;

    // Whether a mask has its rows where the values have theirs: as many of something else are other values.
    private static bool HaveRowsAlike(View mask, View values) =>
        Enumerable.Range(0, mask.Rank).All(axis => mask.HasRows(axis) == values.HasRows(axis));

    private static bool IsCondition(Value value) => value is Signal { Expr: ElementExpr { IsCondition: true } };

    private void ReadWhere(Node node)
    {
        Value where = node.Input(0);
        if (node.Input(1) is Signal { Expr: ScoresExpr } scores && node.Input(2) is Tensor low)
        {
            node.Set(Hidden(scores, where, low, false));
        }
        else if (node.Input(2) is Signal { Expr: ScoresExpr } other && node.Input(1) is Tensor high)
        {
            node.Set(Hidden(other, where, high, true));
        }
        else if (where is Signal mask && node.Input(1) is Signal x && node.Input(2) is Tensor zero && zero.All(value => value == 0)
            && x.View.Rank == 3 && x.View.TryAxis(1, out long steps, out long stride) && (steps == 1 || steps * stride == x.Expr.Shape.Size)
            && mask.Expr.Shape.Size == steps && mask.View.Rank == 3 && mask.View.Size(1) == steps && HaveRowsAlike(mask.View, x.View)
            && mask.View.IsInOrder)
        {
            node.Set(new Signal(new MaskedExpr(x.Expr, WholeExpr.Within(mask.Expr), node), x.View));
        }
        else if (where is Signal { Expr: ElementExpr { Operation: "IsNaN", Left: var guarded } } && node.Input(1) is Tensor
            && node.Input(2) is Signal own && own.Expr == guarded)
        {
            // Weights are NaN in the file where all scores are hidden; attention of the library has 0 there.
            node.Set(own.Expr is ScoresExpr { AreWeights: true } or LayerExpr { Layer: ActivationLayer { Activation: Softmax } } ? own
                : throw new Refusal("a replacement of NaN is imported behind Softmax; replace missing values in the data, or by a TableSchema"));
        }
        else if (IsCondition(where))
        {
            node.Set(Binary(node, "Add", Binary(node, "Then", where, node.Input(1)), Binary(node, "Else", where, node.Input(2))));
        }
        else if (where is Tensor choice)
        {
            node.Set(Chosen(node, choice, node.Input(1), node.Input(2)));
        }
        else
        {
            throw new Refusal("as a choice, the masks of attention are imported, comparisons that are a part of an activation, and constants");
        }
    }

    // Scores and a term (1 − m) · −10000 of a mask m of whole numbers, as Hugging Face's encoders have it.
    private Signal? WithTerm(Signal scores, Signal term) =>
        scores.Expr is ScoresExpr { AreWeights: false } && MaskOf(term.Expr) is ({ } mask, <= MaskedOut, 0)
            ? Hidden(scores, new Signal(mask, term.View), new Tensor([], [MaskedOut]), false) : null;

    // A mask that comes past the layers before goes on beside what attention acts on, as the last feature of each step: from there on, both are parts
    // of one value. So the mask reaches the attention behind too, and paths come together where they went apart.
    private Expr Carried(Node node, Scores s, Expr mask)
    {
        Expr now = carried.GetValueOrDefault(mask, mask);
        if (s.Mask == now || SourceOf(s.Queries) is not { } x || x != SourceOf(s.Keys) || x.Shape.Size != (long)s.KeySteps * x.Shape.FeatureCount
            || mask.Shape.Size != s.KeySteps)
            return now;
        if (x is LayerExpr { Layer: Slice, Input: var row } && mask is LayerExpr { Layer: Slice, Input: var rowOfMask } && row == rowOfMask)
            return now;
        int width = x.Shape.FeatureCount;
        Shape both = Shape.Sequence(s.KeySteps, width + 1);
        var joined = new MergeExpr(Merge.Concat, both, node, As(x, Shape.Sequence(s.KeySteps, width)), As(now, Shape.Sequence(s.KeySteps, 1)));
        var own = new LayerExpr(new Slice(both, 0, width), joined, node) { Uses = x.Uses };
        foreach ((string name, Value value) in values)
        {
            if (value is Signal signal && signal.Expr == x)
                values[name] = new Signal(own, signal.View);
        }

        return carried[mask] = new LayerExpr(new Slice(both, width, 1), joined, node) { Uses = int.MaxValue };
    }

    // What queries or keys are a projection of.
    private static Expr? SourceOf(Expr projected) => projected is LinearExpr linear ? linear.Input
        : projected is LayerExpr { Layer: Slice, Input: LinearExpr whole } ? whole.Input : null;

    // What whole numbers of the input become by arithmetic with numbers, where they are 0 and where they are 1.
    private (Expr Mask, double OfZero, double OfOne)? MaskOf(Expr expr)
    {
        if (expr is WholeExpr { IsExact: true } || wholes.Contains(expr))
            return (expr, 0, 1);
        if (expr is not ElementExpr { HasNumber: true, Operation: "Add" or "Sub" or "Mul" or "Div" } element || MaskOf(element.Left) is not { } left)
            return null;
        return (left.Mask, Of(left.OfZero), Of(left.OfOne));

        double Of(double value)
        {
            (double a, double b) = element.IsNumberFirst ? (element.Number, value) : (value, element.Number);
            return element.Operation switch { "Add" => a + b, "Sub" => a - b, "Mul" => a * b, _ => a / b };
        }
    }

    // What a constant chooses, of two values or of a value and a constant.
    private Signal Chosen(Node node, Tensor choice, Value first, Value second)
    {
        (first, second) = (Whole(first), Whole(second));
        long[] sizes = Broadcast(node, Broadcast(node, choice.Dimensions, DimensionsOf(first)), DimensionsOf(second));
        Signal? a = first is Signal one ? Spread(one, sizes) : null, b = second is Signal other ? Spread(other, sizes) : null;
        if (choice.IsUniform && (choice.Float(0) != 0 ? a : b) is { } chosen)
            return chosen;
        if (choice.IsUniform)
            throw new Refusal("it always chooses the constant, which does not depend on the input");
        Signal like = (a ?? b)!;
        (float[] mask, long stride) = Vector(like.Expr.Shape, like.View, choice);
        if (a is not null && b is not null)
        {
            if (!a.View.IsSame(b.View))
                (a, b) = Aligned(a, b) ?? throw new Refusal($"{a.View} and {b.View} do not lie in memory alike: one is transposed");
            (mask, stride) = Vector(a.Expr.Shape, a.View, choice);
            return new Signal(Alternating(node, a.Expr, b.Expr, mask, stride), a.View);
        }

        // Where the constant is chosen, it is the lower and the upper limit; elsewhere there is none.
        (float[] values, long along) = Vector(like.Expr.Shape, like.View, (Tensor)(a is null ? first : second));
        allowance.Take(3L * like.Expr.Shape.Size, "a choice for each value of a row");
        float[] low = new float[like.Expr.Shape.Size], high = new float[low.Length];
        for (int i = 0; i < low.Length; i++)
        {
            bool isConstant = mask[i / stride % mask.Length] != 0 == (a is null);
            float value = values[i / along % values.Length];
            (low[i], high[i]) = isConstant ? (value, value) : (float.NegativeInfinity, float.PositiveInfinity);
        }

        Expr raised = Limited(node, "Max", like.Expr, (low, 1));
        return new Signal(Limited(node, "Min", raised, (high, 1)), like.View);
    }

    // Pieces of the one and of the other, one after the other.
    private MergeExpr Alternating(Node node, Expr a, Expr b, float[] mask, long stride)
    {
        int width = checked((int)(mask.Length * stride));
        Shape shape = a.Shape.FeatureCount == width ? a.Shape : Shape.Sequence(a.Shape.Size / width, width);
        (a, b) = (As(a, shape), As(b, shape));
        var parts = new List<Expr>();
        for (int first = 0, end; first < mask.Length; first = end)
        {
            for (end = first + 1; end < mask.Length && mask[end] != 0 == (mask[first] != 0);)
                end++;
            parts.Add(new LayerExpr(
                new Slice(shape, checked((int)(first * stride)), checked((int)((end - first) * stride))), mask[first] != 0 ? a : b, node));
            if (parts.Count > MaxColumns)
                throw new Refusal(FormattableString.Invariant($"it changes from one value to the other more than {MaxColumns} times"));
        }

        return new MergeExpr(Merge.Concat, shape, node, [.. parts]);
    }

    // Scores, or the weights made of them, where a key is seen, and something that makes its weight 0 elsewhere.
    private Signal Hidden(Signal value, Value where, Tensor otherwise, bool isInverted)
    {
        var expr = (ScoresExpr)value.Expr;
        Scores s = expr.Scores;
        if (!otherwise.All(number => expr.AreWeights ? number == 0 : number <= MaskedOut))
            throw new Refusal("scores that are not seen become −∞, or something near, and weights 0");
        if (where is not Tensor && isInverted)
            throw new Refusal("a mask that hides where it is not 0 is not imported");
        Seen seen = where is Tensor constant
            ? new Seen(null, ScoreTerm.Read(constant, s, shown => shown != 0 == isInverted ? double.NegativeInfinity : 0, allowance).Band, 0, [])
            : SeenOf(where);
        if (seen.Steps > 0 && (seen.Steps != s.KeySteps || s.KeySteps != s.QuerySteps))
            throw new Refusal("the mask of later steps is not as large as the scores");
        if (seen.Mask is { } mask && (mask.View.Rank != value.View.Rank || mask.View.Size(mask.View.Rank - 1) != s.KeySteps
            || !HaveRowsAlike(mask.View, value.View) || mask.Expr.Shape.Size != s.KeySteps || !mask.View.IsInOrder))
            throw new Refusal("the mask of keys has not one value for each key");
        Expr? keys = seen.Mask is not { Expr: var given } ? s.Mask : expr.AreWeights ? carried.GetValueOrDefault(given, given)
            : Carried(expr.Origin!, s, given);
        var applied = s with { Band = s.Band.And(seen.Band.Within(s.KeySteps)), Mask = keys };
        if (expr.AreWeights)
            return applied == s ? value : throw new Refusal("weights of attention are hidden that the scores were seen for");
        return s.Mask is null || s.Mask == keys
            ? new Signal(new ScoresExpr(applied, false, expr.Shape, expr.Origin!), value.View)
            : throw new Refusal("two masks of keys are not imported");
    }
}
