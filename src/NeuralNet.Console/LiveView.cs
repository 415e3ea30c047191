using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NeuralNet;

/// <summary>Shows a training on a terminal while it runs: the curves of training and validation, the last and the best measures, learning rate, speed
/// and time left. <c>trainer.Fit(train, epochs: 10, validation, progress: new LiveView())</c>.</summary>
/// <remarks><para>Where there is no terminal that can be drawn on (output goes into a file, TERM is "dumb", on a build machine), it writes the plain
/// lines of <see cref="ConsoleProgress"/>. The picture fits the terminal's width, from 30 columns or so.</para>
/// <para>The cursor is never hidden and keys are not read: wherever a program ends, the terminal is as it was. What else is written to the terminal
/// meanwhile is drawn over.</para></remarks>
public sealed class LiveView : IProgress<TrainingProgress>, ITrainingObserver
{
    private const int LargestHeight = 12, SmallestHeight = 3, LargestWidth = 140, LinesBesides = 6, LongestBar = 60;

    // Blue and orange are told apart by nearly everybody, and are read on white and on black.
    private static readonly Style training = new(new Color(0, 135, 255)), validation = new(new Color(215, 95, 0));
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole console;
    private readonly TimeProvider time;
    private readonly TrainingClock clock;
    private readonly Curve trained = new(), validated = new();
    private readonly bool draws;
    private ConsoleProgress? plain; // where nothing can be drawn
    private Trainer? trainer; // null where nobody tells of a start
    private TrainingProgress? last;
    private EpochResult? lastEpoch;
    private float? rate;
    private int firstEpoch, lines, width; // the lines that stand on the terminal, and how wide it was
    private long drawn;

    /// <summary>Shows it on the console.</summary>
    public LiveView()
        : this(AnsiConsole.Console, !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("CI") is null or "", TimeProvider.System)
    {
    }

    /// <summary>Shows it on a console of Spectre.Console.</summary>
    /// <param name="console">The console; plain lines go to it unless it is interactive and understands ANSI sequences and Unicode.</param>
    public LiveView(IAnsiConsole console)
        : this(console, canDraw: true, TimeProvider.System)
    {
    }

    internal LiveView(IAnsiConsole console, bool canDraw, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(console);
        (this.console, this.time) = (console, time);
        clock = new TrainingClock(time);
        draws = canDraw && console.Profile.Capabilities is { Ansi: true, Interactive: true, Unicode: true };
    }

    /// <summary>What the view begins with, such as a name of what is trained; nothing unless set.</summary>
    public string Title { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = "";

    // Made when it is needed: only then is the title known.
    private ConsoleProgress Plain => plain ??= new ConsoleProgress(console.Profile.Out.Writer) { Title = Title };

    /// <inheritdoc/>
    public void OnStart(TrainingStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        if (!draws)
        {
            Plain.OnStart(start);
            return;
        }

        trained.Clear();
        validated.Clear();
        (trainer, firstEpoch, last, lastEpoch, rate, lines, drawn) = (start.Trainer, start.FirstEpoch, null, null, null, 0, 0);
        clock.Start(firstEpoch);
    }

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        if (!draws)
        {
            Plain.OnStep(step);
            return;
        }

        rate = step.LearningRate;
        if (step.Progress is not { } place)
            return;
        clock.Count(place);
        trained.Add(clock.Share, step.Divergence);
    }

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (!draws)
        {
            Plain.Report(value);
            return;
        }

        last = value;
        if (trainer is null)
        {
            firstEpoch = firstEpoch == 0 ? value.Epoch : firstEpoch;
            clock.Count(value);
            trained.Add(clock.Share, value.Divergence);
        }

        if (value.Finished is { } epoch)
        {
            (lastEpoch, rate) = (epoch, epoch.LearningRate);
            if (epoch.ValidationDivergence is { } measured)
                validated.Add(clock.Share, measured);
        }

        // Drawing takes longer than a step may: no more often than the eye can follow.
        bool isLast = value.Finished is not null && value.Epoch == value.LastEpoch;
        if (isLast || drawn == 0 || time.GetElapsedTime(drawn) >= pause)
            Draw();
    }

    /// <inheritdoc/>
    public void OnEnd(Trainer trainer, Exception? problem)
    {
        if (!draws)
            Plain.OnEnd(trainer, problem);
        else if (last is not null)
            Draw();
        (this.trainer, firstEpoch) = (null, 0);
    }

    private void Draw()
    {
        // A terminal that was made narrower has broken the old lines: the picture begins anew below them.
        int columns = console.Profile.Width, above = columns == width ? lines : 0;
        List<List<Segment>> picture = Lines(last!.Value, Math.Clamp(columns - 1, 1, LargestWidth));
        console.Write(new Frame(picture, above));
        (lines, width, drawn) = (picture.Count, columns, time.GetTimestamp());
    }

    private List<List<Segment>> Lines(in TrainingProgress value, int room)
    {
        int height = Math.Clamp(console.Profile.Height - LinesBesides, SmallestHeight, LargestHeight);
        List<List<Segment>> all = [Head(value, room), .. CurvePicture.Draw((trained, training), (validated, validation), room, height)];
        if (CurvePicture.Axis(firstEpoch, value.LastEpoch, room) is { } axis)
            all.Add(axis);
        List<Segment> line = [];
        int length = 0;
        foreach ((string text, Style style) in Pieces(value))
        {
            string shown = text.Length <= room ? text : text[..room];
            int gap = line.Count == 0 ? 0 : 3;
            if (length + gap + shown.Length > room)
            {
                all.Add(line);
                (line, length, gap) = ([], 0, 0);
            }

            if (gap > 0)
                line.Add(new Segment(new string(' ', gap), Style.Plain));
            line.Add(new Segment(shown, style));
            length += gap + shown.Length;
        }

        all.Add(line);
        return all;
    }

    private List<Segment> Head(in TrainingProgress value, int room)
    {
        string title = Title.Length > 0 ? Title + "  " : "";
        string before = Text($"{title}epoch {value.Epoch}/{value.LastEpoch} ");
        string after = Text($" {Math.Floor(clock.Share * 100)} %  {clock.Words}").TrimEnd();
        int bar = Math.Min(LongestBar, room - before.Length - after.Length);
        if (bar < 3)
            return [new Segment((before.TrimEnd() + after)[..Math.Min(room, before.TrimEnd().Length + after.Length)], Style.Plain)];
        int done = (int)(clock.Share * bar);
        return [new(before, Style.Plain), new(new string('━', done), training), new(new string('─', bar - done) + after, Style.Plain)];
    }

    private List<(string Text, Style Style)> Pieces(in TrainingProgress value)
    {
        List<(string, Style)> pieces = [(Text($"● training {value.Divergence:G4}"), training)];
        if (lastEpoch?.ValidationDivergence is { } measured)
            pieces.Add((Text($"● validation {measured:G4}"), validation));
        if (lastEpoch?.ValidationAccuracy is { } accuracy)
            pieces.Add((Text($"accuracy {accuracy * 100:0.0} %"), Style.Plain));
        if (lastEpoch is { Monitor: { } monitor } && monitor != Metric.Accuracy.Name)
            pieces.Add((Text($"{monitor} {lastEpoch.Monitored:G4}"), Style.Plain));
        if (trainer?.History.Best is { } best)
            pieces.Add((Text($"best {best.Monitored:G4} in epoch {best.Epoch}"), Style.Plain));
        if (rate is not null)
            pieces.Add((Text($"rate {rate:G4}"), Style.Plain));
        double speed = clock.StepsPerSecond;
        pieces.Add((speed < 10 ? Text($"{speed:0.#} steps/s") : Text($"{speed:N0} steps/s"), Style.Plain));
        return pieces;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // A picture that is written over the one before, in one piece: the cursor ends below it, where a program goes on that is interrupted.
    private sealed class Frame(List<List<Segment>> lines, int above) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        {
            if (above > 0)
                yield return Segment.Control(Text($"\r\u001b[{above}A"));
            foreach (List<Segment> line in lines)
            {
                foreach (Segment segment in line)
                    yield return segment;
                yield return Segment.Control("\u001b[K");
                yield return Segment.LineBreak;
            }

            yield return Segment.Control("\u001b[J");
        }
    }
}
