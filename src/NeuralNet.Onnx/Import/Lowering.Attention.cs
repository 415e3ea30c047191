namespace NeuralNet.Onnx.Import;

/// <content>Attention.</content>
internal sealed partial class Lowering
{
    private sealed record Projection(Expr Input, int Inputs, int Outputs, float[] Weight, float[]? Bias);

    private Lowered Attention(AttentionExpr attention, LinearExpr last)
    {
        Scores s = attention.Scores;
        int width = s.Heads * s.Width, outputs = last.Shape.FeatureCount;
        Projection q = ProjectionOf(s.Queries, "queries", attention), k = ProjectionOf(s.Keys, "keys", attention), v = ProjectionOf(
            attention.Values, "values", attention);
        if (k.Input != v.Input)
            throw new Refusal("keys and values are not made of the same", attention.Origin);
        if (q.Inputs != width)
            throw new Refusal(FormattableString.Invariant(
                $"queries are made of {q.Inputs} features, and the heads together have {width}; the same was expected"), attention.Origin);

        // What the scores are multiplied by, beyond 1/√d, goes into the queries.
        float ratio = (float)(s.Factor * Math.Sqrt(s.Width));
        if (Math.Abs(ratio - 1) > 1e-6)
        {
            float[]? bias = q.Bias is { } old ? Array.ConvertAll(old, b => ratio * b) : null;
            q = q with { Weight = Array.ConvertAll(q.Weight, w => ratio * w), Bias = bias };
        }

        bool hasBias = q.Bias is not null || k.Bias is not null || v.Bias is not null || last.Bias is not null;
        var values = new List<(string, float[])> { ("out_weight", last.Weight) };
        if (last.Bias is not null)
            values.Add(("out_bias", last.Bias));

        if (q.Input == k.Input && q.Inputs == k.Inputs)
        {
            values.Add(("in_weight", SideBySide(q.Inputs, q, k, v)));
            if (hasBias)
                values.Add(("in_bias", Biases(q, k, v)));
            return Self(attention, q.Input, outputs, hasBias, values);
        }

        if (!s.Band.IsAll || s.Rotary is not null || s.Slopes is not null)
        {
            throw new Refusal("attention to another sequence has no mask of later steps, no window and no positions here; learned and sinusoidal "
                + "positions can be added before the projections", attention.Origin);
        }

        values.Add(("query_weight", q.Weight));
        values.Add(("key_value_weight", SideBySide(k.Inputs, k, v)));
        if (hasBias)
        {
            values.Add(("query_bias", Biases(q)));
            values.Add(("key_value_bias", Biases(k, v)));
        }

        return Cross(attention, q.Input, k.Input, outputs, hasBias, values);
    }

    private Lowered Self(AttentionExpr attention, Expr x, int outputs, bool hasBias, List<(string, float[])> values)
    {
        Scores s = attention.Scores;
        if (s.Mask is null)
        {
            x = As(x, Shape.Sequence(s.QuerySteps, x.Shape.FeatureCount));
            return Lowered.Of(x, new Part(Layer(attention, x.Shape, outputs, hasBias), values));
        }

        // The mask is the last feature of what x is the rest of.
        int width = x.Shape.FeatureCount;
        if (x is LayerExpr { Layer: Slice { First: 0 } slice } features && slice.Count == width && slice.Input.FeatureCount == width + 1
            && s.Mask is LayerExpr { Layer: Slice { Count: 1 } one } mask && one.First == width && mask.Input == features.Input)
        {
            return Lowered.Of(features.Input,
                new Part(Layer(attention, slice.Input, outputs, hasBias), values));
        }

        if (s.Mask is LayerExpr { Layer: Slice { Count: 1 }, Input: MergeExpr { Merge: Merge.Concat, Inputs: [var own, _] } joined }
            && (own == x || (own is LayerExpr { Layer: Reshape or Flatten } reshaped && reshaped.Input == x)))
        {
            return Lowered.Of(joined,
                new Part(Layer(attention, joined.Shape, outputs, hasBias), values));
        }

        throw new Refusal("the mask of keys is not the feature beside those that attention acts on", attention.Origin);
    }

    private static MultiHeadAttention Layer(AttentionExpr attention, Shape input, int outputs, bool hasBias)
    {
        Scores s = attention.Scores;
        Band band = s.Band.Within(s.KeySteps);
        if (!band.IsCausal && band.Back != band.Ahead)
        {
            throw new Refusal(FormattableString.Invariant($"a query sees keys below {Steps(band.Back)} back and below {Steps(band.Ahead)} ahead; ")
                + "windows are as wide on both sides, or hide all later steps", attention.Origin);

            static string Steps(long steps) => steps == long.MaxValue ? "all steps" : FormattableString.Invariant($"{steps} steps");
        }

        if (s.Rotary is not null && s.Slopes is not null)
            throw new Refusal("attention has rotary positions or ALiBi, not both", attention.Origin);
        AttentionPositions? positions = s.Slopes is { } slopes
            ? slopes.AsSpan().SequenceEqual(Alibi.Default.SlopesOf(s.Heads)) ? Alibi.Default : new Alibi(slopes) : s.Rotary;

        // A query that sees itself alone is as well a window on both sides.
        bool isCausal = band.IsCausal && band.Back != band.Ahead;
        int? window = band.Back == long.MaxValue ? null : (int)band.Back, keyHeads = s.KeyHeads == s.Heads ? null : s.KeyHeads;
        return new MultiHeadAttention(input, s.Heads, outputs, isCausal, hasBias, s.Mask is not null, positions, window, keyHeads);
    }

    private Lowered Cross(AttentionExpr attention, Expr queries, Expr memory, int outputs, bool hasBias, List<(string, float[])> values)
    {
        Scores s = attention.Scores;
        Expr? mask = null;
        Shape steps = Shape.Sequence(s.KeySteps, memory.Shape.FeatureCount);
        if (s.Mask is not null)
        {
            while (memory is LayerExpr { Layer: Reshape or Flatten } reshape)
                memory = reshape.Input;
            if (memory is not MaskedExpr masked || masked.Mask != s.Mask)
                throw new Refusal("the memory is not masked as its keys are", attention.Origin);
            (memory, mask) = (masked.Input, masked.Mask);
        }

        queries = As(queries, Shape.Sequence(s.QuerySteps, queries.Shape.FeatureCount));
        memory = As(memory, steps);
        var layer = MultiHeadAttention.Cross(
            queries.Shape, memory.Shape, s.Heads, outputs, hasBias, mask is not null, s.KeyHeads == s.Heads ? null : s.KeyHeads);
        Expr[] inputs = mask is null ? [queries, memory] : [queries, memory, mask];
        Part[] parts = [new Part(layer, values)];

        // Side by side in one row they often lie already.
        Expr? row = null;
        int at = 0;
        foreach (Expr input in inputs)
        {
            if (As(input, Shape.Features(input.Shape.Size)) is not LayerExpr { Layer: Slice slice } part
                || part.Input.Shape.Kind != ShapeKind.Features || slice.First != at || slice.Count != input.Shape.Size
                || (row ?? part.Input) != part.Input)
                return new Lowered([.. inputs.Select(x => As(x, Shape.Features(x.Shape.Size)))], Merge.Concat, parts);
            row = part.Input;
            at += slice.Count;
        }

        return row!.Shape == layer.Input ? Lowered.Of(row, parts)
            : new Lowered([.. inputs.Select(x => As(x, Shape.Features(x.Shape.Size)))], Merge.Concat, parts);
    }

    private static Projection ProjectionOf(Expr expr, string what, AttentionExpr attention)
    {
        if (expr is LinearExpr linear)
            return new Projection(linear.Input, linear.Input.Shape.FeatureCount, linear.Shape.FeatureCount, linear.Weight, linear.Bias);
        if (expr is LayerExpr { Layer: Slice slice, Input: LinearExpr whole })
        {
            int inputs = whole.Input.Shape.FeatureCount, outputs = whole.Shape.FeatureCount;
            float[] weight = new float[(long)inputs * slice.Count];
            for (int i = 0; i < inputs; i++)
                whole.Weight.AsSpan((i * outputs) + slice.First, slice.Count).CopyTo(weight.AsSpan(i * slice.Count));
            return new Projection(whole.Input, inputs, slice.Count, weight, whole.Bias?[slice.First..(slice.First + slice.Count)]);
        }

        throw new Refusal($"the {what} of attention are not made by a linear layer", attention.Origin);
    }

    private static float[] SideBySide(int inputs, params ReadOnlySpan<Projection> parts)
    {
        int width = 0;
        foreach (Projection part in parts)
            width += part.Outputs;
        float[] all = new float[(long)inputs * width];
        int first = 0;
        foreach (Projection part in parts)
        {
            for (int i = 0; i < inputs; i++)
                part.Weight.AsSpan(i * part.Outputs, part.Outputs).CopyTo(all.AsSpan((i * width) + first));
            first += part.Outputs;
        }

        return all;
    }

    private static float[] Biases(params ReadOnlySpan<Projection> parts)
    {
        var all = new List<float>();
        foreach (Projection part in parts)
            all.AddRange(part.Bias ?? new float[part.Outputs]);
        return [.. all];
    }
}
