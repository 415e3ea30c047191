namespace NeuralNet;

/// <summary>An average of the weights that training passes through, which often does better than the last ones: they wander around a minimum, and
/// their mean lies nearer to it.</summary>
/// <remarks><para>Each average moves by w̄ ← w̄ + (1 − a)(w − w̄); the first weights are copied. What is frozen (<see cref="Rates"/>)
/// does not move: the average has it as the network does.</para>
/// <para><see cref="Exponential"/>: after each step, of parameters and statistics alike. B. Polyak, A. Juditsky: "Acceleration of stochastic
/// approximation by averaging", 1992; as it is used today, a "mean teacher" for example: A. Tarvainen, H. Valpola, 2017.</para>
/// <para><see cref="Stochastic"/>: after each epoch from one on, the equal mean, a = n / (n + 1) after n of them; statistics are made anew by a pass
/// over the training data, because those of the weights that were averaged do not belong to their mean. P. Izmailov, D. Podoprikhin, T. Garipov,
/// D. Vetrov, A. G. Wilson: "Averaging weights leads to wider optima and better generalization", 2018.</para></remarks>
public sealed class WeightAverage
{
    private readonly double decay;

    private WeightAverage(string kind, KindSettings settings, double decay = 0, bool warmUp = false, int fromEpoch = 0, int everyEpochs = 0)
    {
        Kind = kind;
        Settings = settings;
        this.decay = decay;
        WarmUp = warmUp;
        FromEpoch = fromEpoch;
        EveryEpochs = everyEpochs;
    }

    /// <summary>What a checkpoint compares.</summary>
    internal string Kind { get; }

    /// <inheritdoc cref="Kind"/>
    internal KindSettings Settings { get; }

    /// <summary>Whether it goes by epochs, and needs statistics that are made anew.</summary>
    internal bool IsStochastic => Kind == nameof(Stochastic);

    internal bool WarmUp { get; }

    internal int FromEpoch { get; }

    internal int EveryEpochs { get; }

    /// <summary>The mean over the last steps, of which each counts a times as much as the one after it.</summary>
    /// <remarks>At first there are few steps, and with a = 0.999 the first weights of all would count for a thousand steps. So the average begins
    /// with a shorter memory: after n steps a is at most (1 + n) / (10 + n), as in TensorFlow. Without warm-up it is PyTorch's
    /// <c>AveragedModel</c> with an exponential average.</remarks>
    /// <param name="decay">a, at least 0 and below 1: 0.999 averages over some 1,000 steps.</param>
    /// <param name="warmUp">Whether the memory is shorter in the first steps.</param>
    /// <returns>The average.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The decay is outside of that range, or NaN.</exception>
    public static WeightAverage Exponential(float decay, bool warmUp = true)
    {
        Guard.Fraction(decay, nameof(decay), "The decay of the average");
        return new(nameof(Exponential), new KindSettings().Set("decay", decay).Set("warmUp", warmUp), Guard.AsWritten(decay), warmUp);
    }

    /// <summary>The equal mean of the weights at the end of each epoch from one on.</summary>
    /// <remarks>A learning rate that stays high, or rises and falls in cycles, makes it more than the last weights; with cycles take the weights at
    /// the end of each, <paramref name="everyEpochs"/> = their length. Until the first ones there is no average, and all is as without.</remarks>
    /// <param name="fromEpoch">The first epoch that counts, from 0, as <see cref="Trainer.Epoch"/> counts them over all calls of Fit; three quarters
    /// of all is a good beginning.</param>
    /// <param name="everyEpochs">How many epochs lie between those that count, at least 1: with 5, the fifth, the tenth … from there on.</param>
    /// <returns>The average.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The first epoch is negative, or the number of epochs not positive.</exception>
    public static WeightAverage Stochastic(int fromEpoch, int everyEpochs = 1)
    {
        Guard.AtLeast(fromEpoch, 0, nameof(fromEpoch));
        Guard.Count(everyEpochs, nameof(everyEpochs));
        return new(
            nameof(Stochastic), new KindSettings().Set("fromEpoch", fromEpoch).Set("everyEpochs", everyEpochs),
            fromEpoch: fromEpoch, everyEpochs: everyEpochs);
    }

    /// <summary>The average in words.</summary>
    /// <returns>Its kind and its settings.</returns>
    public override string ToString() => Settings.ToString(Kind);

    // 1 − a, where there are the averages of so many weights already.
    internal float Share(long count) => (float)(
        IsStochastic ? 1.0 / (count + 1)
        : 1 - (WarmUp ? Math.Min(decay, (1.0 + count) / (10.0 + count)) : decay));

    // Whether the weights at the end of an epoch count.
    internal bool Takes(int epoch) => epoch >= FromEpoch && (epoch + 1L - FromEpoch) % EveryEpochs == 0;
}
