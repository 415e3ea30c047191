namespace NeuralNet;

/// <summary>Means, deviations and quantiles of numbers, summed in their order.</summary>
internal static class Moments
{
    /// <summary>Σ x / n; a second pass takes away what the first has lost to rounding.</summary>
    public static double Mean(ReadOnlySpan<double> numbers)
    {
        double mean = 0, rest = 0;
        foreach (double number in numbers)
            mean += number / numbers.Length;
        foreach (double number in numbers)
            rest += number - mean;
        return mean + (rest / numbers.Length);
    }

    /// <summary>√(Σ (x − μ)² / n).</summary>
    public static double Deviation(ReadOnlySpan<double> numbers, double mean)
    {
        double sum = 0;
        foreach (double number in numbers)
            sum += (number - mean) * (number - mean);
        return Math.Sqrt(sum / numbers.Length);
    }

    /// <summary>A quantile of sorted numbers, on a line between the two that it lies between.</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        double part = at - below;
        return part == 0 ? sorted[below] : sorted[below] + (part * (sorted[below + 1] - sorted[below]));
    }
}
