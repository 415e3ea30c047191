namespace Forecast;

/// <summary>
/// What is normal: the mean of each month of the year, and how far from it temperatures usually are. In these units 0 is
/// normal and 1 unusually warm, in any month.
/// </summary>
internal sealed class Climate
{
    private readonly double[] normals = new double[12];
    private readonly double deviation;

    /// <summary>Learns it from the months before <paramref name="end"/>, and from no other.</summary>
    public Climate(Series series, int end)
    {
        for (int month = 0; month < end; month++)
            normals[month % 12] += series[month] / (end / 12.0);

        double squares = 0;
        for (int month = 0; month < end; month++)
            squares += Math.Pow(series[month] - normals[month % 12], 2);
        deviation = Math.Sqrt(squares / end);
    }

    public float Normal(int month) => (float)normals[month % 12];

    public float ToUnits(float celsius, int month) => (float)((celsius - normals[month % 12]) / deviation);

    public float ToCelsius(float units, int month) => (float)(normals[month % 12] + (units * deviation));
}
