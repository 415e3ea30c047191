// Loads ONNX files, and compares answers, memory and time with ONNX Runtime's, one row on one thread:
//     dotnet run -c Release --project tests/NeuralNet.Models -- [FILE …]
// Without files it takes the ResNet-18 of Microsoft.ML's featurizer. The exit code is 1 if an output differs by more than 1e-4 of the largest.
using System.CommandLine;
using NeuralNet.Models;

var files = new Argument<string[]>("FILES")
{
    Description = "ONNX files of one input and one output; unless given, ResNet-18",
    DefaultValueFactory = _ => [Path.Combine(AppContext.BaseDirectory, "ResNet18.onnx")],
};
var rounds = new Option<int>("--rounds") { Description = "How often each is timed, in turn", DefaultValueFactory = _ => 20 };
var command = new RootCommand("Compares ONNX files here and in ONNX Runtime.") { files, rounds };
command.SetAction(options => options.GetRequiredValue(files).Aggregate(0, (code, path) => Comparison.Run(path, options.GetValue(rounds)) ? code : 1));
return command.Parse(args).Invoke();
