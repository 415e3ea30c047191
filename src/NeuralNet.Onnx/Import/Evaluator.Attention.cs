namespace NeuralNet.Onnx.Import;

/// <content>Attention by its operator.</content>
internal sealed partial class Evaluator
{
    private static void ReadAttention(Node node)
    {
        long heads = node.Int("q_num_heads", 0);
        bool isCausal = node.Int("is_causal", 0) != 0;
        if (node.Int("kv_num_heads", heads) is var others && others != heads)
            throw new Refusal(FormattableString.Invariant($"as many heads of keys as of queries are imported, and there are {others} and {heads}"));
        if (node.Float("softcap", 0) != 0)
            throw new Refusal("scores without a soft cap are imported (softcap 0)");
        if (node.Int("qk_matmul_output_mode", 0) != 0 || node.Has(4) || node.Has(5))
            throw new Refusal("keys and values of earlier steps (past_key, past_value) are not imported: export the model for whole sequences");
        node.Ignore("softmax_precision");
        (Signal q, Signal k, Signal v) = (Heads(node, 0, "Q", heads), Heads(node, 1, "K", heads), Heads(node, 2, "V", heads));
        Signal scores = AttentionProduct(node, q, new Signal(k.Expr, k.View.Transposed([0, 1, 3, 2])));
        Scores s = ((ScoresExpr)scores.Expr).Scores;
        float factor = node.Float("scale", (float)(1 / Math.Sqrt(s.Width)));
        if (isCausal && s.QuerySteps != s.KeySteps)
            throw new Refusal("the mask of later steps is imported for as many queries as keys");
        if (node.Has(3) && !IsNoMask(node.Constant(3, "the mask")))
        {
            Tensor mask = node.Constant(3, "the mask");
            isCausal = IsCausal(s, mask, value => mask.IsInteger ? value == 0 : value <= MaskedOut, value => mask.IsInteger ? value != 0 : value == 0)
                ? true : throw new Refusal("as a constant mask, that of later steps is imported");
        }

        var weights = new ScoresExpr(s with { Factor = s.Factor * factor, IsCausal = isCausal }, true, scores.Expr.Shape, node);
        Signal made = AttentionProduct(node, new Signal(weights, scores.View), v);
        if (node.Signal(0, "Q").View.Rank == 3)
        {
            View side = made.View.Transposed([0, 2, 1, 3]);
            long[] sizes = [.. side.Dimensions()[..2], side.Size(2) * side.Size(3)];
            made = new Signal(made.Expr, side.Reshaped(sizes) ?? throw new Refusal("the heads do not lie side by side"));
        }

        node.Set(made);
    }

    private static bool IsNoMask(Tensor mask) => mask.All(value => mask.IsInteger ? value != 0 : value == 0);

    // [rows, heads, steps, width], of what may be [rows, steps, heads · width].
    private static Signal Heads(Node node, int input, string what, long heads)
    {
        Signal x = node.Signal(input, what);
        if (x.View.Rank == 4)
            return x;
        if (x.View.Rank != 3 || heads < 1 || x.View.Size(2) % heads != 0)
            throw node.Bad(FormattableString.Invariant($"{what} must be [rows, steps, heads · width] of {heads} heads, and is {x.View}"));
        long[] sizes = [x.View.Size(0), x.View.Size(1), heads, x.View.Size(2) / heads];
        View view = x.View.Reshaped(sizes) ?? throw new Refusal($"the heads of {what} do not lie in one piece");
        return new Signal(x.Expr, view.Transposed([0, 2, 1, 3]));
    }
}
