namespace NeuralNet.Onnx.Import;

/// <content>Attention by its operator.</content>
internal sealed partial class Evaluator
{
    private void ReadAttention(Node node)
    {
        long heads = node.Int("q_num_heads", 0), keyHeads = node.Int("kv_num_heads", heads);
        bool isCausal = node.Int("is_causal", 0) != 0;
        if (node.Float("softcap", 0) != 0)
            throw new Refusal("scores without a soft cap are imported (softcap 0)");
        if (node.Int("qk_matmul_output_mode", 0) != 0 || node.Has(4) || node.Has(5))
            throw new Refusal("keys and values of earlier steps (past_key, past_value) are not imported: export the model for whole sequences");
        if (node.Has(6))
            throw new Refusal("lengths of keys (nonpad_kv_seqlen) are not imported: give lengths with a batch (Batch.Lengths)");
        node.Ignore("softmax_precision");
        (Signal q, Signal k, Signal v) = (Heads(node, 0, "Q", heads), Heads(node, 1, "K", keyHeads), Heads(node, 2, "V", keyHeads));
        (k, v) = (Grouped(node, k, q), Grouped(node, v, q));
        Signal scores = AttentionProduct(node, q, new Signal(k.Expr, k.View.Transposed([0, 1, 3, 2])));
        Scores s = ((ScoresExpr)scores.Expr).Scores;
        float factor = node.Float("scale", (float)(1 / Math.Sqrt(s.Width)));
        if (isCausal && s.QuerySteps != s.KeySteps)
            throw new Refusal("the mask of later steps is imported for as many queries as keys");
        s = s with { Factor = s.Factor * factor, Band = isCausal ? Band.Causal.Within(s.KeySteps) : Band.All };
        if (node.Has(3))
        {
            Tensor mask = node.Constant(3, "the mask");
            s = mask.IsInteger ? s with { Band = s.Band.And(ScoreTerm.Read(mask, s, Shown, allowance).Band) } : WithTerm(s, mask, 1);
        }

        Signal made = AttentionProduct(node, new Signal(Weights(node, s, scores.Expr.Shape), scores.View), v);
        if (node.Signal(0, "Q").View.Rank == 3)
            made = SideBySide(made);
        node.Set(made);
    }

    // [rows, steps, heads · width], of [rows, heads, steps, width].
    private static Signal SideBySide(Signal x)
    {
        View side = x.View.Transposed([0, 2, 1, 3]);
        long[] sizes = [.. side.Dimensions()[..2], side.Size(2) * side.Size(3)];
        return new Signal(x.Expr, side.Reshaped(sizes) ?? throw new Refusal("the heads do not lie side by side"));
    }

    // As many heads as the queries have, of which neighbours are the same.
    private Signal Grouped(Node node, Signal x, Signal queries)
    {
        (long heads, long own) = (queries.View.Size(1), x.View.Size(1));
        if (own == heads)
            return x;
        if (own < 1 || heads % own != 0)
            throw node.Bad(FormattableString.Invariant($"{heads} heads of queries cannot be divided among {own} heads of keys and values"));
        long[] sizes = x.View.Dimensions();
        Signal made = Spread(new Signal(x.Expr, x.View.Inserted(2)), [.. sizes[..2], heads / own, .. sizes[2..]]);
        return new Signal(made.Expr, made.View.Reshaped([sizes[0], heads, .. sizes[2..]]) ?? throw new Refusal("the heads do not lie side by side"));
    }

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
