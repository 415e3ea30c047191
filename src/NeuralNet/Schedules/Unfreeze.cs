namespace NeuralNet;

/// <summary>Nothing is learned at first, and then the learning rate rises in a line to all of it: for a part of a network that is frozen until the
/// rest fits it (<see cref="Rates.Follow"/>).</summary>
/// <remarks>With t counted from 0: 0 for t &lt; s; then min(1, (t − s + 1) / w). J. Howard, S. Ruder: "Universal language model fine-tuning for text
/// classification", 2018 (gradual unfreezing: one such schedule for each layer, the last one first).</remarks>
public sealed class Unfreeze : Schedule
{
    /// <summary>Makes the schedule.</summary>
    /// <param name="after">s: how long nothing is learned, at least 0.</param>
    /// <param name="over">w: how long the rate rises, at least 1, which is to all of it at once.</param>
    /// <param name="unit">What t counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Unfreeze(int after, int over = 1, ScheduleUnit unit = ScheduleUnit.Epochs)
    {
        Guard.AtLeast(after, 0, nameof(after));
        After = after;
        Over = Guard.Count(over, nameof(over));
        Unit = unit;
    }

    /// <summary>s: how long nothing is learned.</summary>
    public int After { get; }

    /// <summary>w: how long the rate rises.</summary>
    public int Over { get; }

    /// <summary>What t counts.</summary>
    public ScheduleUnit Unit { get; }

    /// <inheritdoc/>
    public override bool IsPerEpoch => Unit == ScheduleUnit.Epochs;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings().Set("after", After).Set("over", Over).Set("unit", $"{Unit}");

    /// <inheritdoc/>
    public override double Factor(in ScheduleTime at)
    {
        long since = at.In(Unit) - After;
        return since < 0 ? 0 : since >= Over ? 1 : (since + 1.0) / Over;
    }
}
