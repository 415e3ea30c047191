using System.Globalization;
using NeuralNet;

namespace Forecast;

/// <summary>How far off forecasts were.</summary>
internal static class Report
{
    private static readonly int[] shown = [1, 2, 3, 4, 6, 9, 12];

    /// <summary>A line for each kind of forecast: the mean absolute error by how far ahead it looks, then over all months.</summary>
    public static void Write(float[] truth, params (string Name, float[] Forecasts)[] kinds)
    {
        Console.WriteLine("months ahead                    " + string.Concat(shown.Select(ahead => Text($"{ahead,6}"))) + "   |   all    RMSE");
        foreach ((string name, float[] forecasts) in kinds)
        {
            string errors = string.Concat(
                shown.Select(ahead => Text($"{Metrics.MeanAbsoluteError(Column(forecasts, ahead), Column(truth, ahead)),6:0.00}")));
            (double mean, double rootMean) = (Metrics.MeanAbsoluteError(forecasts, truth), Metrics.RootMeanSquareError(forecasts, truth));
            Console.WriteLine(Text($"{name,-32}{errors}   |  {mean:0.00}    {rootMean:0.00}"));
        }
    }

    private static float[] Column(float[] forecasts, int ahead) => [.. forecasts.Where((_, i) => i % Windows.Ahead == ahead - 1)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
