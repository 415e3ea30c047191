namespace NeuralNet.Kernels;

/// <summary>
/// A vector register: <see cref="IVector{TSelf}"/> with what a kernel needs beside arithmetic, memory and bits.
/// </summary>
/// <remarks>
/// Kernels are generic methods over this interface; the JIT compiles each for the structs below as if it had been
/// written by hand for that width. Which one a machine uses is decided once a call, by <c>IsHardwareAccelerated</c>,
/// which is a constant for the JIT.
/// </remarks>
internal unsafe interface ISimdVector<TSelf> : IVector<TSelf>
    where TSelf : struct, ISimdVector<TSelf>
{
    /// <summary>How many floats one vector holds.</summary>
    static abstract int Count { get; }

    static abstract TSelf Load(float* from);

    static abstract void Store(TSelf value, float* to);

    /// <summary>Loads the first <paramref name="count"/> elements, 0 &lt; count &lt; Count; the rest is 0. Reads nothing past them.</summary>
    static abstract TSelf LoadPartial(float* from, int count);

    /// <summary>Stores the first <paramref name="count"/> elements, 0 &lt; count &lt; Count. Writes nothing past them.</summary>
    static abstract void StorePartial(TSelf value, float* to, int count);
}
