namespace NeuralNet.Onnx.Import;

/// <content>Rotary positions by their operator.</content>
internal sealed partial class Evaluator
{
    private const string Microsoft = "com.microsoft";

    // The operator of the standard: x, cosines, sines, positions; ONNX Runtime's own one: x, positions, cosines, sines.
    private void ReadRotary(Node node)
    {
        bool isStandard = node.Domain != Microsoft;
        Signal x = node.Signal(0, "its input");
        Tensor cos = node.Constant(isStandard ? 1 : 2, "the cosines"), sin = node.Constant(isStandard ? 2 : 3, "the sines");
        Tensor? positions = node.Has(isStandard ? 3 : 1) ? node.Constant(isStandard ? 3 : 1, "positions") : null;
        bool isInterleaved = node.Int("interleaved", 0) != 0;
        long features = node.Int("rotary_embedding_dim", 0), heads = node.Int("num_heads", 0);
        if (!isStandard && (node.Float("scale", 1) != 1 || node.Int("is_packed_batching", 0) != 0))
            throw new Refusal("scaled positions, and rows packed into one, are not imported");
        if (cos.Dimensions.Length < 2 || !cos.Dimensions.AsSpan().SequenceEqual(sin.Dimensions))
            throw node.Bad($"cosines of {Sizes.Text(cos.Dimensions)} and sines of {Sizes.Text(sin.Dimensions)} are no tables [positions, pairs]");
        if (x.View.Rank == 3 && heads == 0 && !isStandard && features == 0)
            heads = x.View.Size(2) / (2 * cos.Dimensions[^1]);
        bool isOfRows = x.View.Rank == 3;
        x = Heads(node, 0, "X", heads);
        long width = x.View.Size(3), steps = x.View.Size(2), pairs = (features == 0 ? width : features) / 2;
        if (pairs < 1 || pairs * 2 > width || (features != 0 && features % 2 != 0) || cos.Dimensions[^1] != pairs)
            throw node.Bad($"tables of {Sizes.Text(cos.Dimensions)} do not turn the first {2 * pairs} of {width} features of each head in pairs");
        (cos, sin) = (OfSteps(node, cos, positions, steps), OfSteps(node, sin, positions, steps));
        Signal made = Turned(node, x, pairs, isInterleaved, cos, sin);
        node.Set(isOfRows ? SideBySide(made) : made);
    }

    // The rows of a table for the steps 0, 1, 2 …, [steps, pairs].
    private Tensor OfSteps(Node node, Tensor table, Tensor? positions, long steps)
    {
        long pairs = table.Dimensions[^1];
        if (positions is null || table.Dimensions.Length == 3)
        {
            if (table.Dimensions[^2] != steps || table.Dimensions.Length > 3)
                throw node.Bad($"a table of {Sizes.Text(table.Dimensions)} has not one row for each of {steps} steps");
            return FirstOf(table, [steps, pairs]);
        }

        bool isFirst = positions.Count == 1 && node.Domain == Microsoft;
        Tensor ids = isFirst ? positions : FirstOf(positions, [steps]);
        for (long t = 0; t < (isFirst ? 1 : steps); t++)
        {
            if (ids.Integer(t) != t)
                throw new Refusal(FormattableString.Invariant($"positions are 0, 1, 2 …, and that of step {t} is {ids.Integer(t)} here"));
        }

        if (table.Dimensions[0] < steps)
            throw node.Bad($"a table of {Sizes.Text(table.Dimensions)} has no row for each of {steps} steps");
        return table.Strided([steps, pairs], [pairs, 1], 0, allowance);
    }

    // Of a batch of a fixed size the first row, if all are alike.
    private Tensor FirstOf(Tensor tensor, long[] sizes)
    {
        long count = Sizes.Product(sizes);
        if (tensor.Count < count || tensor.Count % count != 0)
            throw new Refusal($"positions, or their tables, are imported as {Sizes.Text(sizes)}, and have {Sizes.Text(tensor.Dimensions)}");
        for (long i = count; i < tensor.Count; i++)
        {
            if (!tensor.Float(i).Equals(tensor.Float(i % count)))
                throw new Refusal("positions are not the same in each row");
        }

        return tensor.Strided(sizes, Tensor.Strides(sizes), 0, allowance);
    }

    // Written out: (cos x − sin y, sin x + cos y) of the two halves, or of neighbours, and then the rest.
    private Signal Turned(Node node, Signal x, long pairs, bool isInterleaved, Tensor cos, Tensor sin)
    {
        long width = x.View.Size(3);
        Signal turning = Part(node, x, 3, 0, 2 * pairs, 1);
        long[] sizes = turning.View.Dimensions(), split = isInterleaved ? [.. sizes[..3], pairs, 2] : [.. sizes[..3], 2, pairs];
        int at = isInterleaved ? 4 : 3;
        View view = turning.View.Reshaped(split) ?? throw new Refusal("the features of a head do not lie in one piece");
        Signal[] parts = [.. Enumerable.Range(0, 2).Select(k =>
        {
            Signal part = Sliced(node, new Signal(turning.Expr, view), at, k, 1);
            return new Signal(part.Expr, part.View.Without(at));
        })];
        (Signal first, Signal second) = (parts[0], parts[1]);
        Signal turnedFirst = OfSignals(node, "Sub", Times(first, cos), Times(second, sin));
        Signal turnedSecond = OfSignals(node, "Add", Times(first, sin), Times(second, cos));
        Signal joined = Concatenated(node, [Inserted(turnedFirst), Inserted(turnedSecond)], at);
        joined = new Signal(joined.Expr, joined.View.Reshaped(sizes) ?? throw new Refusal("the features of a head do not lie in one piece"));
        return 2 * pairs == width ? joined : Concatenated(node, [joined, Part(node, x, 3, 2 * pairs, width - (2 * pairs), 1)], 3);

        Signal Times(Signal part, Tensor table) => WithConstant(node, "Mul", part, table, false);

        Signal Inserted(Signal part) => new(part.Expr, part.View.Inserted(at));
    }
}
