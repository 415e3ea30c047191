using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The transformation of Yeo and Johnson in double precision, and its λ of the greatest likelihood; the same bits on every
/// machine.</summary>
internal static class YeoJohnson
{
    // λ follows from so many numbers well enough; of more, some that are evenly spread are looked at.
    private const int MostNumbers = 100_000;

    /// <summary>y = ((1 + x)^λ − 1) / λ for x ≥ 0, −((1 − x)^(2 − λ) − 1) / (2 − λ) below.</summary>
    public static double Value(double x, double lambda) => lambda == 1 ? x : Value(x, LogOfSize(x), lambda);

    /// <summary>The λ for which the transformed numbers are most likely to be of a normal distribution: the largest
    /// −n/2 log σ²(λ) + (λ − 1) Σ sign(x) log(1 + |x|).</summary>
    /// <param name="numbers">Numbers, not all the same.</param>
    /// <param name="least">The least λ that is tried.</param>
    /// <param name="most">The greatest.</param>
    public static double Lambda(ReadOnlySpan<double> numbers, double least, double most)
    {
        int stride = ((numbers.Length - 1) / MostNumbers) + 1, n = ((numbers.Length - 1) / stride) + 1;
        var x = new double[n];
        var logs = new double[n];
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            x[i] = numbers[i * stride];
            logs[i] = LogOfSize(x[i]);
            sum += x[i] < 0 ? -logs[i] : logs[i];
        }

        var y = new double[n];
        return Least(Unlikelihood, least, most);

        double Unlikelihood(double lambda)
        {
            for (int i = 0; i < n; i++)
                y[i] = Value(x[i], logs[i], lambda);
            double deviation = Moments.Deviation(y, Moments.Mean(y));
            return deviation > 0 && double.IsFinite(deviation)
                ? (n * Exact.Log(deviation)) - ((lambda - 1) * sum)
                : double.PositiveInfinity;
        }
    }

    // log(1 + |x|). The rounding of 1 + |x| is undone by the factor behind the logarithm.
    private static double LogOfSize(double x)
    {
        double size = Math.Abs(x), u = 1 + size;
        return u == 1 ? size : u > 1e15 ? Exact.Log(u) : Exact.Log(u) * (size / (u - 1));
    }

    private static double Value(double x, double log, double lambda)
    {
        double power = x < 0 ? 2 - lambda : lambda;
        double y = power == 0 ? log : ExpMinusOne(power * log) / power;
        return x < 0 ? -y : y;
    }

    private static double ExpMinusOne(double t)
    {
        if (Math.Abs(t) > 0.5)
            return (t < 0 ? Exact.ExpOfNegative(t) : 1 / Exact.ExpOfNegative(-t)) - 1;
        double sum = 1;
        for (int k = 16; k > 1; k--)
            sum = 1 + (t / k * sum);
        return t * sum;
    }

    // Brent's method: a parabola through the three best points where it is of use, the golden section where not. R. Brent: "Algorithms for
    // minimization without derivatives", 1973.
    private static double Least(Func<double, double> f, double a, double b)
    {
        const double Golden = 0.3819660112501051, Tolerance = 1e-8;
        double x = a + (Golden * (b - a)), w = x, v = x, fx = f(x), fw = fx, fv = fx, step = 0, before = 0;
        for (int i = 0; i < 100; i++)
        {
            double middle = (a + b) / 2, tolerance = Tolerance * (Math.Abs(x) + 1);
            if (Math.Abs(x - middle) <= (2 * tolerance) - ((b - a) / 2))
                break;
            double r = (x - w) * (fx - fv), q = (x - v) * (fx - fw), p = ((x - v) * q) - ((x - w) * r);
            q = 2 * (q - r);
            if (q > 0)
                p = -p;
            q = Math.Abs(q);
            if (Math.Abs(p) < Math.Abs(q * before / 2) && p > q * (a - x) && p < q * (b - x))
            {
                (before, step) = (step, p / q);
                if (x + step - a < 2 * tolerance || b - x - step < 2 * tolerance)
                    step = x < middle ? tolerance : -tolerance;
            }
            else
            {
                before = x < middle ? b - x : a - x;
                step = Golden * before;
            }

            double u = x + (Math.Abs(step) >= tolerance ? step : step > 0 ? tolerance : -tolerance), fu = f(u);
            if (fu <= fx)
            {
                (a, b) = u < x ? (a, x) : (x, b);
                (v, w, x, fv, fw, fx) = (w, x, u, fw, fx, fu);
            }
            else
            {
                (a, b) = u < x ? (u, b) : (a, u);
                if (fu <= fw || w == x)
                    (v, w, fv, fw) = (w, u, fw, fu);
                else if (fu <= fv || v == x || v == w)
                    (v, fv) = (u, fu);
            }
        }

        return x;
    }
}
