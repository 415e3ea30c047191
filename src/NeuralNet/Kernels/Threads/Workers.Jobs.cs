using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

// A job may hold references, spans among them. It lies on the stack of the caller, who waits for its end; the garbage
// collector keeps the caller's references up to date, and those that a part has taken from them.
#pragma warning disable CS8500

namespace NeuralNet.Kernels;

/// <content>Jobs: the one place that chooses the vector width, and the one that hands work to other threads.</content>
internal sealed unsafe partial class Workers
{
    /// <summary>Does a job over so many elements in one part, or shares it where that pays.</summary>
    /// <remarks>Other threads get the address of a copy of the job. So nobody has the address of the job itself, and where it is done here
    /// the JIT may keep its fields in registers.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Share<TJob>(Workers? workers, int elements, ref TJob job) where TJob : struct, IJob<TJob>, allows ref struct
    {
        if (workers is not null && workers.ShareElements(elements))
            job = workers.Shared(job);
        else
            Do(ref job, 0, 1);
    }

    /// <summary>Does all parts of a job, and returns when the last is done.</summary>
    /// <param name="job">The job; on the caller's stack.</param>
    /// <param name="parts">How many parts there are; any number.</param>
    public void Run<TJob>(ref TJob job, int parts) where TJob : struct, IJob<TJob>, allows ref struct
    {
        if (team is null || parts == 1)
        {
            for (int part = 0; part < parts; part++)
                Do(ref job, part, parts);
            return;
        }

        team.Run(&DoPart<TJob>, Unsafe.AsPointer(ref job), parts);
        GC.KeepAlive(this);
    }

    /// <summary>Does one part on this thread, with the widest vectors that the machine has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do<TJob>(ref TJob job, int part, int parts) where TJob : struct, IJob<TJob>, allows ref struct
    {
        if (Vector512.IsHardwareAccelerated)
            TJob.Part<Simd512>(ref job, part, parts);
        else if (Vector256.IsHardwareAccelerated && TJob.NeedsSixteenLanes)
            TJob.Part<WideVector<Simd256>>(ref job, part, parts);
        else if (Vector256.IsHardwareAccelerated)
            TJob.Part<Simd256>(ref job, part, parts);
        else if (TJob.NeedsSixteenLanes)
            TJob.Part<WideVector<WideVector<Simd128>>>(ref job, part, parts);
        else
            TJob.Part<Simd128>(ref job, part, parts);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TJob Shared<TJob>(TJob job) where TJob : struct, IJob<TJob>, allows ref struct
    {
        Run(ref job, Count);
        return job;
    }

    private static void DoPart<TJob>(void* job, int part, int parts) where TJob : struct, IJob<TJob>, allows ref struct =>
        Do(ref Unsafe.AsRef<TJob>(job), part, parts);
}
