using System.Text;

namespace NeuralNet;

/// <summary>What a <see cref="RateTest"/> saw of one step.</summary>
/// <param name="Rate">η of the step.</param>
/// <param name="Divergence">The mean divergence of its batch, before it.</param>
/// <param name="Smoothed">The mean of the divergences so far, of which each counts nine tenths of the next one.</param>
public readonly record struct RatePoint(float Rate, double Divergence, double Smoothed);

/// <summary>Tries learning rates from small to large in one short training, and proposes one: the range test of L. Smith, "Cyclical learning rates
/// for training neural networks", 2017.</summary>
/// <remarks><para>The rate of step k of n is η = η₀ (η₁/η₀)^(k/(n−1)). At small rates the divergence stays, then it falls, at last it explodes. The
/// divergences are smoothed, sₖ = 0.9 sₖ₋₁ + 0.1 dₖ, divided by 1 − 0.9ᵏ; the test ends early where s is four times its smallest value, or a step
/// cannot be made. Proposed is a tenth of the rate at which s is smallest: at the smallest s the rate is already too large to stay, and a tenth is
/// where s falls fastest or nearly so.</para>
/// <para>It trains a clone, with the settings of the trainer but without its schedule, observers and checkpoints: network and trainer stay as they
/// are. </para></remarks>
public sealed class RateTest
{
    private const double Keep = 0.9, Exploded = 4, Share = 0.1, LeastFall = 0.98;
    private const int LeastSteps = 10;

    private RateTest(RatePoint[] points, bool hasExploded)
    {
        (Points, HasExploded) = (points, hasExploded);
        RatePoint[] later = [.. points.Skip(Math.Min(LeastSteps, points.Length) - 1)];
        Lowest = later.MinBy(point => point.Smoothed);
        if (points.Length > LeastSteps && Lowest.Smoothed < LeastFall * points[LeastSteps - 1].Smoothed)
            Rate = (float)(Share * Lowest.Rate);
    }

    /// <summary>The steps, the smallest rate first.</summary>
    public IReadOnlyList<RatePoint> Points { get; }

    /// <summary>The proposed rate; null where the divergence fell by less than 2 % at any rate.</summary>
    public float? Rate { get; }

    /// <summary>Where the smoothed divergence was smallest.</summary>
    public RatePoint Lowest { get; }

    /// <summary>Whether the divergence exploded. If not, the largest rate was not too large, and a larger one may be tried.</summary>
    public bool HasExploded { get; }

    /// <summary>Runs the test.</summary>
    /// <param name="trainer">What is to be trained, with its optimizer and its settings; it stays as it is.</param>
    /// <param name="data">The training data, taken as often as needed.</param>
    /// <param name="steps">How many steps, at least 20.</param>
    /// <param name="smallest">The first rate, positive.</param>
    /// <param name="largest">The last rate, larger than the first.</param>
    /// <returns>The course and the proposal.</returns>
    /// <exception cref="ArgumentException">The data do not fit, as <see cref="Trainer.Fit"/> says.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 20 steps, or a rate is out of its range.</exception>
    /// <exception cref="NotFiniteNumberException">The first step cannot be made: it is not the rate.</exception>
    public static RateTest Run(Trainer trainer, IRowSource data, int steps = 200, float smallest = 1e-6f, float largest = 10)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(data);
        Guard.AtLeast(steps, 2 * LeastSteps, nameof(steps));
        Guard.Positive(smallest, nameof(smallest), "The smallest rate");
        if (!(largest > smallest && float.IsFinite(largest)))
            throw Guard.OutOfRange(nameof(largest), largest, "A finite rate above the smallest one was expected.");
        using var stop = new CancellationTokenSource();
        var watch = new Watch(steps, stop);
        using var trial = new Trainer(trainer.Network.Clone(), trainer.Divergence, trainer.Optimizer)
        {
            BatchSize = trainer.BatchSize,
            AccumulateSteps = trainer.AccumulateSteps,
            Threads = trainer.Threads,
            Seed = trainer.Seed,
            Shuffle = trainer.Shuffle,
            Clipping = trainer.Clipping,
            Penalty = trainer.Penalty,
            Augmentation = trainer.Augmentation,
            Rates = trainer.Rates,
            Schedule = new Growth(smallest / (double)trainer.Optimizer.LearningRate, largest / (double)smallest, steps),
            Observers = [watch],
        };
        try
        {
            trial.Fit(data, epochs: int.MaxValue, cancellationToken: stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (NotFiniteNumberException) when (watch.Points.Count > 0)
        {
            watch.HasExploded = true;
        }

        return new RateTest([.. watch.Points], watch.HasExploded);
    }

    /// <summary>The proposal, and what it follows from.</summary>
    /// <returns>Some lines of at most 100 characters.</returns>
    public override string ToString()
    {
        var text = new StringBuilder(Rate is null
            ? "No rate is proposed: the divergence fell at none of them.\n" : FormattableString.Invariant($"Proposed learning rate: {Rate:G2}\n"));
        text.Append(FormattableString.Invariant(
            $"{Points.Count} steps from {Points[0].Rate:G2} to {Points[^1].Rate:G2}; the divergence was lowest, {Lowest.Smoothed:G3}, at "))
            .Append(FormattableString.Invariant($"{Lowest.Rate:G2}"))
            .Append(HasExploded ? ", and exploded later.\n" : ".\nIt did not explode: a larger rate than the largest may be tried.\n");
        return text.ToString();
    }

    private sealed class Growth(double first, double ratio, int steps) : Schedule
    {
        public override double Factor(in ScheduleTime at) => first * Math.Pow(ratio, Math.Min(at.Step, steps - 1) / (double)(steps - 1));
    }

    private sealed class Watch(int steps, CancellationTokenSource stop) : ITrainingObserver
    {
        private double sum, best = double.PositiveInfinity;

        public List<RatePoint> Points { get; } = [];

        public bool HasExploded { get; set; }

        public void OnStep(in TrainingStep step)
        {
            sum = (Keep * sum) + ((1 - Keep) * step.Divergence);
            double smoothed = sum / (1 - Math.Pow(Keep, Points.Count + 1));
            Points.Add(new RatePoint(step.LearningRate, step.Divergence, smoothed));
            if (Points.Count >= LeastSteps)
                best = Math.Min(best, smoothed);
            HasExploded = smoothed - best > (Exploded - 1) * Math.Abs(best);
            if (HasExploded || Points.Count == steps)
                stop.Cancel();
        }
    }
}
