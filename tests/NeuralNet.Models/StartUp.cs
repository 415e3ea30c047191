using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using NeuralNet.Onnx;

namespace NeuralNet.Models;

/// <summary>What a process that loads a file and answers once takes, here and with ONNX Runtime.</summary>
internal static class StartUp
{
    private const string Here = "here", Runtime = "ONNX Runtime";

    /// <summary>Starts processes in turn, and prints the best of each.</summary>
    public static void Compare(string path, int rounds)
    {
        Console.WriteLine(path);
        const double None = double.MaxValue;
        (string Engine, double Milliseconds, double Megabytes)[] best = [(Here, None, None), (Runtime, None, None)];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < best.Length; i++)
            {
                (double milliseconds, double megabytes) = Ran(best[i].Engine, path);
                best[i] = (best[i].Engine, Math.Min(best[i].Milliseconds, milliseconds), Math.Min(best[i].Megabytes, megabytes));
            }
        }

        foreach ((string engine, double milliseconds, double megabytes) in best)
            Comparison.Print($"  {engine}: {milliseconds:F0} ms from the start of the process to its end, {megabytes:F0} MB at most");
    }

    /// <summary>What such a process does.</summary>
    public static void Once(string engine, string path)
    {
        if (engine == Here)
        {
            Network network = OnnxFile.Load(path);
            using Predictor predictor = network.CreatePredictor(new PredictorOptions { MaxRows = 1, Calls = 1, FoldNorms = true });
            predictor.Predict(new float[network.Input.Size]);
        }
        else
        {
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
            using var session = new InferenceSession(path, options);
            (string name, NodeMetadata input) = session.InputMetadata.Single();
            int[] sizes = Array.ConvertAll(input.Dimensions, size => Math.Max(1, size));
            session.Run([Comparison.InputOf(name, new float[sizes.Aggregate(1, (product, size) => product * size)], sizes)]).Dispose();
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{process.PeakWorkingSet64 / 1e6}"));
    }

    private static (double Milliseconds, double Megabytes) Ran(string engine, string path)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(StartUp).Assembly.Location, path, "--once", engine]) { RedirectStandardOutput = true };
        long from = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double milliseconds = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        return process.ExitCode == 0 ? (milliseconds, double.Parse(output, CultureInfo.InvariantCulture))
            : throw new InvalidOperationException($"{engine} ended with {process.ExitCode}.");
    }
}
