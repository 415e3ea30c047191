namespace NeuralNet;

/// <summary>Looks for the best settings: each trial trains with some of a <see cref="SearchSpace"/>, and says how good the network is.</summary>
/// <remarks><para>A trial is a function that makes what is to be trained by <see cref="Trial.Keep"/>, trains it for <see cref="Trial.Epochs"/>, and
/// returns the measure, of data that it was not trained on. It is a function of its settings and of <see cref="Trial.Seed"/> alone; with several
/// threads they all call it. Where training diverges, a <see cref="NotFiniteNumberException"/>, the trial is the worst, and the search goes
/// on.</para>
/// <para>Settings and seed of a trial follow from <see cref="Seed"/> and its index alone, and results stand in an order that does not depend on who
/// was ready first: the table is the same for any number of threads and of processes (<see cref="Cluster"/>).</para>
/// <para>The best of many trials looks better than it is, because chance helped to choose it: measure it once more on data that no trial has
/// seen.</para></remarks>
public sealed class SettingsSearch
{
    private const int MostTrials = 1 << 20;

    /// <summary>Makes a search.</summary>
    /// <param name="space">What it looks through.</param>
    public SettingsSearch(SearchSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        Space = space;
    }

    /// <summary>What it looks through.</summary>
    public SearchSpace Space { get; }

    /// <summary>What trials return: its name stands above the table, and it says whether larger is better. <see cref="Metric.Divergence"/> unless
    /// set.</summary>
    public IMetric Measure { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = Metric.Divergence;

    /// <summary>What settings and the seeds of trials are drawn from; 0 unless set.</summary>
    public long Seed { get; init; }

    /// <summary>How many trials are run at the same time; 1 unless set.</summary>
    /// <remarks>Threads within a trial (<see cref="Trainer.Threads"/>) come on top. Of small networks trials beside each other use a machine
    /// better.</remarks>
    public int Threads { get; init => field = Guard.Threads(value); } = 1;

    /// <summary>The processes that divide the trials among themselves, with <see cref="Threads"/> of their own; null unless set: this one runs all.
    /// </summary>
    /// <remarks><para>All processes make the same search, and have the same result in the end, with the bits that one process has. Their number may
    /// be any. Of n trials of a rung none of P processes runs more than ⌈n / P⌉: they go round, but a trial that goes on stays where its trainer is,
    /// as far as that allows; one that moves is trained through its rungs once more.</para>
    /// <para>The processes meet when each thread has run some 4 trials, and after each rung. There they learn of the results of the others, of a
    /// trial that failed, which all of them throw, and of the wish to stop (<see cref="NeuralNet.Cluster.IsStopRequested"/>, looked at before each
    /// trial, or the token), which ends the search of all. <see cref="LogPath"/> and <see cref="Progress"/> are those of process 0, which reads and
    /// writes the file for all, and is told of the others' results at the meetings. A process that is early waits there: a time limit of the cluster
    /// must be longer than those trials.</para>
    /// <para>What trains within a trial has no cluster: <see cref="Trainer.Cluster"/> is refused there.</para></remarks>
    public Cluster? Cluster { get; init; }

    /// <summary>The file that gets a line of JSON for each result as soon as there is one; null unless set: none.</summary>
    /// <remarks><para>The same search, begun again with the same file, takes what is in it and goes on. A line that was not written to its end is
    /// dropped. Of a trial that had trained and is to train on, the epochs are trained once more, rung by rung, because the trainer is gone.</para>
    /// <para>A file of another space, seed, measure or way of searching is refused. More trials may be asked for. What a trial does with its settings
    /// is not in the file: take another one when it changes.</para></remarks>
    public string? LogPath { get; init; }

    /// <summary>Told of each result as soon as there is one, from the thread of the trial, one at a time; null unless set: nobody.</summary>
    /// <remarks>In successive halving a trial has a result after each rung. What is in the file already is not told again.</remarks>
    public IProgress<TrialResult>? Progress { get; init; }

    /// <summary>What is looked for, and where.</summary>
    /// <returns>For example <c>SettingsSearch by accuracy over width: 16 | 32; rate: 0.0001 … 0.1, logarithmic</c>.</returns>
    public override string ToString() => $"{nameof(SettingsSearch)} by {Measure.Name} over {Space}";

    /// <summary>Tries all settings.</summary>
    /// <param name="epochs">How many epochs each trial trains.</param>
    /// <param name="run">The trial.</param>
    /// <param name="cancellationToken">Stops the search; <see cref="LogPath"/> keeps what there is.</param>
    /// <returns>The trials, the best first. Trial i has the i-th settings, the last name changing fastest.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epochs"/> is not positive.</exception>
    /// <exception cref="InvalidOperationException">A setting is a range of numbers, or the grid has more than 2²⁰ settings; a trial failed, which the
    /// message names; or the file is of another search.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or is none of a search.</exception>
    /// <exception cref="IOException">The file cannot be read or written, or another search writes to it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or a process of the <see cref="Cluster"/> was asked to stop.</exception>
    /// <exception cref="ClusterException">The processes have other searches, or one of them failed by itself, left, or does other work.</exception>
    public SearchResult Grid(int epochs, Func<Trial, double> run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        Guard.Count(epochs, nameof(epochs));
        TrialSettings[] grid = Space.Grid();
        return SearchRun.Of(this, "grid", grid, [new SearchBracket(grid.Length, [epochs], 1)], run, cancellationToken);
    }

    /// <summary>Tries settings drawn at random.</summary>
    /// <remarks>J. Bergstra, Y. Bengio: "Random search for hyper-parameter optimization", JMLR 13 (2012): where few of the settings matter, it tries
    /// more values of these than a grid of as many trials. If there are not very many settings, none is drawn twice before all have been.</remarks>
    /// <param name="trials">How many.</param>
    /// <param name="epochs">How many epochs each trial trains.</param>
    /// <param name="run">The trial.</param>
    /// <param name="cancellationToken">Stops the search; <see cref="LogPath"/> keeps what there is.</param>
    /// <returns>The trials, the best first.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or there are more than 2²⁰ trials.</exception>
    /// <exception cref="InvalidOperationException">A trial failed, which the message names; or the file is of another search.</exception>
    /// <inheritdoc cref="Grid" path="/exception"/>
    public SearchResult Random(int trials, int epochs, Func<Trial, double> run, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        Guard.Count(trials, nameof(trials));
        Guard.Count(epochs, nameof(epochs));
        return Run([new SearchBracket(trials, [epochs], 1)], run, cancellationToken);
    }

    /// <summary>Begins with many settings drawn at random and few epochs, and again and again lets the best of them train on for η times as many
    /// epochs.</summary>
    /// <remarks>K. Jamieson, A. Talwalkar: "Non-stochastic best arm identification and hyperparameter optimization", AISTATS 2016. Rung k of m trains
    /// up to ⌊R / η^(m − k)⌋ epochs, where η^m ≤ R / r, and ⌊n / η⌋ of its n trials, at least 1, go on to the next. Each rung costs about as many
    /// epochs as another, and most settings cost but few. A trial that learns slowly and would have been the best is lost if r is too small. To try
    /// each of a grid, ask for as many trials as <see cref="SearchSpace.Count"/>.</remarks>
    /// <param name="trials">How many trials begin.</param>
    /// <param name="fromEpochs">r, how many epochs they train at least.</param>
    /// <param name="toEpochs">R, how many epochs the last ones train in all.</param>
    /// <param name="run">The trial, which is called once for each rung that it reaches.</param>
    /// <param name="factor">η, at least 2.</param>
    /// <param name="cancellationToken">Stops the search; <see cref="LogPath"/> keeps what there is.</param>
    /// <returns>The trials, the best first. Of all that are trained at the same time no more are kept than may go on to the next rung.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, <paramref name="toEpochs"/> is less than
    /// <paramref name="fromEpochs"/>, <paramref name="factor"/> less than 2, or there would be more than 2²⁰ trials.</exception>
    /// <inheritdoc cref="Random" path="/exception"/>
    public SearchResult SuccessiveHalving(
        int trials, int fromEpochs, int toEpochs, Func<Trial, double> run, int factor = 3, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        Guard.Count(trials, nameof(trials));
        int[] rungs = Rungs(fromEpochs, toEpochs, factor);
        return Run([new SearchBracket(trials, rungs, factor)], run, cancellationToken);
    }

    /// <summary>Successive halving several times, from many trials that begin with few epochs to few that train for all of them, because nobody knows
    /// how early the best settings can be told.</summary>
    /// <remarks>L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar: "Hyperband: a novel bandit-based approach to hyperparameter
    /// optimization", JMLR 18 (2018). Of the brackets s = m … 0 each begins with ⌈(m + 1) η^s / (s + 1)⌉ trials on rung m − s, and costs about as
    /// much as another.</remarks>
    /// <param name="fromEpochs">r, how many epochs a trial trains at least.</param>
    /// <param name="toEpochs">R, how many epochs the last ones train in all.</param>
    /// <param name="run">The trial, which is called once for each rung that it reaches.</param>
    /// <param name="factor">η, at least 2.</param>
    /// <param name="cancellationToken">Stops the search; <see cref="LogPath"/> keeps what there is.</param>
    /// <returns>The trials of all brackets, the best first.</returns>
    /// <inheritdoc cref="SuccessiveHalving" path="/exception"/>
    public SearchResult Hyperband(
        int fromEpochs, int toEpochs, Func<Trial, double> run, int factor = 3, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        int[] rungs = Rungs(fromEpochs, toEpochs, factor);
        var brackets = new SearchBracket[rungs.Length];
        for (int b = 0; b < brackets.Length; b++)
        {
            int s = rungs.Length - 1 - b;

            // η^s ≤ R / r, an int, and s < 31.
            long begin = ((rungs.Length * (long)Math.Pow(factor, s)) + s) / (s + 1);
            brackets[b] = new SearchBracket(begin, rungs[b..], factor);
        }

        return Run(brackets, run, cancellationToken);
    }

    // ⌊R / η^(m − k)⌋ for k = 0 … m.
    private static int[] Rungs(int fromEpochs, int toEpochs, int factor)
    {
        Guard.Count(fromEpochs, nameof(fromEpochs));
        Guard.AtLeast(factor, 2, nameof(factor));
        if (toEpochs < fromEpochs)
            throw Guard.OutOfRange(
                nameof(toEpochs), toEpochs, FormattableString.Invariant($"Trials begin with {fromEpochs} epochs; they must end with no fewer."));
        var rungs = new List<int>();
        for (long part = 1; toEpochs / part >= fromEpochs; part *= factor)
            rungs.Insert(0, (int)(toEpochs / part));
        return [.. rungs];
    }

    private SearchResult Run(SearchBracket[] brackets, Func<Trial, double> run, CancellationToken cancellationToken)
    {
        long trials = brackets.Sum(bracket => bracket.Trials);
        return trials <= MostTrials ? SearchRun.Of(this, "random", Space.Draw(Seed, (int)trials), brackets, run, cancellationToken)
            : throw Guard.OutOfRange(nameof(trials), trials, FormattableString.Invariant($"At most {MostTrials} trials are possible."));
    }
}
