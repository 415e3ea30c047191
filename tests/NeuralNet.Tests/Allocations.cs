[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]

namespace NeuralNet.Tests;

/// <summary>Counts what a thread allocates.</summary>
internal static class Allocations
{
    /// <summary>
    /// The bytes that an action allocates. Where a garbage collection falls into it, the rest of the thread's allocation
    /// buffer counts as allocated; so tests run one by one, garbage is collected before, and if there was a collection all
    /// the same it is measured again, on what is prepared anew.
    /// </summary>
    public static long Of(Func<Action> prepare)
    {
        for (int attempt = 0; ; attempt++)
        {
            Action body = prepare();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            int collections = GC.CollectionCount(0);
            long before = GC.GetAllocatedBytesForCurrentThread();
            body();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (GC.CollectionCount(0) == collections || attempt == 50)
                return allocated;
        }
    }
}
