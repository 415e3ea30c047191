namespace NeuralNet.Onnx.Import;

/// <summary>
/// Several operators in a row that act element by element, as one function of one expression: exporters write
/// x · σ(x) or x · ½ · (1 + erf(x / √2)) where the library has an activation, each in its own spelling. So the function is
/// known by its values, computed in double from the operators' formulas.
/// </summary>
internal static class ElementRegion
{
    /// <summary>The longest spelling that is looked for.</summary>
    public const int MaxNodes = 24;

    /// <summary>The largest of the points.</summary>
    public const double Largest = 1e12;

    /// <summary>
    /// Where functions are compared: 0, and then pairs z and −z, from tiny to huge. Nearer to 0 than 10⁻⁹ a spelling such as
    /// 2 σ(2 z) − 1 has too few digits left in double.
    /// </summary>
    public static readonly double[] Points =
    [
        0,
        .. new double[]
        {
            1e-9, 1e-8, 1e-7, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.02, 0.1, 0.25, 0.5, 0.75, 1, 1.3, 1.7, 2, 2.5, 2.99, 3.01, 3.5, 4, 5,
            5.99, 6.01, 7, 9, 12, 20, 50, 300, 1e3, 1e4, 1e5, 1e6, 1e9, Largest,
        }.SelectMany(IEnumerable<double> (z) => [z, -z]),
    ];

    /// <summary>
    /// The expressions that an operator may be a function of, the farthest first: those that are not of such operators
    /// themselves, if there is but one, and then such operators on the way.
    /// </summary>
    public static List<Expr> Bases(ElementExpr last)
    {
        var found = new List<Expr>();
        var seen = new HashSet<Expr> { last };
        var rest = new Queue<Expr>([last]);
        int nodes = 0;
        while (rest.TryDequeue(out Expr? expr))
        {
            if (expr is not ElementExpr element || ++nodes > MaxNodes)
                continue;
            if (seen.Add(element.Left))
                Find(element.Left);
            if (element.Right is { } right && seen.Add(right))
                Find(right);
        }

        found.Reverse();
        return found;

        void Find(Expr expr)
        {
            found.Add(expr);
            rest.Enqueue(expr);
        }
    }

    /// <summary>The values at the points, as a function of the base; null if it depends on something else.</summary>
    public static double[]? Evaluate(ElementExpr last, Expr origin, double[] points) =>
        Evaluate(last, new Dictionary<Expr, double[]> { [origin] = points });

    /// <summary>The same of several expressions with given values, which are added to.</summary>
    public static double[]? Evaluate(ElementExpr last, Dictionary<Expr, double[]> values)
    {
        double[] points = values.Values.First();
        var rest = new Stack<Expr>([last]);
        int nodes = 0;
        while (rest.TryPeek(out Expr? expr))
        {
            if (values.ContainsKey(expr))
            {
                rest.Pop();
                continue;
            }

            if (expr is not ElementExpr element || ++nodes > 4 * MaxNodes)
                return null;
            double[]? left = values.GetValueOrDefault(element.Left), right = element.Right is null ? points : values.GetValueOrDefault(element.Right);
            if (left is null)
                rest.Push(element.Left);
            if (right is null)
                rest.Push(element.Right!);
            if (left is null || right is null)
                continue;
            double[] made = new double[points.Length];
            for (int i = 0; i < made.Length; i++)
                made[i] = ValueOf(element, left[i], right[i]);
            values.Add(element, made);
            rest.Pop();
        }

        return values[last];
    }

    private static double ValueOf(ElementExpr element, double left, double right)
    {
        if (element.HasNumber)
        {
            return element.IsNumberFirst
                ? Elements.Evaluate(element.Operation, element.Number, left, element.Alpha, element.Beta)
                : Elements.Evaluate(element.Operation, left, element.Number, element.Alpha, element.Beta);
        }

        return Elements.Evaluate(element.Operation, left, right, element.Alpha, element.Beta);
    }
}
