using NeuralNet.Onnx.Schema;

namespace NeuralNet.Onnx.Export;

/// <summary>Multi-head attention, out of matrix products and a softmax.</summary>
internal static class AttentionExport
{
    // Below any score that is a result of a finite product: its weight is exactly 0 beside any other.
    private const float Unseen = float.MinValue;

    public static string Convert(LayerWriter w, MultiHeadAttention attention, string x)
    {
        int queries = attention.Queries.Steps, keys = attention.Memory.Steps, width = attention.Queries.FeatureCount;
        string? mask = attention.HasKeyMask ? KeyMask(w, attention, x) : null;
        (string q, string k, string v) = attention.IsCross ? CrossProjections(w, attention, x, mask) : SelfProjections(w, attention, x);

        // Heads become an axis before the steps; keys are transposed for the product.
        long heads = attention.Heads, size = width / heads, keyHeads = attention.KeyHeads;
        (q, k) = (w.Reshape(q, 0, queries, heads, size), w.Reshape(k, 0, keys, keyHeads, size));
        if (attention.Positions is Rotary rotary)
            (q, k) = Turned(w, rotary, attention, q, k);
        q = w.Node("Transpose", [q], Attribute.Ints("perm", 0, 2, 1, 3));
        k = Grouped(w, attention, w.Node("Transpose", [k], Attribute.Ints("perm", 0, 2, 3, 1)), size, keys);
        v = Grouped(w, attention, w.Node("Transpose", [w.Reshape(v, 0, keys, keyHeads, size)], Attribute.Ints("perm", 0, 2, 1, 3)), keys, size);

        // a = softmax(q kᵀ / √d), o = a v
        string scores = w.Node("Mul", w.Node("MatMul", q, k), w.Scalar("one_over_root_d", (float)(1 / Math.Sqrt(size))));
        if (attention.Positions is Alibi alibi && queries > 1)
            scores = w.Node("Add", scores, Biases(w, alibi.SlopesOf(attention.Heads), queries));
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
        int width = attention.Queries.FeatureCount, own = width / attention.Heads * attention.KeyHeads;
        if (attention.HasKeyMask)
            x = w.Range(x, 2, 0, width);
        string all = DenseExport.Product(w, x, "in_weight", width, width + (2 * own), Bias(attention, "in"));
        string[] parts = own == width ? w.Split(all, 2, 3) : w.Split(all, 2, [width, own, own]);
        return (parts[0], parts[1], parts[2]);
    }

    // Each head of keys and values as often as heads of queries share it, [batch, heads, …].
    private static string Grouped(LayerWriter w, MultiHeadAttention attention, string x, long first, long second)
    {
        long heads = attention.Heads, own = attention.KeyHeads;
        if (heads == own)
            return x;
        string spread = w.Node("Expand", w.Reshape(x, 0, own, 1, first, second), w.Integers("times", 1, 1, heads / own, 1, 1));
        return w.Reshape(spread, 0, heads, first, second);
    }

    // x_a cos φ − x_b sin φ and x_b cos φ + x_a sin φ, of what is [batch, steps, heads, features]; the features behind them stay.
    private static (string Q, string K) Turned(LayerWriter w, Rotary rotary, MultiHeadAttention attention, string q, string k)
    {
        int steps = attention.Queries.Steps, size = attention.Queries.FeatureCount / attention.Heads;
        int turned = rotary.Features ?? size, pairs = turned / 2;
        float[] both = rotary.Table(steps, size);
        var tables = new string[2];
        for (int part = 0; part < 2; part++)
        {
            float[] table = new float[steps * pairs];
            for (int t = 0; t < steps; t++)
                both.AsSpan(((2 * t) + part) * pairs, pairs).CopyTo(table.AsSpan(t * pairs));
            tables[part] = w.Constant(part == 0 ? "cos" : "sin", table, rotary.Interleaved ? [steps, 1, pairs, 1] : [steps, 1, pairs]);
        }

        return (Of(q, attention.Heads), Of(k, attention.KeyHeads));

        string Of(string x, int heads)
        {
            string first = turned < size && rotary.Interleaved ? w.Range(x, 3, 0, turned) : x;
            if (rotary.Interleaved)
                first = w.Reshape(first, 0, steps, heads, pairs, 2);
            (int axis, int count) = rotary.Interleaved ? (4, 1) : (3, pairs);
            string a = w.Range(first, axis, 0, count), b = w.Range(first, axis, count, count);
            string newA = w.Node("Sub", w.Node("Mul", a, tables[0]), w.Node("Mul", b, tables[1]));
            string newB = w.Node("Add", w.Node("Mul", b, tables[0]), w.Node("Mul", a, tables[1]));
            string[] rest = turned < size ? [w.Range(x, 3, turned, size - turned)] : [];
            if (!rotary.Interleaved)
                return w.Node("Concat", [newA, newB, .. rest], Attribute.Int("axis", 3));
            string made = w.Reshape(w.Node("Concat", [newA, newB], Attribute.Int("axis", 4)), 0, steps, heads, turned);
            return rest.Length == 0 ? made : w.Node("Concat", [made, .. rest], Attribute.Int("axis", 3));
        }
    }

    // −slope · |i − j| of each head, [heads, queries, keys], computed in the graph: as a constant it would take steps² floats of each head.
    private static string Biases(LayerWriter w, float[] slopes, int steps)
    {
        float[] positions = [.. Enumerable.Range(0, steps).Select(t => (float)t)];
        string key = w.Constant("position", positions, steps), distance = w.Node("Abs", w.Node("Sub", w.Reshape(key, steps, 1), key));
        return w.Node("Mul", distance, w.Constant("minus_slope", Array.ConvertAll(slopes, slope => -slope), slopes.Length, 1, 1));
    }

    // A row is the queries, then the memory, then the mask. What the memory holds where the mask is 0 is not read: it might be NaN.
    private static (string Q, string K, string V) CrossProjections(LayerWriter w, MultiHeadAttention attention, string x, string? mask)
    {
        Shape queries = attention.Queries, memory = attention.Memory;
        int width = queries.FeatureCount, own = width / attention.Heads * attention.KeyHeads;
        string from = w.Reshape(w.Range(x, 1, 0, queries.Size), 0, queries.Steps, width);
        string to = w.Reshape(w.Range(x, 1, queries.Size, memory.Size), 0, memory.Steps, memory.FeatureCount);
        if (mask is not null)
            to = w.Node("Where", w.Reshape(mask, 0, memory.Steps, 1), to, w.Scalar("empty", 0));
        string q = DenseExport.Product(w, from, "query_weight", width, width, Bias(attention, "query"));
        string[] parts = w.Split(DenseExport.Product(w, to, "key_value_weight", memory.FeatureCount, 2 * own, Bias(attention, "key_value")), 2, 2);
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
    // key u if t ≥ u, and of a window if |t − u| is below it, which is compared in the graph: as a constant it would take steps² bytes.
    private static string? Seen(LayerWriter w, MultiHeadAttention attention, string? mask)
    {
        int count = attention.Queries.Steps;
        int? window = attention.Window < count ? attention.Window : null;
        if (!attention.IsCausal && window is null)
            return mask;
        string step = w.Integers("step", From(0)), query = w.Reshape(step, count, 1);
        if (attention.IsCausal)
            See(w.Node("GreaterOrEqual", query, step));
        if (window is int reach)
        {
            string ahead = w.Integers("step_and_window", From(reach));
            See(w.Node("Less", query, ahead));
            if (!attention.IsCausal)
                See(w.Node("Greater", w.Reshape(ahead, count, 1), step));
        }

        return mask;

        long[] From(int first) => [.. Enumerable.Range(0, count).Select(t => (long)first + t)];

        void See(string band) => mask = mask is null ? band : w.Node("And", mask, band);
    }

    private static string? Bias(MultiHeadAttention attention, string projection) => attention.HasBias ? projection + "_bias" : null;
}
