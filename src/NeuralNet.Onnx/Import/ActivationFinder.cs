namespace NeuralNet.Onnx.Import;

/// <summary>Which scalar activation of the library a function is, if any.</summary>
internal static class ActivationFinder
{
    // Constants of the formulas are rounded to floats in a file.
    private const double Tolerance = 2e-6;

    private static readonly (ScalarActivation Activation, string Formula, double Alpha, double Beta)[] fixedOnes =
    [
        (new Relu(), "Relu", 0, 0), (new Sigmoid(), "Sigmoid", 0, 0), (new Tanh(), "Tanh", 0, 0), (new Gelu(), "Gelu", 0, 0),
        (new GeluTanh(), "GeluTanh", 0, 0), (new Mish(), "Mish", 0, 0), (new Softplus(), "Softplus", 0, 0), (new Softsign(), "Softsign", 0, 0),
        (new HardSigmoid(), "HardSigmoid", 1.0 / 6, 0.5), (new HardSwish(), "HardSwish", 0, 0), (new Abs(), "Abs", 0, 0), (new Relu6(), "Clip", 0, 6),
        (new Selu(), "Selu", 1.6732632423543772, 1.0507009873554805),
    ];

    /// <summary>The activation that an operator by itself is.</summary>
    public static ScalarActivation? Of(ElementExpr element) => element is not { Operation: "Clip" }
        ? ActivationOperators.Read(element.Operation, (float)element.Alpha)
        : (element.Alpha, element.Beta) switch
        {
            (0, 6) => new Relu6(),
            (0, double.PositiveInfinity) => new Relu(),
            (double min, double max) when min < max && double.IsFinite(min) && double.IsFinite(max) => new HardTanh((float)min, (float)max),
            _ => null,
        };

    /// <summary>The activation that some operators on a base are together; null if none.</summary>
    public static ScalarActivation? Of(ElementExpr last, Expr origin)
    {
        if (last.Left == origin && last.Right is null && Of(last) is { } single)
            return single;
        double[] points = ElementRegion.Points;
        double[]? values = ElementRegion.Evaluate(last, origin, points);
        if (values is null)
            return null;
        foreach ((ScalarActivation activation, string formula, double alpha, double beta) in fixedOnes)
        {
            if (Is(values, z => Elements.Evaluate(formula, z, 0, alpha, beta)))
                return activation;
        }

        return Gated(values) ?? WithSetting(last, origin, values);
    }

    /// <summary>Whether the values at the points are those of a formula, wherever both are finite.</summary>
    public static bool Is(double[] values, Func<double, double> formula)
    {
        int compared = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double expected = formula(ElementRegion.Points[i]);
            if (!double.IsFinite(values[i]) || !double.IsFinite(expected))
                continue;
            if (Math.Abs(values[i] - expected) > Tolerance * (1 + Math.Abs(expected)))
                return false;
            compared++;
        }

        return compared > values.Length / 2;
    }

    private static ScalarActivation? Gated(double[] values) =>
        Is(values, z => z * Elements.Evaluate("Sigmoid", z, 0, 0, 0)) ? new Silu()
        : Is(values, z => -Elements.Evaluate("Softplus", -z, 0, 0, 0)) ? new LogSigmoid()
        : Is(values, z => z) ? new Identity()
        : null;

    // Those with a setting: it is read off a point or two, and then all must agree.
    private static ScalarActivation? WithSetting(ElementExpr last, Expr origin, double[] values)
    {
        double At(double z) => values[Array.IndexOf(ElementRegion.Points, z)];
        double slope = -At(-1);
        if (slope is >= 0 and < 1e30 && Is(values, z => z > 0 ? z : slope * z))
            return new LeakyRelu((float)slope);
        double low = At(-1e6), high = At(1e6);
        if (low < high && double.IsFinite(low) && double.IsFinite(high) && Is(values, z => Math.Min(Math.Max(z, low), high)))
            return new HardTanh((float)low, (float)high);
        double alpha = -low;
        if (alpha is > 1e-30 and < 1e30)
        {
            if (Is(values, z => Elements.Evaluate("Elu", z, 0, alpha, 0)))
                return new Elu((float)alpha);
            if (Is(values, z => Elements.Evaluate("Celu", z, 0, alpha, 0)))
                return new Celu((float)alpha);
        }

        return last is { Operation: "Sin", Left: ElementExpr { Operation: "Mul" or "Div", HasNumber: true, IsNumberFirst: false } factor }
            && factor.Left == origin
            ? Sine(factor.Operation == "Mul" ? factor.Number : 1 / factor.Number)
            : last is { Operation: "Sin", Left: ElementExpr { Operation: "Mul", HasNumber: true } other } && other.Left == origin
                ? Sine(other.Number) : null;
    }

    private static Sine? Sine(double frequency)
    {
        try
        {
            return new Sine((float)frequency);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
