using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace NeuralNet.Benchmarks;

/// <summary>What watching costs: the time of a step of <see cref="Trainer.Fit"/> with each observer, beside that with none.</summary>
internal static class Observers
{
    private const int StepsOfEpoch = 500, Trainings = 40;

    // An observer that is to be measured, too, is a line here; each is given a folder of its own.
    private static readonly (string Name, Func<string, Watched> Make)[] all =
    [
        ("nobody", _ => new Watched()),
        ("an observer that does nothing", _ => new Watched(new Nothing())),
        ("`ConsoleProgress`", _ => new Watched(Progress: new ConsoleProgress(TextWriter.Null, width: 80))),
        ("`JsonLog`, every 10 steps", folder => new Watched(new JsonLog(Path.Combine(folder, "log")))),
        ("`JsonLog`, every step", folder => new Watched(new JsonLog(Path.Combine(folder, "log")) { EverySteps = 1 })),
        ("`CsvLog` of epochs", folder => new Watched(new CsvLog(Path.Combine(folder, "log")))),
        ("`CsvLog`, every step", folder => new Watched(new CsvLog(Path.Combine(folder, "log")) { EverySteps = 1 })),
        ("`TensorBoard`, no histograms", folder => new Watched(new TensorBoard(folder) { HistogramsEveryEpochs = null })),
        ("`TensorBoard`, histograms every epoch", folder => new Watched(new TensorBoard(folder))),
        ("`TensorBoard`, histograms every 100 steps", folder => new Watched(new TensorBoard(folder) { HistogramsEverySteps = 100 })),
        ("`XRay`, every 100 steps", _ => new Watched(new XRay(every: 100))),
        ("`XRay`, every step", _ => new Watched(new XRay(every: 1))),
        ("a listener to the meter", _ => new Watched(Listener: ListenToMeter())),
    ];

    private static readonly (string Name, Func<Network> Network, int Rows)[] networks =
    [
        ("2-2-1, 4 rows", () => Network.Create(2).Dense(2, Activation.Tanh).Dense(1).Build(1), 4),
        ("64-256-128-10, 64 rows", () => Network.Create(64).Dense(256, Activation.Relu).Dense(128, Activation.Relu).Dense(10).Build(1), 64),
    ];

    /// <summary>Writes a table as pages have it: µs that each step takes without anybody, and µs that each observer adds.</summary>
    public static void Report(string filter)
    {
        Console.WriteLine($"| µs a step | {string.Join(" | ", networks.Select(network => network.Name))} |");
        Console.WriteLine($"|---|{string.Concat(networks.Select(_ => "---:|"))}");
        double[] alone = new double[networks.Length];
        foreach ((_, Func<Network> network, int rows) in networks)
            Measure(network(), rows, all[0].Make); // until all is compiled
        foreach ((string name, Func<string, Watched> make) in all)
        {
            bool isFirst = name == all[0].Name;
            if (!isFirst && !name.Contains(filter, StringComparison.OrdinalIgnoreCase))
                continue;
            var cells = new List<string>();
            for (int i = 0; i < networks.Length; i++)
            {
                double time = Measure(networks[i].Network(), networks[i].Rows, make);
                string sign = isFirst ? "" : time < alone[i] ? "−" : "+";
                cells.Add(string.Create(CultureInfo.InvariantCulture, $"{sign}{Math.Abs(time - alone[i]):0.000}"));
                alone[i] = isFirst ? time : alone[i];
            }

            Console.WriteLine($"| {name} | {string.Join(" | ", cells)} |");
        }
    }

    // The best of some trainings, each with an observer of its own: one that has seen much may look more rarely.
    private static double Measure(Network network, int rows, Func<string, Watched> make)
    {
        var stream = new RandomStream(1);
        float[] inputs = new float[rows * StepsOfEpoch * network.Input.Size];
        for (int i = 0; i < inputs.Length; i++)
            inputs[i] = stream.Normal(0, i);
        var data = Dataset.FromArrays(inputs, new float[rows * StepsOfEpoch * network.Output.Size], rows * StepsOfEpoch);
        double best = double.PositiveInfinity;
        for (int training = 0; training < Trainings; training++)
            best = Math.Min(best, MeasureOne(network.Clone(), rows, data, make));
        return best;
    }

    // µs a step of a second epoch.
    private static double MeasureOne(Network network, int rows, Dataset data, Func<string, Watched> make)
    {
        string folder = Directory.CreateTempSubdirectory("neuralnet-").FullName;
        Watched watched = make(folder);
        try
        {
            using var trainer = new Trainer(network, Divergence.L2, new Sgd(1e-3f))
            {
                BatchSize = rows,
                Shuffle = false,
                Observers = watched.Observer is null ? [] : [watched.Observer],
            };
            trainer.Fit(data, epochs: 1, progress: watched.Progress);
            long start = Stopwatch.GetTimestamp();
            trainer.Fit(data, epochs: 1, progress: watched.Progress);
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / StepsOfEpoch;
        }
        finally
        {
            (watched.Observer as IDisposable)?.Dispose();
            watched.Listener?.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static MeterListener ListenToMeter()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "NeuralNet")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        listener.Start();
        return listener;
    }

    private sealed record Watched(
        ITrainingObserver? Observer = null, IProgress<TrainingProgress>? Progress = null, IDisposable? Listener = null);

    private sealed class Nothing : ITrainingObserver;
}
