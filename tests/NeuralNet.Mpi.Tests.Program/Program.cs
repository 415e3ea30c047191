using System.Diagnostics;
using NeuralNet;
using NeuralNet.Tests;
using NeuralNet.Tests.Training.Clusters;

// What one process does, by a word. Where something goes wrong it is process 1 that does it, while the others wait for it.
string verb = args.Length > 0 ? args[0] : "who";
TimeSpan? timeout = verb is "wait" or "finish" ? TimeSpan.FromSeconds(2) : null;
if (verb == "caught")
{
    try
    {
        using MpiCluster left = MpiCluster.Join();
        if (left.Rank == 1)
        {
            Console.WriteLine("process 1 does not come"); // here: after Dispose a launcher that ends the others may lose it
            throw new InvalidOperationException();
        }

        ClusterTraining.Run("dense", left);
        return 0;
    }
    catch (InvalidOperationException)
    {
        return 1;
    }
    catch (ClusterException caught)
    {
        Console.WriteLine(caught.Message);
        return 1;
    }
}

if (verb == "train")
    return SharedTraining.Run(args[1], int.Parse(args[2]), args.Length > 3 ? args[3] : null, args.Length > 4 ? int.Parse(args[4]) : 3);

MpiCluster cluster = MpiCluster.Join(timeout);
Talk.Meet(cluster);
bool isFirst = cluster.Rank == 0, isWrong = cluster.Rank == 1;
switch (verb)
{
    case "who":
        Console.WriteLine(cluster);
        break;
    case "bits":
        Talk.Bits(cluster);
        break;
    case "differ":
        ClusterTraining.Run(cluster.Rank == 1 ? "lstm" : "dense", cluster);
        break;
    case "figures":
        Figures.Measure(cluster);
        break;
    case "stop":
        Talk.UntilStopped(cluster);
        break;
    case "deaf":
        Console.WriteLine("running");
        Thread.Sleep(Timeout.Infinite);
        break;
    case "lengths":
        Talk.Lengths(cluster);
        break;
    case "arguments":
        Talk.Arguments(cluster);
        break;
    case "twice":
        try
        {
            MpiCluster.Join();
        }
        catch (ClusterException refused)
        {
            Console.WriteLine(refused.Message);
        }

        break;
    case "null":
        Talk.CatchNull();
        break;
    case "code":
        cluster.Dispose();
        return isWrong ? 3 : 0;
    case "return" when isWrong:
        return 0;
    case "exit" when isWrong:
        Environment.Exit(int.Parse(args[1]));
        break;
    case "throw" when isWrong:
        throw new InvalidOperationException("thrown by process 1");
    case "thread" when isWrong:
        new Thread(() => throw new InvalidOperationException("thrown by a thread of process 1")).Start();
        Thread.Sleep(Timeout.Infinite);
        break;
    case "elsewhere" when isWrong:
        new Thread(() => Environment.Exit(4)).Start();
        while (true)
            Talk.Meet(cluster);
    case "failfast" when isWrong:
        Environment.FailFast("process 1 fails fast");
        break;
    case "kill" when isWrong:
        Process.GetCurrentProcess().Kill();
        break;
    case "finish" when !isWrong:
        cluster.Tell(new InvalidOperationException()); // meets process 1, which leaves
        Thread.Sleep(Timeout.Infinite);
        break;
    case "wait" when isWrong:
    case "elsewhere":
        Thread.Sleep(Timeout.Infinite);
        break;
    case "return" or "exit" or "throw" or "thread" or "failfast" or "kill" or "wait":
        Talk.Meet(cluster); // process 1 does not come
        break;
}

cluster.Dispose();
if (isFirst)
    Console.WriteLine("finished");
return 0;
