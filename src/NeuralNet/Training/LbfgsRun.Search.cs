using NeuralNet.Kernels;

namespace NeuralNet;

/// <content>The line search.</content>
internal sealed partial class LbfgsRun
{
    // c₁ and c₂ of the Wolfe conditions; what rounding may do to the objective; how many points are tried along one line.
    private const double Decrease = 1e-4, Curvature = 0.9, Rounding = 1e-6;
    private const int MaxTrials = 25;

    // A point w + t d of the line: the objective, its derivative along d, and the divergence without the penalty.
    private readonly record struct Point(double T, double Value, double Slope, double Divergence)
    {
        public bool IsFinite => double.IsFinite(Value) && double.IsFinite(Slope);
    }

    private Point Evaluate(in Batch batch, double t)
    {
        cancellationToken.ThrowIfCancellationRequested();
        evaluations++;
        Gradient.Clear();
        float mean = network.AddGradient(batch, divergence, Gradient, workspace, plan);
        double value = mean;
        if (settings.Penalty is { } penalty)
        {
            value += penalty.Value(network.Parameters, penalized, workspace.Workers);
            penalty.AddGradient(network.Parameters, Gradient, penalized, workspace.Workers);
        }

        return float.IsFinite(Reduction.MaxMagnitude(Gradient, workspace.Workers))
            ? new Point(t, value, Dot(Gradient, Direction), mean)
            : new Point(t, double.PositiveInfinity, double.NaN, mean);
    }

    private Point EvaluateAt(in Batch batch, double t)
    {
        Start.CopyTo(network.Parameters);
        foreach (ParameterRange range in learning)
            GradientKernels.AddScaled(Of(network.Parameters, range), Of(Direction, range), (float)t, workspace.Workers);
        return Evaluate(batch, t);
    }

    // A point that fulfils the conditions, or the lowest that falls far enough; parameters and gradient are then that point's.
    private Point? Search(in Batch batch, Point start, double length, double lowest)
    {
        Point last = start;
        double t = length;
        for (int trial = 1; trial <= MaxTrials; trial++)
        {
            Point point = EvaluateAt(batch, t);
            if (!Falls(start, point, lowest) || (trial > 1 && point.Value > last.Value + Noise(lowest)))
                return Narrow(batch, start, last, point, trial, lowest);
            if (Math.Abs(point.Slope) <= -Curvature * start.Slope)
                return point;
            if (point.Slope >= 0)
                return Narrow(batch, start, point, last, trial, lowest);

            double further = Cubic(last, point);
            t = further > point.T ? Math.Clamp(further, 1.5 * point.T, 10 * point.T) : 4 * point.T;
            last = point;
        }

        // Downhill without an end: the last point, if it is lower than the start.
        return last.Value < start.Value ? last : null;
    }

    // Between a point that falls and another beyond a minimum: the interval shrinks until a point fulfils both conditions.
    private Point? Narrow(in Batch batch, Point start, Point low, Point high, int trial, double lowest)
    {
        for (; trial < MaxTrials; trial++)
        {
            double width = high.T - low.T, share = high.IsFinite ? (Cubic(low, high) - low.T) / width : 0.1;
            share = share is >= 0.1 and <= 0.9 ? share : share < 0.1 ? 0.1 : share > 0.9 ? 0.9 : 0.5;
            Point point = EvaluateAt(batch, low.T + (share * width));
            if (!Falls(start, point, lowest) || point.Value > low.Value + Noise(lowest))
            {
                high = point;
                continue;
            }

            if (Math.Abs(point.Slope) <= -Curvature * start.Slope)
                return point;
            if (point.Slope * width >= 0)
                high = low;
            low = point;
        }

        // The parameters may be those of another point by now. Without a fitting curvature, a fall by rounding alone does not count.
        return low.Value < start.Value ? EvaluateAt(batch, low.T) : null;
    }

    // Armijo's condition; or, within rounding of the lowest value so far, what it says of the slope of a parabola.
    private static bool Falls(Point start, Point point, double lowest) =>
        point.IsFinite
        && (point.Value <= start.Value + (Decrease * point.T * start.Slope)
            || (point.Value <= lowest + Noise(lowest) && point.Slope <= ((2 * Decrease) - 1) * start.Slope));

    private static double Noise(double value) => Rounding * Math.Abs(value);

    // Where the cubic through two points with their slopes has its minimum; NaN where it has none.
    private static double Cubic(Point a, Point b)
    {
        double d1 = a.Slope + b.Slope - (3 * (a.Value - b.Value) / (a.T - b.T)), square = (d1 * d1) - (a.Slope * b.Slope);
        double d2 = Math.Sign(b.T - a.T) * Math.Sqrt(square);
        return b.T - ((b.T - a.T) * ((b.Slope + d2 - d1) / (b.Slope - a.Slope + (2 * d2))));
    }
}
