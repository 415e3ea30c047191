namespace NeuralNet.Onnx.Tests.Import;

/// <summary>Attention written out, with terms of its scores and with positions, for <see cref="PositionsTests"/>.</summary>
internal static class PositionGraphs
{
    public const int Steps = 5, Width = 8, Heads = 2, HeadWidth = Width / Heads;

    private static readonly long[] heads = [0, Steps, Heads, HeadWidth], together = [0, Steps, Width], first = [0, 2, 1, 3], turned = [0, 2, 3, 1];

    public static ModelOf Projected() => new ModelOf(0, Steps, Width).Floats("Q", Width, Width).Floats("K", Width, Width)
        .Floats("V", Width, Width).Floats("O", Width, Width)
        .List("heads", heads).List("all", together).Node("q = MatMul(input, Q)").Node("k = MatMul(input, K)")
        .Node("v = MatMul(input, V)");

    public static ModelOf Grouped(int width, int keyWidth) => new ModelOf(0, Steps, width).Floats("Q", width, width).Floats("K", width, keyWidth)
        .Floats("V", width, keyWidth).Floats("O", width, width).Node("q = MatMul(input, Q)").Node("k = MatMul(input, K)")
        .Node("v = MatMul(input, V)");

    public static ModelOf ToHeads(ModelOf model) =>
        model.Node("qh = Reshape(q, heads)").Node("kh = Reshape(k, heads)").Node("vh = Reshape(v, heads)");

    public static ModelOf Rest(ModelOf model) =>
        Weighted(model.Node("p = MatMul(qt, kx)").Number("f", MathF.Sqrt(1f / HeadWidth)).Node("u = Mul(p, f)"));

    public static ModelOf Weighted(ModelOf model) => model.Node("vt = Transpose(vh)", ("perm", first)).Node("w = Softmax(u)", ("axis", -1))
        .Node("d = MatMul(w, vt)").Node("e = Transpose(d)", ("perm", first)).Node("o = Reshape(e, all)").Node("output = MatMul(o, O)");

    public static ModelOf Scored(ModelOf model) => model.Node("qt = Transpose(qh)", ("perm", first)).Node("kx = Transpose(kh)", ("perm", turned))
        .Node("p = MatMul(qt, kx)").Number("f", MathF.Sqrt(1f / HeadWidth)).Node("s = Mul(p, f)");

    // q and k turned, written out; θ is 100.
    public static ModelOf Turned(ModelOf model, int features, bool isInterleaved, string table = "")
    {
        Table(model, features, table);
        int pairs = features / 2;
        model.List("begin", 0).List("middle", isInterleaved ? 1 : pairs).List("end", isInterleaved ? 2 : features).List("last", HeadWidth)
            .List("axis", isInterleaved ? 4 : 3).List("three", 3).List("features", features).List("wide", 1, Steps, 1, pairs)
            .List("pairs", 0, Steps, Heads, pairs, 2).List("joined", 0, Steps, Heads, features).List("four", 4)
            .List("table", isInterleaved ? [Steps, 1, pairs, 1] : [Steps, 1, pairs]).Node("c = Reshape(cosOfSteps, table)")
            .Node("n = Reshape(sinOfSteps, table)");
        foreach (string x in new[] { "q", "k" })
        {
            string own = $"{x}h";
            if (features < HeadWidth)
                model.Node($"{x}1 = Slice({own}, begin, features, three)").Node($"{x}2 = Slice({own}, features, last, three)");
            string part = features < HeadWidth ? $"{x}1" : own;
            if (isInterleaved)
                model.Node($"{x}3 = Reshape({part}, pairs)");
            part = isInterleaved ? $"{x}3" : part;
            model.Node($"{x}a = Slice({part}, begin, middle, axis)").Node($"{x}b = Slice({part}, middle, end, axis)")
                .Node($"{x}ac = Mul({x}a, c)").Node($"{x}bn = Mul({x}b, n)").Node($"{x}bc = Mul({x}b, c)").Node($"{x}an = Mul({x}a, n)")
                .Node($"{x}A = Sub({x}ac, {x}bn)").Node(table == "no rotation" ? $"{x}B = Sub({x}bc, {x}an)" : $"{x}B = Add({x}bc, {x}an)")
                .Node($"{x}4 = Concat({x}A, {x}B)", ("axis", isInterleaved ? 4 : 3));
            if (isInterleaved)
                model.Node($"{x}5 = Reshape({x}4, joined)");
            string made = isInterleaved ? $"{x}5" : $"{x}4";
            if (features < HeadWidth)
                model.Node($"{x}6 = Concat({made}, {x}2)", ("axis", 3));
            model.Node($"{(x == "q" ? "qt" : "kx")} = Transpose({(features < HeadWidth ? $"{x}6" : made)})", ("perm", x == "q" ? first : turned));
        }

        return model;
    }

    public static void Table(ModelOf model, int features, string table = "")
    {
        int pairs = features / 2;
        float[] cos = new float[(Steps + 2) * pairs], sin = new float[cos.Length];
        for (int i = 0; i < cos.Length; i++)
        {
            double position = i / pairs, angle = position * Math.Pow(100, -(i % pairs) / (double)pairs);
            angle = table switch
            {
                "scaled" => angle / 2,
                "from 3 on" => angle + (3 * Math.Pow(100, -(i % pairs) / (double)pairs)),
                "stretched" => i % pairs == 1 ? angle + (0.01 * position * position) : angle,
                "backward" => -angle,
                _ => angle,
            };
            (cos[i], sin[i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            if (table == "half precision")
                (cos[i], sin[i]) = ((float)(Half)cos[i], (float)(Half)sin[i]);
        }

        model.Graph.Initializer.Add(ModelOf.Tensor("cos", cos, Steps + 2, pairs));
        model.Graph.Initializer.Add(ModelOf.Tensor("sin", sin, Steps + 2, pairs));
        model.Graph.Initializer.Add(ModelOf.Tensor("cosOfSteps", cos[..(Steps * pairs)], 1, Steps, pairs));
        model.Graph.Initializer.Add(ModelOf.Tensor("sinOfSteps", sin[..(Steps * pairs)], 1, Steps, pairs));
        Schema.TensorProto positions = ModelOf.Integers("positions", [.. Enumerable.Range(0, Steps).Select(t => (long)t)]);
        positions.Dims.Insert(0, 1);
        model.Graph.Initializer.Add(positions);
    }

    // Scores and a constant term.
    public static ModelOf Masked(string term)
    {
        ModelOf model = Scored(ToHeads(Projected()));
        if (term == "computed")
        {
            // As it is computed of ranges: slope · −|i − j|, and bands by comparisons.
            model.Index("zero", 0).Index("steps", Steps).Index("one", 1).Node("j = Range(zero, steps, one)").List("down", Steps, 1)
                .Node("i = Reshape(j, down)")
                .Node("ij = Sub(i, j)").Node("far = Abs(ij)").Node("farf = Cast(far)", ("to", 1));
            model.Graph.Initializer.Add(ModelOf.Tensor("slopes", [-0.3f, -0.7f], Heads, 1, 1));
            model.Index("three", 3).Node("bias = Mul(farf, slopes)").Node("earlier = GreaterOrEqual(i, j)").Node("near = Less(ij, three)")
                .Node("seen = And(earlier, near)").Number("low", -3e38f).Number("nothing", 0).Node("mask = Where(seen, nothing, low)")
                .Node("s2 = Add(s, bias)").Node("u = Add(s2, mask)");
            return Weighted(model);
        }

        model.Graph.Initializer.Add(ModelOf.Tensor("t", Term(term), SizesOf(term)));
        model.Node("s2 = Add(s, t)");
        bool hidesLater = term is "slope · j, then later steps hidden" or "slope · j of each head alone" or "a window after later steps";
        if (hidesLater)
            model.Graph.Initializer.Add(ModelOf.Tensor("t2", Term("later"), SizesOf("later")));
        model.Node(hidesLater ? "u = Add(s2, t2)" : "u = Identity(s2)");
        return Weighted(model);
    }

    public static ModelOf Operator(ModelOf model, string term, bool isOfTruth = false)
    {
        float[] values = Term(term);
        if (isOfTruth)
            model.Mask("t", [.. values.Select(v => v < -1 ? 0f : 1)], SizesOf(term));
        else
            model.Graph.Initializer.Add(ModelOf.Tensor("t", values, SizesOf(term)));
        bool isCausal = term is "slope · j of each head alone" or "a window after later steps";
        return model.Node("o = Attention(q, k, v, t)", ("q_num_heads", Heads), ("kv_num_heads", Heads), ("is_causal", isCausal ? 1 : 0))
            .Node("output = MatMul(o, O)");
    }

    public static long[] SizesOf(string term) => term switch
    {
        "padding" or "slope · j alone" => [1, 1, 1, Steps],
        "slope · j of each head alone" => [1, Heads, 1, Steps],
        "one number for each query" => [Steps, 1],
        "a window" or "a window, later steps hidden" or "later" or "a window after later steps" or "dilated" or "uneven" or "as wide as the row"
            or "not itself" or "the same slope in all heads" => [Steps, Steps],
        _ => [Heads, Steps, Steps],
    };

    public static float[] Term(string term)
    {
        const float Low = -1e9f;
        long[] sizes = SizesOf(term);
        (int heads, int queries, int keys) = (sizes.Length > 2 ? (int)sizes[^3] : 1, (int)sizes[^2], (int)sizes[^1]);
        float[] made = new float[heads * queries * keys];
        var random = new RandomStream(3);
        for (int at = 0; at < made.Length; at++)
        {
            (int h, int i, int j) = (at / keys / queries, at / keys % queries, at % keys);
            float slope = h == 0 ? 0.3f : 0.7f;
            made[at] = term switch
            {
                "slope · −|i − j|, later steps hidden" => j > i ? Low : -slope * (i - j),
                "slope · (j − i), later steps hidden" => j > i ? float.NegativeInfinity : slope * (j - i),
                "slope · j, then later steps hidden" or "slope · j of each head alone" or "slope · j alone" => slope * j,
                "slope · −|i − j|" => -slope * Math.Abs(i - j),
                "the same slope in all heads" => -0.5f * Math.Abs(i - j),
                "a window" => Math.Abs(i - j) < 2 ? 0 : Low,
                "a window, later steps hidden" => j <= i && i - j < 2 ? 0 : Low,
                "a window after later steps" => i - j < 2 ? 0 : Low,
                "slope and window" => Math.Abs(i - j) < 3 ? -slope * Math.Abs(i - j) : Low,
                "as wide as the row" => Math.Abs(i - j) < Steps ? 0 : Low,
                "one number for each query" => 0.1f * i,
                "later" => j > i ? Low : 0,
                "T5" => 0.1f * ((i - j) * (i - j) % 3) * (h + 1),
                "Swin" => random.Normal(0, at),
                "padding" => j > 2 ? Low : 0,
                "growing" => 0.3f * Math.Abs(i - j),
                "two windows" => Math.Abs(i - j) < (h == 0 ? 3 : 2) ? 0 : Low,
                "dilated" => (i - j) % 2 == 0 ? 0 : Low,
                "uneven" => i - j < 2 && j - i < 3 ? 0 : Low,
                "not itself" => j < i ? 0 : Low,
                _ => throw new ArgumentException(term),
            };
        }

        return made;
    }
}
