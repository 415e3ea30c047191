namespace NeuralNet;

/// <summary>What a trial of a <see cref="SettingsSearch"/> is given: its settings, its seed, and how long it is to train.</summary>
public sealed class Trial
{
    private object? kept;

    internal Trial(int index, long seed, TrialSettings settings)
    {
        Index = index;
        Seed = seed;
        Settings = settings;
    }

    /// <summary>Which trial this is, from 0.</summary>
    public int Index { get; }

    /// <summary>A seed of its own, at least 0: a function of the search's seed and of <see cref="Index"/>.</summary>
    public long Seed { get; }

    /// <summary>The settings.</summary>
    public TrialSettings Settings { get; }

    /// <summary>How many epochs to train now, at least 1: what is missing to <see cref="TotalEpochs"/>. What an epoch is, is the trial's affair.
    /// </summary>
    public int Epochs => TotalEpochs - EpochsDone;

    /// <summary>How many epochs will have been trained in all when the trial has done what it is asked for now.</summary>
    public int TotalEpochs { get; private set; }

    /// <summary>Asks the trial to stop: that of the search, or because another trial failed. For <c>trainer.Fit</c>.</summary>
    public CancellationToken CancellationToken { get; private set; }

    // How many epochs what it keeps has been trained.
    internal int EpochsDone { get; private set; }

    /// <summary>The value of a setting that is a whole number (<see cref="TrialSettings.Whole"/>).</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentException">There is none of that name, or it is something else.</exception>
    public int Whole(string name) => Settings.Whole(name);

    /// <summary>The value of a setting that is a number (<see cref="TrialSettings.Number"/>).</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentException">There is none of that name, or it is a text.</exception>
    public double Number(string name) => Settings.Number(name);

    /// <summary>The value of a setting that is a text (<see cref="TrialSettings.Text"/>).</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">There is none of that name, or it is a number.</exception>
    public string Text(string name) => Settings.Text(name);

    /// <summary>What the trial goes on with when it is asked to train for some more epochs, such as a <see cref="Trainer"/>: made the first time, and
    /// the same one after that.</summary>
    /// <remarks>The search drops it, and disposes of it, as soon as the trial will not be asked again, or another process of a cluster goes on with
    /// it (<see cref="SettingsSearch.Cluster"/>).</remarks>
    /// <typeparam name="T">What it is.</typeparam>
    /// <param name="make">Makes it.</param>
    /// <returns>What was made.</returns>
    /// <exception cref="InvalidOperationException">The trial keeps something of another type.</exception>
    public T Keep<T>(Func<T> make)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(make);
        kept ??= make();
        return kept as T ?? throw new InvalidOperationException(
            $"The trial keeps a {kept.GetType().Name}, and was asked for a {typeof(T).Name}; it keeps one object, which may be a class of your own.");
    }

    /// <summary>Its settings.</summary>
    /// <returns>For example <c>Trial 4 (width 16, rate 0.00318)</c>.</returns>
    public override string ToString() => FormattableString.Invariant($"Trial {Index}{(Settings.Count == 0 ? "" : $" ({Settings})")}");

    // Has it train up to so many epochs.
    internal double Run(Func<Trial, double> run, int totalEpochs, CancellationToken cancellationToken)
    {
        (TotalEpochs, CancellationToken) = (totalEpochs, cancellationToken);
        double measure = run(this);
        EpochsDone = totalEpochs;
        return measure;
    }

    internal void Drop()
    {
        (kept as IDisposable)?.Dispose();
        kept = null;
        EpochsDone = 0;
    }
}
