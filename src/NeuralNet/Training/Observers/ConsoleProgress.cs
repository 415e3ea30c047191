using System.Globalization;

namespace NeuralNet;

/// <summary>Writes how far training has come: on a terminal one line that is rewritten, some times a second; elsewhere, such as in a file, a line
/// for each epoch. <c>trainer.Fit(train, epochs: 10, validation, progress: new ConsoleProgress())</c>.</summary>
/// <remarks>The line has the epoch, the divergence in training and on the validation set, the accuracy, the learning rate, the share that is done and
/// the time that is left. On a narrow terminal it has less. Anything else that is written to the terminal meanwhile lands in the line.</remarks>
public sealed class ConsoleProgress : IProgress<TrainingProgress>, ITrainingObserver
{
    private const int LongestBar = 30, ShortestBar = 8;
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(100);

    private readonly TextWriter writer;
    private readonly Func<int>? width; // of the terminal; null: there is none
    private readonly TimeProvider time;
    private readonly TrainingClock clock;
    private readonly List<string> pieces = [];
    private TrainingProgress? pending; // the newest, unless it was drawn
    private EpochResult? last;
    private float? rate;
    private int written; // the length of the line that stands on the terminal
    private long drawn;
    private bool isOpen;

    /// <summary>Writes to the console.</summary>
    public ConsoleProgress()
        : this(Console.Out, IsTerminal ? WidthOfConsole : null, TimeProvider.System)
    {
    }

    /// <summary>Writes to a writer.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="width">The columns of the terminal that it writes to; null: it is no terminal, and gets a line for each epoch.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is not positive.</exception>
    public ConsoleProgress(TextWriter writer, int? width = null)
        : this(writer, width is null ? null : WidthOf(Guard.Count(width.Value, nameof(width))), TimeProvider.System)
    {
    }

    internal ConsoleProgress(TextWriter writer, Func<int>? width, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(writer);
        (this.writer, this.width, this.time) = (writer, width, time);
        clock = new TrainingClock(time);
    }

    /// <summary>What the line begins with, such as a name of what is trained; nothing unless set.</summary>
    public string Title { get; init => field = value ?? throw new ArgumentNullException(nameof(value)); } = "";

    // A terminal that is "dumb" may not go back to the beginning of a line.
    private static bool IsTerminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";

    /// <summary>How it writes.</summary>
    /// <returns><c>ConsoleProgress, one line on a terminal</c> or <c>ConsoleProgress, a line for each epoch</c>.</returns>
    public override string ToString() => $"{nameof(ConsoleProgress)}, {(width is null ? "a line for each epoch" : "one line on a terminal")}";

    /// <inheritdoc/>
    public void OnStart(TrainingStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        (last, rate) = (null, null);
        clock.Start(start.FirstEpoch);
    }

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step) => rate = step.LearningRate;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        clock.Count(value);
        last = value.Finished ?? last;
        if (value.Finished is not null)
            rate = value.Finished.LearningRate;
        if (width is null)
        {
            if (value.Finished is not null)
                writer.WriteLine(Line(value, int.MaxValue));
            return;
        }

        // Writing takes longer than a step may: no more often than the eye can follow.
        bool isLast = value.Finished is not null && value.Epoch == value.LastEpoch;
        if (!isLast && drawn != 0 && time.GetElapsedTime(drawn) < pause)
        {
            pending = value;
            return;
        }

        Draw(value);
        if (isLast)
            EndLine();
    }

    /// <inheritdoc/>
    public void OnEnd(Trainer trainer, Exception? problem)
    {
        if (pending is { } value)
            Draw(value);
        EndLine();
    }

    private static Func<int> WidthOf(int width) => () => width;

    private static int WidthOfConsole()
    {
        try
        {
            return Console.WindowWidth is > 0 and int width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }

    private void Draw(in TrainingProgress value)
    {
        // In the last column some terminals go on to the next line.
        string line = Line(value, Math.Max(1, width!() - 1));
        writer.Write('\r');
        writer.Write(line);
        writer.Write(new string(' ', Math.Max(0, written - line.Length)));
        writer.Flush();
        (written, isOpen, drawn, pending) = (line.Length, true, time.GetTimestamp(), null);
    }

    private void EndLine()
    {
        if (isOpen)
            writer.WriteLine();
        (isOpen, written, drawn) = (false, 0, 0);
    }

    // What matters most stands first, and what does not fit is left out; a bar takes the room that is left on a terminal.
    private string Line(in TrainingProgress value, int room)
    {
        pieces.Clear();
        string title = Title.Length > 0 ? Title + "  " : "";
        Add($"{title}epoch {value.Epoch}/{value.LastEpoch}");
        string share = string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(clock.Share * 100)} %");
        pieces.Add(share);
        Add($"training {value.Divergence:G4}");
        if (last?.ValidationDivergence is { } validation)
            Add($"validation {validation:G4}");
        if (last?.ValidationAccuracy is { } accuracy)
            Add($"accuracy {accuracy * 100:0.0} %");
        if (last is { Monitor: { } monitor } && monitor != Metric.Accuracy.Name)
            Add($"{monitor} {last.Monitored:G4}");
        if (clock.Words is { Length: > 0 } words)
            pieces.Add(words);
        if (rate is not null)
            Add($"rate {rate:G4}");
        int length = 0, count = 0;
        for (; count < pieces.Count && length + pieces[count].Length <= room; count++)
            length += pieces[count].Length + 2;
        if (count == 0)
            return pieces[0][..room];
        int bar = Math.Min(LongestBar, room - length);
        if (width is not null && count == pieces.Count && bar >= ShortestBar)
            pieces[1] = $"{Bar(bar)} {share}";
        return string.Join("  ", pieces.Take(count));
    }

    private void Add(FormattableString text) => pieces.Add(text.ToString(CultureInfo.InvariantCulture));

    // An encoding that has no lines has number signs.
    private string Bar(int length)
    {
        bool hasLines = writer.Encoding.CodePage is 65001 or 1200 or 1201;
        int done = (int)(clock.Share * length);
        return new string(hasLines ? '━' : '#', done) + new string(hasLines ? '─' : '-', length - done);
    }
}
