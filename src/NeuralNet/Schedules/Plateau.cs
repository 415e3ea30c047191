namespace NeuralNet;

/// <summary>The learning rate falls by a factor each time that the divergence has stopped improving: that on the validation set, or
/// in training where there is none, or whatever else <see cref="Trainer.Monitor"/> says.</summary>
/// <remarks>An epoch is better if its divergence D is below that of the best one by more than a share of its size, D &lt; best − threshold · |best|.
/// After more than <c>patience</c> epochs in a row that are not, the rate falls, and the count begins anew; the first <c>coolDown</c> epochs after
/// a fall do not count. A NaN is never better. The factor is a function of the divergences of the finished epochs, in PyTorch's form
/// (ReduceLROnPlateau with mode "min" and threshold_mode "rel", but without its eps, the smallest change of a rate, and with a threshold that is
/// a share of the size of divergences below 0 too).</remarks>
public sealed class Plateau : Schedule
{
    private readonly double exactFactor, exactMinimum, exactThreshold;

    /// <summary>Makes the schedule.</summary>
    /// <param name="factor">What the rate is multiplied with, above 0 and below 1.</param>
    /// <param name="patience">How many epochs without a better one are borne, at least 0.</param>
    /// <param name="threshold">By what share an epoch must be better, at least 0 and below 1.</param>
    /// <param name="coolDown">How many epochs after a fall do not count, at least 0.</param>
    /// <param name="minimum">The share of the learning rate at which it stays, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range.</exception>
    public Plateau(float factor = 0.1f, int patience = 10, float threshold = 1e-4f, int coolDown = 0, float minimum = 0)
    {
        if (!(factor > 0 && factor < 1))
            throw Guard.OutOfRange(nameof(factor), factor, "The factor must be above 0 and below 1.");
        Guard.AtLeast(patience, 0, nameof(patience));
        Guard.AtLeast(coolDown, 0, nameof(coolDown));
        DecayFactor = factor;
        Patience = patience;
        Threshold = Guard.Fraction(threshold, nameof(threshold), "The threshold");
        CoolDown = coolDown;
        Minimum = Share(minimum, nameof(minimum));
        (exactFactor, exactMinimum, exactThreshold) = (Guard.AsWritten(factor), Guard.AsWritten(minimum), Guard.AsWritten(threshold));
    }

    /// <summary>What the rate is multiplied with.</summary>
    public float DecayFactor { get; }

    /// <summary>How many epochs without a better one are borne.</summary>
    public int Patience { get; }

    /// <summary>By what share an epoch must be better.</summary>
    public float Threshold { get; }

    /// <summary>How many epochs after a fall do not count.</summary>
    public int CoolDown { get; }

    /// <summary>The share of the learning rate at which it stays.</summary>
    public float Minimum { get; }

    /// <inheritdoc/>
    public override bool IsPerEpoch => true;

    /// <inheritdoc/>
    public override KindSettings Settings => new KindSettings()
        .Set("factor", DecayFactor).Set("patience", Patience).Set("threshold", Threshold).Set("coolDown", CoolDown).Set("minimum", Minimum);

    /// <inheritdoc/>
    public override double Factor(in ScheduleTime at)
    {
        double rate = 1, best = double.PositiveInfinity;
        int bad = 0, cooling = 0;
        foreach (double divergence in at.Divergences)
        {
            bool isBetter = divergence < best * (1 - (best < 0 ? -exactThreshold : exactThreshold));
            (best, bad) = isBetter ? (divergence, 0) : (best, bad + 1);
            if (cooling > 0)
            {
                cooling--;
                bad = 0;
            }

            if (bad > Patience)
            {
                rate = Math.Max(rate * exactFactor, exactMinimum);
                cooling = CoolDown;
                bad = 0;
            }
        }

        return rate;
    }
}
