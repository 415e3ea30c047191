using NeuralNet.Tests.Training.Clusters;

namespace NeuralNet.Tests;

/// <summary>Trainings that the processes share; each says by a hash what it ended with.</summary>
internal static class SharedTraining
{
    /// <summary>Trains.</summary>
    /// <param name="kind">Which training, or all of them.</param>
    /// <param name="threads">The threads of each process.</param>
    /// <param name="checkpoint">The file that training goes on from; null: none.</param>
    /// <param name="epochs">For how many epochs.</param>
    public static int Run(string kind, int threads, string? checkpoint, int epochs)
    {
        using MpiCluster cluster = MpiCluster.Join();
        try
        {
            foreach (string one in kind == "all" ? ClusterTraining.Kinds : [kind])
            {
                string hash = ClusterTraining.Run(one, cluster, threads, checkpoint, epochs: epochs);
                Console.WriteLine($"{one} {hash}, process {cluster.Rank}");
            }

            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("stopped");
            return 0;
        }
        catch (ClusterException problem)
        {
            Console.WriteLine(problem.Message);
            return 1;
        }
    }
}
