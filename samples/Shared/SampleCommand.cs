using System.CommandLine;

namespace Samples;

/// <summary>What all samples have in common on the command line: what an option means, where files go, and words for what goes wrong.</summary>
internal static class SampleCommand
{
    public static Option<string> Output(string what) => new("--output")
    {
        Description = $"The folder for {what}",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => DefaultFolder(),
    };

    public static Option<long> Seed(long value, string what) => new("--seed")
    {
        Description = $"What decides {what}",
        HelpName = "N",
        DefaultValueFactory = _ => value,
    };

    public static Option<int> Epochs(int value) => Count("--epochs", value, "How many times to go through the training rows");

    /// <summary>A number from 1 on; without a value to begin with it is 0 where it is not given.</summary>
    public static Option<int> Count(string name, int? value, string description)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N" };
        if (value is int standard)
            option.DefaultValueFactory = _ => standard;
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int given) && given < 1)
                result.AddError($"{name} must be at least 1, not {given}.");
        });
        return option;
    }

    /// <summary>Reads the command line and runs the program; help, mistakes and files that fail give words, and the last two exit code 1.</summary>
    public static int Run(string[] args, RootCommand command, Action<ParseResult> program)
    {
        command.SetAction(program);
        try
        {
            return command.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (IsOfTheOutside(e) || e is InvalidDataException or ArithmeticException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    /// <summary>
    /// The folder that <see cref="Output"/> gives. It is made, and a file is written there and removed: a folder that cannot be written to is
    /// refused before the training rather than after it.
    /// </summary>
    public static string Folder(this ParseResult options, Option<string> output)
    {
        string folder = options.GetRequiredValue(output);
        try
        {
            folder = Directory.CreateDirectory(folder).FullName;
            string trial = Path.Combine(folder, Path.GetRandomFileName());
            using var file = new FileStream(trial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            file.WriteByte(0);
            return folder;
        }
        catch (Exception e) when (IsOfTheOutside(e))
        {
            throw new IOException($"The folder \"{folder}\" cannot be written to: {e.Message} Name another one: --output FOLDER.", e);
        }
    }

    private static bool IsOfTheOutside(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    // Beside the sample's source, wherever it is run from; a program that was copied elsewhere writes where it is run.
    private static string DefaultFolder()
    {
        string project = typeof(SampleCommand).Assembly.GetName().Name + ".csproj";
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, project)))
                return Path.Combine(folder.FullName, "output");
        }

        return "output";
    }
}
