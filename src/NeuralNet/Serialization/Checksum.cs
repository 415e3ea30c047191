using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>CRC-32C of bytes that come piece by piece: what has been damaged by accident is told from what was written.</summary>
internal struct Checksum
{
    private uint state = uint.MaxValue;

    public Checksum()
    {
    }

    public readonly uint Value => ~state;

    // A file is often the first thing that a program reads: this loop is not to wait for its optimization.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<byte> bytes)
    {
        uint crc = state;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        state = crc;
    }
}
