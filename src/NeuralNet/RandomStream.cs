using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>
/// An explicit, counter-based stream of random numbers: each number is a function of (key, step, row, element) alone.
/// </summary>
/// <remarks>
/// <para>Nothing is consumed and nothing is hidden: the same arguments always give the same number, in any order and on
/// any thread, so backward can draw again what forward drew. A composite gives each child <see cref="Fork"/> of its
/// index; a trainer moves on with <see cref="AtStep"/>.</para>
/// <para>The generator is Philox 4×32 with 10 rounds (J. Salmon, M. Moraes, R. Dror, D. Shaw: "Parallel random numbers:
/// as easy as 1, 2, 3", SC 2011).</para>
/// </remarks>
public readonly struct RandomStream : IEquatable<RandomStream>
{
    private readonly ulong key;
    private readonly ulong step;

    /// <summary>Makes the stream of a seed, at step 0.</summary>
    /// <param name="seed">Any number; different seeds give independent streams.</param>
    public RandomStream(ulong seed)
        : this(Mix(seed), 0)
    {
    }

    private RandomStream(ulong key, ulong step)
    {
        this.key = key;
        this.step = step;
    }

    /// <summary>The independent stream of a child, at the same step.</summary>
    /// <param name="child">The child's index.</param>
    /// <returns>The child's stream.</returns>
    public RandomStream Fork(int child) => new(Mix(key ^ (0x9E3779B97F4A7C15UL * ((uint)child + 1UL))), step);

    /// <summary>The same stream at another step: each step of training draws anew.</summary>
    /// <param name="step">The step.</param>
    /// <returns>The stream at that step.</returns>
    public RandomStream AtStep(long step) => new(key, (ulong)step);

    /// <summary>32 random bits.</summary>
    /// <param name="row">The row that they belong to, counted from the first row of the whole batch.</param>
    /// <param name="element">The element within the row.</param>
    /// <returns>The bits.</returns>
    public uint Bits(long row, int element)
    {
        // Philox makes four words at once; the low two bits of the element choose among them.
        uint c0 = (uint)element >> 2, c1 = (uint)row, c2 = (uint)step ^ (uint)(row >> 32), c3 = (uint)(step >> 32);
        uint k0 = (uint)key, k1 = (uint)(key >> 32);
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (element & 3) switch { 0 => c0, 1 => c1, 2 => c2, _ => c3 };
    }

    /// <summary>A number drawn uniformly from [0, 1), a multiple of 2⁻²⁴.</summary>
    /// <param name="row">The row that it belongs to.</param>
    /// <param name="element">The element within the row.</param>
    /// <returns>The number.</returns>
    public float Uniform(long row, int element) => (Bits(row, element) >> 8) * (1f / (1 << 24));

    /// <summary>A random permutation of 0 … n − 1 (Fisher–Yates).</summary>
    /// <param name="order">Overwritten with the permutation.</param>
    /// <param name="row">The row that the draws belong to: another row gives another permutation.</param>
    public void Permute(Span<int> order, long row = 0)
    {
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = (int)(((ulong)Bits(row, i) * ((ulong)i + 1)) >> 32);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    /// <summary>Whether two streams give the same numbers.</summary>
    /// <param name="other">The other stream.</param>
    /// <returns>True if key and step agree.</returns>
    public bool Equals(RandomStream other) => key == other.key && step == other.step;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RandomStream other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(key, step);

    /// <summary>Whether two streams give the same numbers.</summary>
    /// <param name="left">The first stream.</param>
    /// <param name="right">The second stream.</param>
    /// <returns>True if they do.</returns>
    public static bool operator ==(RandomStream left, RandomStream right) => left.Equals(right);

    /// <summary>Whether two streams give different numbers.</summary>
    /// <param name="left">The first stream.</param>
    /// <param name="right">The second stream.</param>
    /// <returns>True if they do.</returns>
    public static bool operator !=(RandomStream left, RandomStream right) => !left.Equals(right);

    // The finalizer of SplitMix64 (G. Steele, D. Lea, C. Flood, 2014): every bit of the input reaches every bit of the output.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }
}
