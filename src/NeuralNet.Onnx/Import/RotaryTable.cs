using System.Globalization;

namespace NeuralNet.Onnx.Import;

/// <summary>The cosines and sines of rotary positions, as a file has them: of position t and pair i those of t · θ^(−i / pairs).</summary>
internal sealed class RotaryTable
{
    // A table of float32 is exact to 6 · 10⁻⁸; if its angles are too, to as much of the angle, twice.
    private const double Tolerance = 1e-5, OfAngle = 1.0 / (1 << 23);

    // Below this part of the tolerance a table may be the library's own; of so many steps that is tried first.
    private const double Exactly = 0.02;
    private const int Few = 8;

    private readonly int steps, pairs;
    private readonly double[] cos, sin;

    /// <param name="steps">How many positions.</param>
    /// <param name="pairs">How many pairs of features.</param>
    /// <param name="at">What a position does to the first or the second feature of a pair: its own factor, and that of the other one, negated for
    /// the first.</param>
    /// <exception cref="Refusal">The two features of a pair do not turn by the same angle.</exception>
    public RotaryTable(int steps, int pairs, Func<int, int, bool, (double Cos, double Sin)> at)
    {
        (this.steps, this.pairs) = (steps, pairs);
        (cos, sin) = (new double[steps * pairs], new double[steps * pairs]);
        for (int t = 0; t < steps; t++)
        {
            for (int i = 0; i < pairs; i++)
            {
                ((double c, double s), (double c2, double s2)) = (at(t, i, false), at(t, i, true));
                if (!(Math.Abs(c - c2) <= 1e-6) || !(Math.Abs(s - s2) <= 1e-6) || !(Math.Abs((c * c) + (s * s) - 1) <= 5e-3))
                {
                    throw new Refusal(FormattableString.Invariant($"at position {t} the pair {i} of features does not turn: ({c} x − {s} y, {s2} x ")
                        + FormattableString.Invariant($"+ {c2} y) is no rotation; rotary positions are (cos x − sin y, sin x + cos y)"));
                }

                (cos[(t * pairs) + i], sin[(t * pairs) + i]) = (c, s);
            }
        }
    }

    /// <summary>θ, as simple a number as the table allows.</summary>
    /// <exception cref="Refusal">The angles are not those of positions from 0 on and of one θ.</exception>
    public float Theta()
    {
        // The first pair turns by the position itself, whatever θ is.
        for (int t = 0; t < steps; t++)
        {
            if (!(ErrorAt(t, 0, t) <= 1))
                throw Other(t, 0, FormattableString.Invariant($"{t}"));
        }

        if (steps == 1 || pairs == 1)
            return 10_000;
        double estimate = Estimate();
        if (!(estimate is >= 1 - OfAngle and < float.MaxValue))
            throw Other(1, 1, "one between 0 and 1");
        float[] candidates = [.. Enumerable.Range(0, 9).Select(digits => Rounded(estimate, digits)).Where(theta => theta >= 1).Distinct()];
        foreach (float theta in candidates)
        {
            if (IsExact(theta))
                return theta;
        }

        double[] errors = [.. candidates.Select(theta => Worst(theta).Error)];
        double least = errors.Min();
        if (least < Exactly && Near((float)estimate) is { } near)
            return near;
        int best = Array.FindIndex(errors, error => error <= Math.Max(0.1, 2 * least));
        if (errors[best] <= 1)
            return candidates[best];
        (_, int step, int pair) = Worst(candidates[^1]);
        throw Other(step, pair, FormattableString.Invariant($"{Angle(candidates[^1], step, pair):G6}"));
    }

    private double Angle(float theta, int t, int pair) => t * Math.Pow(theta, -pair / (double)pairs);

    // θ of the pair whose angles say most of it, followed from position to position, so that no turn is lost.
    private double Estimate()
    {
        double first = Math.Pow(Math.Atan2(sin[pairs + 1], cos[pairs + 1]), -pairs);
        int pair = first > 1 ? Math.Clamp((int)Math.Round(pairs / Math.Log(first)), 1, pairs - 1) : 1;
        double angle = Math.Atan2(sin[pairs + pair], cos[pairs + pair]);
        for (int t = 2; t < steps; t = t < steps - 1 ? Math.Min(2 * t, steps - 1) : steps)
        {
            double here = Math.Atan2(sin[(t * pairs) + pair], cos[(t * pairs) + pair]);
            angle = (here + (Math.Tau * Math.Round(((angle * t) - here) / Math.Tau))) / t;
        }

        return Math.Pow(angle, -pairs / (double)pair);
    }

    private static float Rounded(double value, int digits) =>
        float.Parse(value.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    // Whether the table is, to the bit, the library's own.
    private bool IsExact(float theta) => IsExact(theta, Math.Min(steps, Few)) && (steps <= Few || IsExact(theta, steps));

    private bool IsExact(float theta, int count)
    {
        float[] table = new Rotary(theta).Table(count, 2 * pairs);
        for (int i = 0; i < table.Length; i++)
        {
            (int row, int pair) = Math.DivRem(i, pairs);
            if (table[i] != (float)((row & 1) == 0 ? cos : sin)[(row / 2 * pairs) + pair])
                return false;
        }

        return true;
    }

    // A θ of many digits, as few numbers from the estimate as that is exact to.
    private float? Near(float estimate)
    {
        (float below, float above) = (estimate, MathF.BitIncrement(estimate));
        for (int k = 0; k < 128; k++)
        {
            if (below >= 1 && IsExact(below))
                return below;
            if (IsExact(above))
                return above;
            (below, above) = (MathF.BitDecrement(below), MathF.BitIncrement(above));
        }

        return null;
    }

    private (double Error, int Step, int Pair) Worst(float theta)
    {
        (double Error, int Step, int Pair) worst = default;
        for (int t = 0; t < steps; t++)
        {
            for (int i = 0; i < pairs; i++)
            {
                double error = ErrorAt(t, i, Angle(theta, t, i));
                if (!(error <= worst.Error))
                    worst = (double.IsNaN(error) ? double.PositiveInfinity : error, t, i);
            }
        }

        return worst;
    }

    // As a multiple of what is allowed.
    private double ErrorAt(int t, int pair, double angle)
    {
        int at = (t * pairs) + pair;
        return Math.Max(Math.Abs(cos[at] - Math.Cos(angle)), Math.Abs(sin[at] - Math.Sin(angle))) / (Tolerance + (OfAngle * angle));
    }

    private Refusal Other(int t, int pair, string expected)
    {
        int at = (t * pairs) + pair;
        return new Refusal(FormattableString.Invariant($"at position {t} the pair {pair} of features turns by the angle ")
            + FormattableString.Invariant($"{Math.Atan2(sin[at], cos[at]):G6} (up to whole turns), where {expected} was expected: positions ")
            + "are 0, 1, 2 …, and turn pair i of f features by position · θ^(−2i/f), to 10⁻⁵; positions or angles that are scaled "
            + "(for long contexts) and tables of half precision are not imported: export the model without the scaling, from position 0, in float32");
    }
}
