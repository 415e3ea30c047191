using System.Collections.Concurrent;
using NeuralNet.Tests.Data;
using NeuralNet.Tests.Training.Clusters;

namespace NeuralNet.Tests.Search;

/// <summary>A search that the processes of a cluster divide among themselves.</summary>
public sealed class DividedSearchTests : IDisposable
{
    private static readonly SearchSpace space = new SearchSpace().LogUniform("rate", 1e-3, 0.3).Choice("width", 2, 4, 8);
    private static readonly Dataset clouds = TestData.Clouds(60);

    private readonly TempFolder folder = new();
    private readonly string path;

    public DividedSearchTests() => path = folder.PathOf("search.jsonl");

    public static TheoryData<int> Sizes => [1, 2, 3, 4, 5];

    public void Dispose() => folder.Dispose();

    private static SettingsSearch New(
        Cluster? cluster, string? log = null, long seed = 3, SearchSpace? other = null, Metric? measure = null,
        IProgress<TrialResult>? told = null) => new(other ?? space)
        {
            Measure = measure ?? Metric.Divergence,
            Seed = seed,
            Threads = 1 + ((cluster?.Rank ?? 0) % 2),
            Cluster = cluster,
            LogPath = log,
            Progress = told,
        };

    // A training that goes on; a third of the trials diverges.
    private static double Train(Trial trial)
    {
        if (trial.Seed % 3 == 0 && trial.TotalEpochs > 1)
            throw new NotFiniteNumberException($"größer als {trial.Index}");
        Trainer trainer = trial.Keep(() =>
        {
            Network network = Network.Create(2).Dense(trial.Whole("width"), Activation.Tanh).Dense(3, Activation.Softmax).Build(trial.Seed);
            return new Trainer(network, Divergence.CrossEntropy, new Adam((float)trial.Number("rate"))) { Seed = trial.Seed };
        });
        trainer.Fit(clouds, trial.Epochs, cancellationToken: trial.CancellationToken);
        return trainer.Evaluate(clouds).Divergence;
    }

    // All that does not tell the time.
    private static string Exactly(SearchResult result) => result.Table() + string.Concat(result.Trials.Select(trial =>
        $"\n{trial} {trial.Seed} {trial.Diverged} {string.Join(' ', trial.Rungs.Select(rung => BitConverter.DoubleToInt64Bits(rung.Measure)))}"));

    private static SearchResult Search(SettingsSearch search, string way, Func<Trial, double> run, CancellationToken token = default) => way switch
    {
        "grid" => search.Grid(2, run, token),
        "random" => search.Random(40, 2, run, token),
        "halving" => search.SuccessiveHalving(27, 1, 9, run, cancellationToken: token),
        _ => search.Hyperband(1, 9, run, cancellationToken: token),
    };

    [Theory]
    [InlineData("grid")]
    [InlineData("random")]
    [InlineData("halving")]
    [InlineData("hyperband")]
    public void Any_number_of_processes_has_the_bits_of_one(string way)
    {
        SearchSpace other = way == "grid" ? new SearchSpace().Choice("rate", 0.01, 0.1, 0.2).Choice("width", 2, 4, 8) : space;
        SearchResult alone = Search(New(null, other: other), way, Train);
        for (int size = 1; size <= 5; size++)
        {
            SearchResult[] together = LocalCluster.Run(size, cluster => Search(New(cluster, other: other), way, Train));
            together.Select(Exactly).Should().AllBe(Exactly(alone), $"of {size}");
            together.Select(one => string.Join(' ', one.Trials.SelectMany(trial => trial.Rungs).Select(rung => rung.Seconds)))
                .Distinct().Should().ContainSingle("even the times are those of the process that ran a trial");
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Each_process_runs_its_share_of_every_rung(int size)
    {
        var calls = new ConcurrentQueue<(int Rank, int Trial, int Total)>();
        LocalCluster.Run(size, cluster => New(cluster).SuccessiveHalving(27, 1, 9, trial =>
        {
            calls.Enqueue((cluster.Rank, trial.Index, trial.TotalEpochs));
            return trial.Number("rate");
        }));
        foreach ((int total, int trials) in ((int, int)[])[(1, 27), (3, 9), (9, 3)])
        {
            (int Rank, int Trial, int Total)[] rung = [.. calls.Where(call => call.Total == total)];
            rung.Select(call => call.Trial).Distinct().Should().HaveCount(trials);
            foreach (IGrouping<int, (int Rank, int Trial, int Total)> own in rung.GroupBy(call => call.Rank))
            {
                // What moves to another process is trained through the rungs before once more, and goes on there.
                int share = Share(total), later = total == 9 ? 0 : Share(9) + (total == 3 ? 0 : Share(3));
                own.Count().Should().BeLessThanOrEqualTo(share + later);
            }
        }

        int Share(int total) => ((27 / total) + size - 1) / size;

        if (size == 1)
            calls.Should().HaveCount(39, "nothing moves");
    }

    [Fact]
    public void Pieces_stay_where_they_were_begun_as_far_as_each_process_gets_its_share()
    {
        int[][] dealt = LocalCluster.Run(3, cluster => Division.Together(cluster, 1, () => [], division => (int[])
        [
            .. division.Deal(Enumerable.Repeat(Division.Nobody, 7)), 9, .. division.Deal([2, 2, 2, 2, 0, Division.Nobody]), 9,
            .. division.Deal([]), 9, .. division.Deal([1]),
        ]));
        dealt.Should().AllBeEquivalentTo((int[])[0, 1, 2, 0, 1, 2, 0, 9, 2, 2, 1, 0, 0, 1, 9, 9, 1], options => options.WithStrictOrdering());
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_trial_that_fails_ends_the_search_of_all_with_the_words_of_one_process(int size)
    {
        Func<Trial, double> run = trial => trial.Index is 2 or 3 or 6 ? throw new FormatException($"no {trial.Index}") : trial.Index;
        (SearchResult?, Exception? Failure)[] ended = LocalCluster.Try(size, cluster => New(cluster).Random(9, 1, run));
        Exception alone = ((Action)(() => New(null).Random(9, 1, run))).Should().Throw<InvalidOperationException>().Which;
        ended.Should().OnlyContain(one => one.Failure is InvalidOperationException && one.Failure.Message == alone.Message);
        ended.Where(one => one.Failure!.InnerException is FormatException).Should().ContainSingle("one process has run it");
        foreach ((_, Exception? failure) in ended.Where(one => one.Failure!.InnerException is not FormatException))
            failure!.InnerException.Should().BeOfType<ClusterException>().Which.Message.Should()
                .StartWith($"This happened on process {2 % size} of {size}; what it says itself tells more: Trial 2 (");
    }

    [Theory]
    [InlineData("token")]
    [InlineData("request")]
    public void Where_one_process_is_asked_to_stop_all_do_and_the_file_has_what_was_finished(string how)
    {
        (int Result, Exception? Failure)[] ended = LocalCluster.Try(3, cluster =>
        {
            using var source = new CancellationTokenSource();
            var search = new SettingsSearch(space) { Cluster = cluster, LogPath = path };
            int begun = 0;
            Action run = () => search.Random(60, 1, trial =>
            {
                if (cluster.Rank == 1 && ++begun == 6)
                {
                    cluster.Stops = how == "request";
                    if (how == "token")
                        source.Cancel();
                }

                return trial.Index;
            }, source.Token);
            OperationCanceledException stopped = run.Should().Throw<OperationCanceledException>().Which;
            (stopped.CancellationToken == source.Token).Should().Be(cluster.Rank == 1 && how == "token");
            return 0;
        });
        ended.Should().OnlyContain(one => one.Failure == null);
        File.ReadAllLines(path).Should().HaveCount(1 + 12 + 8 + 2, "of two meetings, between which each runs 4 trials, the second was early for one");
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(4, 1)]
    [InlineData(1, 4)]
    public void A_file_is_taken_up_by_another_number_of_processes_with_the_same_bits(int first, int second)
    {
        string alone = Exactly(Search(New(null), "halving", Train));
        LocalCluster.Run(first, cluster => Exactly(Search(New(cluster, LogOf(cluster)), "halving", Train))).Should().AllBe(alone);
        string[] lines = File.ReadAllLines(path);
        lines.Should().HaveCountGreaterThan(30).And.Contain(line => line.Contains("diverged"));
        for (int left = 1; left <= lines.Length; left += 6)
        {
            File.WriteAllText(path, string.Join('\n', lines[..left]) + "\n");
            int calls = 0;
            LocalCluster.Run(second, cluster => Exactly(Search(New(cluster, LogOf(cluster)), "halving", trial =>
            {
                Interlocked.Increment(ref calls);
                return Train(trial);
            }))).Should().AllBe(alone, $"of {left} lines");
            (calls > 0).Should().Be(left < lines.Length);
            File.ReadAllLines(path).Should().HaveSameCount(lines).And.StartWith(lines[..left]);
        }

        Directory.GetFiles(Path.GetDirectoryName(path)!).Should().Equal(path);

        // Process 0 alone reads and writes: another may have no such folder.
        string LogOf(Cluster cluster) => cluster.Rank == 0 ? path : folder.PathOf("none/none.jsonl");
    }

    [Fact]
    public void A_file_of_another_search_ends_all()
    {
        New(null, path, seed: 4).Random(3, 1, trial => trial.Index);
        (SearchResult? Result, Exception? Failure)[] ended = LocalCluster.Try(3, cluster => New(cluster, path).Random(3, 1, trial => trial.Index));
        ended[0].Failure.Should().BeOfType<InvalidOperationException>().Which.Message.Should().Contain("is of another search: its seed is 4");
        ended[1..].Should().OnlyContain(one => one.Failure is ClusterException && one.Failure.Message.Contains("process 0 of 3 failed"));
    }

    [Fact]
    public void Process_0_is_told_of_all_results()
    {
        var told = new ConcurrentBag<(int Rank, int Trial, int Epochs)>();
        LocalCluster.Run(3, cluster => New(cluster, told: new Act<TrialResult>(one => told.Add((cluster.Rank, one.Index, one.Epochs))))
            .SuccessiveHalving(27, 1, 9, trial => trial.Number("rate")));
        told.Should().HaveCount(39).And.OnlyHaveUniqueItems().And.OnlyContain(one => one.Rank == 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void Where_process_0_cannot_tell_a_result_the_others_are_told(int trial)
    {
        // Trial 8 is the last, and was run by process 2.
        (SearchResult? Result, Exception? Failure)[] ended = LocalCluster.Try(3, cluster => New(
            cluster, told: new Act<TrialResult>(one => _ = one.Index == trial ? throw new IOException("The disk is full.") : 0))
            .Random(9, 1, one => one.Index));
        ended[0].Failure.Should().BeOfType<IOException>();
        ended[1..].Should().OnlyContain(one => one.Failure is ClusterException);
        ended[1].Failure!.Message.Should().Contain(
            trial == 0 ? "process 0 of 3; what it says itself tells more: The disk is full." : "process 0 of 3 failed");
    }

    [Theory]
    [InlineData("space", "the space that is searched")]
    [InlineData("seed", "the seed of the search")]
    [InlineData("measure", "the measure of the search")]
    [InlineData("trials", "the way of searching, or the number of trials")]
    [InlineData("epochs", "the way of searching, or the number of trials")]
    public void What_differs_between_processes_is_found_before_the_first_trial(string what, string words)
    {
        int calls = 0;
        (SearchResult? Result, Exception? Failure)[] ended = LocalCluster.Try(3, cluster =>
        {
            bool Is(string one) => cluster.Rank == 2 && what == one;
            SettingsSearch search = New(
                cluster, seed: Is("seed") ? 1 : 0, other: Is("space") ? new SearchSpace().Choice("width", 1) : space,
                measure: Is("measure") ? Metric.Accuracy : Metric.Divergence);
            return search.Random(Is("trials") ? 4 : 3, Is("epochs") ? 2 : 1, _ => Interlocked.Increment(ref calls));
        });
        ended.Should().OnlyContain(one => one.Failure is ClusterException);
        ended[0].Failure!.Message.Should().Be($"The processes differ in {words}. Start all of them with the same program, data and settings.");
        calls.Should().Be(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_trial_has_no_cluster_itself(int size)
    {
        foreach (string what in (string[])["trainer", "validation", "search"])
        {
            (SearchResult? Result, Exception? Failure)[] ended = LocalCluster.Try(size, cluster => New(cluster).Random(5, 1, trial =>
            {
                Func<Fold, Evaluation> measure = fold => CrossValidationTests.Of("classes").Measure(fold.Test);
                if (what == "validation")
                    return CrossValidation.Run(clouds, 3, 1, measure, cluster: cluster).Mean(Metric.Accuracy);
                if (what == "search")
                    return New(cluster).Random(2, 1, _ => 1).Best.Measure;
                using var trainer = new Trainer(Network.Create(2).Dense(3, Activation.Softmax).Build(1), Divergence.CrossEntropy, new Sgd(0.1f))
                {
                    Cluster = cluster,
                    Shards = size == 1 ? 1 : 4,
                };
                return trainer.Fit(clouds, 1).Epochs.Count;
            }));
            ended.Should().OnlyContain(one => one.Failure is InvalidOperationException
                && one.Failure.Message.StartsWith("Trial 0 (") && one.Failure.Message.Contains("leave that of the Trainer in it null"), what);
        }
    }

    [Fact]
    public void After_a_search_the_processes_train_together_again()
    {
        string alone = ClusterTraining.Run("dense", null);
        LocalCluster.Run(4, cluster =>
        {
            Action failing = () => New(cluster).Random(9, 1, trial => trial.Index == 5 ? throw new FormatException("no") : 1);
            failing.Should().Throw<InvalidOperationException>();
            New(cluster).Random(9, 1, trial => -trial.Index).Best.Index.Should().Be(8);
            return ClusterTraining.Run("dense", cluster);
        }).Should().AllBe(alone);
    }

    private sealed class Act<T>(Action<T> act) : IProgress<T>
    {
        public void Report(T value) => act(value);
    }
}
