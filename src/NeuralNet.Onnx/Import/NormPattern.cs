namespace NeuralNet.Onnx.Import;

/// <summary>
/// Norms as exporters write them where there is no operator: x / √(mean x² + ε), the same of x − mean x, and
/// x / max(‖x‖, ε), each in several spellings.
/// </summary>
internal static class NormPattern
{
    /// <summary>The norm that a division by a number of each vector is; null if it is none.</summary>
    public static Expr? Of(BroadcastExpr last)
    {
        bool divides = last is { Operation: "Div", IsSmallFirst: false };
        if (!divides && last.Operation != "Mul")
            return null;

        // x may have been divided by a number of its own before, so that no square overflows.
        BroadcastExpr? first = last.Whole is BroadcastExpr { Operation: "Div", IsSmallFirst: false, Small: ElementExpr } scaled
            && scaled.Axis == last.Axis && IsPositive(scaled.Small) ? scaled : null;
        foreach (ReduceExpr reduced in Reductions(last.Small))
        {
            if (reduced.Axis != last.Axis || !SquaredOf(reduced, last.Whole, out bool isRoot))
                continue;
            // What is divided by, as a function of the reduced number at so many times the points, where x has been divided by a scale before.
            double[]? Values(double unit, double scale) => ValuesOf(last.Small, reduced, first?.Small, unit, scale, divides);
            Expr x = first is null ? last.Whole : first.Whole;
            if (Values(1, 1) is not { } values)
                continue;
            double divisor = first is null ? 1 : 2;
            if (Root(values, Values, divisor, reduced, x, last) is { } root)
                return root;
            if (Length(values, Values, divisor, isRoot, reduced, x, last) is { } length)
                return length;
        }

        return null;
    }

    private static double[]? ValuesOf(Expr small, ReduceExpr reduced, Expr? divisor, double unit, double scale, bool divides)
    {
        double[] points = [.. ElementRegion.Points.Select(z => unit * z)];
        var given = new Dictionary<Expr, double[]> { [reduced] = points };
        if (divisor is not null)
            given[divisor] = [.. Enumerable.Repeat(scale, points.Length)];
        double[]? values = small is ElementExpr element ? ElementRegion.Evaluate(element, given) : points;
        return values is null || divides ? values : Array.ConvertAll(values, value => 1 / value);
    }

    // √(mean + ε), with ε / scale² where there is a scale.
    private static NormExpr? Root(
        double[] values, Func<double, double, double[]?> at, double scale, ReduceExpr reduced, Expr x, BroadcastExpr last)
    {
        double count = reduced.Operation == "Mean" ? 1 : reduced.Axis.Size, epsilon = values[0] * values[0];
        if (reduced.Operation == "L2" || epsilon is not (>= 1e-30 and <= 1e30)
            || !Agrees(at, epsilon, 1, s => Math.Sqrt((s / count) + epsilon))
            || (scale != 1 && !Agrees(at, epsilon, scale, s => Math.Sqrt((s / count) + (epsilon / scale / scale)))))
            return null;
        bool centers = x is BroadcastExpr { Operation: "Sub", IsSmallFirst: false, Small: ReduceExpr { Operation: "Mean" } mean } difference
            && mean.Axis == last.Axis && difference.Axis == last.Axis && mean.Input == difference.Whole;
        x = centers ? ((BroadcastExpr)x).Whole : x;
        return Along(x.Shape, last.Axis) == x.Shape ? new NormExpr(centers, x, (float)epsilon, null, null, last.Origin!) : null;
    }

    // max(√s, ε), or √max(s, ε²), with ε / scale
    private static LayerExpr? Length(
        double[] values, Func<double, double, double[]?> at, double scale, bool isRoot, ReduceExpr reduced, Expr x, BroadcastExpr last)
    {
        double epsilon = Math.Max(values[0], 1e-37), kink = isRoot ? epsilon : epsilon * epsilon;
        return reduced.Operation != "Mean" && Along(x.Shape, last.Axis) == x.Shape && epsilon < 1e30
            && Agrees(at, kink, 1, s => Math.Max(isRoot ? s : Math.Sqrt(s), epsilon))
            && (scale == 1 || Agrees(at, kink, scale, s => Math.Max(isRoot ? s : Math.Sqrt(s), epsilon / scale)))
            ? new LayerExpr(new ActivationLayer(x.Shape, new L2Normalize((float)epsilon)), x, last.Origin)
            : null;
    }

    // The largest of something and a positive number.
    private static bool IsPositive(Expr expr) => expr is ElementExpr { Operation: "Max", HasNumber: true, Number: > 0 };

    // Only for what a sum of squares can be: around 1, and around the kink, where ε and the sum are alike.
    private static bool Agrees(Func<double, double, double[]?> at, double kink, double scale, Func<double, double> formula)
    {
        foreach (double unit in new[] { 1, kink })
        {
            if (at(unit, scale) is not { } values)
                return false;
            for (int i = 0; i < values.Length; i++)
            {
                double s = unit * ElementRegion.Points[i], expected = s < 0 ? 0 : formula(s);
                if (s >= 0 && !(Math.Abs(values[i] - expected) <= 1e-6 * Math.Abs(expected)))
                    return false;
            }
        }

        return true;
    }

    private static Shape? Along(Shape shape, Atom axis) =>
        axis.Size == shape.FeatureCount && (axis.Size == 1 || axis.Stride == 1) ? shape : null;

    private static IEnumerable<ReduceExpr> Reductions(Expr small) => small switch
    {
        ReduceExpr own => [own],
        ElementExpr element => ElementRegion.Bases(element).OfType<ReduceExpr>(),
        _ => [],
    };

    // Whether a reduction is that of the squares of x, or the root of their sum.
    private static bool SquaredOf(ReduceExpr reduced, Expr x, out bool isRoot)
    {
        isRoot = reduced.Operation == "L2";
        return reduced.Operation is "L2" or "SumSquare"
            ? reduced.Input == x
            : reduced.Operation is "Mean" or "Sum" && reduced.Input is ElementExpr square && square.Left == x
                && (square is { Operation: "Mul", Right: { } right } && right == x
                    || square is { Operation: "Pow", HasNumber: true, IsNumberFirst: false, Number: 2 });
    }
}
