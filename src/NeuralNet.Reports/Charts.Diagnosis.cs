namespace NeuralNet;

/// <content>What was found out about a training and its settings.</content>
public static partial class Charts
{
    private const int MostLines = 6;

    private static readonly ChartAxis steps = new("step");

    /// <summary>What an X-ray saw, step by step: how far each layer's weights move relative to their size, ‖Δw‖ / ‖w‖, which is healthy around a
    /// thousandth, and beside it the share of its units that are dead or saturated, where an activation can be either.</summary>
    /// <remarks>Of more than six layers with parameters six are shown, from the first to the last.</remarks>
    /// <param name="xray">The X-ray, after its training.</param>
    /// <returns>The chart.</returns>
    /// <exception cref="ArgumentException">It has no reading of a layer with parameters.</exception>
    public static Chart XRay(XRay xray)
    {
        ArgumentNullException.ThrowIfNull(xray);
        Chart[] charts = XRayCharts(xray);
        return charts.Length == 0
            ? throw new ArgumentException("Expected at least one reading of a layer with parameters, but got none.", nameof(xray))
            : Grid("", columns: 2, charts);
    }

    /// <summary>What a test of learning rates saw: the divergence over the rate, smoothed, and where the proposed rate is.</summary>
    /// <param name="test">The test.</param>
    /// <returns>The chart.</returns>
    public static Chart Rates(RateTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        (string, double)[] marks = test.Rate is { } rate ? [($"proposed: {Markup.Value(rate)}", rate)] : [];

        // The explosion at the end would press what is before it onto the axis.
        double first = test.Points.Take(10).Select(point => point.Smoothed).DefaultIfEmpty(1).Max(), top = first + (0.5 * Math.Abs(first));
        bool isCut = top > test.Lowest.Smoothed && test.Points.Any(point => !(point.Divergence <= top));
        return Lines(
            "Divergence by learning rate", new ChartAxis("learning rate", IsLogarithmic: true),
            new ChartAxis("divergence", Maximum: isCut ? top : null),
            [
                new ChartLine("step", ChartColor.Axis, [.. test.Points.Select(point => ((double)point.Rate, point.Divergence))], Width: 1),
                new ChartLine("smoothed", ChartColor.First, [.. test.Points.Select(point => ((double)point.Rate, point.Smoothed))]),
            ],
            marks);
    }

    /// <summary>What a search found: the measure of each trial over the epochs that it had been trained for. The best trial is blue.</summary>
    /// <param name="result">The result.</param>
    /// <returns>The chart.</returns>
    public static Chart Search(SearchResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        ChartLine[] others = [.. result.Trials.Skip(1).Reverse().Select((trial, k) => Of(trial, k == 0 ? "others" : "", ChartColor.Axis, 1.2))];
        return Lines(
            $"{result.Trials.Count} trials", epochs, new ChartAxis(result.Measure.Name),
            [.. others, Of(result.Best, $"best: {result.Best.Settings}", ChartColor.First, 2.5)]);

        static ChartLine Of(TrialResult trial, string name, ChartColor color, double width) =>
            new(name, color, [.. trial.Rungs.Select(rung => ((double)rung.Epochs, rung.Measure))], width);
    }

    // Those of which there is something.
    internal static Chart[] XRayCharts(XRay xray)
    {
        var shown = new List<string>(); // a layer has one colour in both charts
        ChartLine[] moves = Those(layer => layer.Parameters > 0, layer => layer.UpdateRatio);
        ChartLine[] idle = Those(layer => (layer.Dead ?? layer.Saturated) is not null, layer => layer.Dead ?? layer.Saturated ?? double.NaN);
        if (moves.Length == 0)
            return [];
        var share = new ChartAxis("share of units", IsPercent: true, Minimum: 0, Maximum: 1);
        Chart movesChart = Lines("How far weights move in a step", steps, new ChartAxis("‖Δw‖ / ‖w‖, logarithmic", IsLogarithmic: true), moves);
        return idle.Length == 0 ? [movesChart] : [movesChart, Lines("Dead or saturated units", steps, share, idle)];

        // Of many layers some, from the first to the last.
        ChartLine[] Those(Func<LayerReading, bool> isOne, Func<LayerReading, double> value)
        {
            string[] places = [.. xray.Readings.SelectMany(reading => reading.Layers).Where(isOne).Select(layer => layer.Place).Distinct()];
            if (places.Length > MostLines)
                places = [.. Enumerable.Range(0, MostLines).Select(k => places[k * (places.Length - 1) / (MostLines - 1)])];
            return [.. places.Select(place => Of(place, value))];
        }

        ChartLine Of(string place, Func<LayerReading, double> value)
        {
            if (!shown.Contains(place))
                shown.Add(place);
            (double Step, LayerReading Layer)[] seen = [.. xray.Of(place).Select(at => ((double)at.Step, at.Layer))];
            return new($"{place} ({seen[0].Layer.Kind})", ChartColor.Of(shown.IndexOf(place)),
                [.. seen.Select(at => (at.Step, value(at.Layer)))], Width: 2);
        }
    }
}
