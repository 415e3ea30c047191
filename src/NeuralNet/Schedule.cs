namespace NeuralNet;

/// <summary>
/// How the learning rate changes in the course of training: settings, and a factor that is a function of where training is.
/// </summary>
/// <remarks>
/// The rate of a step is <see cref="Optimizer.LearningRate"/> times the factor. Nothing is remembered: training that is
/// taken up again goes on with the same rates. Factors are made of + − × ÷ alone, in double, in one order, so that every
/// platform gets the same bits. In a loop of your own: <c>optimizer.Step(…, optimizer.LearningRate * schedule.Factor(at))</c>.
/// </remarks>
public abstract class Schedule
{
    /// <summary>Whether the factor is the same for all steps of an epoch; then a trainer asks for it once in each.</summary>
    public virtual bool IsPerEpoch => false;

    /// <summary>What the learning rate of a step is multiplied with.</summary>
    /// <param name="at">Where training is, before the step.</param>
    /// <returns>The factor, finite and at least 0.</returns>
    public abstract double Factor(in ScheduleTime at);

    /// <summary>The schedule in words. Override it in one of your own that has settings: checkpoints go by it.</summary>
    /// <returns>Its name and its settings.</returns>
    public override string ToString() => Setting.Words(this);

    // What a rate is multiplied with, again and again.
    private protected static float Decay(float value, string name) => value > 0 && value <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The factor must be above 0 and at most 1.");

    // A share of the learning rate.
    private protected static float Share(float value, string name) => value >= 0 && value <= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "The share of the learning rate must be from 0 to 1.");
}

/// <summary>What a schedule counts in.</summary>
public enum ScheduleUnit
{
    /// <summary>Finished epochs of <see cref="Trainer.Fit"/>.</summary>
    Epochs,

    /// <summary>Steps.</summary>
    Steps,
}

/// <summary>Where training is, before a step.</summary>
public readonly ref struct ScheduleTime
{
    /// <summary>The steps that have been made, at least 0.</summary>
    public long Step
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Step));
            field = value;
        }
    }

    /// <summary>The epochs that have been finished, at least 0.</summary>
    public int Epoch
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Epoch));
            field = value;
        }
    }

    /// <summary>
    /// How each finished epoch is judged: its divergence on the validation set, or in training where there is no such set.
    /// </summary>
    public ReadOnlySpan<double> Divergences { get; init; }

    internal long In(ScheduleUnit unit) => unit == ScheduleUnit.Steps ? Step : Epoch;
}
