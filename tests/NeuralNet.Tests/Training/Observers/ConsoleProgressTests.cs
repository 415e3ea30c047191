namespace NeuralNet.Tests.Training.Observers;

public sealed class ConsoleProgressTests : IDisposable
{
    private static readonly Dataset data = TestData.Clouds(100), validation = TestData.Clouds(30, seed: 5);
    private readonly ManualTime time = new();
    private readonly StringWriter writer = new() { NewLine = "\n" };

    public void Dispose() => writer.Dispose();

    [Fact]
    public void Where_there_is_no_terminal_there_is_a_line_for_each_epoch()
    {
        using Trainer trainer = Make();
        EpochResult[] epochs = [.. trainer.Fit(data, epochs: 3, validation, Timed(null, secondsPerStep: 2)).Epochs];
        writer.ToString().Should().Be(string.Concat(epochs.Select((epoch, i) => FormattableString.Invariant(
            $"epoch {i + 1}/3  {(int)Math.Floor((i + 1) / 3.0 * 100)} %  training {epoch.TrainingDivergence:G4}  ")
            + FormattableString.Invariant($"validation {epoch.ValidationDivergence:G4}  accuracy {epoch.ValidationAccuracy * 100:0.0} %  ")
            + (i == 0 ? "0:12 left" : i == 1 ? "0:06 left" : "took 0:18") + "  rate 0.01\n")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(50)]
    [InlineData(80)]
    [InlineData(140)]
    public void On_a_terminal_there_is_one_line_which_fits(int width)
    {
        using Trainer trainer = Make();
        TrainingHistory history = trainer.Fit(data, epochs: 3, validation, Timed(width, secondsPerStep: 2));
        string text = writer.ToString();
        text.Count(c => c == '\n').Should().Be(1);
        text.Should().EndWith("\n").And.StartWith("\r");
        string[] lines = text.TrimEnd('\n').Split('\r')[1..];
        lines.Should().HaveCount(9).And.OnlyContain(line => line.Length <= Math.Max(1, width - 1));
        string last = lines[^1].TrimEnd();
        if (width >= 50)
            last.Should().StartWith("epoch 3/3  ").And.Contain("100 %").And.Contain(
                FormattableString.Invariant($"training {history.Epochs[2].TrainingDivergence:G4}"));
        if (width >= 80)
            last.Should().Contain(FormattableString.Invariant($"validation {history.Epochs[2].ValidationDivergence:G4}"));
        if (width >= 140)
            last.Should().Contain(new string('━', 30) + " 100 %").And.Contain("0:18").And.Contain("rate 0.01");
    }

    // A shorter line is written over a longer one.
    [Fact]
    public void Nothing_of_an_older_line_is_left_over()
    {
        using Trainer trainer = Make();
        trainer.Fit(data, epochs: 3, validation, Timed(100, secondsPerStep: 2000));
        char[] screen = new string(' ', 100).ToCharArray();
        int longest = 0;
        foreach (string line in writer.ToString().TrimEnd('\n').Split('\r')[1..])
        {
            line.CopyTo(screen);
            new string(screen).TrimEnd().Should().Be(line.TrimEnd());
            longest = Math.Max(longest, line.TrimEnd().Length);
        }

        longest.Should().BeLessThan(100);
    }

    [Fact]
    public void It_writes_some_times_a_second_and_the_end_at_once()
    {
        using Trainer trainer = Make();
        trainer.Fit(data, epochs: 10, progress: Timed(80, secondsPerStep: 0.03)); // 30 steps in 0.9 s
        string[] lines = writer.ToString().TrimEnd('\n').Split('\r')[1..];
        lines.Length.Should().BeInRange(7, 10);
        lines[^1].Should().StartWith("epoch 10/10");
    }

    [Fact]
    public void The_line_is_ended_where_training_is_interrupted_and_has_the_last_step()
    {
        using Trainer trainer = Make(new Recorder { ThrowsAt = "step 5" });
        Action fit = () => trainer.Fit(data, epochs: 10, progress: Timed(80, secondsPerStep: 0.001));
        fit.Should().Throw<IOException>();
        string text = writer.ToString();
        text.Should().EndWith("\n");
        text[text.LastIndexOf('\r')..].Should().StartWith("\repoch 2/10").And.Contain(" 13 %", "4 of 30 steps have been reported");
    }

    [Fact]
    public void The_time_that_is_left_goes_by_the_steps_of_this_call()
    {
        string checkpoint = Path.GetTempFileName();
        try
        {
            var recorder = new Recorder { ThrowsAt = "step 8" };
            using Trainer stopped = Make(recorder), resumed = Make();
            recorder.Told = call =>
            {
                if (call == "step 5")
                    stopped.SaveCheckpoint(checkpoint);
            };
            Action fit = () => stopped.Fit(data, epochs: 4);
            fit.Should().Throw<IOException>();
            resumed.Resume(checkpoint);
            resumed.Fit(data, epochs: 4, progress: Timed(140, secondsPerStep: 10));
            writer.ToString().Should().Contain("epoch 2/4  ").And.Contain("1:00 left", "6 of the 12 steps are left, of which the first took 10 s");
        }
        finally
        {
            File.Delete(checkpoint);
        }
    }

    [Fact]
    public void It_works_where_steps_are_not_known_before_the_end_of_an_epoch_and_without_a_start()
    {
        ConsoleProgress progress = new(writer, () => 140, time);
        progress.Report(new TrainingProgress(1, 2, 1, null, 0.5, null));
        time.Pass(1);
        progress.Report(new TrainingProgress(1, 2, 2, 2, 0.25, new EpochResult(1, 0.25, null, null, 1, 0.125f)));
        time.Pass(1);
        progress.Report(new TrainingProgress(2, 2, 1, null, 0.125, null));
        time.Pass(1);
        progress.Report(new TrainingProgress(2, 2, 2, 2, 0.0625, new EpochResult(2, 0.0625, null, null, 1, 0.125f)));
        string[] lines = [.. writer.ToString().TrimEnd('\n').Split('\r')[1..].Select(line => line.TrimEnd())];
        lines[0].Should().Contain("0 %").And.NotContain("left");
        lines[1].Should().Contain(" 50 %").And.Contain("0:01 left").And.Contain("rate 0.125");
        lines[2].Should().Contain(" 75 %");
        lines[3].Should().Contain(" 100 %").And.Contain("training 0.0625").And.Contain("0:03");
    }

    [Fact]
    public void A_writer_that_is_given_gets_lines_and_an_encoding_without_lines_another_bar()
    {
        using var stream = new MemoryStream();
        using (var ascii = new StreamWriter(stream, System.Text.Encoding.ASCII))
        {
            using Trainer trainer = Make();
            trainer.Fit(data, 1, progress: new ConsoleProgress(ascii, width: 120) { Title = "first" });
            trainer.Fit(data, 1, progress: new ConsoleProgress(writer) { Title = "second" });
        }

        System.Text.Encoding.ASCII.GetString(stream.ToArray()).Should().Contain("\rfirst  epoch 1/1  ##############################");
        writer.ToString().Should().StartWith("second  epoch 2/2  100 %  training ");
        Action narrow = () => _ = new ConsoleProgress(writer, width: 0);
        narrow.Should().Throw<ArgumentOutOfRangeException>();
    }

    private static Trainer Make(params ITrainingObserver[] observers) => new(TestData.Classifier(), Divergence.CrossEntropy, new Adam(0.01f))
    {
        BatchSize = 40,
        Observers = observers,
    };

    private ConsoleWithTime Timed(int? width, double secondsPerStep) =>
        new(new ConsoleProgress(writer, width is { } columns ? () => columns : null, time), time, secondsPerStep);

    // Lets time pass before each step's report.
    private sealed class ConsoleWithTime(ConsoleProgress progress, ManualTime time, double seconds) : IProgress<TrainingProgress>, ITrainingObserver
    {
        public void OnStart(TrainingStart start) => progress.OnStart(start);

        public void OnStep(in TrainingStep step)
        {
            time.Pass(seconds);
            progress.OnStep(step);
        }

        public void OnEnd(Trainer trainer, Exception? problem) => progress.OnEnd(trainer, problem);

        public void Report(TrainingProgress value) => progress.Report(value);
    }
}
