using System.Diagnostics;
using System.Text;

namespace NeuralNet;

/// <summary>A <see cref="SettingsSearch"/> that is under way, on one process or on one of several.</summary>
internal sealed class SearchRun
{
    private readonly SettingsSearch search;
    private readonly Division division;
    private readonly Trial[] trials;
    private readonly TrialResult[] results; // null where there is none yet
    private readonly int[] owners; // the process that has begun a trial
    private readonly SearchLog? log; // of process 0 alone
    private readonly Dictionary<(int Trial, int Epochs), Outcome> found;
    private readonly Func<Trial, double> run;
    private readonly CancellationToken cancellationToken;

    private SearchRun(
        SettingsSearch search, Division division, TrialSettings[] settings, SearchLog? log, Func<Trial, double> run,
        CancellationToken cancellationToken)
    {
        (this.search, this.division, this.log, this.run, this.cancellationToken) = (search, division, log, run, cancellationToken);
        RandomStream seeds = RandomPurpose.Of(search.Seed, RandomPurpose.Search).Fork(0);
        trials = [.. settings.Select((one, i) => new Trial(i, (long)(((ulong)seeds.Bits(i, 0) << 31) | (seeds.Bits(i, 1) >> 1)), one))];
        results = new TrialResult[trials.Length];
        owners = new int[trials.Length];
        Array.Fill(owners, Division.Nobody);
        found = division.IsAlone ? log?.Found ?? [] : Unpack(division.Spread(Pack(log?.Found ?? [])));
    }

    /// <summary>Searches.</summary>
    /// <param name="search">The search.</param>
    /// <param name="order">In which order settings are taken, in a word.</param>
    /// <param name="settings">The settings of all trials.</param>
    /// <param name="brackets">For how many epochs they are tried.</param>
    /// <param name="run">The trial.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static SearchResult Of(
        SettingsSearch search, string order, TrialSettings[] settings, SearchBracket[] brackets, Func<Trial, double> run,
        CancellationToken cancellationToken)
    {
        string way = $"{order}; {string.Join("; ", brackets.Select(bracket => bracket.Words))}";
        return Division.Together(search.Cluster, search.Threads, Compared, division =>
        {
            using SearchLog? log = division.Rank > 0 || search.LogPath is null ? null : new SearchLog(search.LogPath, search, way);
            return new SearchRun(search, division, settings, log, run, cancellationToken).Through(brackets);
        });

        IEnumerable<(string, string)> Compared() =>
        [
            ("the space that is searched", $"{search.Space}"),
            ("the seed of the search", FormattableString.Invariant($"{search.Seed}")),
            ("the measure of the search", $"{search.Measure.Name} {search.Measure.IsLargerBetter}"),
            ("the way of searching, or the number of trials", $"{way}; {string.Join(", ", brackets.Select(bracket => bracket.Trials))}"),
        ];
    }

    private SearchResult Through(SearchBracket[] brackets)
    {
        try
        {
            int first = 0;
            foreach (SearchBracket bracket in brackets)
            {
                int end = first + (int)bracket.Trials;
                Through(bracket, trials[first..end]);
                first = end;
            }
        }
        finally
        {
            foreach (Trial trial in trials)
                trial.Drop();
        }

        return new SearchResult(search.Measure, [.. results.Order(TrialResult.Order(search.Measure.IsLargerBetter))]);
    }

    private void Through(SearchBracket bracket, Trial[] left)
    {
        for (int rung = 0; rung < bracket.Rungs.Length && left.Length > 0; rung++)
        {
            int most = rung + 1 < bracket.Rungs.Length ? Math.Max(1, left.Length / bracket.Factor) : 0;
            var best = new SortedSet<TrialResult>(TrialResult.Order(search.Measure.IsLargerBetter));
            int[] rungs = bracket.Rungs[..(rung + 1)];
            foreach (Trial trial in left)
            {
                if (found.TryGetValue((trial.Index, rungs[^1]), out Outcome known))
                    Take(trial, known);
            }

            Trial[] asked = [.. left.Where(trial => !found.ContainsKey((trial.Index, rungs[^1])))];
            int[] dealt = division.Deal(asked.Select(trial => owners[trial.Index]));
            foreach ((int k, Trial trial) in asked.Index())
            {
                owners[trial.Index] = dealt[k];
                if (dealt[k] != division.Rank)
                    trial.Drop();
            }

            division.Run(
                dealt, (k, stop) => Train(asked[k], rungs, stop), (k, outcome) => Tell(asked[k], outcome), (to, outcome) => outcome.Write(to),
                (_, from) => Outcome.Read(from), cancellationToken);
            left = [.. left.Where(trial => best.Contains(results[trial.Index]))];

            void Tell(Trial trial, Outcome outcome)
            {
                lock (best)
                {
                    TrialResult result = Take(trial, outcome);
                    log?.Add(result);
                    if (division.Rank == 0)
                        search.Progress?.Report(result);
                }
            }

            TrialResult Take(Trial trial, Outcome outcome)
            {
                TrialResult before = results[trial.Index] ?? new TrialResult(trial.Index, trial.Seed, trial.Settings, [], null);
                TrialResult result = results[trial.Index] = before.With(outcome.Rung, outcome.Diverged);
                if (result.Diverged is null)
                    best.Add(result);
                else
                    trial.Drop();
                if (best.Count > most)
                {
                    // The worst so far will not go on, whatever is still to come.
                    TrialResult worst = best.Max!;
                    best.Remove(worst);
                    trials[worst.Index].Drop();
                }

                return result;
            }
        }
    }

    // Trains up to the last of the rungs, and through those before if what was trained is gone.
    private Outcome Train(Trial trial, int[] rungs, CancellationToken stop)
    {
        long start = 0;
        try
        {
            double measure = double.NaN;
            foreach (int rung in rungs)
            {
                stop.ThrowIfCancellationRequested();
                if (rung <= trial.EpochsDone)
                    continue;
                start = Stopwatch.GetTimestamp();
                measure = trial.Run(run, rung, stop);
            }

            return After(measure, double.IsFinite(measure) ? null : $"The measure is {TrialSettings.InWords(measure)}.");
        }
        catch (NotFiniteNumberException diverged)
        {
            return After(double.NaN, diverged.Message);
        }
        catch (Exception thrown)
        {
            throw SideBySide.Named($"{trial}", thrown);
        }

        Outcome After(double measure, string? diverged) => new(
            new TrialRung(rungs[^1], diverged is null ? measure : double.NaN, Stopwatch.GetElapsedTime(start).TotalSeconds), diverged);
    }

    // What the file says, for the other processes.
    private static byte[] Pack(Dictionary<(int Trial, int Epochs), Outcome> found)
    {
        using var bytes = new MemoryStream();
        using var to = new BinaryWriter(bytes, Encoding.UTF8);
        foreach (((int trial, _), Outcome outcome) in found)
        {
            to.Write(trial);
            outcome.Write(to);
        }

        return bytes.ToArray();
    }

    private static Dictionary<(int Trial, int Epochs), Outcome> Unpack(byte[] bytes)
    {
        var found = new Dictionary<(int Trial, int Epochs), Outcome>();
        using var from = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        while (from.BaseStream.Position < bytes.Length)
        {
            int trial = from.ReadInt32();
            Outcome outcome = Outcome.Read(from);
            found[(trial, outcome.Rung.Epochs)] = outcome;
        }

        return found;
    }
}

/// <summary>Trials that begin together, and the epochs after which fewer of them go on.</summary>
internal sealed record SearchBracket(long Trials, int[] Rungs, int Factor)
{
    /// <summary>For how many epochs they are tried. Not the number of trials: what a trial comes to does not depend on it, so that a file may be gone
    /// on with for more of them.</summary>
    public string Words =>
        FormattableString.Invariant($"epochs {string.Join(", ", Rungs)}{(Rungs.Length > 1 ? $", factor {Factor}" : "")}");
}

/// <summary>What a trial has come to on a rung.</summary>
internal readonly record struct Outcome(TrialRung Rung, string? Diverged)
{
    /// <summary>Writes it down for another process, with every bit.</summary>
    public void Write(BinaryWriter to)
    {
        to.Write(Rung.Epochs);
        to.Write(Rung.Measure);
        to.Write(Rung.Seconds);
        to.Write(Diverged is not null);
        if (Diverged is not null)
            to.Write(Diverged);
    }

    /// <summary>Reads what was written down.</summary>
    public static Outcome Read(BinaryReader from) => new(
        new TrialRung(from.ReadInt32(), from.ReadDouble(), from.ReadDouble()), from.ReadBoolean() ? from.ReadString() : null);
}
