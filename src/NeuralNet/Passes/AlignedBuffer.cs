using System.Runtime.InteropServices;

namespace NeuralNet;

/// <summary>Floats, all 0 at first, that begin at a multiple of 64 bytes and never move.</summary>
internal sealed class AlignedBuffer
{
    private const int Alignment = 64;

    private readonly float[] array;
    private readonly int start;

    public AlignedBuffer(int length)
    {
        const int Slack = (Alignment / sizeof(float)) - 1;
        array = GC.AllocateArray<float>(checked(length + Slack), pinned: true);
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        start = (int)((Alignment - (address % Alignment)) % Alignment) / sizeof(float);
        Length = length;
    }

    public int Length { get; }

    public Memory<float> Memory => array.AsMemory(start, Length);

    public Span<float> Span => array.AsSpan(start, Length);
}
