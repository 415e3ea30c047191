namespace NeuralNet;

/// <summary>A bin of a calibration curve: how often what was said to be so probable happened.</summary>
/// <param name="Lower">The probability above which the bin begins; the first bin has 0 too.</param>
/// <param name="Upper">The largest probability of the bin.</param>
/// <param name="Weight">Σ w of its rows; without weights their number.</param>
/// <param name="Said">The mean probability that was said; NaN without rows.</param>
/// <param name="Happened">The share of its rows in which it happened; NaN without rows.</param>
public readonly record struct CalibrationBin(double Lower, double Upper, double Weight, double Said, double Happened)
{
    /// <summary>The bin in a line, the same in every culture.</summary>
    /// <returns>For example <c>0.8 … 0.9: said 0.853, happened 0.84, of 25</c>.</returns>
    public override string ToString() =>
        FormattableString.Invariant($"{Lower:G4} … {Upper:G4}: said {Said:G4}, happened {Happened:G4}, of {Weight:G6}");
}
