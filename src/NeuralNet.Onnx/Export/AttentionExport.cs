using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>Multi-head attention, out of matrix products and a softmax.</summary>
internal static class AttentionExport
{
    // Below any score that is a result of a finite product: its weight is exactly 0 beside any other.
    private const float Unseen = float.MinValue;

    public static string Convert(LayerWriter w, MultiHeadAttention attention, string x)
    {
        if (attention.Positions is not null || attention.Window is not null || attention.KeyHeads != attention.Heads)
        {
            throw new NotSupportedException(
                $"{attention} has positions, a window or fewer heads of keys, which are not exported; attention without them is.");
        }

        int queries = attention.Queries.Steps, keys = attention.Memory.Steps, width = attention.Queries.FeatureCount;
        string? mask = attention.HasKeyMask ? KeyMask(w, attention, x) : null;
        (string q, string k, string v) = attention.IsCross ? CrossProjections(w, attention, x, mask) : SelfProjections(w, attention, x);

        // Heads become an axis before the steps; keys are transposed for the product.
        long heads = attention.Heads, size = width / heads;
        q = w.Node("Transpose", [w.Reshape(q, 0, queries, heads, size)], Attribute.Ints("perm", 0, 2, 1, 3));
        k = w.Node("Transpose", [w.Reshape(k, 0, keys, heads, size)], Attribute.Ints("perm", 0, 2, 3, 1));
        v = w.Node("Transpose", [w.Reshape(v, 0, keys, heads, size)], Attribute.Ints("perm", 0, 2, 1, 3));

        // a = softmax(q kᵀ / √d), o = a v
        string scores = w.Node("Mul", w.Node("MatMul", q, k), w.Scalar("one_over_root_d", (float)(1 / Math.Sqrt(size))));
        string? seen = Seen(w, attention, mask);
        if (seen is not null)
            scores = w.Node("Where", seen, scores, w.Scalar("unseen", Unseen));
        string a = w.Node("Softmax", [scores], Attribute.Int("axis", 3));

        // A query that sees no key takes nothing from any: o = 0.
        if (mask is not null)
            a = w.Node("Where", seen!, a, w.Scalar("nothing", 0));
        string o = w.Node("Transpose", [w.Node("MatMul", a, v)], Attribute.Ints("perm", 0, 2, 1, 3));
        return DenseExport.Product(w, w.Reshape(o, 0, queries, width), "out_weight", width, attention.Output.FeatureCount, Bias(attention, "out"));
    }

    // All three of the same x, side by side.
    private static (string Q, string K, string V) SelfProjections(LayerWriter w, MultiHeadAttention attention, string x)
    {
        int width = attention.Queries.FeatureCount;
        if (attention.HasKeyMask)
            x = w.Range(x, 2, 0, width);
        string[] parts = w.Split(DenseExport.Product(w, x, "in_weight", width, 3 * width, Bias(attention, "in")), 2, 3);
        return (parts[0], parts[1], parts[2]);
    }

    // A row is the queries, then the memory, then the mask. What the memory holds where the mask is 0 is not read: it might be NaN.
    private static (string Q, string K, string V) CrossProjections(LayerWriter w, MultiHeadAttention attention, string x, string? mask)
    {
        Shape queries = attention.Queries, memory = attention.Memory;
        int width = queries.FeatureCount;
        string from = w.Reshape(w.Range(x, 1, 0, queries.Size), 0, queries.Steps, width);
        string to = w.Reshape(w.Range(x, 1, queries.Size, memory.Size), 0, memory.Steps, memory.FeatureCount);
        if (mask is not null)
            to = w.Node("Where", w.Reshape(mask, 0, memory.Steps, 1), to, w.Scalar("empty", 0));
        string q = DenseExport.Product(w, from, "query_weight", width, width, Bias(attention, "query"));
        string[] parts = w.Split(DenseExport.Product(w, to, "key_value_weight", memory.FeatureCount, 2 * width, Bias(attention, "key_value")), 2, 2);
        return (q, parts[0], parts[1]);
    }

    // Which keys are seen, as true and false, [batch, 1, 1, keys].
    private static string KeyMask(LayerWriter w, MultiHeadAttention attention, string x)
    {
        int keys = attention.Memory.Steps;
        string mask = attention.IsCross
            ? w.Range(x, 1, attention.Queries.Size + attention.Memory.Size, keys)
            : w.Range(x, 2, attention.Queries.FeatureCount, 1);
        return w.Reshape(w.Node("Cast", [mask], Attribute.Int("to", (long)TensorProto.Types.DataType.Bool)), 0, 1, 1, keys);
    }

    // Which query sees which key, [batch or 1, 1, queries or 1, keys]; null where all see all. Of a causal layer query t sees
    // key u if t ≥ u, which is compared in the graph: as a constant it would take steps² bytes.
    private static string? Seen(LayerWriter w, MultiHeadAttention attention, string? mask)
    {
        if (!attention.IsCausal)
            return mask;
        long[] steps = [.. Enumerable.Range(0, attention.Queries.Steps).Select(t => (long)t)];
        string step = w.Integers("step", steps);
        string causal = w.Node("GreaterOrEqual", w.Reshape(step, steps.Length, 1), step);
        return mask is null ? causal : w.Node("And", mask, causal);
    }

    private static string? Bias(MultiHeadAttention attention, string projection) => attention.HasBias ? projection + "_bias" : null;
}
