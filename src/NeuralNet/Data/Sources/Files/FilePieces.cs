using Microsoft.Win32.SafeHandles;

namespace NeuralNet;

/// <summary>Pieces of a large file that it is recognized by, spread from the first byte of its values to the last.</summary>
internal static class FilePieces
{
    private const int Pieces = 17, PieceBytes = 4096;

    /// <summary>Adds them to a checksum.</summary>
    /// <param name="checksum">The checksum.</param>
    /// <param name="file">The file.</param>
    /// <param name="start">Where the values begin.</param>
    public static void Add(ref Checksum checksum, SafeFileHandle file, long start)
    {
        byte[] bytes = new byte[PieceBytes];
        long last = RandomAccess.GetLength(file) - PieceBytes;
        for (int piece = 0; piece < Pieces; piece++)
            checksum.Add(bytes.AsSpan(0, RandomAccess.Read(file, bytes, Math.Max(start + ((last - start) / (Pieces - 1) * piece), start))));
    }
}
