using Spectre.Console;
using Spectre.Console.Testing;

namespace NeuralNet.Tests;

public sealed class LiveViewTests : IDisposable
{
    private readonly TestConsole console = new();
    private readonly ManualTime time = new();

    public void Dispose() => console.Dispose();

    [Theory]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(50)]
    [InlineData(80)]
    [InlineData(140)]
    [InlineData(200)]
    public void It_fits_the_terminal_and_is_drawn_over_itself(int width)
    {
        Terminal(width);
        using Trainer trainer = Make();
        TrainingHistory history = trainer.Fit(Clouds(100), epochs: 6, Clouds(30), Timed(new LiveView(console, canDraw: true, time), seconds: 2));

        var screen = new Screen(width, console.Output);
        screen.Lines.Should().OnlyContain(line => line.Length < width);
        screen.Column.Should().Be(0);
        screen.Row.Should().Be(screen.Lines.Count - 1);
        screen.Lines[^1].Should().BeEmpty("the cursor stands below the picture");
        screen.Lines.Count(line => line.StartsWith("epoch", StringComparison.Ordinal)).Should().Be(1, "there is one picture");
        string text = string.Join('\n', screen.Lines);
        if (width >= 30)
        {
            text.Should().StartWith("epoch 6/6 ").And.Contain("100 %  took 0:48");
            text.Should().Contain(FormattableString.Invariant($"● training {history.Epochs[5].TrainingDivergence:G4}"));
            text.Should().Contain(FormattableString.Invariant($"● validation {history.Epochs[5].ValidationDivergence:G4}"));
            text.Should().Contain(FormattableString.Invariant($"best {history.Best!.Monitored:G4} in epoch {history.Best.Epoch}"));
            text.Should().Contain("rate 0.01").And.Contain("steps/s").And.Contain("└epoch 1 ─");
            text.Count(c => c is > '\u2800' and <= '\u28ff').Should().BeGreaterThan(Math.Min(width, 140) - 12, "the curve goes from left to right");
        }
    }

    [Fact]
    public void The_time_that_is_left_and_the_speed_are_shown_on_the_way()
    {
        Terminal(80);
        var view = new LiveView(console, canDraw: true, time) { Title = "clouds" };
        using Trainer trainer = Make(new Stop(9));
        Action fit = () => trainer.Fit(Clouds(100), epochs: 4, progress: Timed(view, seconds: 2));
        fit.Should().Throw<IOException>();
        string text = string.Join('\n', new Screen(80, console.Output).Lines);
        text.Should().StartWith("clouds  epoch 2/4 ").And.Contain(" 50 %  0:16 left").And.Contain("0.5 steps/s").And.NotContain("validation");
    }

    // The last picture of an interrupted training stands above the cursor, and nothing was ever hidden.
    [Fact]
    public void An_exception_leaves_the_terminal_as_it_was()
    {
        Terminal(80);
        using Trainer trainer = Make(new Stop(7));
        Action fit = () => trainer.Fit(Clouds(100), epochs: 4, progress: Timed(new LiveView(console, canDraw: true, time), seconds: 0.001));
        fit.Should().Throw<IOException>();
        console.Output.Should().NotContain("?25").And.EndWith("\u001b[J");
        var screen = new Screen(80, console.Output);
        screen.Column.Should().Be(0);
        screen.Lines[^1].Should().BeEmpty();
        screen.Lines[0].Should().StartWith("epoch 2/4 ");
    }

    [Fact]
    public void It_draws_some_times_a_second()
    {
        Terminal(80);
        using Trainer trainer = Make();
        trainer.Fit(Clouds(100), epochs: 10, progress: Timed(new LiveView(console, canDraw: true, time), seconds: 0.03)); // 40 steps in 1.2 s
        console.Output.Split("\u001b[J").Length.Should().BeInRange(9, 14);
    }

    [Fact]
    public void A_terminal_that_becomes_narrower_gets_a_new_picture_that_fits()
    {
        Terminal(140);
        using Trainer trainer = Make(new Narrow(console, step: 10, width: 50));
        trainer.Fit(Clouds(100), epochs: 6, Clouds(30), Timed(new LiveView(console, canDraw: true, time), seconds: 2));
        var screen = new Screen(140, console.Output);
        screen.Lines.Count(line => line.StartsWith("epoch", StringComparison.Ordinal)).Should().Be(2, "the old one stands above");
        screen.Lines[^2].Length.Should().BeLessThan(50);
    }

    [Fact]
    public void A_second_call_of_Fit_has_a_picture_of_its_own()
    {
        Terminal(80);
        var view = new LiveView(console, canDraw: true, time);
        using Trainer trainer = Make();
        trainer.Fit(Clouds(100), epochs: 2, progress: view);
        trainer.Fit(Clouds(100), epochs: 2, progress: view);
        string[] heads = [.. new Screen(80, console.Output).Lines.Where(line => line.StartsWith("epoch", StringComparison.Ordinal))];
        heads.Should().HaveCount(2);
        heads[0].Should().StartWith("epoch 2/2");
        heads[1].Should().StartWith("epoch 4/4");
    }

    [Fact]
    public void It_works_as_a_progress_alone()
    {
        Terminal(80);
        var view = new LiveView(console, canDraw: true, time);
        using Trainer trainer = Make();
        trainer.Fit(Clouds(100), epochs: 3, Clouds(30), new Alone(view));
        string text = string.Join('\n', new Screen(80, console.Output).Lines);
        text.Should().StartWith("epoch 3/3 ").And.Contain("● validation").And.Contain("└epoch 1 ─");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_nothing_can_be_drawn_there_are_plain_lines(bool canDraw)
    {
        console.Width(80).EmitAnsiSequences();
        console.Profile.Capabilities.Interactive = !canDraw;
        using Trainer trainer = Make();
        trainer.Fit(Clouds(100), epochs: 3, Clouds(30), new LiveView(console, canDraw, time) { Title = "clouds" });
        string[] lines = console.Output.TrimEnd().Split('\n');
        lines.Should().HaveCount(3);
        lines[2].Should().StartWith("clouds  epoch 3/3  100 %  training ");
        console.Output.Should().NotContain("\u001b");
    }

    [Theory]
    [InlineData(1e-6, 1)]
    [InlineData(0.5, 0.5)]
    [InlineData(-3, 2)]
    [InlineData(1e8, 2e8)]
    [InlineData(double.NaN, 0.25)]
    [InlineData(0, 0)]
    public void Any_values_have_a_picture(double first, double second)
    {
        Curve under = new(), over = new();
        under.Add(0.25, first);
        under.Add(1, second);
        over.Add(0.5, second);
        foreach (int width in new[] { 1, 9, 14, 15, 50, 140 })
        {
            foreach (int height in new[] { 1, 3, 12 })
            {
                List<List<Spectre.Console.Rendering.Segment>> lines = CurvePicture.Draw((under, Style.Plain), (over, Style.Plain), width, height);
                lines.Should().HaveCount(width < 15 ? 0 : height);
                lines.Select(line => line.Sum(segment => segment.Text.Length)).Should().Equal(lines.Select(_ => width));
            }
        }
    }

    // What falls from 4 to 1 in a picture of 2 lines begins in the upper one at the left and ends in the lower one at the right.
    [Fact]
    public void A_curve_goes_from_the_greatest_value_at_the_left_to_the_smallest_at_the_right()
    {
        Curve falling = new(), none = new();
        for (int i = 1; i <= 1000; i++)
            falling.Add(i / 1000.0, 4 - (3 * i / 1000.0));
        string[] lines = [.. CurvePicture.Draw((falling, Style.Plain), (none, Style.Plain), width: 29, height: 2)
            .Select(line => string.Concat(line.Select(segment => segment.Text)))];
        lines[0].Should().StartWith("    4.0 ┤⠉").And.EndWith(new string(' ', 10));
        lines[1].Should().StartWith("    1.0 ┤" + new string(' ', 10)).And.EndWith("⣀");
        lines[0][9..19].Should().NotContain(" ");
        lines[1][19..].Should().NotContain(" ");
    }

    private static Trainer Make(params ITrainingObserver[] observers) => new(
        Network.Create(2).Dense(8, Activation.Tanh).Dense(3, Activation.Softmax).Build(1), Divergence.CrossEntropy, new Adam(0.01f))
    {
        BatchSize = 30,
        Observers = observers,
    };

    private static Dataset Clouds(int rows)
    {
        var stream = new RandomStream(1);
        int[] labels = [.. Enumerable.Range(0, rows).Select(row => row % 3)];
        float[] inputs = [.. labels.SelectMany((label, row) => new[] { label + stream.Normal(0, row), (label * label) + stream.Normal(1, row) })];
        return Dataset.FromArrays(inputs, labels, classes: 3);
    }

    private void Terminal(int width) => console.Width(width).Interactive().EmitAnsiSequences().Colors(ColorSystem.TrueColor);

    private Slow Timed(LiveView view, double seconds) => new(view, time, seconds);

    private sealed class ManualTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Pass(double seconds) => ticks += TimeSpan.FromSeconds(seconds).Ticks;
    }

    // Lets time pass in each step.
    private sealed class Slow(LiveView view, ManualTime time, double seconds) : IProgress<TrainingProgress>, ITrainingObserver
    {
        public void OnStart(TrainingStart start) => view.OnStart(start);

        public void OnStep(in TrainingStep step)
        {
            time.Pass(seconds);
            view.OnStep(step);
        }

        public void OnEnd(Trainer trainer, Exception? problem) => view.OnEnd(trainer, problem);

        public void Report(TrainingProgress value) => view.Report(value);
    }

    private sealed class Alone(LiveView view) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => view.Report(value);
    }

    private sealed class Stop(long at) : ITrainingObserver
    {
        public void OnGradient(in TrainingStep step)
        {
            if (step.Number == at)
                throw new IOException("stopped");
        }
    }

    private sealed class Narrow(TestConsole console, long step, int width) : ITrainingObserver
    {
        public void OnStep(in TrainingStep made)
        {
            if (made.Number == step)
                console.Width(width);
        }
    }
}
