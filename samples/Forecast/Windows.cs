using NeuralNet;

namespace Forecast;

/// <summary>
/// All forecasts that can be made of a span of years: one begins in each month, looks at the months before it, and is about
/// the twelve months from it on, all of which lie in the span.
/// </summary>
/// <remarks>What a forecast looks at may lie before the span: by the time, those months are known.</remarks>
internal sealed class Windows
{
    /// <summary>How many months a forecast looks back, and how many it looks ahead.</summary>
    public const int Past = 24, Ahead = 12;

    /// <summary>What is known of a month: the temperature, and the time of the year as a point on a circle.</summary>
    public const int Features = 3;

    private readonly Series series;
    private readonly Climate climate;
    private readonly int firstMonth;

    /// <summary>The forecasts of the months from <paramref name="from"/> up to, not including, <paramref name="to"/>.</summary>
    public Windows(Series series, Climate climate, int from, int to)
    {
        (this.series, this.climate) = (series, climate);
        firstMonth = Math.Max(from, Past);
        Count = to - Ahead - firstMonth + 1;

        float[][] past = new float[Count][], future = new float[Count][];
        for (int i = 0; i < Count; i++)
        {
            int start = Start(i);
            past[i] = [.. Enumerable.Range(start - Past, Past).SelectMany(Describe)];
            future[i] = [.. Enumerable.Range(start, Ahead).Select(month => climate.ToUnits(series[month], month))];
        }

        Data = Dataset.FromArrays(past, future);
    }

    public int Count { get; }

    /// <summary>What the network sees and what it should say, both in the climate's units: [Past, Features] and [Ahead].</summary>
    public Dataset Data { get; }

    /// <summary>The first month that forecast i is about.</summary>
    public int Start(int i) => firstMonth + i;

    /// <summary>The temperatures in °C that came: [Count, Ahead].</summary>
    public float[] Truth => Each((_, month) => series[month]);

    /// <summary>The simplest forecast: it stays as it was in the last known month.</summary>
    public float[] LastValue => Each((start, _) => series[start - 1]);

    /// <summary>The seasonal one: it will be as a year ago.</summary>
    public float[] YearBefore => Each((_, month) => series[month - 12]);

    /// <summary>The cautious one: it will be as is normal for the month.</summary>
    public float[] Normal => Each((_, month) => climate.Normal(month));

    /// <summary>What a network says, in °C.</summary>
    public float[] Forecast(Network network)
    {
        float[] units = network.Predict(Data.Inputs);
        int at = 0;
        return Each((_, month) => climate.ToCelsius(units[at++], month));
    }

    private float[] Each(Func<int, int, float> forecast) =>
        [.. Enumerable.Range(firstMonth, Count).SelectMany(start => Enumerable.Range(start, Ahead).Select(month => forecast(start, month)))];

    private float[] Describe(int month)
    {
        (float sine, float cosine) = MathF.SinCos(MathF.Tau * month / 12);
        return [climate.ToUnits(series[month], month), sine, cosine];
    }
}
