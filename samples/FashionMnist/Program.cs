// Learns to tell ten kinds of clothing apart in 70,000 pictures of 28×28 pixels (Fashion-MNIST): larger data, several
// threads, and one line for each epoch. The result is the same, bit for bit, for any number of threads.
//
//     dotnet run -c Release --project samples/FashionMnist -- DIR [--threads 2] [--epochs 10] [--seed 1]
//
// DIR holds the four files of the data set; where they are missing, the program says how to get them.
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using NeuralNet;

string[] files = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];

var directory = new Argument<string>("DIR") { Description = "The folder with the four gzipped files of Fashion-MNIST" };
var threads = Number("--threads", 1, "How many threads share the work");
var epochs = Number("--epochs", 10, "How many times to go through the training pictures");
var seed = new Option<long>("--seed")
{
    Description = "What decides the initial weights and the order of the pictures",
    DefaultValueFactory = _ => 1,
};
var root = new RootCommand("Learns to tell ten kinds of clothing apart.") { directory, threads, epochs, seed };
root.SetAction(options => Run(
    options.GetRequiredValue(directory), options.GetValue(threads), options.GetValue(epochs), options.GetValue(seed)));
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

int Run(string folder, int threads, int epochs, long seed)
{
    string[] paths = [.. files.Select(file => Path.Combine(folder, file))];
    if (paths.FirstOrDefault(path => !File.Exists(path)) is string missing)
    {
        Console.Error.WriteLine($"""
            There is no {missing}.

            Debian and Ubuntu have the data as a package:
                apt-get install dataset-fashion-mnist
            then DIR is /usr/share/datasets/fashion-mnist.

            Elsewhere download these four files into DIR, from the data set's own page, the GitHub project
            zalandoresearch/fashion-mnist (section "Get the Data", or its folder data/fashion):
                {string.Join("\n    ", files)}
            """);
        return 1;
    }

    Dataset train = Dataset.FromIdx(paths[0], paths[1], classes: 10), test = Dataset.FromIdx(paths[2], paths[3], classes: 10);

    Network network = Network.Create(inputs: 784)
        .Dense(256, Activation.Relu)
        .Dense(128, Activation.Relu)
        .Dense(10, Activation.Softmax)
        .Build(seed);

    // Large steps first, small ones in the last fifth: with large ones alone the accuracy goes up and down by a percent
    // from epoch to epoch, and the last one is as good as luck has it.
    using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(learningRate: 1e-3f))
    {
        BatchSize = 128,
        Threads = threads,
        Seed = seed,
        Schedule = new StepDecay(every: epochs - (epochs / 5), factor: 0.1f),
    };
    trainer.Fit(train, epochs, validation: test, new EpochLines(epochs));

    Console.WriteLine();
    Console.Write(Evaluation.Of(network, test, Divergence.CrossEntropy, threads).Confusion!.ToString());
    return 0;
}

static Option<int> Number(string name, int value, string description)
{
    var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
    option.Validators.Add(result =>
    {
        if (result.Tokens is [Token token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int given) && given is < 1 or > 1000)
            result.AddError($"{name} must be from 1 to 1000, not {given}.");
    });
    return option;
}

internal sealed class EpochLines(int all) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Finished is { } epoch)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"epoch {epoch.Epoch,2}/{all}  {epoch.Seconds:0.00} s  divergence {epoch.TrainingDivergence:0.0000} (test " +
                $"{epoch.ValidationDivergence:0.0000})  test accuracy {epoch.ValidationAccuracy:0.0000}"));
        }
    }
}
