using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>What a pool makes of the values of a window, beside how its gradient goes back to them.</summary>
internal interface IPoolFormula
{
    /// <summary>Whether backward needs x and y.</summary>
    static abstract bool ReadsValues { get; }

    /// <summary>Two values, or what has been made of two parts of the window.</summary>
    static abstract TVector Join<TVector>(TVector one, TVector other) where TVector : struct, ISimdVector<TVector>;

    /// <summary>y of what has been joined; <paramref name="factor"/> is 1 / the number of values. Also what of ∇y there is to give.</summary>
    static abstract TVector Scale<TVector>(TVector value, TVector factor) where TVector : struct, ISimdVector<TVector>;

    /// <summary>The part of ∇y that goes to x, values of the window being asked in their order, and what is <paramref name="left"/> for those
    /// that follow.</summary>
    static abstract TVector Give<TVector>(ref TVector left, TVector x, TVector y) where TVector : struct, ISimdVector<TVector>;
}

/// <summary>y = max x; ∇y goes to the first that is the largest (or NaN).</summary>
internal readonly struct MaxPoolFormula : IPoolFormula
{
    public static bool ReadsValues => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Join<TVector>(TVector one, TVector other) where TVector : struct, ISimdVector<TVector> => TVector.Max(one, other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Scale<TVector>(TVector value, TVector factor) where TVector : struct, ISimdVector<TVector> => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Give<TVector>(ref TVector left, TVector x, TVector y) where TVector : struct, ISimdVector<TVector>
    {
        // y is NaN if any x is: then no x equals it, and the first NaN wins. Of the bits of a mask, all 1 or all 0, the difference is what only the
        // first has: numbers that are not y lose, and what they do not get is kept.
        TVector loses = TVector.SubtractBits(TVector.Equal(x, x), TVector.Equal(x, y)), kept = TVector.BitAnd(loses, left);
        TVector given = TVector.SubtractBits(left, kept);
        left = kept;
        return given;
    }
}

/// <summary>y = Σ x · factor; each x gets ∇y · factor.</summary>
internal readonly struct MeanPoolFormula : IPoolFormula
{
    public static bool ReadsValues => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Join<TVector>(TVector one, TVector other) where TVector : struct, ISimdVector<TVector> => one + other;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Scale<TVector>(TVector value, TVector factor) where TVector : struct, ISimdVector<TVector> => value * factor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Give<TVector>(ref TVector left, TVector x, TVector y) where TVector : struct, ISimdVector<TVector> => left;
}
