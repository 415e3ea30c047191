using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>The learning rate rises in a line, and then falls along half a cosine.</summary>
/// <remarks>With t counted from 0: (t + 1) / w for t &lt; w; then m + (1 − m) (1 + cos(π (t − w) / (T − w))) / 2, and m from T on.
/// Without warm-up (w = 0): I. Loshchilov, F. Hutter: "SGDR: stochastic gradient descent with warm restarts", 2017, without
/// restarts. Warm-up: P. Goyal et al.: "Accurate, large minibatch SGD", 2017.</remarks>
public sealed class CosineDecay : Schedule
{
    private readonly double exactMinimum;

    /// <summary>Makes the schedule.</summary>
    /// <param name="length">T: when the minimum is reached, counted from the start, warm-up included.</param>
    /// <param name="warmUp">w: how long the rate rises, at least 0 and below the length.</param>
    /// <param name="minimum">m: the share of the learning rate at the end, from 0 to 1.</param>
    /// <param name="unit">What t counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public CosineDecay(int length, int warmUp = 0, float minimum = 0, ScheduleUnit unit = ScheduleUnit.Epochs)
    {
        Length = Guard.Count(length, nameof(length));
        if (warmUp < 0 || warmUp >= length)
            throw Guard.OutOfRange(nameof(warmUp), warmUp, $"The warm-up must be at least 0 and shorter than the length, {length}.");
        WarmUp = warmUp;
        Minimum = Share(minimum, nameof(minimum));
        Unit = unit;
        exactMinimum = Guard.AsWritten(minimum);
    }

    /// <summary>T: when the minimum is reached.</summary>
    public int Length { get; }

    /// <summary>w: how long the rate rises.</summary>
    public int WarmUp { get; }

    /// <summary>m: the share of the learning rate at the end.</summary>
    public float Minimum { get; }

    /// <summary>What t counts.</summary>
    public ScheduleUnit Unit { get; }

    /// <inheritdoc/>
    public override bool IsPerEpoch => Unit == ScheduleUnit.Epochs;

    /// <inheritdoc/>
    public override KindSettings Settings =>
        new KindSettings().Set("length", Length).Set("warmUp", WarmUp).Set("minimum", Minimum).Set("unit", $"{Unit}");

    /// <inheritdoc/>
    public override double Factor(in ScheduleTime at)
    {
        long t = at.In(Unit);
        if (t < WarmUp)
            return (t + 1.0) / WarmUp;
        double share = t >= Length ? 1 : (t - WarmUp) / (double)(Length - WarmUp);
        return exactMinimum + ((1 - exactMinimum) * (1 + Exact.CosPi(share)) / 2);
    }
}
