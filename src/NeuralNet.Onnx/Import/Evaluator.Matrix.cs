namespace NeuralNet.Onnx.Import;

/// <content>Matrix products: fully connected layers, and the two products of attention.</content>
internal sealed partial class Evaluator
{
    private void ReadMatMul(Node node)
    {
        if (node.Input(0) is Signal a && node.Input(1) is Signal b)
        {
            node.Set(AttentionProduct(node, a, b));
            return;
        }

        if (node.Input(0) is Tensor)
            throw new Refusal("a constant times the network's values is not imported; the other way round is");
        Signal x = node.Signal(0, "its first input");
        Tensor w = node.Constant(1, "W");
        if (w.Dimensions.Length < 2 || Sizes.Product(w.Dimensions.AsSpan(0, w.Dimensions.Length - 2)) != 1)
            throw new Refusal($"W must be a matrix, and is {Sizes.Text(w.Dimensions)}");
        (long inputs, long outputs) = (w.Dimensions[^2], w.Dimensions[^1]);
        node.Set(Linear(node, x, Matrix(node, w, inputs, outputs, false), inputs, outputs, null));
    }

    private void ReadGemm(Node node)
    {
        if (node.Input(0) is Tensor)
            throw new Refusal("a constant times the network's values is not imported; the other way round is");
        Signal x = node.Signal(0, "A");
        Tensor w = node.Constant(1, "B");
        if (node.Int("transA", 0) != 0)
            throw new Refusal("with transA it would mix rows");
        bool isTransposed = node.Int("transB", 0) != 0;
        float alpha = node.Float("alpha", 1), beta = node.Float("beta", 1);
        if (x.View.Rank != 2 || w.Dimensions.Length != 2)
            throw node.Bad($"it takes matrices, and has {x.View} and {Sizes.Text(w.Dimensions)}");
        (long inputs, long outputs) = isTransposed ? (w.Dimensions[1], w.Dimensions[0]) : (w.Dimensions[0], w.Dimensions[1]);
        float[] weight = Scaled(Matrix(node, w, inputs, outputs, isTransposed), alpha);
        Tensor? c = node.OptionalConstant(2, "C");
        float[]? bias = null;
        if (c is not null)
        {
            if (c.Dimensions.Length > 2 || (c.Count != 1 && (c.Count != outputs || c.Dimensions[^1] != outputs)))
                throw new Refusal($"C must be one row of {outputs}, and is {Sizes.Text(c.Dimensions)}");
            bias = new float[outputs];
            for (int j = 0; j < bias.Length; j++)
                bias[j] = beta * c.Float(c.Count == 1 ? 0 : j);
        }

        node.Set(Linear(node, x, weight, inputs, outputs, bias));
    }

    /// <summary>W as [inputs, outputs], in an array of its own if it is transposed.</summary>
    private float[] Matrix(Node node, Tensor w, long inputs, long outputs, bool isTransposed)
    {
        if (w.IsInteger)
            throw node.Bad("W must be made of floats");
        if (inputs == 0 || outputs == 0)
            throw node.Bad($"W is empty: {Sizes.Text(w.Dimensions)}");
        if (w.IsUniform)
            allowance.Take(w.Count, "W");
        float[] values = w.ToArray();
        if (!isTransposed)
            return values;
        float[] transposed = new float[values.Length];
        for (long j = 0; j < outputs; j++)
        {
            for (long i = 0; i < inputs; i++)
                transposed[(i * outputs) + j] = values[(j * inputs) + i];
        }

        return transposed;
    }

    private static float[] Scaled(float[] values, float factor) => factor == 1 ? values : Array.ConvertAll(values, value => factor * value);

    private Signal Linear(Node node, Signal x, float[] weight, long inputs, long outputs, float[]? bias)
    {
        int last = x.View.Rank - 1;
        if (last < 0 || x.View.Size(last) != inputs || x.View.HasRows(last) && inputs != 1)
            throw node.Bad($"{x.View} cannot be multiplied by [{inputs}, {outputs}]");
        (long size, long stride) = PieceOrAxis(x, last);
        if (size > 1 && stride != 1)
            x = Inward(x, stride);
        Shape shape = FeaturesAlongOrRefuse(x.Expr.Shape, size, 1);
        weight = x.View.Placed(weight, last);
        if (outputs > int.MaxValue || shape.Size / size * outputs > int.MaxValue)
            throw new Refusal("a row would have too many values");
        View view = x.View.Mapped(atom => atom.Stride >= size ? new Atom(atom.Size, atom.Stride / size * outputs) : atom);
        view = outputs == 1 ? view.With(last) : view.With(last, new Atom(outputs, 1));
        return new Signal(new LinearExpr(As(x.Expr, shape), shape.WithFeatures((int)outputs), weight, bias, node), view);
    }

    // q kᵀ, or weights · v, of all heads.
    private Signal AttentionProduct(Node node, Signal a, Signal b)
    {
        int rank = a.View.Rank;
        if (rank < 3 || b.View.Rank != rank)
            throw new Refusal("a product of two values is imported as a part of attention: [rows, heads, steps, features] by its like");
        long steps = a.View.Size(rank - 2), width = a.View.Size(rank - 1), last = b.View.Size(rank - 1);
        if (b.View.Size(rank - 2) != width || !Enumerable.Range(0, rank - 2).All(axis => a.View.Size(axis) == b.View.Size(axis)))
            throw node.Bad($"{a.View} cannot be multiplied by {b.View}");

        // As many rows as heads look alike where they have changed places.
        if (!Enumerable.Range(0, rank - 2).All(axis => RowsAndOthers(a.View, axis).SequenceEqual(RowsAndOthers(b.View, axis))))
        {
            throw new Refusal($"the rows of {a.View} and of {b.View} are not on the same axes, or in another order on one; rows do not influence "
                + "each other here");
        }

        long heads = Enumerable.Range(0, rank - 2).Where(axis => !a.View.HasRows(axis)).Aggregate(1L, (product, axis) => product * a.View.Size(axis));
        for (int axis = 0; axis < rank - 2; axis++)
            heads *= a.View.HasRows(axis) ? a.View.Size(axis) / RowsIn(a.View, axis) : 1;

        if (a.Expr is ScoresExpr { AreWeights: true } weights)
        {
            Scores s = weights.Scores;
            if (heads != s.Heads || steps != s.QuerySteps || width != s.KeySteps || !IsOf(a.View, heads, steps, width, false, steps * width, width))
                throw new Refusal("the weights of attention are not used as they were made");
            Expr values = ValuesOf(s, b);
            if (last != s.Width)
                throw new Refusal(FormattableString.Invariant($"values have {last} features in each head, and keys {s.Width}"));
            Shape made = Shape.Sequence((int)steps, (int)(heads * last));
            View of = Placed(a.View, heads, steps, last, last, heads * last);
            return new Signal(new AttentionExpr(s, values, made, node), of);
        }

        if (heads * steps * last > int.MaxValue)
            throw new Refusal("a row would have too many values");
        if (!Is(Enumerable.Range(0, rank - 2).SelectMany(axis => a.View[axis]), heads))
            throw new Refusal("the heads of queries do not lie in one piece");
        Scores scores = ScoresOf(a, b, (int)heads, (int)width, (int)steps, (int)last);
        View view = Placed(a.View, heads, steps, last, steps * last, last);
        return new Signal(new ScoresExpr(scores, false, Shape.Features((int)(heads * steps * last)), node), view);
    }

    private Expr ValuesOf(Scores s, Signal b)
    {
        bool isPlain = IsOfHeads(b, s.Heads, isTransposed: false) && s.KeyHeads == s.Heads;
        if (isPlain && IsProjected(b.Expr))
            return b.Expr;
        if (SourceOf(b, isTransposed: false) is not { Rotary: null } source)
            return isPlain ? b.Expr : throw new Refusal("the values of attention do not lie as [steps, heads, features]");
        int repeats = s.Heads / s.KeyHeads;
        if (source.Repeats % repeats != 0)
            throw new Refusal(FormattableString.Invariant($"keys have {s.KeyHeads} heads, and values {s.Heads / source.Repeats}"));
        return source.Linear(repeats);
    }

    private Scores ScoresOf(Signal a, Signal b, int heads, int width, int steps, int keySteps)
    {
        (Expr queries, double left) = WithoutFactor(a.Expr);
        (Expr keys, double right) = WithoutFactor(b.Expr);
        (Signal ofQueries, Signal ofKeys) = (new Signal(queries, a.View), new Signal(keys, b.View));
        var plain = new Scores(queries, keys, heads, width, steps, keySteps) { Factor = left * right };
        bool areOfHeads = IsOfHeads(ofQueries, heads, false) && IsOfHeads(ofKeys, heads, true);
        if (areOfHeads && IsProjected(queries) && IsProjected(keys))
            return plain;
        if (SourceOf(ofQueries, false) is not { } q || SourceOf(ofKeys, true) is not { } k)
        {
            return areOfHeads ? plain : throw new Refusal("a product of two values is imported as a part of attention, and these are not queries " +
                "and keys as [steps, heads, features], with or without rotary positions");
        }

        if (q.Rotary?.Theta != k.Rotary?.Theta || q.Rotary?.Features != k.Rotary?.Features || q.Rotary?.Interleaved != k.Rotary?.Interleaved)
            throw new Refusal($"queries turn by {q.Rotary?.ToString() ?? "no positions"}, and keys by {k.Rotary?.ToString() ?? "none"}");
        return plain with { Queries = q.Linear(1), Keys = k.Linear(k.Repeats), KeyHeads = heads / k.Repeats, Rotary = q.Rotary };
    }

    private static bool Is(IEnumerable<Atom> atoms, long size) =>
        atoms.Where(atom => !atom.IsRows).ToArray() is var own && (size == 1 ? own.Length == 0 : own.Length == 1 && own[0].Size == size);

    private static bool IsProjected(Expr expr) => expr is LinearExpr or LayerExpr { Layer: Slice, Input: LinearExpr };

    // Whether heads lie side by side in each step.
    private static bool IsOfHeads(Signal x, long heads, bool isTransposed)
    {
        int rank = x.View.Rank;
        long steps = x.View.Size(isTransposed ? rank - 1 : rank - 2), width = x.View.Size(isTransposed ? rank - 2 : rank - 1);
        return IsOf(x.View, heads, steps, width, isTransposed, width, heads * width) && x.Expr.Shape.Size == heads * steps * width;
    }

    // Where the heads of a view [rows and heads, steps, width], or with the last two the other way round, come from.
    private HeadSource? SourceOf(Signal x, bool isTransposed)
    {
        int rank = x.View.Rank;
        (int steps, int width) = isTransposed ? (rank - 1, rank - 2) : (rank - 2, rank - 1);
        List<Atom> atoms = [.. Enumerable.Range(0, rank - 2).SelectMany(axis => x.View[axis]).Where(atom => !atom.IsRows)];
        long heads = atoms.Aggregate(1L, (product, atom) => product * atom.Size);
        allowance.Take(heads + x.View.Size(steps) + x.View.Size(width), "the heads of attention");
        long[] of = Places(atoms);
        return HeadSource.Of(x.Expr, (of, Places(x.View[steps]), Places(x.View[width])), allowance);
    }

    private static long[] Places(IEnumerable<Atom> atoms)
    {
        long[] places = [0];
        foreach (Atom atom in atoms.Where(atom => !atom.IsRows))
            places = [.. places.SelectMany(place => Enumerable.Range(0, (int)atom.Size).Select(k => place + (k * atom.Stride)))];
        return places;
    }

    // What an axis runs over: the rows, or so many others.
    private static List<(bool AreRows, long Size)> RowsAndOthers(View view, int axis)
    {
        var made = new List<(bool AreRows, long Size)>();
        foreach (Atom atom in view[axis].Where(atom => atom.Size > 1))
        {
            if (made.Count > 0 && made[^1].AreRows == atom.IsRows)
                made[^1] = (atom.IsRows, made[^1].Size * atom.Size);
            else
                made.Add((atom.IsRows, atom.Size));
        }

        return made;
    }

    private static long RowsIn(View view, int axis) => view[axis].Where(atom => atom.IsRows).Aggregate(1L, (product, atom) => product * atom.Size);

    /// <summary>x of x · c, and c.</summary>
    private static (Expr Expr, double Factor) WithoutFactor(Expr expr)
    {
        double factor = 1;
        for (int depth = 0; depth < 8 && expr is ElementExpr { HasNumber: true, IsNumberFirst: false, Operation: "Mul" or "Div" } element; depth++)
        {
            factor = element.Operation == "Mul" ? factor * element.Number : factor / element.Number;
            expr = element.Left;
        }

        return (expr, factor);
    }

    // Whether the last two axes are [steps, width], or the other way round, and those before the heads, so far apart.
    private static bool IsOf(View view, long heads, long steps, long width, bool isTransposed, long headStride, long stepStride)
    {
        int rank = view.Rank, stepAxis = isTransposed ? rank - 1 : rank - 2, widthAxis = isTransposed ? rank - 2 : rank - 1;
        bool Is(IEnumerable<Atom> atoms, long size, long stride) =>
            atoms.Where(atom => !atom.IsRows).ToArray() is var own
                && (size == 1 ? own.Length == 0 : own is [var atom] && atom == new Atom(size, stride));
        return !view[stepAxis].Concat(view[widthAxis]).Any(atom => atom.IsRows && atom.Size > 1)
            && Is(view[stepAxis], steps, stepStride) && Is(view[widthAxis], width, 1)
            && Is(Enumerable.Range(0, rank - 2).SelectMany(axis => view[axis]), heads, headStride);
    }

    // The same rows and heads, with other steps and width.
    private static View Placed(View like, long heads, long steps, long width, long headStride, long stepStride)
    {
        View view = like.Mapped(atom => new Atom(atom.Size, atom.Size == heads ? headStride : 0));
        static Atom[] AxisFor(long size, long stride) => size == 1 ? [] : [new Atom(size, stride)];
        return view.With(like.Rank - 2, AxisFor(steps, stepStride)).With(like.Rank - 1, AxisFor(width, 1));
    }
}
