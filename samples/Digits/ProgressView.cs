using NeuralNet;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Digits;

/// <summary>Shows a training while it runs: live on a terminal, as plain lines elsewhere.</summary>
internal static class ProgressView
{
    // Of all epochs, about so many stay on the screen.
    private const int Lines = 12;

    public static void Watch(Experiment experiment, Action<IProgress<TrainingProgress>> train)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Ansi)
            train(new PlainView(experiment));
        else
            AnsiConsole.Live(new Text("")).Start(context => train(new LiveView(experiment, context)));
    }

    private static bool IsKept(EpochResult epoch, int last) =>
        epoch.Epoch == last || epoch.Epoch % Math.Max(1, (last + Lines - 1) / Lines) == 0;

    private static string[] Cells(EpochResult epoch, Experiment experiment) =>
    [
        Report.Text($"{epoch.Epoch}"),
        Report.Text($"{epoch.TrainingDivergence:0.0000}"),
        Report.Text($"{epoch.ValidationDivergence:0.0000}"),
        Report.Text($"{experiment.TrainingAccuracies[^1] * 100:0.0} %"),
        Report.Text($"{epoch.ValidationAccuracy * 100:0.0} %"),
        Report.Text($"{experiment.TrainingRows / epoch.Seconds:N0}"),
    ];

    private sealed class PlainView(Experiment experiment) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Finished is not { } epoch || !IsKept(epoch, value.LastEpoch))
                return;
            string[] c = Cells(epoch, experiment);
            Console.WriteLine($"epoch {c[0],3}/{value.LastEpoch}  divergence {c[1]} (test {c[2]})  accuracy {c[3]} (test {c[4]})  {c[5]} digits/s");
        }
    }

    private sealed class LiveView(Experiment experiment, LiveDisplayContext context) : IProgress<TrainingProgress>
    {
        // The whole table takes 66 columns of the terminal, and the three columns that are left in a narrower one take 30.
        private const int TableWidth = 66, MaxBarWidth = 60;
        private static readonly string[] titles = ["epoch", "divergence", "on test", "accuracy", "on test", "digits/s"];
        private static readonly int[] all = [0, 1, 2, 3, 4, 5], fewer = [0, 3, 4];
        private static readonly TimeSpan frame = TimeSpan.FromMilliseconds(40);
        private readonly List<string[]> kept = [];
        private string[]? newest;
        private DateTime drawn;

        public void Report(TrainingProgress value)
        {
            if (value.Finished is { } epoch)
            {
                newest = Cells(epoch, experiment);
                if (IsKept(epoch, value.LastEpoch))
                {
                    kept.Add(newest);
                    newest = null;
                }
            }

            // Drawing takes longer than a step: no more often than the eye can follow.
            bool done = value.Finished is not null && value.Epoch == value.LastEpoch;
            if (done || DateTime.UtcNow - drawn > frame)
            {
                context.UpdateTarget(Draw(value));
                drawn = DateTime.UtcNow;
            }
        }

        private Rows Draw(TrainingProgress value)
        {
            int width = AnsiConsole.Profile.Width;
            int[] shown = width < TableWidth ? fewer : all;
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
            foreach (int column in shown)
                table.AddColumn(new TableColumn(titles[column]).RightAligned());
            foreach (string[] line in kept)
                table.AddRow([.. shown.Select(column => line[column])]);
            if (newest is not null)
                table.AddRow([.. shown.Select(column => new Text(newest[column], new Style(Color.Grey)) as IRenderable)]);

            double share = (value.Epoch - 1 + ((double)value.Step / value.Steps!.Value)) / value.LastEpoch;
            string where = $" epoch {value.Epoch}/{value.LastEpoch}";
            int bar = Math.Clamp(width - where.Length - 1, 1, MaxBarWidth), filled = (int)(share * bar);
            return new Rows(table, new Markup($"[green]{new string('━', filled)}[/][grey]{new string('─', bar - filled)}[/]{where}"));
        }
    }
}
