using System.Runtime.InteropServices;
using System.Text;

namespace NeuralNet;

/// <summary>The functions and constants of the MPI that is installed, loaded at run time: MPI's standard fixes names and meaning, each implementation
/// has handles of its own.</summary>
/// <remarks>Handles are passed as <see cref="nint"/>: pointers in Open MPI, in MPICH ints, of which it reads the lower half of the register. No
/// function used here has so many parameters that a calling convention would pack them on the stack.</remarks>
internal sealed unsafe partial class MpiLibrary
{
    /// <summary>The variable that names the library's file, where it is not among the names that are tried.</summary>
    public const string PathVariable = "NEURALNET_MPI_LIBRARY";

    private const int Serialized = 2; // MPI_THREAD_SERIALIZED: calls from any thread, one at a time

    private readonly nint handle, world, self, bytes, errorsReturn;
    private readonly int requestSize, statusSize, errorOffset; // of the elements of arrays, in bytes
    private readonly delegate* unmanaged<void*, int, nint, int, int, nint, void*, int> send, receive;
    private readonly delegate* unmanaged<int, void*, int*, void*, int> testAll;
    private readonly delegate* unmanaged<void*, nint, int*, int> getCount;

    private MpiLibrary(nint handle, MpiKind kind)
    {
        this.handle = handle;
        Kind = kind;
        if (kind == MpiKind.OpenMpi)
        {
            world = Export("ompi_mpi_comm_world");
            self = Export("ompi_mpi_comm_self");
            bytes = Export("ompi_mpi_byte");
            errorsReturn = Export("ompi_mpi_errors_return");
            (requestSize, statusSize, errorOffset) = (8, 24, 8);
        }
        else
        {
            (world, self, bytes, errorsReturn) = (0x44000000, 0x44000001, 0x4c00010d, 0x54000001);
            (requestSize, statusSize, errorOffset) = (4, 20, 16);
        }

        send = (delegate* unmanaged<void*, int, nint, int, int, nint, void*, int>)Export("MPI_Isend");
        receive = (delegate* unmanaged<void*, int, nint, int, int, nint, void*, int>)Export("MPI_Irecv");
        testAll = (delegate* unmanaged<int, void*, int*, void*, int>)Export("MPI_Testall");
        getCount = (delegate* unmanaged<void*, nint, int*, int>)Export("MPI_Get_count");
    }

    public MpiKind Kind { get; }

    public int Rank { get; private set; }

    public int Size { get; private set; } = 1;

    /// <summary>Loads the library of an implementation.</summary>
    /// <param name="kind">Which one.</param>
    /// <param name="path">The file, or null for the names that systems give it.</param>
    /// <exception cref="ClusterException">It was not found, or it is another one.</exception>
    public static MpiLibrary Load(MpiKind kind, string? path)
    {
        if (OperatingSystem.IsWindows())
            throw new ClusterException($"MPI is supported on Linux and macOS. Set {MpiLauncher.KindVariable}=none: each process by itself.");

        // UCX, which MPICH brings along, would otherwise take SIGSEGV from .NET, and a caught NullReferenceException would end the process.
        // C's own setenv: .NET keeps a copy of the environment, which libraries do not see.
        _ = SetVariable("UCX_ERROR_SIGNALS", "", overwrite: 0);
        string[] names = path is not null ? [path] : Names(kind);
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint handle))
                continue;
            MpiKind found = NativeLibrary.TryGetExport(handle, "ompi_mpi_comm_world", out _) ? MpiKind.OpenMpi
                : NativeLibrary.TryGetExport(handle, "MPI_Init_thread", out _) ? MpiKind.Mpich : MpiKind.None;
            if (found == kind)
                return new MpiLibrary(handle, kind);
            if (path is not null)
            {
                string what = found == MpiKind.None ? "no MPI" : $"the library of {Name(found)}";
                throw new ClusterException($"{path} is {what}, but the process was started for {Name(kind)}. Correct {PathVariable}, or set "
                    + $"{MpiLauncher.KindVariable} to mpich or openmpi.");
            }

            NativeLibrary.Free(handle);
        }

        throw new ClusterException(
            $"The process was started for {Name(kind)}, but no library of it was found under {string.Join(", ", names)}. Install it (Debian, Ubuntu: "
            + $"apt-get install {(kind == MpiKind.OpenMpi ? "openmpi-bin" : "mpich")}), or set {PathVariable} to the path of its file.");
    }

    /// <summary>MPI_Init. From here on the launcher expects <see cref="Finish"/>.</summary>
    /// <exception cref="ClusterException">It cannot be called from any thread.</exception>
    public void Start()
    {
        int provided, rank, size;
        Check(((delegate* unmanaged<void*, void*, int, int*, int>)Export("MPI_Init_thread"))(null, null, Serialized, &provided));
        var setHandler = (delegate* unmanaged<nint, nint, int>)Export("MPI_Comm_set_errhandler");
        Check(setHandler(world, errorsReturn));
        Check(setHandler(self, errorsReturn)); // errors that belong to no communicator are raised on this one since MPI 4
        Check(((delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_rank"))(world, &rank));
        Check(((delegate* unmanaged<nint, int*, int>)Export("MPI_Comm_size"))(world, &size));
        (Rank, Size) = (rank, size);
        if (provided < Serialized)
        {
            Finish();
            throw new ClusterException($"This {Name(Kind)} may be called from one thread only; one is needed that was built with thread support.");
        }
    }

    /// <summary>MPI_Finalize: waits until all processes have come here.</summary>
    public void Finish() => Check(((delegate* unmanaged<int>)Export("MPI_Finalize"))());

    /// <summary>MPI_Abort: ends all processes, this one too.</summary>
    public void Abort(int code) => ((delegate* unmanaged<nint, int, int>)Export("MPI_Abort"))(world, code);

    internal static string Name(MpiKind kind) => kind == MpiKind.OpenMpi ? "Open MPI" : "MPICH";

    // The first names are those of the binary interface that this class is written for. Debian renames MPICH's.
    private static string[] Names(MpiKind kind) => (kind, OperatingSystem.IsMacOS()) switch
    {
        (MpiKind.OpenMpi, false) => ["libmpi.so.40", "libmpi.so"],
        (_, false) => ["libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpi.so"],
        (MpiKind.OpenMpi, true) => ["libmpi.40.dylib", "libmpi.dylib"],
        (_, true) => ["libmpi.12.dylib", "libmpi.dylib"],
    };

    private nint Export(string name) => NativeLibrary.GetExport(handle, name);

    private void Check(int error)
    {
        if (error != 0)
            throw new ClusterException($"{Name(Kind)}: {Words(error)}");
    }

    private string Words(int error)
    {
        int length;
        byte* text = stackalloc byte[1024]; // implementations want 256 or 512
        ((delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string"))(error, text, &length);
        return Encoding.UTF8.GetString(text, length).TrimEnd('\0', '\n');
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
