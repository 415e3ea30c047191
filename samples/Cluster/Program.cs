// Trains on several processes, of one machine or of many, and prints a hash of the weights: it is the same for any number of processes.
//
//     sudo apt-get update && sudo apt-get install -y mpich            or openmpi-bin
//     dotnet build -c Release samples/Cluster
//     mpiexec -n 4 dotnet samples/Cluster/bin/Release/net10.0/Cluster.dll
//     mpiexec -n 4 dotnet samples/Cluster/bin/Release/net10.0/Cluster.dll --large
//     dotnet run -c Release --project samples/Cluster                 one process, without MPI: the same hash
//
// Ctrl+C ends all processes after the same step; with --checkpoint FILE the next run, of any number of processes that divides the
// shards, goes on from there, and ends with the hash of a run that was not stopped.
using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NeuralNet;
using Samples;

var large = new Option<bool>("--large") { Description = "A network with a gradient of 42 MB instead of 19 KB" };
var shards = SampleCommand.Count("--shards", 8, "Into how many parts a step is divided, a power of two");
var threads = SampleCommand.Count("--threads", 1, "The threads of each process");
var epochs = SampleCommand.Epochs(10);
var seed = SampleCommand.Seed(42, "the split, the initial weights and the order of the digits");
var checkpoint = new Option<string?>("--checkpoint") { Description = "A file to go on from, saved after each epoch", HelpName = "FILE" };
var command = new RootCommand("Trains on the processes that mpiexec starts, with the same weights for any number of them.")
{
    large, shards, threads, epochs, seed, checkpoint,
};
return SampleCommand.Run(args, command, options =>
{
    using MpiCluster cluster = MpiCluster.Join();
    try
    {
        Dataset digits = Dataset.FromCsv(Path.Combine(AppContext.BaseDirectory, "digits.csv.gz"), classes: 10);
        (Dataset train, Dataset test) = digits.Split(testFraction: 0.2, options.GetValue(seed));
        NetworkBuilder layers = options.GetValue(large)
            ? Network.Create(64).Standardize(train).Dense(3200, Activation.Relu).Dense(3200, Activation.Relu)
            : Network.Create(64).Standardize(train).Dense(64, Activation.Relu);
        Network network = layers.Dense(10, Activation.Softmax).Build(options.GetValue(seed));
        using var trainer = new Trainer(network, Divergence.CrossEntropy, new Adam(1e-3f))
        {
            BatchSize = 128,
            Shards = options.GetValue(shards),
            Threads = options.GetValue(threads),
            Cluster = cluster,
            Seed = options.GetValue(seed),
            Checkpointing = options.GetValue(checkpoint) is { } path ? new Checkpointing(path) : null,
        };
        if (trainer.Checkpointing is { } plan && trainer.Resume(plan.Path) && cluster.Rank == 0)
            Console.WriteLine(Text($"Goes on after epoch {trainer.Epoch}."));

        TrainingHistory history = trainer.Fit(train, options.GetValue(epochs), progress: new ConsoleProgress());
        Evaluation result = trainer.Evaluate(test); // by all processes: each predicts a part
        if (cluster.Rank > 0)
            return;
        double milliseconds = 1000 * history.Epochs.Min(epoch => epoch.Seconds) * trainer.Epoch / trainer.StepCount;
        string hash = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(network.Parameters)))[..16];
        Console.WriteLine(Text($"{cluster}, {trainer.Shards} shards: {network.Parameters.Length} parameters, {milliseconds:F3} ms a step"));
        Console.WriteLine(Text($"test accuracy {result.Accuracy:F4}"));
        Console.WriteLine($"weights {hash}");
    }
    catch (OperationCanceledException)
    {
        if (cluster.Rank == 0)
            Console.WriteLine("Stopped.");
    }
    catch (ClusterException problem)
    {
        // Another process failed, and says itself why.
        Console.Error.WriteLine(Text($"{cluster}: {problem.Message}"));
        Environment.ExitCode = 1;
    }
});

static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
