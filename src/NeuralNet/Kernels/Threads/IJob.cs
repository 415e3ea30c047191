namespace NeuralNet.Kernels;

/// <summary>A kernel's work, which any number of threads may divide: written once for all vector widths, its arguments are its fields.</summary>
/// <remarks><para>A job lies on the stack of the caller, who waits until all parts are done; so it may be a ref struct and hold spans, which a part
/// pins for itself. <see cref="Workers.Share{TJob}"/> and <see cref="Workers.Run{TJob}(ref TJob, int)"/> run it.</para>
/// <para>A part writes what no other part writes, so that no result depends on how many parts there are or on who does them.
/// </para></remarks>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal interface IJob<TSelf> where TSelf : struct, IJob<TSelf>, allows ref struct
{
    /// <summary>Whether the vectors have 16 lanes on every machine, for sums, whose order follows from the number of lanes; otherwise
    /// a vector is a register of the machine.</summary>
    static virtual bool NeedsSixteenLanes => false;

    /// <summary>Does one part of the work.</summary>
    /// <param name="job">The arguments, the same for all parts.</param>
    /// <param name="part">Which part, from 0.</param>
    /// <param name="parts">How many parts the work is divided into.</param>
    static abstract void Part<TVector>(ref TSelf job, int part, int parts) where TVector : struct, ISimdVector<TVector>;
}
