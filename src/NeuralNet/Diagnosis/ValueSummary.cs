namespace NeuralNet;

/// <summary>The range of some values. Where one of them is not finite, so is what follows from it.</summary>
/// <param name="Min">The smallest.</param>
/// <param name="Max">The largest.</param>
/// <param name="Mean">μ = Σ v / n.</param>
/// <param name="Deviation">σ = √(Σ (v − μ)² / n).</param>
public readonly record struct ValueSummary(double Min, double Max, double Mean, double Deviation)
{
    /// <summary>√(Σ v² / n) = √(μ² + σ²).</summary>
    public double Rms => double.Hypot(Mean, Deviation);

    /// <summary>The range in words.</summary>
    /// <returns>For example <c>-1.5 to 3, mean 0.1, deviation 0.9</c>.</returns>
    public override string ToString() => FormattableString.Invariant($"{Min:G4} to {Max:G4}, mean {Mean:G4}, deviation {Deviation:G4}");

    // Of n > 0 values that have come one by one.
    internal static ValueSummary Of(double min, double max, double sum, double squares, long count)
    {
        double mean = sum / count;
        return new ValueSummary(min, max, mean, Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean))));
    }
}
