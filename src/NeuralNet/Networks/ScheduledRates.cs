namespace NeuralNet;

/// <summary>The rates of a trainer where some follow schedules, as of its last step.</summary>
/// <remarks>A plan is made anew only where something is frozen or freed. Otherwise its factors change in place, and nothing is allocated: it is this
/// trainer's alone.</remarks>
/// <param name="read">The rates with the factor 1 of every schedule.</param>
internal sealed class ScheduledRates(RatePlan read)
{
    private readonly float[] factors = new float[read.Schedules.Length];
    private int epoch = -1;
    private RatePlan? plan;

    public RatePlan Read => read;

    /// <summary>The rates of a step.</summary>
    /// <exception cref="InvalidOperationException">A schedule gives no finite factor of at least 0.</exception>
    public RatePlan At(in ScheduleTime time)
    {
        bool changes = false, isOther = plan is null;
        for (int i = 0; i < factors.Length; i++)
        {
            (string place, float factor, Schedule schedule) = read.Schedules[i];
            if (plan is not null && schedule.IsPerEpoch && epoch == time.Epoch)
                continue;
            float now = Rates.Scheduled(place, factor, schedule, time);
            changes |= now != factors[i];
            isOther |= (now == 0) != (factors[i] == 0);
            factors[i] = now;
        }

        epoch = time.Epoch;
        if (isOther)
            plan = null; // also if what follows is refused: the factors are those of a plan that is yet to be made
        if (plan is null)
            plan = read.With(factors);
        else if (changes)
            plan.Change(factors);
        return plan;
    }
}
