namespace NeuralNet;

/// <summary>What a schedule counts in.</summary>
public enum ScheduleUnit
{
    /// <summary>Finished epochs, of <see cref="Trainer.Fit"/> or as <see cref="Trainer.EndEpoch"/> says.</summary>
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
            Guard.AtLeast(value, 0, nameof(Step));
            field = value;
        }
    }

    /// <summary>The epochs that have been finished, at least 0.</summary>
    public int Epoch
    {
        get;
        init
        {
            Guard.AtLeast(value, 0, nameof(Epoch));
            field = value;
        }
    }

    /// <summary>How each finished epoch is judged: its divergence on the validation set, or in training where there is no such set; or what
    /// <see cref="Trainer.Monitor"/> says, negated where larger is better, so that smaller is better always.</summary>
    public ReadOnlySpan<double> Divergences { get; init; }

    internal long In(ScheduleUnit unit) => unit == ScheduleUnit.Steps ? Step : Epoch;
}
