using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>One cycle: the learning rate rises along half a cosine to <see cref="Optimizer.LearningRate"/>, and falls along another
/// to nearly nothing.</summary>
/// <remarks>With T steps counted from 0 and the peak at p = rise · T − 1: from 1 / start divisor at 0 to 1 at p, and from there to
/// 1 / (start divisor · end divisor) at T − 1, where it stays; between a and b it is b + (a − b) (1 + cos(π s)) / 2 for the
/// share s of the way. L. Smith, N. Topin: "Super-convergence: very fast training of neural networks using large learning rates",
/// 2018; in PyTorch's form with cosines. The momentum, which others cycle too, stays as it is.</remarks>
public sealed class OneCycle : Schedule
{
    private readonly double exactRise, first, last;

    /// <summary>Makes the schedule.</summary>
    /// <param name="length">T, at least 2.</param>
    /// <param name="rise">The share of the cycle in which the rate rises, above 0 and below 1.</param>
    /// <param name="startDivisor">What the learning rate is divided by at the beginning, at least 1.</param>
    /// <param name="endDivisor">What that is divided by once more at the end, at least 1.</param>
    /// <param name="unit">What T counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public OneCycle(
        int length, float rise = 0.3f, float startDivisor = 25, float endDivisor = 1e4f, ScheduleUnit unit = ScheduleUnit.Steps)
    {
        if (length < 2)
            throw Guard.OutOfRange(nameof(length), length, "A cycle needs a length of at least 2.");
        if (!(rise > 0 && rise < 1))
            throw Guard.OutOfRange(nameof(rise), rise, "The share in which the rate rises must be above 0 and below 1.");
        (Length, Rise, Unit) = (length, rise, unit);
        StartDivisor = Divisor(startDivisor, nameof(startDivisor));
        EndDivisor = Divisor(endDivisor, nameof(endDivisor));
        exactRise = Guard.AsWritten(rise);
        first = 1 / Guard.AsWritten(startDivisor);
        last = first / Guard.AsWritten(endDivisor);
    }

    /// <summary>T: how long the cycle is.</summary>
    public int Length { get; }

    /// <summary>The share of the cycle in which the rate rises.</summary>
    public float Rise { get; }

    /// <summary>What the learning rate is divided by at the beginning.</summary>
    public float StartDivisor { get; }

    /// <summary>What that is divided by once more at the end.</summary>
    public float EndDivisor { get; }

    /// <summary>What the length counts.</summary>
    public ScheduleUnit Unit { get; }

    /// <inheritdoc/>
    public override bool IsPerEpoch => Unit == ScheduleUnit.Epochs;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings()
        .Set("length", Length).Set("rise", Rise).Set("startDivisor", StartDivisor).Set("endDivisor", EndDivisor).Set("unit", $"{Unit}");

    /// <inheritdoc/>
    public override double Factor(in ScheduleTime at)
    {
        // A rise that would end before the first step is left out.
        double t = Math.Min(at.In(Unit), Length - 1), peak = Math.Max(0, (exactRise * Length) - 1);
        return t <= peak && peak > 0
            ? Between(first, 1, t / peak)
            : Between(1, last, (t - peak) / (Length - 1 - peak));
    }

    private static float Divisor(float value, string name) => value >= 1 && float.IsFinite(value)
        ? value
        : throw Guard.OutOfRange(name, value, "A divisor must be a finite number of at least 1.");

    private static double Between(double from, double to, double share) => to + ((from - to) * (1 + Exact.CosPi(share)) / 2);
}
