// Times the library.
//
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- workload train|infer|models|gemm|conv THREADS [FILTER]
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- peak
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- growth [FOLDER] [FILTER]
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- startup
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- files
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- streams FOLDER [--megabytes 2048] [--kills 50]
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- csv FOLDER [--megabytes 1024]
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- observers [FILTER]
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- csharp [FILTER]
//     mpiexec -n 2 dotnet tests/NeuralNet.Benchmarks/bin/Release/net10.0/NeuralNet.Benchmarks.dll cluster [FILTER] [--shards 2] …
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- cluster-model [FOLDER] --latency µs --bandwidth bytes/µs
//     dotnet run -c Release --project tests/NeuralNet.Benchmarks -- micro [BenchmarkDotNet's own options]
using System.CommandLine;
using System.Globalization;
using BenchmarkDotNet.Running;
using NeuralNet.Benchmarks;

var kind = new Argument<string>("KIND") { Description = "What is timed" }.AcceptOnlyFromAmong(Workloads.Kinds);
var threads = new Argument<int>("THREADS") { Description = "How many threads share the work" };
var filter = new Argument<string>("FILTER") { Description = "Only workloads whose name contains this", DefaultValueFactory = _ => "" };
threads.Validators.Add(result =>
{
    if (result.GetValue(threads) is < 1 or > 1024)
        result.AddError("THREADS must be 1 to 1024.");
});

var workload = new Command("workload", "Times the standard workloads; prints name<TAB>microseconds") { kind, threads, filter };
workload.SetAction(options => Workloads.Run(options.GetRequiredValue(kind), options.GetValue(threads), options.GetValue(filter)!, Print));

var peak = new Command("peak", "Measures the machine's own limits");
peak.SetAction(_ => Peak.Report(Print));

var folder = new Argument<string>("FOLDER") { Description = "Where the pictures go", DefaultValueFactory = _ => "tests/NeuralNet.Benchmarks" };
var picture = new Argument<string>("FILTER") { Description = "Only pictures whose name contains this", DefaultValueFactory = _ => "" };
var growth = new Command("growth", "Measures how a step's cost grows with batch, width, image and channels, and draws it") { folder, picture };
growth.SetAction(options => Growth.Draw(options.GetValue(folder)!, options.GetValue(picture)!, threads: 1, Print));

var startUp = new Command("startup", "Measures the first steps of a process");
startUp.SetAction(_ => StartUp.Report(Print));

var files = new Command("files", "Measures saving and loading a network of 100 MB");
files.SetAction(_ => Files.Report(Print));

var where = new Argument<string>("FOLDER") { Description = "Where the file of rows is made, and left for the next time" };
var megabytes = new Option<int>("--megabytes") { Description = "How large it is", DefaultValueFactory = _ => 2048 };
var kills = new Option<int>("--kills") { Description = "How often a training from it is killed and taken up again", DefaultValueFactory = _ => 50 };
var child = new Option<double?>("--child") { Description = "Trains until that share of the steps, and kills itself", Hidden = true };
var streams = new Command("streams", "Measures training from a large file, which is killed again and again") { where, megabytes, kills, child };
streams.SetAction(options =>
{
    if (options.GetValue(child) is { } share)
        Streams.Train(options.GetRequiredValue(where), share);
    else
        Streams.Report(options.GetRequiredValue(where), options.GetValue(megabytes), options.GetValue(kills), Print);
});

var csvFolder = new Argument<string>("FOLDER") { Description = "Where the file is made, and left for the next time" };
var csvMegabytes = new Option<int>("--megabytes") { Description = "How large it is", DefaultValueFactory = _ => 1024 };
var csv = new Command("csv", "Measures reading a large file of text in columns") { csvFolder, csvMegabytes };
csv.SetAction(options => CsvSpeed.Report(options.GetRequiredValue(csvFolder), options.GetValue(csvMegabytes), Print));

var watcher = new Argument<string>("FILTER") { Description = "Only observers whose name contains this", DefaultValueFactory = _ => "" };
var observers = new Command("observers", "Measures what each observer adds to a step; prints a table") { watcher };
observers.SetAction(options => Observers.Report(options.GetValue(watcher)!));

var exported = new Argument<string>("FILTER") { Description = "Only networks whose name contains this", DefaultValueFactory = _ => "" };
var csharp = new Command("csharp", "Times the C# source of networks beside the library, for one row on one thread; prints a table") { exported };
csharp.SetAction(options => CSharpSpeed.Report(options.GetValue(exported)!));

var clusterThreads = new Option<int>("--threads") { Description = "The threads of each process", DefaultValueFactory = _ => 1 };
var clusterShards = new Option<int>("--shards") { Description = "The shards of a step", DefaultValueFactory = _ => 2 };
var clusterSpare = new Option<bool>("--spare") { Description = "Compute on core 0 alone: others are free for what moves bytes" };
var clusterFilter = new Argument<string>("FILTER") { Description = "Only networks whose name contains this", DefaultValueFactory = _ => "" };
var cluster = new Command("cluster", "Times steps and exchanges of the processes that mpiexec has started")
{
    clusterThreads, clusterShards, clusterSpare, clusterFilter,
};
cluster.SetAction(options => ClusterSpeed.Measure(
    options.GetValue(clusterThreads), options.GetValue(clusterShards), options.GetValue(clusterSpare), options.GetValue(clusterFilter)!, Print));

var latency = new Option<double>("--latency") { Description = "µs of a notice between two processes of this machine", Required = true };
var bandwidth = new Option<double>("--bandwidth") { Description = "Bytes a µs between two processes of this machine", Required = true };
var modelFolder = new Argument<string>("FOLDER") { Description = "Where the pictures go", DefaultValueFactory = _ => "docs" };
var model = new Command("cluster-model", "Computes what steps of many processes take, from what one is measured to take; draws it")
{
    modelFolder, latency, bandwidth,
};
model.SetAction(options => ClusterSpeed.Model(options.GetValue(modelFolder)!, options.GetValue(latency), options.GetValue(bandwidth), Print));

var micro = new Command("micro", "BenchmarkDotNet's benchmarks of the kernels; its own options follow") { TreatUnmatchedTokensAsErrors = false };
micro.SetAction(options => BenchmarkSwitcher.FromAssembly(typeof(Growth).Assembly).Run([.. options.UnmatchedTokens]));

var all = new RootCommand("Times NeuralNet.")
{
    workload, peak, growth, startUp, files, streams, csv, observers, csharp, cluster, model, micro,
};
return all.Parse(args).Invoke();

static void Print(string name, double value) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}\t{value:F3}"));
