namespace NeuralNet.Onnx.Import;

/// <summary>The operators that act element by element, as formulas in double.</summary>
internal static class Elements
{
    /// <summary>Of a or of a and b; NaN for an operator that is not among them.</summary>
    public static double Evaluate(string operation, double a, double b, double alpha, double beta) => operation switch
    {
        "Add" => a + b,
        "Sub" => a - b,
        "Mul" => a * b,
        "Div" => a / b,
        "Pow" => Math.Pow(a, b),
        "Max" => Math.Max(a, b),
        "Min" => Math.Min(a, b),
        "Relu" => Math.Max(a, 0),
        "LeakyRelu" => a >= 0 ? a : alpha * a,
        "ThresholdedRelu" => a > alpha ? a : 0,
        "Elu" => a >= 0 ? a : alpha * Expm1(a),
        "Celu" => a >= 0 ? a : alpha * Expm1(a / alpha),
        "Selu" => beta * (a > 0 ? a : alpha * Expm1(a)),
        "Sigmoid" => 1 / (1 + Math.Exp(-a)),
        "Tanh" => Math.Tanh(a),
        "Softplus" => Math.Max(a, 0) + Log1p(Math.Exp(-Math.Abs(a))),
        "Softsign" => a / (1 + Math.Abs(a)),
        "HardSigmoid" => Math.Clamp((alpha * a) + beta, 0, 1),
        "HardSwish" => a * Math.Clamp((a / 6) + 0.5, 0, 1),
        "Clip" => Math.Min(Math.Max(a, alpha), beta),
        "Gelu" => 0.5 * a * (1 + Erf(a / Math.Sqrt(2))),
        "GeluTanh" => 0.5 * a * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (a + (0.044715 * a * a * a)))),
        "Mish" => a * Math.Tanh(Math.Max(a, 0) + Log1p(Math.Exp(-Math.Abs(a)))),
        "Erf" => Erf(a),
        "Exp" => Math.Exp(a),
        "Log" => Math.Log(a),
        "Sqrt" => Math.Sqrt(a),
        "Reciprocal" => 1 / a,
        "Neg" => -a,
        "Less" => a < b ? 1 : 0,
        "Greater" => a > b ? 1 : 0,
        "LessOrEqual" => a <= b ? 1 : 0,
        "GreaterOrEqual" => a >= b ? 1 : 0,
        "Equal" => a == b ? 1 : 0,
        "Not" => a == 0 ? 1 : 0,
        "And" => a != 0 && b != 0 ? 1 : 0,
        "Or" => a != 0 || b != 0 ? 1 : 0,

        // The two sides of a choice, whose sum it is.
        "Then" => a != 0 ? b : 0,
        "Else" => a != 0 ? 0 : b,
        "Sign" => double.IsNaN(a) ? a : Math.Sign(a),
        "Swish" => a / (1 + Math.Exp(-alpha * a)),
        "Shrink" => a < -alpha ? a + beta : a > alpha ? a - beta : 0,
        "Tan" => Math.Tan(a),
        "Atan" => Math.Atan(a),
        "Atanh" => Math.Atanh(a),
        "Sinh" => Math.Sinh(a),
        "Cosh" => Math.Cosh(a),
        "Abs" => Math.Abs(a),
        "Sin" => Math.Sin(a),
        "Cos" => Math.Cos(a),
        _ => double.NaN,
    };

    private static double Expm1(double x) => Math.Abs(x) < 1e-5 ? x + (x * x / 2) : Math.Exp(x) - 1;

    private static double Log1p(double x) => x < 1e-5 ? x - (x * x / 2) : Math.Log(1 + x);

    // By its series to 3; beyond, 1 less its continued fraction.
    private static double Erf(double x)
    {
        double magnitude = Math.Abs(x);
        if (!(magnitude <= 6))
            return double.IsNaN(x) ? x : Math.CopySign(1, x);
        if (magnitude < 3)
        {
            double term = x, sum = x;
            for (int n = 1; n < 100 && Math.Abs(term) > 1e-18; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return sum * 2 / Math.Sqrt(Math.PI);
        }

        double fraction = magnitude;
        for (int k = 60; k >= 1; k--)
            fraction = magnitude + (k / 2.0 / fraction);
        double rest = Math.Exp(-magnitude * magnitude) / Math.Sqrt(Math.PI) / fraction;
        return Math.CopySign(1 - rest, x);
    }
}
