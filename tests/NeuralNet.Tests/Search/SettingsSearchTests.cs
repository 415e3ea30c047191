using System.Collections.Concurrent;

namespace NeuralNet.Tests.Search;

public class SettingsSearchTests
{
    private static readonly SearchSpace nine = new SearchSpace().Choice("a", 1, 2, 3).Choice("b", 0.1, 0.2, 0.3);

    // A trial without a network: best with a = 2 and b = 0.2, and nearer to its end with every epoch.
    private static double Score(Trial trial) =>
        1 - Math.Abs(trial.Whole("a") - 2) - Math.Abs(trial.Number("b") - 0.2) - (0.5 / trial.TotalEpochs);

    private static SettingsSearch New(SearchSpace? space = null, int threads = 1, long seed = 1) =>
        new(space ?? nine) { Measure = Metric.Accuracy, Threads = threads, Seed = seed };

    [Fact]
    public void A_grid_tries_all_settings_and_gives_the_best_first()
    {
        SearchResult result = New().Grid(epochs: 5, Score);
        result.Trials.Should().HaveCount(9);
        $"{result.Best}".Should().Be("Trial 4 (a 2, b 0.2), 5 epochs: 0.9");
        result.Trials.Select(trial => trial.Measure).Should().BeInDescendingOrder();
        result.Trials.Select(trial => trial.Index).Order().Should().Equal(Enumerable.Range(0, 9));
        result.Epochs.Should().Be(45);
        result.Trials.Should().OnlyContain(trial => trial.Rungs.Count == 1 && trial.Diverged == null);
    }

    [Fact]
    public void Where_smaller_is_better_the_smallest_comes_first()
    {
        SearchResult result = new SettingsSearch(nine).Grid(epochs: 1, trial => -Score(trial));
        result.Measure.Should().Be(Metric.Divergence);
        $"{result.Best.Settings}".Should().Be("a 2, b 0.2");
    }

    [Fact]
    public void Of_equal_trials_the_first_comes_first() =>
        New(threads: 3).Grid(epochs: 1, _ => 0.5).Trials.Select(trial => trial.Index).Should().Equal(Enumerable.Range(0, 9));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void The_table_is_the_same_for_any_number_of_threads(int threads)
    {
        SearchSpace space = new SearchSpace().Uniform("x", -1, 1).Choice("kind", "p", "q");
        Func<Trial, double> run = trial =>
        {
            Thread.Sleep((int)(trial.Seed % 3)); // so that they end in another order than they begin
            return trial.Text("kind") == "p" && trial.Number("x") > 0.8 ? throw new NotFiniteNumberException("too far")
                : Math.Round(trial.Number("x"), 1) + (1.0 / trial.TotalEpochs);
        };
        foreach (Func<SettingsSearch, SearchResult> search in new Func<SettingsSearch, SearchResult>[]
        {
            one => one.Random(30, 2, run), one => one.SuccessiveHalving(30, 1, 9, run), one => one.Hyperband(1, 9, run),
        })
            search(New(space, threads)).Table().Should().Be(search(New(space)).Table());
    }

    [Fact]
    public void Seed_and_settings_of_a_trial_follow_from_the_searchs_seed_and_its_index()
    {
        var seeds = new ConcurrentDictionary<int, long>();
        SearchResult few = New().Random(4, 1, trial => seeds[trial.Index] = trial.Seed), many = New(threads: 2).Random(9, 1, trial => trial.Seed);
        foreach (TrialResult one in few.Trials)
        {
            TrialResult other = many.Trials.Single(trial => trial.Index == one.Index);
            other.Seed.Should().Be(one.Seed).And.Be(seeds[one.Index]).And.BeGreaterThanOrEqualTo(0);
            $"{other.Settings}".Should().Be($"{one.Settings}");
        }

        many.Trials.Select(trial => trial.Seed).Should().OnlyHaveUniqueItems();
        New(seed: 2).Random(9, 1, Score).Trials.Select(trial => trial.Seed).Should().NotIntersectWith(many.Trials.Select(trial => trial.Seed));
    }

    [Fact]
    public void Successive_halving_lets_the_best_third_go_on()
    {
        var calls = new ConcurrentQueue<(int Trial, int Epochs, int Total)>();
        SearchResult result = New().SuccessiveHalving(9, 1, 9, trial =>
        {
            calls.Enqueue((trial.Index, trial.Epochs, trial.TotalEpochs));
            return Score(trial);
        });
        calls.CountBy(call => (call.Epochs, call.Total)).Should().Equal(
            [KeyValuePair.Create((1, 1), 9), KeyValuePair.Create((2, 3), 3), KeyValuePair.Create((6, 9), 1)]);
        result.Epochs.Should().Be(21);
        $"{result.Best.Settings}".Should().Be("a 2, b 0.2");
        result.Best.Rungs.Select(rung => (rung.Epochs, rung.Measure)).Should().Equal((1, 0.5), (3, 1 - (0.5 / 3)), (9, 1 - (0.5 / 9)));
        result.Trials.Select(trial => trial.Epochs).Should().Equal(9, 3, 3, 1, 1, 1, 1, 1, 1);
        result.Trials.Skip(1).Take(2).Select(trial => trial.Settings.Whole("a")).Should().Equal(2, 2);
    }

    [Theory]
    [InlineData(27, 1, 27, 3, new[] { 27, 9, 3, 1 }, new[] { 1, 3, 9, 27 })]
    [InlineData(8, 1, 10, 3, new[] { 8, 2, 1 }, new[] { 1, 3, 10 })]
    [InlineData(6, 4, 10, 2, new[] { 6, 3 }, new[] { 5, 10 })]
    [InlineData(2, 1, 8, 2, new[] { 2, 1, 1, 1 }, new[] { 1, 2, 4, 8 })]
    [InlineData(5, 7, 7, 3, new[] { 5 }, new[] { 7 })]
    public void Rungs_end_with_the_most_epochs(int trials, int from, int to, int factor, int[] running, int[] epochs)
    {
        var calls = new ConcurrentQueue<int>();
        New(threads: 2).SuccessiveHalving(
            trials, from, to, trial =>
            {
                calls.Enqueue(trial.TotalEpochs);
                return trial.Index;
            },
            factor);
        calls.CountBy(total => total).Should().Equal(epochs.Zip(running, KeyValuePair.Create));
    }

    [Fact]
    public void Hyperband_is_successive_halving_with_fewer_trials_that_train_longer()
    {
        // Of Li et al., section 3, with R = 81 and η = 3: what each bracket begins with.
        var first = new ConcurrentDictionary<int, int>();
        New(new SearchSpace().Uniform("x", 0, 1)).Hyperband(1, 81, trial =>
        {
            first.TryAdd(trial.Index, trial.TotalEpochs);
            return trial.Number("x");
        });
        first.CountBy(one => one.Value).Should().BeEquivalentTo(new Dictionary<int, int> { [1] = 81, [3] = 34, [9] = 15, [27] = 8, [81] = 5 });
    }

    [Fact]
    public void What_a_trial_keeps_is_the_same_and_dropped_as_soon_as_it_cannot_go_on()
    {
        var held = new Held();
        SearchResult result = New(new SearchSpace().Uniform("x", 0, 1)).SuccessiveHalving(27, 1, 9, trial =>
        {
            Kept kept = trial.Keep(() => new Kept(held));
            kept.Epochs += trial.Epochs;
            kept.Epochs.Should().Be(trial.TotalEpochs);
            return trial.Number("x");
        });
        held.Made.Should().Be(27);
        held.Alive.Should().Be(0);
        held.Most.Should().Be(10, "9 may go on, and one is running");
        result.Best.Measure.Should().Be(result.Trials.Max(trial => trial.Settings.Number("x")));
    }

    [Fact]
    public void A_trial_keeps_one_object()
    {
        Action keep = () => New().Grid(1, trial =>
        {
            trial.Keep(() => "text");
            trial.Keep(() => new List<int>());
            return 1;
        });
        keep.Should().Throw<InvalidOperationException>()
            .WithMessage("Trial 0 (a 1, b 0.1) failed: The trial keeps a String, and was asked for a List*");
    }

    [Fact]
    public void A_trial_that_diverges_is_the_worst_and_never_goes_on()
    {
        var held = new Held();
        SearchResult result = New().SuccessiveHalving(9, 1, 9, trial =>
        {
            trial.Keep(() => new Kept(held));
            return trial.Whole("a") != 2 ? throw new NotFiniteNumberException($"b was {trial.Number("b")}")
                : trial.Number("b") == 0.3 ? double.PositiveInfinity : Score(trial);
        });
        result.Trials.Take(2).Should().OnlyContain(trial => trial.Diverged == null);
        result.Trials.Skip(2).Should().HaveCount(7)
            .And.OnlyContain(trial => trial.Diverged != null && double.IsNaN(trial.Measure) && trial.Epochs == 1);
        result.Trials.Should().Contain(trial => trial.Diverged == "b was 0.1").And.Contain(trial => trial.Diverged == "The measure is Infinity.");
        result.Best.Epochs.Should().Be(9);
        held.Alive.Should().Be(0);
        result.Table().Split('\n')[^1].Should().EndWith("diverged");

        SearchResult none = New().SuccessiveHalving(9, 1, 9, _ => throw new NotFiniteNumberException("too far"));
        none.Best.Diverged.Should().Be("too far");
        none.Epochs.Should().Be(9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Another_failure_ends_the_search_and_names_the_trial(int threads)
    {
        var held = new Held();
        int begun = 0;
        Action search = () => New(threads: threads).Grid(1, trial =>
        {
            Interlocked.Increment(ref begun);
            trial.Keep(() => new Kept(held));
            if (trial.Index == 0)
                throw new FormatException("no such width");
            trial.CancellationToken.WaitHandle.WaitOne();
            trial.CancellationToken.ThrowIfCancellationRequested();
            return 1;
        });
        search.Should().Throw<InvalidOperationException>()
            .WithMessage("Trial 0 (a 1, b 0.1) failed: no such width").WithInnerException<FormatException>();
        begun.Should().BeLessThanOrEqualTo(threads, "none begins after that, and those under way are asked to stop");
        held.Alive.Should().Be(0);
    }

    [Fact]
    public void It_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var held = new Held();
        Action search = () => New(threads: 2).Random(
            20, 1, trial =>
            {
                trial.Keep(() => new Kept(held));
                cancellation.Cancel();
                trial.CancellationToken.ThrowIfCancellationRequested();
                return 1;
            },
            cancellation.Token);
        search.Should().Throw<OperationCanceledException>();
        held.Made.Should().BeLessThanOrEqualTo(2);
        held.Alive.Should().Be(0);
    }

    [Fact]
    public void Progress_is_told_of_each_result_one_at_a_time()
    {
        var progress = new Told();
        new SettingsSearch(nine) { Threads = 3, Progress = progress }.SuccessiveHalving(9, 1, 9, Score);
        progress.Results.Select(result => result.Epochs).Should().Equal(1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 9);
    }

    [Fact]
    public void The_table_fits_into_80_columns()
    {
        SearchSpace wide = Enumerable.Range(0, 9).Aggregate(new SearchSpace(), (space, k) => space.Uniform($"setting {k}", 0, 1));
        string table = New(wide).Random(25, 1, trial => trial.Number("setting 0")).ToString();
        string[] lines = table.Split('\n');
        lines.Should().HaveCount(23).And.OnlyContain(line => line.Length <= 80);
        lines[0].Should().MatchRegex("^trial  setting 0 +setting 1 .*epochs  accuracy$");
        lines[^2].Should().Be("… and 5 more trials");
        lines[^1].Should().MatchRegex("^… and [1-9] more settings$");

        New().Grid(3, Score).Table(trials: 2).Should().Be(
            """
            trial  a    b  epochs  accuracy
            4      2  0.2       3   0.83333
            3      2  0.1       3   0.73333
            … and 7 more trials
            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_space_without_settings_is_tried_with_seeds_alone()
    {
        SearchResult result = New(new SearchSpace()).Random(5, 2, trial => trial.Seed % 1000);
        result.Trials.Select(trial => trial.Measure).Should().BeInDescendingOrder().And.OnlyHaveUniqueItems();
        $"{result.Best}".Should().MatchRegex(@"^Trial \d, 2 epochs: \d+$");
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused()
    {
        foreach (Action wrong in new Action[]
        {
            () => New().Grid(0, Score), () => New().Random(0, 1, Score), () => New().Random(1, 0, Score), () => New().Grid(1, Score).Table(0),
            () => New().SuccessiveHalving(9, 2, 1, Score), () => New().SuccessiveHalving(9, 1, 9, Score, factor: 1),
            () => New().Hyperband(0, 9, Score), () => New(threads: 0),
        })
            wrong.Should().Throw<ArgumentOutOfRangeException>();
        Action huge = () => New().Hyperband(1, int.MaxValue, Score);
        huge.Should().Throw<ArgumentOutOfRangeException>().WithMessage("At most 1048576 trials are possible.*");
    }

    private sealed class Told : IProgress<TrialResult>
    {
        public List<TrialResult> Results { get; } = [];

        public void Report(TrialResult value) => Results.Add(value);
    }

    private sealed class Held
    {
        public int Made { get; set; }

        public int Alive { get; set; }

        public int Most { get; set; }
    }

    private sealed class Kept : IDisposable
    {
        private readonly Held held;

        public Kept(Held held)
        {
            this.held = held;
            lock (held)
            {
                held.Made++;
                held.Most = Math.Max(held.Most, ++held.Alive);
            }
        }

        public int Epochs { get; set; }

        public void Dispose()
        {
            lock (held)
                held.Alive--;
        }
    }
}
