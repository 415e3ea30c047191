using System.Diagnostics;

namespace NeuralNet.Benchmarks;

/// <summary>How long something takes: the best of several rounds, after the JIT has come to rest.</summary>
internal static class Timing
{
    private const int Rounds = 7;

    /// <summary>Microseconds a call.</summary>
    /// <param name="body">What is timed.</param>
    /// <param name="warmUp">For how many seconds it is called before.</param>
    /// <param name="round">How many seconds a round takes.</param>
    public static double Best(Action body, double warmUp = 0.5, double round = 0.1)
    {
        // Hot methods are compiled again 0.1 s after the last compilation, twice over; the count of the second half of the
        // warm-up says how many calls make a round.
        Call(body, warmUp / 2);
        int calls = Math.Max(1, (int)(Call(body, warmUp / 2) * round / (warmUp / 2)));
        double best = double.MaxValue;
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int call = 0; call < calls; call++)
                body();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls);
        }

        return best;
    }

    // Calls for some time; gives how often.
    private static int Call(Action body, double seconds)
    {
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        do
        {
            body();
            calls++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        return calls;
    }
}
