namespace NeuralNet.Onnx.Import;

/// <content>Constants: what does not depend on the input is computed here.</content>
internal sealed partial class Evaluator
{
    private void ReadConstant(Node node)
    {
        int given = 0;
        Tensor? made = null;
        void Take(string name, Func<Tensor> read)
        {
            if (node.HasAttribute(name))
            {
                given++;
                made = read();
            }
        }

        Take("value", () => model.Read(node.Tensor("value")!, node.ToString()));
        Take("value_float", () => new Tensor([], [node.Float("value_float", 0)]));
        Take("value_floats", () => Of(node.Floats("value_floats")!));
        Take("value_int", () => new Tensor([], [node.Int("value_int", 0)]));
        Take("value_ints", () => Integers(node.Ints("value_ints")!));
        if (given != 1)
            throw new Refusal("a constant with one tensor or number is imported; texts and sparse ones are not");
        node.Set(made!);

        static Tensor Of(float[] values) => new([values.Length], values);
    }

    private void ReadCast(Node node)
    {
        long to = node.Int("to", 0);
        node.Ignore("saturate");
        node.Ignore("round_mode"); // both are of casts to eight bits alone
        bool isInteger = to switch
        {
            1 or 10 or 11 or 16 => false,
            2 or 3 or 5 or 6 or 7 or 9 or 12 or 13 => true,
            _ => throw new Refusal(FormattableString.Invariant($"a cast to type {to} is not imported")),
        };
        if (node.Input(0) is Tensor tensor)
        {
            node.Set(isInteger ? tensor.AsIntegers() : tensor.AsFloats());
            return;
        }

        Signal x = node.Signal(0, "its input");
        if (x.Expr is WholeExpr { IsExact: true } exact)
            wholes.Add(exact.Input);
        Expr cast = x.Expr switch
        {
            WholeExpr { IsExact: true } whole when !isInteger => whole.Input,
            WholeExpr => x.Expr,
            _ => isInteger ? new WholeExpr(x.Expr, false, node) : x.Expr,
        };
        node.Set(new Signal(cast, x.View));
    }

    private static void ReadShape(Node node)
    {
        long[] sizes = DimensionsOf(node.Input(0));
        int start = Clamp(node.Int("start", 0)), end = Clamp(node.Int("end", sizes.Length));
        node.Set(Integers(start < end ? sizes[start..end] : []));

        int Clamp(long axis) => (int)Math.Clamp(axis < 0 ? Math.Max(axis, -sizes.Length) + sizes.Length : axis, 0, sizes.Length);
    }

    // Of a node that has only constants as inputs.
    private bool TryFold(Node node)
    {
        switch (node.Operator)
        {
            case "ConstantOfShape":
                Tensor value = node.Tensor("value") is { } proto ? model.Read(proto, node.ToString()) : new Tensor([1], [0f]);
                if (value.Count != 1)
                    throw node.Bad($"its value must be one number, and is {Sizes.Text(value.Dimensions)}");
                node.Set(value.WithDimensions(CheckedSizes(node, node.Constant(0, "the shape"))));
                return true;
            case "Equal" or "Less" or "Greater" or "LessOrEqual" or "GreaterOrEqual" or "Not" or "And" or "Or":
                FoldComparison(node);
                return true;
            case "Where":
                FoldElements(node, 3, values => values[0] != 0 ? values[1] : values[2], node.Constant(1, "x").IsInteger, a => a[0] != 0
                    ? a[1] : a[2]);
                return true;
            case "Add" or "Sub" or "Mul" or "Div" or "Max" or "Min" or "Pow" when node.Count == 2:
                string operation = node.Operator;
                FoldElements(
                    node, 2, a => Elements.Evaluate(operation, a[0], a[1], 0, 0), node.Constant(0, "a").IsInteger && operation != "Pow", a =>
                        Whole(node, operation, a[0], a[1]));
                return true;
            case "Neg" or "Abs" or "Sqrt" or "Reciprocal" or "Exp" or "Log" or "Sin" or "Cos" or "Tanh" or "Sigmoid" or "Relu":
                operation = node.Operator;
                FoldElements(node, 1, a => Elements.Evaluate(operation, a[0], 0, 0, 0), node.Constant(0, "x").IsInteger, a => (long)Elements.Evaluate(
                    operation, a[0], 0, 0, 0));
                return true;
            case "Range":
                FoldRange(node);
                return true;
            default:
                return TryFoldMore(node);
        }
    }

    private void FoldComparison(Node node)
    {
        string operation = node.Operator;
        bool areFloats = operation is "Equal" or "Less" or "Greater" or "LessOrEqual" or "GreaterOrEqual" && !node.Constant(0, "a").IsInteger;
        FoldElements(node, operation == "Not" ? 1 : 2, OfFloats, true, a => Of(a), areFloats);

        static long Compare(string operation, double a, double b) => operation switch
        {
            "Equal" => a == b ? 1 : 0,
            "Less" => a < b ? 1 : 0,
            "Greater" => a > b ? 1 : 0,
            "LessOrEqual" => a <= b ? 1 : 0,
            _ => a >= b ? 1 : 0,
        };

        double OfFloats(double[] a)
        {
            CheckOpen(operation, (long)a[0], (long)a[1]);
            return Compare(operation, a[0], a[1]);
        }

        long Of(long[] a)
        {
            if (a.Length > 1)
                CheckOpen(operation, a[0], a[1]);
            return Whole(a);
        }

        long Whole(long[] a) => operation switch
        {
            "Equal" => a[0] == a[1] ? 1 : 0,
            "Less" => a[0] < a[1] ? 1 : 0,
            "Greater" => a[0] > a[1] ? 1 : 0,
            "LessOrEqual" => a[0] <= a[1] ? 1 : 0,
            "GreaterOrEqual" => a[0] >= a[1] ? 1 : 0,
            "And" => a[0] != 0 && a[1] != 0 ? 1 : 0,
            "Or" => a[0] != 0 || a[1] != 0 ? 1 : 0,
            _ => a[0] == 0 ? 1 : 0,
        };
    }

    private long Whole(Node node, string operation, long a, long b)
    {
        CheckOpen(operation, a, b);
        return WholeOf(node, operation, a, b);
    }

    private static long WholeOf(Node node, string operation, long a, long b) => operation switch
    {
        "Add" => unchecked(a + b),
        "Sub" => unchecked(a - b),
        "Mul" => unchecked(a * b),
        "Div" => b == 0 || (a == long.MinValue && b == -1) ? throw node.Bad("it divides by 0") : a / b,
        "Max" => Math.Max(a, b),
        _ => Math.Min(a, b),
    };

    private void FoldElements(Node node, int count, Func<double[], double> evaluate, bool isInteger, Func<long[], long> evaluateWhole,
        bool comparesFloats = false)
    {
        if (node.Count != count)
            throw node.Bad(FormattableString.Invariant($"it takes {count} inputs, and has {node.Count}"));
        Tensor[] inputs = [.. Enumerable.Range(0, count).Select(i => node.Constant(i, "an input"))];
        long[] sizes = inputs[0].Dimensions;
        foreach (Tensor input in inputs)
            sizes = Broadcast(node, sizes, input.Dimensions);
        bool isUniform = Array.TrueForAll(inputs, input => input.IsUniform);
        long length = isUniform ? 1 : Sizes.Product(sizes);
        Func<long, long>[] places = [.. inputs.Select(input => PlacesIn(input, sizes))];

        // A table made of two lists, or of such a table, is computed where it is asked for.
        int cost = 1 + inputs.Sum(input => input.Formula?.Cost ?? 0);
        if (length > Formula.Least && cost <= Formula.MaxCost && !Array.Exists(sizes, Sizes.HasRows)
            && (Array.Exists(inputs, input => input.Formula is not null) || length / 2 > inputs.Sum(input => input.Stored)))
        {
            var formula = new Formula(isInteger ? null : FloatAt, isInteger ? WholeAt : null, cost, allowance);
            formula.TakeOnce(length);
            node.Set(new Tensor(sizes, formula));
            return;
        }

        allowance.Take(length, "a constant");
        if (isInteger)
        {
            long[] made = new long[length];
            for (long i = 0; i < length; i++)
                made[i] = WholeAt(i);
            node.Set(new Tensor(sizes, made));
        }
        else
        {
            float[] made = new float[length];
            for (long i = 0; i < length; i++)
                made[i] = FloatAt(i);
            node.Set(new Tensor(sizes, made));
        }

        double[] Floats(long i)
        {
            double[] values = new double[count];
            for (int k = 0; k < count; k++)
                values[k] = inputs[k].Float(places[k](i));
            return values;
        }

        float FloatAt(long i) => (float)evaluate(Floats(i));

        long WholeAt(long i)
        {
            if (comparesFloats)
                return (long)evaluate(Floats(i));
            long[] values = new long[count];
            for (int k = 0; k < count; k++)
                values[k] = inputs[k].Integer(places[k](i));
            return evaluateWhole(values);
        }
    }

    // Which value of a constant lies at a place of what it is spread to.
    private static Func<long, long> PlacesIn(Tensor tensor, long[] sizes)
    {
        if (tensor.IsUniform)
            return _ => 0;
        if (tensor.Dimensions.AsSpan().SequenceEqual(sizes))
            return i => i;
        long[] own = Tensor.Strides(tensor.Dimensions), strides = new long[sizes.Length];
        own.CopyTo(strides, sizes.Length - own.Length);
        return i => Tensor.Place(i, sizes, strides, 0);
    }

    private void FoldRange(Node node)
    {
        Tensor start = node.Constant(0, "the start"), limit = node.Constant(1, "the limit"), step = node.Constant(2, "the step");
        if (start.Count != 1 || limit.Count != 1 || step.Count != 1 || step.Float(0) == 0)
            throw node.Bad("it takes three numbers, of which the last is not 0");
        if (!start.IsInteger)
            throw new Refusal("a range of other than whole numbers is not imported");
        long count = Math.Max(0, (long)Math.Ceiling(((double)limit.Integer(0) - start.Integer(0)) / step.Integer(0)));
        allowance.Take(count, "a range");
        long[] values = new long[count];
        for (int i = 0; i < values.Length; i++)
            values[i] = start.Integer(0) + (i * step.Integer(0));
        node.Set(Integers(values));
    }

    /// <summary>Of a batch of a fixed size, a constant that is the same for every row: that of one row.</summary>
    private Tensor OfOneRow(Tensor c, View view)
    {
        for (int axis = 0; axis < c.Dimensions.Length && !c.IsUniform; axis++)
        {
            if (c.Dimensions[axis] == 1 || !view.HasRows(axis + view.Rank - c.Dimensions.Length))
                continue;
            long[] strides = Tensor.Strides(c.Dimensions), one = (long[])c.Dimensions.Clone();
            one[axis] = 1;
            c.Formula?.TakeOnce(c.Count);
            for (long row = 0, inner = strides[axis], whole = inner * c.Dimensions[axis]; row < c.Count; row++)
            {
                if (!c.Float(row).Equals(c.Float((row / whole * whole) + (row % inner))))
                    return c;
            }

            c = c.Strided(one, strides, 0, allowance);
        }

        return c;
    }

    private static long[] CheckedSizes(Node node, Tensor sizes)
    {
        long[] list = ListOf(node, sizes, "the shape");
        foreach (long size in list)
        {
            if (size < 0)
                throw node.Bad(FormattableString.Invariant($"it asks for an axis of {size}"));
        }

        return list;
    }

    private static long[] Broadcast(Node node, long[] a, long[] b)
    {
        long[] sizes = new long[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= sizes.Length; i++)
        {
            long left = i <= a.Length ? a[^i] : 1, right = i <= b.Length ? b[^i] : 1;
            sizes[^i] = left == 1 ? right : right == 1 || left == right ? left
                : throw node.Bad($"{Sizes.Text(a)} and {Sizes.Text(b)} cannot be broadcast to each other");
        }

        return sizes;
    }

    private Tensor Expanded(Tensor tensor, long[] sizes)
    {
        if (tensor.Dimensions.AsSpan().SequenceEqual(sizes))
            return tensor;
        long[] own = Tensor.Strides(tensor.Dimensions), strides = new long[sizes.Length];
        own.CopyTo(strides, sizes.Length - own.Length);
        return tensor.Strided(sizes, strides, 0, allowance);
    }
}
