namespace NeuralNet.Onnx.Import;

/// <summary>Which scalar activation of the library a function is, if any.</summary>
internal static class ActivationFinder
{
    // Constants of the formulas are rounded to floats in a file.
    private const double Tolerance = 2e-6;

    private static readonly (ScalarActivation Activation, string Formula, double Alpha, double Beta)[] fixedOnes =
    [
        (new Sigmoid(), "Sigmoid", 0, 0), (new Tanh(), "Tanh", 0, 0), (new Gelu(), "Gelu", 0, 0), (new GeluTanh(), "GeluTanh", 0, 0),
        (new Mish(), "Mish", 0, 0), (new Softplus(), "Softplus", 0, 0), (new Softsign(), "Softsign", 0, 0),
        (new HardSigmoid(), "HardSigmoid", 1.0 / 6, 0.5), (new HardSwish(), "HardSwish", 0, 0),
        (new Selu(), "Selu", 1.6732632423543772, 1.0507009873554805),
    ];

    // Those with a kink at 0, or none: near 0 they are the same at every scale.
    private static readonly (ScalarActivation Activation, Func<double, double> Formula)[] scaleless =
    [
        (new Relu(), z => Math.Max(z, 0)), (new Abs(), Math.Abs), (new Identity(), z => z), (new Relu6(), z => Math.Clamp(z, 0, 6)),
    ];

    // From one of them to the next the points reach, down to where floats end.
    private static readonly double[] tinyScales = [1e-12, 1e-24, 1e-36];

    /// <summary>The activation that an operator by itself is.</summary>
    public static ScalarActivation? Of(ElementExpr element) => element is not { Operation: "Clip" }
        ? ActivationOperators.Read(element.Operation, (float)element.Alpha)
        : (element.Alpha, element.Beta) switch
        {
            (0, 6) => new Relu6(),
            (0, double.PositiveInfinity) => new Relu(),
            (double min, double max) when min < max && (double.IsFinite(min) || double.IsFinite(max)) =>
                new HardTanh((float)Math.Max(min, float.MinValue), (float)Math.Min(max, float.MaxValue)),
            _ => null,
        };

    /// <summary>The activation that some operators on a base are together; null if none.</summary>
    public static ScalarActivation? Of(ElementExpr last, Expr origin)
    {
        if (last.Left == origin && last.Right is null && Of(last) is { } single)
            return single;
        if (ElementRegion.Evaluate(last, origin, ElementRegion.Points) is not { } values)
            return null;
        foreach ((ScalarActivation activation, string formula, double alpha, double beta) in fixedOnes)
        {
            if (Is(values, z => Elements.Evaluate(formula, z, 0, alpha, beta)))
                return activation;
        }

        foreach ((ScalarActivation activation, Func<double, double> formula) in scaleless)
        {
            if (IsAtEveryScale(last, origin, values, formula))
                return activation;
        }

        return Gated(values) ?? WithSetting(last, origin, values);
    }

    /// <summary>
    /// Whether operators on a base, of which the values at the points are given, are a formula there and at the points times a
    /// scale: that of the formula's own kinks, which may be far smaller than all points.
    /// </summary>
    public static bool Is(ElementExpr last, Expr origin, double[] values, double scale, Func<double, double> formula) =>
        Is(values, formula) && IsAt(last, origin, scale, formula);

    // s f(x / s) is a multiple of x on either side of 0 at all points but those as small as s, so that the points must become as small. For
    // formulas that are multiples of x there all spellings have the digits for it; 2 σ(2 z) − 1 for tanh(z) has not.
    private static bool IsAtEveryScale(ElementExpr last, Expr origin, double[] values, Func<double, double> formula) =>
        Is(values, formula) && Array.TrueForAll(tinyScales, scale => IsAt(last, origin, scale, formula));

    private static bool IsAt(ElementExpr last, Expr origin, double scale, Func<double, double> formula) => !(scale is > 0 and < 1e30)
        || ElementRegion.Evaluate(last, origin, [.. ElementRegion.Points.Select(z => scale * z)]) is { } values
        && Is(values, formula, scale);

    /// <summary>
    /// Whether the values at the points, which may be times a scale, are those of a formula, wherever both are finite. They may
    /// differ by a small part of the formula's own size: of its largest value on the same side of 0 that lies no farther out.
    /// What follows may be a factor that makes any value large, and the inputs may be tiny, or of one sign.
    /// </summary>
    public static bool Is(double[] values, Func<double, double> formula, double scale = 1)
    {
        double positive = 0, negative = 0;
        int compared = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double z = scale * ElementRegion.Points[i], expected = formula(z), size = Math.Abs(expected);
            if (!double.IsFinite(values[i]) || !double.IsFinite(expected))
                continue;
            if (z >= 0)
                positive = size = Math.Max(size, positive);
            if (z <= 0)
                negative = size = Math.Max(size, negative);
            if (!(Math.Abs(values[i] - expected) <= Tolerance * size))
                return false;
            compared++;
        }

        return compared > values.Length / 2;
    }

    private static ScalarActivation? Gated(double[] values) =>
        Is(values, z => z * Elements.Evaluate("Sigmoid", z, 0, 0, 0)) ? new Silu()
        : Is(values, z => -Elements.Evaluate("Softplus", -z, 0, 0, 0)) ? new LogSigmoid()
        : null;

    // Those with a setting: it is read off a point or two, and then all must agree.
    private static ScalarActivation? WithSetting(ElementExpr last, Expr origin, double[] values)
    {
        double At(double z) => values[Array.IndexOf(ElementRegion.Points, z)];
        double low = At(-ElementRegion.Largest), high = At(ElementRegion.Largest);

        // What goes on to the last point has no bound there, as in max(z, c): the largest float is as good as none.
        if (low == -ElementRegion.Largest)
            low = float.MinValue;
        if (high == ElementRegion.Largest)
            high = float.MaxValue;
        double Bounded(double z) => Math.Min(Math.Max(z, low), high);
        double slope = -At(-1);
        if (slope is >= 0 and < 1e30 && IsAtEveryScale(last, origin, values, z => z > 0 ? z : slope * z))
            return new LeakyRelu((float)slope);
        if (low < high && double.IsFinite(low) && double.IsFinite(high) && IsAtEveryScale(last, origin, values, Bounded)
            && IsAt(last, origin, Math.Abs(low), Bounded) && IsAt(last, origin, Math.Abs(high), Bounded))
            return new HardTanh((float)low, (float)high);
        double alpha = -low;
        if (alpha is > 1e-30 and < 1e30)
        {
            if (Is(values, z => Elements.Evaluate("Elu", z, 0, alpha, 0)))
                return new Elu((float)alpha);
            if (Is(last, origin, values, alpha, z => Elements.Evaluate("Celu", z, 0, alpha, 0)))
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
