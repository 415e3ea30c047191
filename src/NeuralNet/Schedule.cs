namespace NeuralNet;

/// <summary>How the learning rate changes in the course of training: settings, and a factor that is a function of where training is.</summary>
/// <remarks>The rate of a step is <see cref="Optimizer.LearningRate"/> times the factor. Nothing is remembered: training that is
/// taken up again goes on with the same rates. Factors are made of + − × ÷ alone, in double, in one order, so that every
/// platform gets the same bits. In a loop of your own: <c>optimizer.Step(…, optimizer.LearningRate * schedule.Factor(at))</c>.</remarks>
public abstract class Schedule
{
    /// <summary>What kind of schedule this is, in messages and checkpoints: the class's name unless overridden.</summary>
    public virtual string Kind => GetType().Name;

    /// <summary>What a checkpoint compares of the schedule beside its kind: none unless overridden.</summary>
    public virtual KindSettings Settings => new();

    /// <summary>Whether the factor is the same for all steps of an epoch; then a trainer asks for it once in each.</summary>
    public virtual bool IsPerEpoch => false;

    /// <summary>What the learning rate of a step is multiplied with.</summary>
    /// <param name="at">Where training is, before the step.</param>
    /// <returns>The factor, finite and at least 0.</returns>
    public abstract double Factor(in ScheduleTime at);

    /// <summary>The schedule in words.</summary>
    /// <returns>Its kind and its settings.</returns>
    public override string ToString() => Settings.ToString(Kind);

    // What a rate is multiplied with, again and again.
    private protected static float Decay(float value, string name) => value > 0 && value <= 1
        ? value
        : throw Guard.OutOfRange(name, value, "The factor must be above 0 and at most 1.");

    // A share of the learning rate.
    private protected static float Share(float value, string name) => value >= 0 && value <= 1
        ? value
        : throw Guard.OutOfRange(name, value, "The share of the learning rate must be from 0 to 1.");
}
