// Learns to read handwritten digits, 8×8 pixels each: the whole way from a file of numbers to a network, a test on digits
// that it has never seen, and pictures of what it got wrong.
//
//     dotnet run -c Release --project samples/Digits                      from any directory; a few seconds
//     dotnet run -c Release --project samples/Digits -- --seeds 5         the accuracy for five seeds, and their median
//     dotnet run -c Release --project samples/Digits -- --convolutions    with a network that sees which pixels are neighbours
//     dotnet run -c Release --project samples/Digits -- --help            everything else
//
// Ctrl+C ends the training early; what has been learned so far is then tested (with --seeds, the seeds that are done).
using System.CommandLine;
using Digits;
using NeuralNet;
using Samples;
using Spectre.Console;

var output = SampleCommand.Output("the pictures, the report and the network");
var seed = SampleCommand.Seed(42, "the split, the initial weights and the order of the digits");
var epochs = SampleCommand.Epochs(60);
var seeds = SampleCommand.Count("--seeds", null, "Train with each of the seeds 1 to N and print the accuracies and their median; no pictures");
var convolutions = new Option<bool>("--convolutions") { Description = "A convolutional network instead of a dense one: slower and better" };
var command = new RootCommand("Learns to read handwritten digits, and shows which ones it mistakes.") { output, seed, epochs, seeds, convolutions };
command.Validators.Add(all =>
{
    if (all.GetResult(seeds) is { Implicit: false } && all.GetResult(seed) is { Implicit: false })
        all.AddError("Give --seed or --seeds, not both.");
});
return SampleCommand.Run(args, command, options =>
{
    using var interrupt = new ConsoleInterrupt();
    Dataset digits = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz"), classes: 10)
        .WithInputShape(Shape.Image(height: 8, width: 8, channels: 1));
    if (options.GetValue(seeds) is > 0 and int many)
    {
        TrainSeeds(Make, many, interrupt.Token);
    }
    else
    {
        using Experiment experiment = Make(options.GetValue(seed));
        TrainOnce(experiment, options.Folder(output), interrupt.Token);
    }

    Experiment Make(long seed) => new(digits, options.GetValue(convolutions), options.GetValue(epochs), seed);
});

static void TrainOnce(Experiment experiment, string folder, CancellationToken cancellationToken)
{
    Console.Write(experiment.Network.Summary());
    Console.WriteLine();
    experiment.Train(new LiveView(), cancellationToken);

    TestResult result = experiment.Test();
    Report.Write(result, experiment, cancellationToken.IsCancellationRequested);
    Pictures.Save(folder, experiment, result);

    string report = Path.Combine(folder, "report.html");
    experiment.SaveReport(report);
    Console.WriteLine(report);

    // The network in a file, with a few digits and what it answers to them: whoever loads it asks it again.
    string file = Path.Combine(folder, "digits.safetensors");
    experiment.Save(file);
    Console.WriteLine(file);
}

// Each seed decides the split, the initial weights and the order of the rows: the spread shows how much is luck.
static void TrainSeeds(Func<long, Experiment> make, int seeds, CancellationToken cancellationToken)
{
    var accuracies = new List<double>();
    for (int seed = 1; seed <= seeds; seed++)
    {
        using Experiment experiment = make(seed);
        experiment.Train(progress: null, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            break;
        accuracies.Add(experiment.Test().Accuracy);
        AnsiConsole.WriteLine(Report.Text($"seed {seed,3}   test accuracy {accuracies[^1]:0.0000}"));
    }

    if (accuracies.Count > 0)
        AnsiConsole.WriteLine(Report.Text($"median of {accuracies.Count}  test accuracy {Report.Median(accuracies):0.0000}"));
}
