namespace NeuralNet.Tests;

public class MpiLauncherTests
{
    [Theory]
    [InlineData("", MpiKind.None, null)]
    [InlineData("PMI_RANK=0 PMI_SIZE=4 PMI_FD=7", MpiKind.Mpich, 4)]
    [InlineData("PMI_PORT=host:5", MpiKind.Mpich, null)]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=3 PMIX_RANK=1", MpiKind.OpenMpi, 3)]
    [InlineData("OMPI_COMM_WORLD_SIZE=3 PMI_RANK=0 PMI_SIZE=9", MpiKind.OpenMpi, 3)]
    [InlineData("SLURM_STEP_NUM_TASKS=8 PMI_RANK=0 PMI_SIZE=4", MpiKind.Mpich, 4)] // mpiexec inside of a job of Slurm
    [InlineData("NEURALNET_MPI=openmpi PMI_RANK=0 PMI_SIZE=4", MpiKind.OpenMpi, 4)]
    [InlineData("NEURALNET_MPI=mpich OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=3", MpiKind.Mpich, 3)]
    [InlineData("NEURALNET_MPI=openmpi PMIX_RANK=3 SLURM_STEP_NUM_TASKS=8", MpiKind.OpenMpi, 8)]
    [InlineData("NEURALNET_MPI=none PMI_RANK=0 PMI_SIZE=4", MpiKind.None, null)]
    [InlineData("NEURALNET_MPI= PMI_RANK= OMPI_COMM_WORLD_SIZE=", MpiKind.None, null)] // empty is as if absent
    [InlineData("PMIX_RANK=0 SLURM_STEP_NUM_TASKS=1", MpiKind.None, null)]
    [InlineData("PMI_RANK=0 PMI_SIZE=four", MpiKind.Mpich, null)]
    internal void The_launcher_is_known_by_its_variables(string variables, MpiKind kind, int? size) =>
        MpiLauncher.Find(Variables(variables)).Should().Be(new MpiLauncher(kind, size));

    [Theory]
    [InlineData("NEURALNET_MPI=MPI", "NEURALNET_MPI must be mpich, openmpi or none (each process by itself), but is 'MPI'.")]
    [InlineData("PMIX_RANK=0", "*does not say which MPI*(PMIX_RANK is set, as by srun)*Set NEURALNET_MPI: openmpi*mpich*none*")]
    [InlineData("SLURM_STEP_NUM_TASKS=4", "*(SLURM_STEP_NUM_TASKS is set, as by srun)*")]
    public void What_is_unclear_is_refused(string variables, string words) =>
        new Func<MpiLauncher>(() => MpiLauncher.Find(Variables(variables))).Should().Throw<ClusterException>().WithMessage(words);

    private static Func<string, string?> Variables(string text)
    {
        var values = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=')).ToDictionary(one => one[0], one => one[1]);
        return name => values.GetValueOrDefault(name);
    }
}
