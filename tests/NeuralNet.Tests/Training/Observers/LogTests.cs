using System.Globalization;
using System.Text.Json;

namespace NeuralNet.Tests.Training.Observers;

public sealed class LogTests : IDisposable
{
    private static readonly Dataset data = TestData.Clouds(100), validation = TestData.Clouds(30, seed: 5);
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;
    private readonly CultureInfo before = CultureInfo.CurrentCulture;

    public void Dispose()
    {
        CultureInfo.CurrentCulture = before;
        Directory.Delete(folder, recursive: true);
    }

    private string File => Path.Combine(folder, "log");

    private string Checkpoint => Path.Combine(folder, "run.safetensors");

    [Fact]
    public void A_json_log_has_a_line_for_each_event()
    {
        CultureInfo.CurrentCulture = WithComma();
        using Trainer trainer = Make(new JsonLog(File) { EverySteps = 2 });
        TrainingHistory history = trainer.Fit(data, epochs: 2, validation);

        JsonElement[] lines = Lines();
        lines.Select(Kind).Should().Equal("start", "step 2", "epoch 3", "step 4", "step 6", "epoch 6", "end");
        JsonElement start = lines[0], step = lines[1], epoch = lines[2], end = lines[^1];
        start.GetProperty("network").GetProperty("parameters").GetInt32().Should().Be(trainer.Network.Parameters.Length);
        start.GetProperty("network").GetProperty("layers").GetArrayLength().Should().Be(3);
        start.GetProperty("settings").GetProperty("batch size").GetString().Should().Be("40");
        start.GetProperty("data").GetProperty("rows").GetInt64().Should().Be(100);
        start.GetProperty("validation").GetProperty("rows").GetInt64().Should().Be(30);
        start.GetProperty("lastEpoch").GetInt32().Should().Be(2);
        start.GetProperty("stepsPerEpoch").GetInt32().Should().Be(3);
        step.GetProperty("learningRate").GetSingle().Should().Be(0.01f);
        step.GetProperty("rows").GetInt32().Should().Be(40);
        step.GetProperty("seconds").GetDouble().Should().BePositive();
        step.GetProperty("epoch").GetInt32().Should().Be(1);
        epoch.GetProperty("training").GetDouble().Should().Be(history.Epochs[0].TrainingDivergence);
        epoch.GetProperty("validation").GetDouble().Should().Be(history.Epochs[0].ValidationDivergence!.Value);
        epoch.GetProperty("accuracy").GetDouble().Should().Be(history.Epochs[0].ValidationAccuracy!.Value);
        epoch.TryGetProperty("monitor", out _).Should().BeFalse();
        end.GetProperty("how").GetString().Should().Be("finished");
        end.GetProperty("best").GetProperty("epoch").GetInt32().Should().Be(history.Best!.Epoch);
        lines.Should().OnlyContain(line => DateTime.UtcNow - line.GetProperty("time").GetDateTime().ToUniversalTime() < TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void A_log_says_how_training_ended()
    {
        using (Trainer trainer = Make(new JsonLog(File), new Recorder { ThrowsAt = "step 2" }))
            Refused(() => trainer.Fit(data, 1));
        using (Trainer trainer = Make(new JsonLog(File)))
            Refused(() => trainer.Fit(data, 1, cancellationToken: new CancellationToken(canceled: true)));
        using (var trainer = new Trainer(Network.Create(2).Dense(3).Build(1), Divergence.L2, new Sgd(1e20f)) { Observers = [new JsonLog(File)] })
            Refused(() => trainer.Fit(data, 10));
        using (var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Sgd(1e-12f))
        {
            Patience = 1,
            Observers = [new JsonLog(File)],
        })
            trainer.Fit(data, 10, validation);

        JsonElement[] ends = [.. Lines().Where(line => Kind(line) == "end")];
        ends.Select(end => end.GetProperty("how").GetString()).Should().Equal("failed", "cancelled", "diverged", "stopped early");
        ends[0].GetProperty("problem").GetString().Should().Be("step 2");
        ends[^1].TryGetProperty("problem", out _).Should().BeFalse();

        static void Refused(Action fit) => fit.Should().Throw<Exception>();
    }

    [Fact]
    public void A_json_log_goes_on_behind_its_last_whole_line()
    {
        using Trainer first = Make(new JsonLog(File)), second = Make(new JsonLog(File));
        first.Fit(data, epochs: 1);
        string whole = System.IO.File.ReadAllText(File);
        System.IO.File.WriteAllText(File, whole + new string('x', 10_000));
        second.Fit(data, epochs: 1);

        System.IO.File.ReadAllText(File).Should().StartWith(whole);
        Lines().Select(Kind).Should().Equal("start", "epoch 3", "end", "start", "epoch 3", "end");
    }

    [Fact]
    public void Each_line_is_there_when_it_has_been_told()
    {
        var lengths = new List<int>();
        var reader = new Recorder();
        reader.Told = call =>
        {
            if (!call.StartsWith("gradient", StringComparison.Ordinal))
                lengths.Add(Lines().Length);
        };
        using Trainer trainer = Make(new JsonLog(File) { EverySteps = 1 }, reader);
        trainer.Fit(data, epochs: 1);
        lengths.Should().Equal(1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_strings()
    {
        using var log = new JsonLog(File) { EverySteps = null };
        using Trainer trainer = Make(log);
        trainer.Step(data.Batch(0, 40));
        trainer.EndEpoch(double.NaN);
        trainer.EndEpoch(double.NegativeInfinity);
        Lines().Select(line => line.GetProperty("monitored").GetString()).Should().Equal("NaN", "-Infinity");
        Lines()[0].GetProperty("training").GetDouble().Should().BePositive();
        Lines()[1].GetProperty("training").GetString().Should().Be("NaN", "there was no step");
    }

    [Fact]
    public void A_table_of_epochs_has_the_history()
    {
        CultureInfo.CurrentCulture = WithComma();
        using Trainer trainer = Make(new CsvLog(File));
        TrainingHistory history = trainer.Fit(data, epochs: 2, validation);
        string[] lines = System.IO.File.ReadAllLines(File);
        lines.Should().HaveCount(3);
        lines[0].Should().Be("epoch,step,training,validation,accuracy,rate,seconds");
        EpochResult second = history.Epochs[1];
        lines[2].Should().Be(FormattableString.Invariant(
            $"2,6,{second.TrainingDivergence},{second.ValidationDivergence},{second.ValidationAccuracy},0.01,{second.Seconds}"));
    }

    [Fact]
    public void A_table_has_a_column_for_the_measure_that_is_gone_by()
    {
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
        {
            Monitor = Metric.Of("share, \"rounded\"", true, e => Math.Round(e.Accuracy!.Value, 1)),
            Observers = [new CsvLog(File)],
        };
        EpochResult epoch = trainer.Fit(data, 1, validation).Epochs[0];
        string[] lines = System.IO.File.ReadAllLines(File);
        lines[0].Should().Be("epoch,step,training,validation,accuracy,\"share, \"\"rounded\"\"\",rate,seconds");
        lines[1].Split(',')[5].Should().Be(epoch.Monitored.ToString(CultureInfo.InvariantCulture));
        lines[1].Split(',').Should().HaveCount(8);
    }

    [Fact]
    public void A_table_of_steps_has_a_line_for_every_so_many()
    {
        using Trainer trainer = Make(new CsvLog(File) { EverySteps = 2 });
        trainer.Fit(data, epochs: 2);
        string[] lines = System.IO.File.ReadAllLines(File);
        lines[0].Should().Be("epoch,step,divergence,rate,seconds");
        lines[1..].Select(line => line.Split(',')[..2]).Select(cells => string.Join(' ', cells)).Should().Equal("1 2", "2 4", "2 6");
    }

    // Steps after the checkpoint are made again, with the same bits: so are their lines.
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public void A_training_that_is_taken_up_again_has_the_table_of_one_that_was_not_interrupted(int? everySteps)
    {
        using (Trainer whole = Make(new CsvLog(File) { EverySteps = everySteps }))
            whole.Fit(data, epochs: 4, validation);
        string[] expected = WithoutSeconds();

        var stopper = new Recorder { ThrowsAt = "step 11" };
        using Trainer stopped = Make(new CsvLog(File) { EverySteps = everySteps }, stopper);
        stopper.Told = call =>
        {
            if (call == "step 5")
                stopped.SaveCheckpoint(Checkpoint);
        };
        Action fit = () => stopped.Fit(data, epochs: 4, validation);
        fit.Should().Throw<IOException>();
        WithoutSeconds().Should().Equal(expected[..(everySteps is null ? 4 : 12)]);

        using Trainer resumed = Make(new CsvLog(File) { EverySteps = everySteps });
        resumed.Resume(Checkpoint);
        resumed.Fit(data, epochs: 4, validation);
        WithoutSeconds().Should().Equal(expected);

        // A second call adds to it, another training begins anew.
        resumed.Fit(data, epochs: 1, validation);
        WithoutSeconds()[..expected.Length].Should().Equal(expected);
        WithoutSeconds().Length.Should().Be(expected.Length + (everySteps is null ? 1 : 3));
        using Trainer anew = Make(new CsvLog(File) { EverySteps = everySteps });
        anew.Fit(data, epochs: 4, validation);
        WithoutSeconds().Should().Equal(expected);
    }

    [Fact]
    public void A_file_that_is_another_table_is_not_gone_on_with()
    {
        System.IO.File.WriteAllText(File, "my,own,table\n1,2,3\n");
        using Trainer trainer = Make(new CsvLog(File));
        trainer.Step(data.Batch(0, 4));
        System.IO.File.ReadAllLines(File).Should().ContainSingle("a training that begins begins the file anew");
        System.IO.File.WriteAllText(Checkpoint, "my,own,table\n1,2,3\n");
        using Trainer other = Make();
        other.Step(data.Batch(0, 4));
        using var log = new CsvLog(Checkpoint);
        Action start = () => log.OnStart(new TrainingStart(other, data, null, 1, 1, null));
        start.Should().Throw<InvalidDataException>().WithMessage("*epoch,step,training,*but it has my,own,table; give the log another file.");
        System.IO.File.ReadAllText(Checkpoint).Should().Be("my,own,table\n1,2,3\n");
    }

    [Fact]
    public void Logs_of_a_loop_of_ones_own_are_closed_by_hand()
    {
        using var csv = new CsvLog(File);
        var results = new Results();
        using Trainer trainer = Make(csv, results);
        trainer.Step(data.Batch(0, 40));
        trainer.EndEpoch(0.25);
        csv.Dispose();
        trainer.Step(data.Batch(0, 40));
        trainer.EndEpoch(0.125);
        csv.Dispose();
        double[] trained = [.. results.All.Select(result => result.TrainingDivergence)];
        System.IO.File.ReadAllLines(File).Should().Equal(
            "epoch,step,training,validation,accuracy,monitored,rate,seconds",
            FormattableString.Invariant($"1,1,{trained[0]},,,0.25,0.01,0"), FormattableString.Invariant($"2,2,{trained[1]},,,0.125,0.01,0"));

        // Fit goes on with the table as it is.
        EpochResult third = trainer.Fit(data, 1).Epochs[0];
        System.IO.File.ReadAllLines(File)[^1].Should().Be(FormattableString.Invariant(
            $"3,5,{third.TrainingDivergence},,,{third.TrainingDivergence},0.01,{third.Seconds}"));
    }

    [Fact]
    public void A_loop_of_ones_own_goes_on_with_a_table_of_Fit()
    {
        using var csv = new CsvLog(File);
        using var trainer = new Trainer(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
        {
            Monitor = Metric.MacroF1,
            Observers = [csv],
        };
        trainer.Fit(data, 1, validation);
        trainer.Step(data.Batch(0, 40));
        trainer.EndEpoch(0.25);
        csv.Dispose();
        string[] lines = System.IO.File.ReadAllLines(File);
        lines[0].Should().Be("epoch,step,training,validation,accuracy,macro F1,rate,seconds");
        lines[1].Split(',')[5].Should().NotBeEmpty();
        lines[2].Should().StartWith("2,").And.EndWith(",,,,0.01,0", "the number is not the column's measure");
    }

    [Fact]
    public void A_file_that_cannot_be_opened_ends_Fit_before_the_first_step()
    {
        using Trainer trainer = Make(new JsonLog(Path.Combine(folder, "none", "log")));
        Action fit = () => trainer.Fit(data, 1);
        fit.Should().Throw<DirectoryNotFoundException>();
        trainer.StepCount.Should().Be(0);
    }

    private static Trainer Make(params ITrainingObserver[] observers) => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
    {
        BatchSize = 40,
        Observers = observers,
    };

    private static CultureInfo WithComma()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        return culture;
    }

    private static string Kind(JsonElement line)
    {
        string kind = line.GetProperty("event").GetString()!;
        return kind is "step" or "epoch" ? $"{kind} {line.GetProperty("step").GetInt64()}" : kind;
    }

    private JsonElement[] Lines()
    {
        using var stream = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        string text = reader.ReadToEnd();
        text.Should().EndWith("\n");
        return [.. text.Split('\n')[..^1].Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private string[] WithoutSeconds() => [.. System.IO.File.ReadAllLines(File).Select(line => line[..line.LastIndexOf(',')])];

    private sealed class Results : ITrainingObserver
    {
        public List<EpochResult> All { get; } = [];

        public void OnEpoch(Trainer trainer, EpochResult epoch) => All.Add(epoch);
    }
}
