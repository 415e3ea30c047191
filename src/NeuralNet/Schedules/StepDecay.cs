using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The learning rate falls by a factor at regular intervals: γ^⌊t / every⌋.</summary>
public sealed class StepDecay : Schedule
{
    private readonly double exactFactor;

    /// <summary>Makes the schedule.</summary>
    /// <param name="every">How long the rate stays the same, at least 1.</param>
    /// <param name="factor">γ, above 0 and at most 1.</param>
    /// <param name="unit">What t counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public StepDecay(int every, float factor = 0.1f, ScheduleUnit unit = ScheduleUnit.Epochs)
    {
        Every = Guard.Count(every, nameof(every));
        DecayFactor = Decay(factor, nameof(factor));
        Unit = unit;
        exactFactor = Guard.AsWritten(factor);
    }

    /// <summary>How long the rate stays the same.</summary>
    public int Every { get; }

    /// <summary>γ.</summary>
    public float DecayFactor { get; }

    /// <summary>What t counts.</summary>
    public ScheduleUnit Unit { get; }

    /// <inheritdoc/>
    public override bool IsPerEpoch => Unit == ScheduleUnit.Epochs;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("every", Every).Set("factor", DecayFactor).Set("unit", $"{Unit}");

    /// <inheritdoc/>
    public override double Factor(in ScheduleTime at) => Exact.Power(exactFactor, at.In(Unit) / Every);
}
