namespace NeuralNet.Onnx.Import;

/// <content>Which keys are seen in attention.</content>
internal sealed partial class Evaluator
{
    // 0, 1, 2 … down beside 0, 1, 2 … across, compared: no later steps. As a table it would take steps² values.
    private static bool TryCausal(Node node)
    {
        if (node.Operator is not ("GreaterOrEqual" or "LessOrEqual") || node.Count != 2)
            return false;
        (Tensor down, Tensor across) = (node.Constant(0, "a step"), node.Constant(1, "a step"));
        if (node.Operator == "LessOrEqual")
            (down, across) = (across, down);
        long steps = down.Count;
        if (steps < 2 || across.Count != steps || down.Dimensions.Length < 2 || down.Dimensions[^2] != steps || across.Dimensions[^1] != steps
            || !IsCount(down) || !IsCount(across))
            return false;
        node.Set(new Seen(null, steps));
        return true;
    }

    private static bool IsCount(Tensor tensor)
    {
        for (long i = 0; i < tensor.Count; i++)
        {
            if (!tensor.IsInteger || tensor.Integer(i) != i)
                return false;
        }

        return true;
    }

    private static void ReadAnd(Node node)
    {
        (Seen a, Seen b) = (SeenOf(node.Input(0)), SeenOf(node.Input(1)));
        if ((a.Mask is not null && b.Mask is not null) || (a.CausalSteps > 0 && b.CausalSteps > 0))
            throw new Refusal("a mask of keys and one of later steps can be imported together, and no others");
        node.Set(new Seen(a.Mask ?? b.Mask, Math.Max(a.CausalSteps, b.CausalSteps)));
    }

    private static Seen SeenOf(Value value) => value as Seen
        ?? (value is Signal signal ? new Seen(new Signal(WholeExpr.Within(signal.Expr), signal.View), 0) : throw new Refusal(
            "as a mask, one of keys or one of later steps is imported"));

    private static void ReadWhere(Node node)
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
            && mask.Expr.Shape.Size == steps && mask.View.Rank == 3 && mask.View.Size(1) == steps && !mask.View.HasRows(1) && mask.View.IsInOrder)
        {
            node.Set(new Signal(new MaskedExpr(x.Expr, WholeExpr.Within(mask.Expr), node), x.View));
        }
        else
        {
            throw new Refusal("as a choice, the masks of attention are imported");
        }
    }

    // Scores, or the weights made of them, where a key is seen, and something that makes its weight 0 elsewhere.
    private static Signal Hidden(Signal value, Value where, Tensor otherwise, bool isInverted)
    {
        var expr = (ScoresExpr)value.Expr;
        Scores s = expr.Scores;
        if (!otherwise.All(number => expr.AreWeights ? number == 0 : number <= MaskedOut))
            throw new Refusal("scores that are not seen become −∞, or something near, and weights 0");
        Seen seen;
        if (where is Tensor constant)
        {
            bool isCausal = IsCausal(s, constant, shown => shown != 0 == isInverted, shown => shown != 0 != isInverted);
            seen = isCausal ? new Seen(null, s.KeySteps) : throw new Refusal("a constant mask that is not that of later steps is not imported");
        }
        else
        {
            seen = isInverted ? throw new Refusal("a mask that hides where it is not 0 is not imported") : SeenOf(where);
        }

        if (seen.CausalSteps > 0 && (seen.CausalSteps != s.KeySteps || s.KeySteps != s.QuerySteps))
            throw new Refusal("the mask of later steps is not as large as the scores");
        if (seen.Mask is { } mask && (mask.View.Rank != value.View.Rank || mask.View.Size(mask.View.Rank - 1) != s.KeySteps
            || mask.View.HasRows(mask.View.Rank - 1) || mask.Expr.Shape.Size != s.KeySteps || !mask.View.IsInOrder))
            throw new Refusal("the mask of keys has not one value for each key");
        var applied = s with { IsCausal = s.IsCausal || seen.CausalSteps > 0, Mask = seen.Mask?.Expr ?? s.Mask };
        if (expr.AreWeights)
            return applied == s ? value : throw new Refusal("weights of attention are hidden that the scores were seen for");
        return s.Mask is null || seen.Mask is null || s.Mask == seen.Mask.Expr
            ? new Signal(new ScoresExpr(applied, false, expr.Shape, expr.Origin!), value.View)
            : throw new Refusal("two masks of keys are not imported");
    }
}
