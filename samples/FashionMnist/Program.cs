// Learns to tell ten kinds of clothing apart in 70,000 pictures of 28×28 pixels (Fashion-MNIST): larger data, several
// threads, and curves that grow while it runs. The result is the same, bit for bit, for any number of threads.
//
//     dotnet run -c Release --project samples/FashionMnist -- DIR [--threads N --seed N --epochs N]
//     dotnet run -c Release --project samples/FashionMnist -- DIR --convolutions lenet|resnet --threads 2
//
// DIR holds the four files of the data set; where they are missing, the program says how to get them.
using System.CommandLine;
using FashionMnist;
using NeuralNet;
using Samples;

string[] files = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];

var directory = new Argument<string>("DIR") { Description = "The folder with the four gzipped files of Fashion-MNIST" };
var threads = SampleCommand.Count("--threads", 1, "How many threads share the work");
var seed = SampleCommand.Seed(1, "the initial weights and the order of the pictures");
var epochs = SampleCommand.Epochs(10);
var convolutions = new Option<string>("--convolutions") { Description = "Convolutions: lenet, or resnet, a residual network" };
convolutions.AcceptOnlyFromAmong("lenet", "resnet");
var command = new RootCommand("Learns to tell ten kinds of clothing apart.") { directory, threads, seed, epochs, convolutions };
return SampleCommand.Run(args, command, options =>
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

    Dataset all = Dataset.FromIdx(paths[0], paths[1], classes: 10), test = Dataset.FromIdx(paths[2], paths[3], classes: 10);
    using Trainer trainer = options.GetValue(convolutions) is string kind ? Convolutions(kind) : Dense();

    Console.WriteLine();
    Evaluation evaluation = trainer.Evaluate(test);
    Console.Write(evaluation.Confusion!.ToString());
    Console.WriteLine($"test accuracy {evaluation.Accuracy:0.0000}");

    Trainer Dense()
    {
        // Large steps first, small ones in the last fifth: with large ones alone the accuracy goes up and down by a percent
        // from epoch to epoch, and the last one is as good as luck has it.
        int last = options.GetValue(epochs);
        var trainer = new Trainer(Networks.Dense(options.GetValue(seed)), Divergence.CrossEntropy, new Adam(learningRate: 1e-3f))
        {
            BatchSize = 128,
            Threads = options.GetValue(threads),
            Seed = options.GetValue(seed),
            Schedule = new StepDecay(every: last - (last / 5), factor: 0.1f),
        };
        trainer.Fit(all, last, validation: test, new LiveView());
        return trainer;
    }

    Trainer Convolutions(string kind)
    {
        // One picture in twelve is kept to choose the best epoch with. The test part is looked at once, at the end.
        (Dataset train, Dataset validation) = all.Split(testFraction: 1.0 / 12, options.GetValue(seed));
        Network network = kind == "lenet"
            ? Networks.LeNet(train.InputShape, options.GetValue(seed))
            : Networks.ResNet(train.InputShape, options.GetValue(seed));
        Console.Write(network.Summary());

        // A shirt that is seen in a mirror is the same shirt.
        var trainer = new Trainer(network, Divergence.CrossEntropy, new AdamW(learningRate: 2e-3f, weightDecay: 0.05f))
        {
            BatchSize = 128,
            Threads = options.GetValue(threads),
            Seed = options.GetValue(seed),
            Schedule = new CosineDecay(options.GetValue(epochs)),
            Augmentation = Augmentation.FlipHorizontally(),
            KeepBest = true,
        };
        trainer.Fit(train, options.GetValue(epochs), validation, new LiveView());
        return trainer;
    }
});
