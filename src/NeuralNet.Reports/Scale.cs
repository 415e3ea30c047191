namespace NeuralNet;

/// <summary>An axis as numbers: where it begins and ends, and where its ticks are.</summary>
internal sealed class Scale
{
    // What is larger has no differences that are numbers.
    private const double Fallback = 1, Largest = 1e300;

    private readonly ChartAxis axis;
    private readonly double step;

    /// <param name="axis">What the axis is to be.</param>
    /// <param name="values">All that lies on it.</param>
    /// <param name="wanted">About how many ticks there is room for.</param>
    /// <param name="isTight">Whether it ends where the values do; otherwise at the next tick.</param>
    /// <param name="isWhole">Whether only whole numbers mean something on it.</param>
    public Scale(ChartAxis axis, IEnumerable<double> values, int wanted, bool isTight = false, bool isWhole = false)
    {
        this.axis = axis;
        double[] there = [.. values.Where(value => Math.Abs(value) < Largest && (value > 0 || !axis.IsLogarithmic))];
        Low = axis.Minimum ?? there.DefaultIfEmpty(axis.IsLogarithmic ? Fallback : 0).Min();
        High = axis.Maximum ?? there.DefaultIfEmpty(Fallback).Max();
        if (axis.Minimum >= axis.Maximum)
            throw new ArgumentException(
                $"Expected an axis that ends behind its beginning, but got {Markup.Value(Low)} to {Markup.Value(High)}.", nameof(axis));
        if (axis.IsLogarithmic)
        {
            Ticks = Decades(wanted, isTight);
            return;
        }

        // One value alone is in the middle of its axis.
        if (!(High - Low > 1e-9 * Math.Max(Math.Abs(Low), Math.Abs(High))))
            (Low, High) = (axis.Minimum ?? Low - Apart(Low), axis.Minimum is null ? High + Apart(High) : Low + 1);
        step = Round((High - Low) / wanted);
        step = isWhole ? Math.Max(1, step) : step;
        if (!isTight)
        {
            Low = axis.Minimum ?? Math.Min(Low, Math.Floor((Low / step) + 1e-9) * step);
            High = axis.Maximum ?? Math.Max(High, Math.Ceiling((High / step) - 1e-9) * step);
        }

        double first = Math.Ceiling((Low / step) - 1e-9);
        int count = (int)Math.Floor((High / step) - first + 1e-9) + 1;
        Ticks = [.. Enumerable.Range(0, count).Select(i => (first + i) * step)];
    }

    public double Low { get; private set; }

    public double High { get; private set; }

    public double[] Ticks { get; }

    /// <summary>Where a value lies: 0 at the beginning, 1 at the end.</summary>
    public double Share(double value)
    {
        if (!axis.IsLogarithmic)
            return (value - Low) / (High - Low);
        return double.IsNaN(value) ? value : Math.Log(Math.Max(value, Low) / Low) / Math.Log(High / Low);
    }

    /// <summary>What stands at a tick.</summary>
    public string Label(double tick)
    {
        if (axis.IsPercent)
            return Markup.Percent(tick, "0.####");
        double largest = Math.Max(Math.Abs(Low), Math.Abs(High));
        int digits = step > 0 ? Math.Clamp((int)Math.Ceiling(Math.Log10(largest / step)) + 1, 6, 15) : 6;
        double rounded = step > 0 ? Math.Round(tick / step) * step : tick;
        return Math.Abs(rounded) < 1e-12 && step > 1e-9 ? "0" : Markup.Value(rounded, digits);
    }

    private static double Apart(double value) => value == 0 ? 1 : Math.Abs(value) * 0.1;

    // 1, 2 or 5 times a power of ten, at least so much.
    private static double Round(double least)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return (least / power) switch { <= 1 + 1e-9 => power, <= 2 + 1e-9 => 2 * power, <= 5 + 1e-9 => 5 * power, _ => 10 * power };
    }

    // Powers of ten, not more than there is room for; over less than two of them 1, 2 and 5 times each.
    private double[] Decades(int wanted, bool isTight)
    {
        (Low, High) = (Math.Max(Low, double.Epsilon * 1e16), Math.Max(High, Low));
        double[] factors = High / Low < 100 ? [1, 2, 5] : [1];
        int first = (int)Math.Floor(Math.Log10(Low)), last = (int)Math.Ceiling(Math.Log10(High));
        last = Math.Max(last, first + 1);
        int apart = factors.Length > 1 ? 1 : Math.Max(1, (int)Math.Ceiling((last - first) / (double)wanted));
        var all = new List<double>();
        for (int power = first; power <= last + apart - 1; power += apart)
            all.AddRange(factors.Select(factor => factor * Math.Pow(10, power)));
        int from = all.FindLastIndex(tick => tick <= Low * (1 + 1e-9)), to = all.FindIndex(tick => tick >= High * (1 - 1e-9));
        (from, to) = (Math.Max(from, 0), to < 0 ? all.Count - 1 : to);
        to = to == from ? from + 1 : to;
        if (!isTight)
            (Low, High) = (axis.Minimum ?? all[from], axis.Maximum ?? all[to]);
        return [.. all.Where(tick => tick >= Low * (1 - 1e-9) && tick <= High * (1 + 1e-9))];
    }
}
