namespace NeuralNet;

/// <summary>What an axis says and how it runs.</summary>
/// <param name="Title">What it says, with the unit; may be empty.</param>
/// <param name="IsLogarithmic">Whether equal distances are equal factors. Values of 0 and below then lie at its lower end.</param>
/// <param name="IsPercent">Whether shares are written as percents.</param>
/// <param name="Minimum">Where it begins; null: at the smallest value.</param>
/// <param name="Maximum">Where it ends; null: at the greatest value.</param>
public sealed record ChartAxis(string Title, bool IsLogarithmic = false, bool IsPercent = false, double? Minimum = null, double? Maximum = null);

/// <summary>A line of a chart.</summary>
/// <param name="Name">Its name in the legend; empty: it has none.</param>
/// <param name="Color">Its colour.</param>
/// <param name="Points">Its points; where one is not finite, the line has a gap.</param>
/// <param name="Width">How wide it is.</param>
/// <param name="IsDashed">Whether it is dashed, as what one compares with.</param>
public sealed record ChartLine(
    string Name, ChartColor Color, IReadOnlyList<(double X, double Y)> Points, double Width = 2.5, bool IsDashed = false)
{
    /// <summary>A line through values one after another.</summary>
    /// <param name="name">Its name in the legend.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="values">The values.</param>
    /// <param name="first">Where the first value lies: 1, as epochs are counted, unless given.</param>
    /// <returns>The line.</returns>
    public static ChartLine Over(string name, ChartColor color, IEnumerable<double> values, double first = 1)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(name, color, [.. values.Select((value, i) => (first + i, value))]);
    }
}

/// <summary>Bars of a chart that belong together.</summary>
/// <param name="Name">Their name in the legend; empty: they have none.</param>
/// <param name="Color">Their colour.</param>
/// <param name="Values">The length of each; what is not finite has no bar.</param>
public sealed record ChartBars(string Name, ChartColor Color, IReadOnlyList<double> Values);
