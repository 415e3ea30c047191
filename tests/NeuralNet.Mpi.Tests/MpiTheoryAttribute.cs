namespace NeuralNet.Tests;

/// <summary>A test of several processes, where NEURALNET_MPI_TESTS=1 says that MPICH and Open MPI are installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MpiTheoryAttribute : TheoryAttribute
{
    public MpiTheoryAttribute()
    {
        if (Environment.GetEnvironmentVariable("NEURALNET_MPI_TESTS") != "1")
            Skip = "It needs MPICH and Open MPI (Debian: apt-get install mpich openmpi-bin); set NEURALNET_MPI_TESTS=1 where they are.";
    }
}
