namespace NeuralNet.Onnx.Import;

/// <content>Operators that act element by element.</content>
internal sealed partial class Evaluator
{
    private static bool TryReadUnary(Node node)
    {
        string operation = node.Operator;
        (double alpha, double beta) = (0, 0);
        switch (operation)
        {
            case "Relu" or "Sigmoid" or "Tanh" or "Softplus" or "Softsign" or "HardSwish" or "Mish"
                or "Erf" or "Exp" or "Log" or "Sqrt" or "Reciprocal" or "Neg" or "Abs" or "Sin" or "Cos" or "Tan" or "Atan" or "Atanh"
                or "Sinh" or "Cosh" or "Sign" or "IsNaN":
                break;
            case "LeakyRelu": alpha = node.Float("alpha", 0.01f); break;
            case "ThresholdedRelu": alpha = node.Float("alpha", 1); break;
            case "Elu": alpha = node.Float("alpha", 1); break;
            case "Celu": alpha = node.Float("alpha", 1); break;
            case "Selu": (alpha, beta) = (node.Float("alpha", 1.6732632f), node.Float("gamma", 1.050701f)); break;
            case "HardSigmoid": (alpha, beta) = (node.Float("alpha", 0.2f), node.Float("beta", 0.5f)); break;
            case "Gelu": operation = node.Text("approximate", "none") == "tanh" ? "GeluTanh" : "Gelu"; break;
            case "Not" when Once(node.Input(0)) is Signal { Expr: ElementExpr { IsCondition: true } }:
                break;
            case "Swish": operation = "Swish"; alpha = node.Float("alpha", 1); break;
            case "Shrink": (alpha, beta) = (node.Float("lambd", 0.5f), node.Float("bias", 0)); break;
            case "Clip" when !IsOfEach(node):
                (alpha, beta) = (Bound(node, "min", 1, float.NegativeInfinity), Bound(node, "max", 2, float.PositiveInfinity));
                break;
            default:
                return false;
        }

        if (Once(node.Input(0)) is not Signal x)
            throw new Refusal(node.Input(0) is Tensor ? "of a constant it is not computed" : "of a mask it is not computed");
        var made = new Signal(new ElementExpr(operation, x.Expr, null, x.Expr.Shape, node) { Alpha = alpha, Beta = beta }, x.View);
        node.Set(Repeat(made, DimensionsOf(node.Input(0))));
        return true;
    }

    private static float Bound(Node node, string name, int input, float otherwise)
    {
        if (node.HasAttribute(name))
            return node.Float(name, otherwise);
        if (node.OptionalConstant(input, "a bound") is not { } bound)
            return otherwise;
        return bound.Count == 1 ? bound.Float(0) : throw node.Bad("a bound must be one number");
    }

    // Whether a bound is more than one number: one for each feature, or one that is computed.
    private static bool IsOfEach(Node node) => node.Inputs.Skip(1).Any(bound => bound is not (null or Tensor { Count: 1 }));

    private void ReadClip(Node node)
    {
        Value value = node.Input(0);
        if (node.Has(1))
            value = Binary(node, "Max", value, node.Input(1));
        if (node.Has(2))
            value = Binary(node, "Min", value, node.Input(2));
        node.Set(value);
    }

    private void ReadBinary(Node node)
    {
        if (node.Count == 0 || (node.Count != 2 && node.Operator is not ("Sum" or "Max" or "Min" or "Mean")))
            throw node.Bad(FormattableString.Invariant($"it has {node.Count} inputs"));
        string operation = node.Operator is "Sum" or "Mean" ? "Add" : node.Operator;
        Value value = node.Input(0);
        for (int k = 1; k < node.Count; k++)
            value = Binary(node, operation, value, node.Input(k));
        if (node.Operator == "Mean" && node.Count > 1)
            value = Binary(node, "Div", value, new Tensor([], [(float)node.Count]));
        node.Set(value);
    }

    private Value Binary(Node node, string operation, Value left, Value right)
    {
        // Whether values are repeated before or after an operation on them is the same.
        if (left is Repeated || right is Repeated)
        {
            long[] sizes = Broadcast(node, DimensionsOf(left), DimensionsOf(right));
            return Repeat((Signal)Binary(node, operation, Once(left), Once(right)), sizes);
        }

        if (left is Signal a && right is Signal b)
            return (operation == "Add" ? WithTerm(a, b) ?? WithTerm(b, a) : null) ?? OfSignals(node, operation, a, b);
        if (left is Signal x && right is Tensor c)
            return WithConstant(node, operation, x, c, false);
        if (left is Tensor first && right is Signal y)
            return WithConstant(node, operation, y, first, true);
        throw new Refusal("of constants alone it is not computed");
    }

    private Signal OfSignals(Node node, string operation, Signal a, Signal b)
    {
        int rank = Math.Max(a.View.Rank, b.View.Rank);
        View left = a.View.WithRank(rank), right = b.View.WithRank(rank);
        if (left.IsSame(right))
        {
            return new Signal(new ElementExpr(operation, a.Expr, b.Expr, a.Expr.Shape, node), left);
        }

        if (AtAllPlaces(b, new Signal(a.Expr, left)) is { } atRight)
            return OfSignals(node, operation, atRight.Whole, atRight.Spread);
        if (AtAllPlaces(a, new Signal(b.Expr, right)) is { } atLeft)
            return OfSignals(node, operation, atLeft.Spread, atLeft.Whole);
        long[] sizes = Broadcast(node, left.Dimensions(), right.Dimensions());
        int[] axes = [.. Enumerable.Range(0, rank).Where(axis => left.Size(axis) != right.Size(axis))];
        if (axes.Length == 0)
        {
            return Aligned(new Signal(a.Expr, left), new Signal(b.Expr, right)) is { } aligned
                ? new Signal(new ElementExpr(operation, aligned.Left.Expr, aligned.Right.Expr, aligned.Left.Expr.Shape, node), aligned.Left.View)
                : throw new Refusal($"{left} and {right} do not lie in memory alike: one is transposed");
        }

        bool isRightSmall = Array.TrueForAll(axes, axis => right.Size(axis) == 1);
        if (!isRightSmall && !Array.TrueForAll(axes, axis => left.Size(axis) == 1))
            return OfSignals(node, operation, Spread(a, sizes), b);
        (Signal whole, Signal small) = isRightSmall ? (new Signal(a.Expr, left), b) : (new Signal(b.Expr, right), a);
        if (axes.Length == 1)
        {
            Atom along = PieceOrAxis(whole, axes[0]);
            View wanted = AfterCount(whole.View, axes[0], along.Size, Math.Max(1, along.Stride), 1);
            Signal like = new(small.Expr, small.View.WithRank(rank));
            if (!like.View.IsSame(wanted) && (Turned(like, wanted, cuts: false) ?? Turned(like, wanted, cuts: true)) is { } turned)
                like = turned;
            if (!like.View.IsSame(wanted))
                throw new Refusal($"{left} and {right} do not lie in memory alike along the other axes: one is transposed");
            var broadcast = new BroadcastExpr(operation, whole.Expr, like.Expr, !isRightSmall, along, node);
            return new Signal(NormPattern.Of(broadcast) ?? broadcast, whole.View);
        }

        Expr spread = SpreadLike(small, whole, axes).Expr;
        return new Signal(
            new ElementExpr(operation, isRightSmall ? whole.Expr : spread, isRightSmall ? spread : whole.Expr, whole.Expr.Shape, node), whole.View);
    }

    private Signal WithConstant(Node node, string operation, Signal x, Tensor c, bool isFirst)
    {
        View view = x.View.WithRank(c.Dimensions.Length);
        long[] sizes = view.Dimensions();
        long[] all = Broadcast(node, sizes, c.Dimensions);
        if (!all.AsSpan().SequenceEqual(sizes))
            return WithConstant(node, operation, Spread(x, all), c, isFirst);
        c = OfOneRow(c, view);
        if (x.Expr is ScoresExpr scores && !scores.AreWeights)
            return new Signal(WithConstant(node, operation, scores, c, isFirst), view);

        bool isOne = c.IsUniform;
        float number = c.Stored > 0 ? c.Float(0) : throw node.Bad("a constant is empty");
        bool shifts = operation is "Add" or "Sub", scales = operation is "Mul" or "Div" && !(operation == "Div" && isFirst);

        // A bias or a gain of one number is one where there is one feature.
        if (isOne && (x.Expr.Shape.FeatureCount > 1 || !shifts && !scales || x.Expr is not (LinearExpr or ConvExpr or NormExpr or GroupNormExpr)))
        {
            var element = new ElementExpr(operation, x.Expr, null, x.Expr.Shape, node)
            {
                Number = number,
                IsNumberFirst = isFirst && operation is not ("Add" or "Mul" or "Max" or "Min" or "Equal"),
            };
            return new Signal(element, view);
        }

        if (operation is "Max" or "Min")
            return new Signal(Limited(node, operation, x.Expr, Vector(x.Expr.Shape, view, c)), view);
        if (!shifts && !scales)
            throw new Refusal($"with a constant of {Sizes.Text(c.Dimensions)}, {operation} is not imported; with one number it is");
        if (operation == "Sub" && isFirst)
        {
            x = new Signal(new ElementExpr("Neg", x.Expr, null, x.Expr.Shape, node), view);
            operation = "Add";
        }

        if (scales && Factors(node, operation, x, view, c) is { } factors)
            return new Signal(factors, view);
        (float[] vector, long stride) = Vector(x.Expr.Shape, view, c);
        float[]? divisors = operation == "Div" ? vector : null;
        if (operation is "Sub" or "Div")
            vector = Array.ConvertAll(vector, value => operation == "Sub" ? -value : 1 / value);
        return new Signal(WithVector(node, x.Expr, vector, stride, scales, divisors), view);
    }

    private static LimitExpr Limited(Node node, string operation, Expr x, (float[] Values, long Stride) limits) =>
        new(operation, x, limits.Values, limits.Stride, node);

    // A bias or gain finds its layer, if that has none yet and nothing else reads it.
    private static Expr WithVector(Node node, Expr x, float[] vector, long stride, bool scales, float[]? divisors)
    {
        bool isAlongFeatures = vector.Length == x.Shape.FeatureCount && (stride == 1 || vector.Length == 1);
        if (x.Uses <= 1 && isAlongFeatures)
        {
            if (x is LinearExpr { Bias: null } linear && !scales)
                return new LinearExpr(linear.Input, linear.Shape, linear.Weight, vector, linear.Origin!);
            if (x is ConvExpr { Bias: null } conv && !scales)
                return new ConvExpr(conv.Settings, conv.Input, conv.Weight, vector, conv.Origin!);
            if (x is GroupNormExpr { Bias: null } group && (group.Gain is null || !scales))
            {
                return new GroupNormExpr(
                    group.Groups, group.Input, group.Epsilon, scales ? vector : group.Gain, scales ? null : vector, group.Origin!);
            }

            if (x is NormExpr { Gain: null, Bias: null } bare && scales)
                return new NormExpr(bare.Centers, bare.Input, bare.Epsilon, vector, null, bare.Origin!);
            if (x is NormExpr { Bias: null, Centers: true } norm && !scales)
                return new NormExpr(true, norm.Input, norm.Epsilon, norm.Gain, vector, norm.Origin!);
        }

        return new VectorExpr(scales, x, vector, stride, node) { Divisors = divisors };
    }

    /// <summary>A constant as a vector along the one axis that it differs along, or as one value for each of a row.</summary>
    private (float[] Vector, long Stride) Vector(Shape shape, View view, Tensor c)
    {
        int first = view.Rank - c.Dimensions.Length;
        int[] axes = [.. Enumerable.Range(0, c.Dimensions.Length).Where(axis => c.Dimensions[axis] > 1).Select(axis => axis + first)];
        if (c.IsUniform)
            return ([c.Float(0)], 1);
        if (axes.Length == 1 && view.TryAxis(axes[0], out _, out long stride))
            return (c.ToArray(), stride);

        // The values of a row in the row's own order.
        if (c.Count != shape.Size || Array.Exists(axes, view.HasRows))
            throw new Refusal($"a constant of {Sizes.Text(c.Dimensions)} is neither along one axis nor one value for each of a row of {shape}");
        List<(Atom Atom, long Stride)> atoms = AtomsOf(view, c, axes);
        return (c.Strided([.. atoms.Select(a => a.Atom.Size)], [.. atoms.Select(a => a.Stride)], 0, allowance).ToArray(), 1);
    }

    // What the axes of a view that a constant differs along run over, the farthest apart first, and the strides of the constant there.
    private static List<(Atom Atom, long Stride)> AtomsOf(View view, Tensor c, int[] axes)
    {
        int first = view.Rank - c.Dimensions.Length;
        long[] own = Tensor.Strides(c.Dimensions);
        var atoms = new List<(Atom Atom, long Stride)>();
        foreach (int axis in axes)
        {
            long from = own[axis - first];
            foreach (Atom atom in view[axis].Reverse())
            {
                atoms.Add((atom, from));
                from *= atom.Size;
            }
        }

        atoms.Sort((a, b) => b.Atom.Stride.CompareTo(a.Atom.Stride));
        return atoms;
    }

    // Factors along several axes that are repeated along others, as the cosines of rotary positions are for each head; null if they are not.
    private static FactorsExpr? Factors(Node node, string operation, Signal x, View view, Tensor c)
    {
        int first = view.Rank - c.Dimensions.Length;
        int[] axes = [.. Enumerable.Range(first, c.Dimensions.Length).Where(axis => c.Dimensions[axis - first] > 1)];
        if (axes.Length < 2 || c.Count >= x.Expr.Shape.Size || c.Count < 1 || Array.Exists(axes, view.HasRows))
            return null;
        float[] values = c.ToArray();
        if (operation == "Div")
            values = Array.ConvertAll(values, value => 1 / value);
        return new FactorsExpr(x.Expr, values, [.. AtomsOf(view, c, axes).Where(a => !a.Atom.IsRows)], node);
    }

    private ScoresExpr WithConstant(Node node, string operation, ScoresExpr x, Tensor c, bool isFirst)
    {
        Scores s = x.Scores;
        bool isFactor = c.IsUniform && operation is "Mul" or "Div" && !(operation == "Div" && isFirst);
        double number = !isFactor ? 1 : operation == "Mul" ? c.Float(0) : 1 / (double)c.Float(0);
        // What −∞ is written as is as good as that afterwards.
        if (isFactor && ((s is { Band.IsAll: true, Mask: null } && s.Slopes is null) || number >= 0.01))
        {
            float[]? slopes = s.Slopes is { } old ? Array.ConvertAll(old, slope => (float)(slope * number)) : null;
            return new ScoresExpr(s with { Factor = s.Factor * number, Slopes = slopes }, false, x.Shape, node);
        }

        if (operation == "Add" || (operation == "Sub" && !isFirst))
            return new ScoresExpr(WithTerm(s, c, operation == "Add" ? 1 : -1), false, x.Shape, node);
        throw new Refusal("to scores of attention a factor is applied, and terms that are masks or ALiBi; behind these the factor is 0.01 or more");
    }

    private Scores WithTerm(Scores s, Tensor c, double sign)
    {
        ScoreTerm term = ScoreTerm.Read(c, s, value => sign * value <= MaskedOut ? double.NegativeInfinity : sign * value, allowance);
        if (term.Slopes is not null && s.Slopes is not null)
            throw new Refusal("two terms of the scores grow with the distance (ALiBi); one is imported");
        return s with
        {
            Band = s.Band.And(term.Band),
            Slopes = term.Slopes ?? s.Slopes,
            IsOneSided = s.IsOneSided || term.IsOneSided,
        };
    }

    // What −∞ is written as.
    private const float MaskedOut = -1e4f;
}
