using System.Globalization;

namespace NeuralNet;

/// <summary>The implementations of MPI that differ in their binary interface; none: this process is alone, and no MPI is loaded.</summary>
internal enum MpiKind
{
    None,
    Mpich,
    OpenMpi,
}

/// <summary>What the launcher's environment variables say of this process.</summary>
/// <param name="Kind">Which MPI the launcher belongs to.</param>
/// <param name="Size">How many processes it has started; null where it does not say.</param>
/// <remarks>It is the launcher that decides, not which library is installed: a library that does not belong to its launcher finds no other process,
/// says nothing, and makes of four processes four times one.</remarks>
internal readonly record struct MpiLauncher(MpiKind Kind, int? Size)
{
    /// <summary>The variable that says which MPI it is, before all others.</summary>
    public const string KindVariable = "NEURALNET_MPI";

    /// <summary>Reads the variables.</summary>
    /// <param name="variable">The value of an environment variable, null where there is none.</param>
    /// <exception cref="ClusterException">They do not tell which MPI is wanted, or <see cref="KindVariable"/> has an unknown word.</exception>
    public static MpiLauncher Find(Func<string, string?> variable)
    {
        int? size = Count(variable, "OMPI_COMM_WORLD_SIZE") ?? Count(variable, "PMI_SIZE") ?? Count(variable, "SLURM_STEP_NUM_TASKS");
        if (variable(KindVariable) is { Length: > 0 } word)
        {
            return word switch
            {
                "mpich" => new(MpiKind.Mpich, size),
                "openmpi" => new(MpiKind.OpenMpi, size),
                "none" => new(MpiKind.None, null),
                _ => throw new ClusterException(
                    $"{KindVariable} must be mpich, openmpi or none (each process by itself), but is '{word}'."),
            };
        }

        if (Has(variable, "OMPI_COMM_WORLD_RANK") || Has(variable, "OMPI_COMM_WORLD_SIZE"))
            return new(MpiKind.OpenMpi, size);
        if (Has(variable, "PMI_RANK") || Has(variable, "PMI_FD") || Has(variable, "PMI_PORT"))
            return new(MpiKind.Mpich, size);

        // Slurm has these in jobs of one process, too, which is alone whatever its MPI.
        string? unclear =
            size == 1 ? null : Has(variable, "PMIX_RANK") ? "PMIX_RANK" : size is not null ? "SLURM_STEP_NUM_TASKS" : null;
        return unclear is null
            ? new(MpiKind.None, null)
            : throw new ClusterException(
                $"The process was started by a launcher that does not say which MPI it is to use ({unclear} is set, as by srun). Set {KindVariable}: "
                + "openmpi (with srun --mpi=pmix), mpich (with srun --mpi=pmi2), or none (each process by itself).");
    }

    private static bool Has(Func<string, string?> variable, string name) => variable(name) is { Length: > 0 };

    private static int? Count(Func<string, string?> variable, string name) =>
        int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count : null;
}
