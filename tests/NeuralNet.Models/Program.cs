// Loads ONNX files, and compares answers, memory and time with ONNX Runtime's, one row on one thread:
//     dotnet run -c Release --project tests/NeuralNet.Models -- [FILE …]
// or, with --start-up, what a process takes that loads a file and answers once.
// Without files it takes the ResNet-18 of Microsoft.ML's featurizer. The exit code is 1 if an output differs by more than 1e-4 of the largest.
using System.CommandLine;
using NeuralNet.Models;

var files = new Argument<string[]>("FILES")
{
    Description = "ONNX files of one input and one output; unless given, ResNet-18",
    DefaultValueFactory = _ => [Path.Combine(AppContext.BaseDirectory, "ResNet18.onnx")],
};
var rounds = new Option<int>("--rounds") { Description = "How often each is timed, in turn", DefaultValueFactory = _ => 20 };
var startUp = new Option<bool>("--start-up") { Description = "Times processes that load a file and answer once" };
var once = new Option<string>("--once") { Description = "What such a process does", Hidden = true };
var command = new RootCommand("Compares ONNX files here and in ONNX Runtime.") { files, rounds, startUp, once };
command.SetAction(options =>
{
    int code = 0;
    foreach (string path in options.GetRequiredValue(files))
    {
        if (options.GetValue(once) is { } engine)
            StartUp.Once(engine, path);
        else if (options.GetValue(startUp))
            StartUp.Compare(path, options.GetValue(rounds));
        else if (!Comparison.Run(path, options.GetValue(rounds)))
            code = 1;
    }

    return code;
});
return command.Parse(args).Invoke();
