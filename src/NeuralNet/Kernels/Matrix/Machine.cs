using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NeuralNet.Kernels;

/// <summary>What a processor's instruction sets do not tell. It may change how long something takes, but no result.</summary>
internal static class Machine
{
    /// <summary>Whether the processor does 512-bit operations in two halves, as Zen 4 does: there two multiply-adds of 256 bits take no
    /// longer than one of 512, and two loads of 256 bits take half as long as two of 512.</summary>
    /// <remarks>A product no wider than 16 columns loads an element of A for each multiply-add, whatever the width. On such a processor
    /// it was measured to take 1.2 times as long with 512 bits as with 256.</remarks>
    public static readonly bool SplitsWideVectors = Vector512.IsHardwareAccelerated && IsFamily(0x444D4163, 0x19);

    // The last four letters of the maker's name ("cAMD"), and the family within it.
    private static bool IsFamily(int maker, int family)
    {
        if (!X86Base.IsSupported)
            return false;
        (_, _, int name, _) = X86Base.CpuId(0, 0);
        (int version, _, _, _) = X86Base.CpuId(1, 0);
        int low = version >> 8 & 0xF, high = version >> 20 & 0xFF;
        return name == maker && (low == 0xF ? low + high : low) == family;
    }
}
