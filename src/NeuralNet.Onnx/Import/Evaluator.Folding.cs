namespace NeuralNet.Onnx.Import;

/// <content>More of what is computed of constants alone: the arithmetic that exporters leave of shapes, masks and weights.</content>
internal sealed partial class Evaluator
{
    // A product of constants takes a step for each of its terms; so many of them count as one value.
    private const int TermsPerValue = 256;

    private bool TryFoldMore(Node node)
    {
        switch (node.Operator)
        {
            case "Floor" or "Ceil" or "Round" or "Sign" or "Erf":
                string operation = node.Operator;
                FoldElements(node, 1, a => Stepped(operation, a[0]), node.Constant(0, "x").IsInteger, a => operation == "Sign"
                    ? Math.Sign(a[0]) : a[0]);
                return true;
            case "Mod":
                bool isTruncated = node.Int("fmod", 0) != 0;
                FoldElements(node, 2, a => isTruncated ? a[0] % a[1] : a[0] - (a[1] * Math.Floor(a[0] / a[1])),
                    node.Constant(0, "a").IsInteger, a => Remainder(node, a[0], a[1], isTruncated));
                return true;
            case "Xor":
                FoldElements(node, 2, _ => 0, true, a => a[0] != 0 ^ a[1] != 0 ? 1 : 0);
                return true;
            case "Clip" when !node.HasAttribute("min") && !node.HasAttribute("max"):
                FoldClip(node);
                return true;
            case "ReduceSum" or "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceProd" or "ReduceL1" or "ReduceL2" or "ReduceSumSquare":
                FoldReduce(node);
                return true;
            case "MatMul" when node.Count == 2:
                FoldProduct(node);
                return true;
            case "CumSum":
                FoldCumulative(node);
                return true;
            case "Trilu":
                FoldTriangle(node);
                return true;
            default:
                return false;
        }
    }

    private static double Stepped(string operation, double x) => operation switch
    {
        "Floor" => Math.Floor(x),
        "Ceil" => Math.Ceiling(x),
        "Round" => Math.Round(x, MidpointRounding.ToEven),
        "Sign" => double.IsNaN(x) ? x : Math.Sign(x),
        _ => Elements.Evaluate(operation, x, 0, 0, 0),
    };

    private long Remainder(Node node, long a, long b, bool isTruncated)
    {
        if (b == 0)
            throw node.Bad("it divides by 0");
        if (b == -1)
            return 0;
        long rest = a % b;
        if (IsOpen(b) || (IsOpen(a) && !(Sizes.HasRows(a) && a / Sizes.Rows % b == 0)))
            throw DependsOnRows();
        if (IsOpen(a))
            return 0;
        return !isTruncated && rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
    }

    /// <summary>Whether a number is made of that of the rows, which may be any.</summary>
    private bool IsOpen(long value) => rows == Sizes.Rows && Math.Abs((decimal)value) is >= Sizes.Rows / 2 and < 1L << 62;

    private static Refusal DependsOnRows() => new("what it computes depends on how many rows there are, and a network takes any number of them; "
        + "export the model for one row, or load it with rows: OnnxRows.One");

    /// <summary>Refuses to compare, or to divide, what comes out one way for some numbers of rows, and another way for others.</summary>
    private void CheckOpen(string operation, long a, long b)
    {
        if (!IsOpen(a) && !IsOpen(b))
            return;
        bool areMultiples = Sizes.HasRows(a) && Sizes.HasRows(b);
        bool isDecided = operation switch
        {
            "Equal" or "Less" or "Greater" or "LessOrEqual" or "GreaterOrEqual" => a == b || areMultiples || (Sizes.HasRows(a) && a > 0 && b <= 0)
                || (Sizes.HasRows(b) && b > 0 && a <= 0),
            "Max" or "Min" => a == b || (Sizes.HasRows(a) && Sizes.HasRows(b)) || (Sizes.HasRows(a) && a > 0 && b <= 1)
                || (Sizes.HasRows(b) && b > 0 && a <= 1),
            "Div" => areMultiples ? a % b == 0 : Sizes.HasRows(a) && b != 0 && a / Sizes.Rows % b == 0,
            _ => true,
        };
        if (!isDecided)
            throw DependsOnRows();
    }

    private void FoldClip(Node node)
    {
        Tensor x = node.Constant(0, "x");
        Tensor low = node.OptionalConstant(1, "min") ?? Bound(x, lowest: true), high = node.OptionalConstant(2, "max") ?? Bound(x, lowest: false);
        node.Inputs = [x, low, high];
        FoldElements(node, 3, a => Math.Min(Math.Max(a[0], a[1]), a[2]), x.IsInteger, a =>
        {
            CheckOpen("Max", a[0], a[1]);
            CheckOpen("Min", a[0], a[2]);
            return Math.Min(Math.Max(a[0], a[1]), a[2]);
        });

        static Tensor Bound(Tensor x, bool lowest) => x.IsInteger ? new Tensor([], [lowest ? long.MinValue : long.MaxValue])
            : new Tensor([], [lowest ? float.NegativeInfinity : float.PositiveInfinity]);
    }

    private void FoldReduce(Node node)
    {
        Tensor x = node.Constant(0, "x");
        long[] sizes = x.Dimensions;
        bool keeps = node.Int("keepdims", 1) != 0, isNothing = node.Int("noop_with_empty_axes", 0) != 0;
        long[] given = node.HasAttribute("axes") || node.Has(1) ? SizesFrom(node, 1, "axes", "the axes") : [];
        if (given.Length == 0 && isNothing)
        {
            node.Set(x);
            return;
        }

        bool[] isReduced = new bool[sizes.Length];
        foreach (long at in given)
            isReduced[node.Axis(at, sizes.Length)] = true;
        if (given.Length == 0)
            Array.Fill(isReduced, true);
        long[] kept = [.. sizes.Select((size, axis) => isReduced[axis] ? 1 : size)], strides = Tensor.Strides(kept);
        long count = Sizes.Product(kept);
        if (x.Count <= 0)
            throw node.Bad("it reduces nothing, or too much");
        allowance.Take(count + (x.IsUniform ? x.Count : 0), "a constant");
        string operation = node.Operator["Reduce".Length..];
        double first = operation switch { "Max" => double.NegativeInfinity, "Min" => double.PositiveInfinity, "Prod" => 1, _ => 0 };
        double[] made = [.. Enumerable.Repeat(first, (int)count)];
        long[] index = new long[sizes.Length];
        for (long i = 0, to = 0; i < x.Count; i++)
        {
            double value = x.IsInteger ? x.Integer(i) : x.Float(i);
            made[to] = operation switch
            {
                "Max" => Math.Max(made[to], value),
                "Min" => Math.Min(made[to], value),
                "Prod" => made[to] * value,
                "L1" => made[to] + Math.Abs(value),
                "L2" or "SumSquare" => made[to] + (value * value),
                _ => made[to] + value,
            };
            for (int axis = sizes.Length - 1; axis >= 0; axis--)
            {
                to += isReduced[axis] ? 0 : strides[axis];
                if (++index[axis] < sizes[axis])
                    break;
                to -= isReduced[axis] ? 0 : strides[axis] * index[axis];
                index[axis] = 0;
            }
        }

        double each = x.Count / (double)count;
        double[] y = [.. made.Select(value => operation switch { "Mean" => value / each, "L2" => Math.Sqrt(value), _ => value })];
        long[] shape = keeps ? kept : [.. sizes.Where((_, axis) => !isReduced[axis])];
        if (!x.IsInteger)
        {
            node.Set(new Tensor(shape, Array.ConvertAll(y, value => (float)value)));
            return;
        }

        // Whole numbers beyond 2⁵³ would have been rounded on the way; products of sizes that are known are below.
        if (operation is "L1" or "L2" or "SumSquare" or "Mean" || Array.Exists(y, value => Math.Abs(value) >= 1L << 53))
            throw new Refusal("of whole numbers sums, products, the largest and the smallest below 2⁵³ are computed");
        bool isOpen = x.Count > count && Enumerable.Range(0, (int)Math.Min(x.Stored, int.MaxValue)).Any(i => IsOpen(x.Integer(i)));
        if (operation is "Max" or "Min" && isOpen)
            throw DependsOnRows();
        node.Set(new Tensor(shape, Array.ConvertAll(y, value => (long)value)));
    }

    private void FoldProduct(Node node)
    {
        Tensor a = node.Constant(0, "A"), b = node.Constant(1, "B");
        if (a.IsInteger || b.IsInteger || a.Dimensions.Length < 2 || b.Dimensions.Length < 2)
            throw new Refusal("of constants, products of matrices of floats are computed");
        (long m, long k, long n) = (a.Dimensions[^2], a.Dimensions[^1], b.Dimensions[^1]);
        if (b.Dimensions[^2] != k)
            throw node.Bad($"{Sizes.Text(a.Dimensions)} cannot be multiplied by {Sizes.Text(b.Dimensions)}");
        long[] outer = Broadcast(node, a.Dimensions[..^2], b.Dimensions[..^2]);
        long matrices = Sizes.Product(outer), terms = Sizes.Product([.. outer, m, k, n]);
        allowance.Take(terms < 0 ? -1 : (matrices * ((m * n) + (m * k) + (k * n))) + (terms / TermsPerValue), "a product of constants");
        float[] left = Expanded(a, [.. outer, m, k]).ToArray(), right = Expanded(b, [.. outer, k, n]).ToArray(), made = new float[matrices * m * n];
        double[] row = new double[n];
        for (long i = 0; i < matrices * m; i++)
        {
            Array.Clear(row);
            for (long l = 0; l < k; l++)
            {
                double factor = left[(i * k) + l];
                for (long j = 0; j < n; j++)
                    row[j] += factor * right[(((i / m * k) + l) * n) + j];
            }

            for (long j = 0; j < n; j++)
                made[(i * n) + j] = (float)row[j];
        }

        node.Set(new Tensor([.. outer, m, n], made));
    }

    private void FoldCumulative(Node node)
    {
        Tensor x = node.Constant(0, "x"), at = node.Constant(1, "the axis");
        bool isExclusive = node.Int("exclusive", 0) != 0, isReverse = node.Int("reverse", 0) != 0;
        if (at.Count != 1)
            throw node.Bad("the axis must be one number");
        int axis = node.Axis(at.Integer(0), x.Dimensions.Length);
        long size = x.Dimensions[axis], inner = Sizes.Product(x.Dimensions.AsSpan(axis + 1));
        allowance.Take(x.Count, "a constant");
        long[] wholes = new long[x.IsInteger ? x.Count : 0];
        float[] floats = new float[x.IsInteger ? 0 : x.Count];
        for (long line = 0; line < x.Count / Math.Max(1, size); line++)
        {
            long start = (line / inner * size * inner) + (line % inner), whole = 0;
            double sum = 0;
            for (long k = 0; k < size; k++)
            {
                long i = start + ((isReverse ? size - 1 - k : k) * inner);
                if (x.IsInteger)
                {
                    wholes[i] = isExclusive ? whole : unchecked(whole + x.Integer(i));
                    whole = unchecked(whole + x.Integer(i));
                }
                else
                {
                    floats[i] = (float)(isExclusive ? sum : sum + x.Float(i));
                    sum += x.Float(i);
                }
            }
        }

        node.Set(x.IsInteger ? new Tensor(x.Dimensions, wholes) : new Tensor(x.Dimensions, floats));
    }

    private void FoldTriangle(Node node)
    {
        Tensor x = node.Constant(0, "x");
        bool isUpper = node.Int("upper", 1) != 0;
        Tensor? k = node.OptionalConstant(1, "k");
        long[] sizes = x.Dimensions;
        if (sizes.Length < 2 || k is { Count: not 1 })
            throw node.Bad("it takes a matrix, and one number");
        decimal diagonal = k?.Integer(0) ?? 0;
        allowance.Take(x.Count, "a constant");
        long[] wholes = new long[x.IsInteger ? x.Count : 0];
        float[] floats = new float[x.IsInteger ? 0 : x.Count];
        for (long i = 0; i < x.Count; i++)
        {
            decimal over = (i % sizes[^1]) - (i / sizes[^1] % sizes[^2]) - diagonal;
            if (isUpper ? over < 0 : over > 0)
                continue;
            if (x.IsInteger)
                wholes[i] = x.Integer(i);
            else
                floats[i] = x.Float(i);
        }

        node.Set(x.IsInteger ? new Tensor(sizes, wholes) : new Tensor(sizes, floats));
    }
}
