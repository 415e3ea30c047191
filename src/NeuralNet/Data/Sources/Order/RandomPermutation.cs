using System.Numerics;

namespace NeuralNet;

/// <summary>A random permutation of 0 … count − 1, of which each element is computed by itself: it takes no memory, however many there are.</summary>
/// <remarks>A Feistel network permutes the numbers of an even number of bits, at most four times as many as are wanted; one that is too large is
/// permuted again, until it is not (J. Black and P. Rogaway, "Ciphers with arbitrary finite domains", 2002).</remarks>
internal readonly struct RandomPermutation(RandomStream stream, long count)
{
    // Four make it as good as random (M. Luby and C. Rackoff, 1988); a few elements have few bits to mix, and get more.
    private const int Rounds = 8;

    private readonly int half = Math.Max(1, (BitOperations.Log2((ulong)Math.Max(count - 1, 1)) + 2) / 2);

    public long this[long index]
    {
        get
        {
            do
                index = Permute(index);
            while (index >= count);
            return index;
        }
    }

    private long Permute(long number)
    {
        uint mask = (uint)((1UL << half) - 1), left = (uint)(number >> half), right = (uint)number & mask;
        for (int round = 0; round < Rounds; round++)
            (left, right) = (right, (left ^ stream.Bits((int)right, round)) & mask);
        return ((long)left << half) | right;
    }
}
