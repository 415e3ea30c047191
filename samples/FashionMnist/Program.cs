// Learns to tell ten kinds of clothing apart in 70,000 pictures of 28×28 pixels (Fashion-MNIST): larger data, several
// threads, and one line for each epoch. The result is the same, bit for bit, for any number of threads.
//
//     dotnet run -c Release --project samples/FashionMnist -- DIR [--threads N --seed N --epochs N]
//
// DIR holds the four files of the data set; where they are missing, the program says how to get them.
using System.CommandLine;
using NeuralNet;
using Samples;

string[] files = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];

var directory = new Argument<string>("DIR") { Description = "The folder with the four gzipped files of Fashion-MNIST" };
var threads = SampleCommand.Count("--threads", 1, "How many threads share the work");
var seed = SampleCommand.Seed(1, "the initial weights and the order of the pictures");
var epochs = SampleCommand.Epochs(10);
return SampleCommand.Run(args, new RootCommand("Learns to tell ten kinds of clothing apart.") { directory, threads, seed, epochs }, options =>
{
    string[] paths = [.. files.Select(file => Path.Combine(options.GetRequiredValue(directory), file))];
    if (paths.FirstOrDefault(path => !File.Exists(path)) is string missing)
    {
        throw new FileNotFoundException($"""
            There is no {missing}.

            Debian and Ubuntu have the data as a package:
                apt-get install dataset-fashion-mnist
            then DIR is /usr/share/datasets/fashion-mnist.

            Elsewhere download these four files into DIR, from the data set's own page, the GitHub project
            zalandoresearch/fashion-mnist (section "Get the Data", or its folder data/fashion):
                {string.Join("\n    ", files)}
            """);
    }

    Dataset train = Dataset.FromIdx(paths[0], paths[1], classes: 10), test = Dataset.FromIdx(paths[2], paths[3], classes: 10);
    int all = options.GetValue(epochs);

    Network network = Network.Create(inputs: 784)
        .Dense(256, Activation.Relu)
        .Dense(128, Activation.Relu)
        .Dense(10, Activation.Softmax)
        .Build(options.GetValue(seed));

    // Large steps first, small ones in the last fifth: with large ones alone the accuracy goes up and down by a percent
    // from epoch to epoch, and the last one is as good as luck has it.
    using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(learningRate: 1e-3f))
    {
        BatchSize = 128,
        Threads = options.GetValue(threads),
        Seed = options.GetValue(seed),
        Schedule = new StepDecay(every: all - (all / 5), factor: 0.1f),
    };
    trainer.Fit(train, all, validation: test, new EpochLines());

    Console.WriteLine();
    Console.Write(Evaluation.Of(network, test, Divergence.CrossEntropy, trainer.Threads).Confusion!.ToString());
});

internal sealed class EpochLines : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Finished is { } epoch)
        {
            Console.WriteLine(
                $"epoch {epoch.Epoch,2}/{value.LastEpoch}  {epoch.Seconds:0.00} s  divergence {epoch.TrainingDivergence:0.0000} (test " +
                $"{epoch.ValidationDivergence:0.0000})  test accuracy {epoch.ValidationAccuracy:0.0000}");
        }
    }
}
