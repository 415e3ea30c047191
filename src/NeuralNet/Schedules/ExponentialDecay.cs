using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The learning rate falls by a factor each time: γᵗ.</summary>
public sealed class ExponentialDecay : Schedule
{
    private readonly double exactFactor;

    /// <summary>Makes the schedule.</summary>
    /// <param name="factor">γ, above 0 and at most 1.</param>
    /// <param name="unit">What t counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is out of its range.</exception>
    public ExponentialDecay(float factor, ScheduleUnit unit = ScheduleUnit.Epochs)
    {
        DecayFactor = Decay(factor, nameof(factor));
        Unit = unit;
        exactFactor = Guard.AsWritten(factor);
    }

    /// <summary>γ.</summary>
    public float DecayFactor { get; }

    /// <summary>What t counts.</summary>
    public ScheduleUnit Unit { get; }

    /// <inheritdoc/>
    public override bool IsPerEpoch => Unit == ScheduleUnit.Epochs;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("factor", DecayFactor).Set("unit", $"{Unit}");

    /// <inheritdoc/>
    public override double Factor(in ScheduleTime at) => Exact.Power(exactFactor, at.In(Unit));
}
