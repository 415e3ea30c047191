using System.ComponentModel;
using System.Diagnostics;

namespace NeuralNet.Tests.Serialization;

/// <summary>A Python that has PyTorch, where there is one: the first of "python3" and "python" on PATH, or the system's own.</summary>
internal static class TorchPython
{
    // Without torch it ends at once; with it, the import itself shows whether it works.
    private const string Probe = """
        import importlib.util as u, sys
        if u.find_spec("torch") is None: sys.exit("there is no torch")
        import torch, numpy
        print("own" if u.find_spec("safetensors") is None else "installed")
        """;

    private static readonly Lazy<(string? Executable, bool HasSafetensors, string Why)> found = new(Find);

    /// <summary>Why PyTorch cannot be asked; null if it can.</summary>
    public static string? Missing => found.Value.Executable is null ? found.Value.Why : null;

    public static string Scripts => Path.Combine(AppContext.BaseDirectory, "Reference");

    /// <summary>Runs a script, which is expected to succeed.</summary>
    public static void Run(string folder, params string[] arguments)
    {
        (int code, _, string errors) = Start(found.Value.Executable!, folder, found.Value.HasSafetensors, TimeSpan.FromMinutes(5), arguments);
        code.Should().Be(0, $"Python was expected to succeed; it says:\n{errors}\n");
    }

    private static (string?, bool, string) Find()
    {
        var why = new List<string>();
        foreach (string candidate in new[] { "python3", "/usr/bin/python3", "python" })
        {
            try
            {
                (int code, string output, string errors) =
                    Start(candidate, Path.GetTempPath(), hasSafetensors: true, TimeSpan.FromMinutes(1), "-c", Probe);
                if (code == 0)
                    return (candidate, output.Trim() == "installed", "");
                why.Add($"{candidate}: {errors.Trim().Split('\n')[^1]}");
            }
            catch (Exception none) when (none is Win32Exception or IOException or TimeoutException)
            {
                why.Add($"{candidate}: {none.Message}");
            }
        }

        return (null, false, $"No Python with PyTorch was found ({string.Join("; ", why)}); on Debian: apt-get install python3-torch.");
    }

    private static (int Code, string Output, string Errors) Start(
        string executable, string folder, bool hasSafetensors, TimeSpan patience, params string[] arguments)
    {
        var start =
            new ProcessStartInfo(executable, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["OMP_NUM_THREADS"] = "1";
        if (!hasSafetensors)
            start.Environment["PYTHONPATH"] = Path.Combine(Scripts, "python") + Path.PathSeparator + Environment.GetEnvironmentVariable("PYTHONPATH");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"no answer within {patience.TotalMinutes} min");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}

/// <summary>A test that asks PyTorch; left out, with words, where there is none.</summary>
public sealed class TorchFactAttribute : FactAttribute
{
    public TorchFactAttribute() => Skip = TorchPython.Missing!;
}

/// <summary>Tests that ask PyTorch; left out, with words, where there is none.</summary>
public sealed class TorchTheoryAttribute : TheoryAttribute
{
    public TorchTheoryAttribute() => Skip = TorchPython.Missing!;
}
