using NeuralNet;

namespace Forecast;

/// <summary>Monthly temperatures of the sea in °C, from January 1950; months are counted from there.</summary>
internal sealed class Series
{
    public const int FirstYear = 1950;

    private readonly float[] celsius;

    private Series(float[] celsius) => this.celsius = celsius;

    public int Months => celsius.Length;

    public float this[int month] => celsius[month];

    /// <summary>Reads lines of year, month, temperature.</summary>
    public static Series Load(string path) => new(Dataset.FromCsvWithTargets(path, targets: 1).Desired.ToArray());

    /// <summary>The January of a year, as a month of the series.</summary>
    public static int January(int year) => (year - FirstYear) * 12;
}
