using System.CommandLine;
using System.CommandLine.Parsing;

namespace Digits;

/// <summary>What the command line asks for.</summary>
internal sealed record Options(long Seed, int Epochs, string Output, int? Seeds);

internal static class CommandLine
{
    /// <summary>Reads the options and runs the program; mistakes give words and exit code 1.</summary>
    public static int Run(string[] args, Action<Options> program)
    {
        var seed = new Option<long>("--seed")
        {
            Description = "What decides the split, the initial weights and the order of the digits",
            DefaultValueFactory = _ => 42,
        };
        var epochs = new Option<int>("--epochs")
        {
            Description = "How many times to go through the training digits",
            DefaultValueFactory = _ => 60,
            Validators = { AtLeastOne },
        };
        var output = new Option<string>("--output")
        {
            Description = "The folder for the pictures",
            DefaultValueFactory = _ => DefaultOutput(),
        };
        var seeds = new Option<int?>("--seeds")
        {
            Description = "Train with each of the seeds 1 to N and print the accuracies and their median; no pictures",
            HelpName = "N",
            Validators = { AtLeastOne },
        };
        var root = new RootCommand("Learns to read handwritten digits, and shows which ones it mistakes.") { seed, epochs, output, seeds };
        root.Validators.Add(all =>
        {
            if (all.GetResult(seeds) is { Implicit: false } && all.GetResult(seed) is { Implicit: false })
                all.AddError("Give --seed or --seeds, not both.");
        });
        root.SetAction(parsed => program(new Options(
            parsed.GetValue(seed), parsed.GetValue(epochs), Path.GetFullPath(parsed.GetRequiredValue(output)), parsed.GetValue(seeds))));

        try
        {
            return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static void AtLeastOne(OptionResult result)
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && value < 1)
            result.AddError($"{result.Option.Name} must be at least 1, not {value}.");
    }

    // Beside the sample's source, wherever it is run from; a program that was copied elsewhere writes where it is run.
    private static string DefaultOutput()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Digits.csproj")))
                return Path.Combine(folder.FullName, "output");
        }

        return "output";
    }
}
