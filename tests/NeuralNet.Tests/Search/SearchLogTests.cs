using System.Globalization;
using NeuralNet.Tests.Data;

namespace NeuralNet.Tests.Search;

public sealed class SearchLogTests : IDisposable
{
    private static readonly SearchSpace space =
        new SearchSpace().LogUniform("rate", 1e-4, 1).Choice("kind", "plain", "\"quoted\"\n").Whole("width", 1, 9);

    private readonly TempFolder folder = new();
    private readonly string path;
    private readonly List<(int Trial, int Epochs)> calls = [];

    public SearchLogTests() => path = folder.PathOf("search.jsonl");

    public void Dispose() => folder.Dispose();

    private double Score(Trial trial)
    {
        lock (calls)
            calls.Add((trial.Index, trial.TotalEpochs));
        return trial.Whole("width") == 9 ? throw new NotFiniteNumberException("größer als \"alles\"")
            : Math.Sin(trial.Number("rate") * 1e4) / trial.TotalEpochs / 3;
    }

    private SettingsSearch New(int threads = 1, long seed = 1, SearchSpace? other = null, Metric? measure = null) =>
        new(other ?? space) { Measure = measure ?? Metric.Accuracy, Threads = threads, Seed = seed, LogPath = path };

    private static string Exactly(SearchResult result) => string.Join('\n', result.Trials.Select(trial =>
        $"{trial} {trial.Seed} {trial.Diverged} {string.Join(' ', trial.Rungs.Select(rung => BitConverter.DoubleToInt64Bits(rung.Measure)))}"));

    [Fact]
    public void A_search_that_is_begun_again_runs_nothing_and_has_the_same_bits()
    {
        SearchResult first = New(threads: 2).SuccessiveHalving(30, 1, 9, Score);
        calls.Clear();
        byte[] bytes = File.ReadAllBytes(path);
        SearchResult again = New().SuccessiveHalving(30, 1, 9, Score);
        calls.Should().BeEmpty();
        Exactly(again).Should().Be(Exactly(first));
        again.Trials.Sum(trial => trial.Seconds).Should().Be(first.Trials.Sum(trial => trial.Seconds));
        File.ReadAllBytes(path).Should().Equal(bytes);
        first.Trials.Should().Contain(trial => trial.Diverged != null);
    }

    // As if the program had been killed there: cut at any byte, the search ends as it would have, and its file too.
    [Fact]
    public void Cut_at_any_byte_the_search_goes_on_to_the_same_end()
    {
        string whole = Exactly(New().SuccessiveHalving(9, 1, 9, Score));
        byte[] bytes = File.ReadAllBytes(path);
        for (int length = 0; length < bytes.Length; length += length < 10 ? 1 : 23)
        {
            File.WriteAllBytes(path, bytes[..length]);
            int lines = Math.Max(0, bytes[..length].Count(value => value == '\n') - 1);
            calls.Clear();
            Exactly(New().SuccessiveHalving(9, 1, 9, Score)).Should().Be(whole, "{0} bytes were left", length);
            calls.Distinct().Count().Should().BeGreaterThanOrEqualTo(13 - lines);
            calls.Should().OnlyHaveUniqueItems("no rung is trained twice in a process");
            File.ReadAllLines(path).Should().HaveCount(14).And.OnlyHaveUniqueItems();
        }
    }

    [Fact]
    public void A_trial_that_goes_on_after_a_stop_is_trained_through_the_same_rungs()
    {
        New().SuccessiveHalving(9, 1, 9, Score);
        string[] lines = File.ReadAllLines(path);
        File.WriteAllText(path, string.Join('\n', lines[..^1]) + "\n");
        calls.Clear();
        SearchResult result = New().SuccessiveHalving(9, 1, 9, Score);
        calls.Should().Equal([1, 3, 9], (call, epochs) => call == (result.Best.Index, epochs));
        File.ReadAllLines(path)[..^1].Should().Equal(lines[..^1]);
    }

    // Fit in pieces, each of which ends with its best epoch: the trainer is made anew, and has the same bits after the same pieces.
    [Fact]
    public void A_training_that_was_stopped_between_rungs_ends_with_the_same_bits()
    {
        Dataset clouds = TestData.Clouds(90);
        var search = new SettingsSearch(new SearchSpace().LogUniform("rate", 1e-3, 0.3)) { LogPath = path, Seed = 3 };
        string whole = Exactly(search.SuccessiveHalving(6, 1, 9, Train));
        string[] lines = File.ReadAllLines(path);
        for (int left = 1; left < lines.Length; left++)
        {
            File.WriteAllText(path, string.Join('\n', lines[..left]) + "\n");
            Exactly(search.SuccessiveHalving(6, 1, 9, Train)).Should().Be(whole);
        }

        double Train(Trial trial)
        {
            Trainer trainer = trial.Keep(() =>
            {
                Network network = Network.Create(2).Dense(6, Activation.Tanh).Dense(3, Activation.Softmax).Build(trial.Seed);
                return new Trainer(network, Divergence.CrossEntropy, new Adam((float)trial.Number("rate"))) { KeepBest = true, Seed = trial.Seed };
            });
            trainer.Fit(clouds, trial.Epochs);
            return trainer.Evaluate(clouds).Divergence;
        }
    }

    [Fact]
    public void More_trials_may_be_asked_for()
    {
        New().Random(5, 2, Score);
        calls.Clear();
        SearchResult more = New(threads: 2).Random(12, 2, Score);
        calls.Order().Should().Equal(Enumerable.Range(5, 7).Select(trial => (trial, 2)));
        Exactly(more).Should().Be(Exactly(new SettingsSearch(space) { Measure = Metric.Accuracy, Seed = 1 }.Random(12, 2, Score)));
    }

    [Fact]
    public void The_lines_are_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            german.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = german;
            New().Random(3, 1, _ => 0.1);
            string[] lines = File.ReadAllLines(path);
            lines[0].Should().Be(
                """{"format":"NeuralNet search","version":1,"space":"rate: 0.0001 \u2026 1, logarithmic; kind: \u0022plain\u0022 | \u0022\u0022"""
                + """quoted\u0022\n\u0022; width: 1 \u2026 9","seed":1,"measure":"accuracy","larger is better":true,"way":"random; epochs 1"}""");
            lines[1].Should().MatchRegex(
                """^\{"trial":0,"epochs":1,"measure":0\.1,"seconds":[0-9.E-]+,"settings":\{"rate":0\.[0-9]+,"kind":".*","width":[1-9]\}\}$""");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_file_of_another_search_is_refused_and_stays_as_it_is()
    {
        New().Random(3, 1, Score);
        byte[] bytes = File.ReadAllBytes(path);
        Refused(() => New(seed: 2).Random(3, 1, Score), "*search.jsonl is of another search: its seed is 1, but got 2. Take another file.");
        Refused(() => New(other: space.Choice("more", 1)).Random(3, 1, Score), "*its space is rate: 0.0001*, but got rate*more: 1. Take another*");
        Refused(() => New(measure: Metric.F1).Random(3, 1, Score), "*its measure is accuracy, but got F1*");
        Refused(() => New().Random(3, 2, Score), "*its way is random; epochs 1, but got random; epochs 2*");
        Refused(() => New().SuccessiveHalving(3, 1, 3, Score), "*but got random; epochs 1, 3*");
        File.ReadAllBytes(path).Should().Equal(bytes);

        static void Refused(Action search, string message) => search.Should().Throw<InvalidOperationException>().WithMessage(message);
    }

    [Theory]
    [InlineData("my notes", "*is no file of a search. Take another file.")]
    [InlineData("my notes\n", "*is no file of a search. Take another file.")]
    [InlineData("[1]\n", "*is no file of a search. Take another file.")]
    [InlineData("{\"a\":1}\n", "*is no file of a search. Take another file.")]
    public void Another_file_is_refused_and_stays_as_it_is(string text, string message)
    {
        File.WriteAllText(path, text);
        Action search = () => New().Random(3, 1, Score);
        search.Should().Throw<InvalidDataException>().WithMessage(message);
        File.ReadAllText(path).Should().Be(text);
    }

    [Theory]
    [InlineData("{\"trial\":1,\"epo")]
    [InlineData("{\"trial\":1}")]
    [InlineData("{\"trial\":\"one\",\"epochs\":1,\"measure\":1,\"seconds\":1}")]
    [InlineData("{\"trial\":1.5,\"epochs\":1,\"measure\":1,\"seconds\":1}")]
    [InlineData("7")]
    [InlineData("")]
    public void A_damaged_line_is_named(string line)
    {
        New().Random(3, 1, Score);
        string[] lines = File.ReadAllLines(path);
        lines[2] = line;
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        Action search = () => New().Random(3, 1, Score);
        search.Should().Throw<InvalidDataException>()
            .WithMessage("*search.jsonl: line 3 is no result of a trial; delete the line, or take another file.");
    }

    [Fact]
    public void Two_searches_do_not_write_to_one_file()
    {
        Action search = () => New().Random(1, 1, trial =>
        {
            Action other = () => New().Random(1, 1, Score);
            other.Should().Throw<IOException>();
            return Score(trial);
        });
        search.Should().NotThrow();
        File.ReadAllLines(path).Should().HaveCount(2);
    }
}
