using System.Runtime.CompilerServices;

namespace NeuralNet;

/// <summary>log y and its derivative as divergences take them. Of a probability that floats round to 0, −log y would be infinite, and one such row
/// would end a training. Here log y is at least −100, as in PyTorch's binary_cross_entropy, and its derivative is finite.</summary>
internal static class BoundedLog
{
    private const float Least = -100;

    // The largest derivative is 10³⁰: a float, and one still after a factor of the size of weights.
    private const float Smallest = 1e-30f;

    /// <summary>The logarithm, but at least −100; NaN stays NaN, and so does a number below 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Bounded<TVector>(TVector log) where TVector : struct, IVector<TVector> => TVector.Max(log, TVector.Broadcast(Least));

    /// <summary>d/y, the derivative of d log y: at y = 0, where the bounded logarithm is level, 0; and as if y were 10⁻³⁰ where it is less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Quotient<TVector>(TVector d, TVector y) where TVector : struct, IVector<TVector>
    {
        TVector smallest = TVector.Broadcast(Smallest);
        TVector quotient = d / TVector.Select(TVector.LessThan(TVector.Abs(y), smallest), smallest, y);
        return TVector.Select(TVector.Equal(y, TVector.Zero), y, quotient);
    }
}
