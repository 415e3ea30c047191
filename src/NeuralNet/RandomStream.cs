using System.Runtime.CompilerServices;
using NeuralNet.Kernels;

namespace NeuralNet;

/// <summary>An explicit, counter-based stream of random numbers: each number is a function of (key, step, row, element) alone.</summary>
/// <remarks><para>Nothing is consumed and nothing is hidden: the same arguments always give the same number, in any order and on
/// any thread, so backward can draw again what forward drew. A composite gives each child <see cref="Fork"/> of its
/// index; a trainer moves on with <see cref="AtStep"/>.</para>
/// <para>The generator is Philox 4×32 with 10 rounds (J. Salmon, M. Moraes, R. Dror, D. Shaw: "Parallel random numbers:
/// as easy as 1, 2, 3", SC 2011).</para></remarks>
public readonly record struct RandomStream
{
    private readonly ulong key;
    private readonly ulong step;

    /// <summary>Makes the stream of a seed, at step 0.</summary>
    /// <param name="seed">Any number; different seeds give independent streams.</param>
    public RandomStream(long seed)
        : this(Mix((ulong)seed), 0)
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
    public uint Bits(int row, int element)
    {
        // Philox makes four words at once; the low two bits of the element choose among them.
        (uint c0, uint c1, uint c2, uint c3) = Philox.Words(key, step, row, (uint)element >> 2);
        return (element & 3) switch { 0 => c0, 1 => c1, 2 => c2, _ => c3 };
    }

    /// <summary>A number drawn uniformly from [0, 1), a multiple of 2⁻²⁴.</summary>
    /// <param name="row">The row that it belongs to.</param>
    /// <param name="element">The element within the row.</param>
    /// <returns>The number.</returns>
    public float Uniform(int row, int element) => Philox.Uniform(Bits(row, element));

    /// <summary>Uniform(row, first), Uniform(row, first + 1), …, many at once.</summary>
    internal void Uniform(int row, int first, Span<float> values) => Philox.Uniform(key, step, row, first, values);

    /// <summary>A number drawn from the standard normal distribution N(0, 1).</summary>
    /// <remarks>By inverting the distribution function, so that each number takes exactly one draw: M. Wichura, "Algorithm AS 241:
    /// the percentage points of the normal distribution", 1988 (the PPND7 form, about 1 part in 10⁷).</remarks>
    /// <param name="row">The row that it belongs to.</param>
    /// <param name="element">The element within the row.</param>
    /// <returns>The number, between −6.4 and 6.4.</returns>
    public float Normal(int row, int element) => NormalQuantile(Bits(row, element));

    /// <summary>Normal(row, 0), Normal(row, 1), …, many at once: four numbers come of one draw of the generator.</summary>
    internal void Normal(int row, Span<float> values)
    {
        Span<uint> words = stackalloc uint[4];
        for (int i = 0; i < values.Length; i++)
        {
            if ((i & 3) == 0)
                (words[0], words[1], words[2], words[3]) = Philox.Words(key, step, row, (uint)i >> 2);
            values[i] = NormalQuantile(words[i & 3]);
        }
    }

    /// <summary>A random permutation of 0 … n − 1 (Fisher–Yates).</summary>
    /// <param name="order">Overwritten with the permutation.</param>
    /// <param name="row">The row that the draws belong to: another row gives another permutation.</param>
    public void Permute(Span<int> order, int row = 0)
    {
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = (int)(((ulong)Bits(row, i) * ((ulong)i + 1)) >> 32);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    // x with Φ(x) = (bits + ½) / 2³².
    internal static float NormalQuantile(uint bits)
    {
        // The middle of one of 2³² equal cells of (0, 1), less a half: symmetric, and never 0 or 1.
        double q = ((int)(bits ^ 0x80000000) + 0.5) / 4294967296.0;
        if (Math.Abs(q) <= 0.425)
        {
            double r = 0.180625 - (q * q);
            return (float)(q * ((((((59.109374720 * r) + 159.29113202) * r) + 50.434271938) * r) + 3.3871327179)
                / ((((((67.187563600 * r) + 78.757757664) * r) + 17.895169469) * r) + 1));
        }

        double t = Math.Sqrt(-Elementwise.Log((float)(0.5 - Math.Abs(q))));
        double tail;
        if (t <= 5)
        {
            t -= 1.6;
            tail = ((((((0.17023821103 * t) + 1.3067284816) * t) + 2.7568153900) * t) + 1.4234372777)
                / ((((0.12021132975 * t) + 0.73700164250) * t) + 1);
        }
        else
        {
            t -= 5;
            tail = ((((((0.017337203997 * t) + 0.42868294337) * t) + 3.0812263860) * t) + 6.6579051150)
                / ((((0.012258202635 * t) + 0.24197894225) * t) + 1);
        }

        return (float)(q < 0 ? -tail : tail);
    }

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
