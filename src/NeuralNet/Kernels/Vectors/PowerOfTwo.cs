using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Powers of 2 to scale by: products with them are exact, and the squares of scaled numbers neither overflow nor vanish.</summary>
internal static class PowerOfTwo
{
    // Bounds within which the reciprocal is not denormal either.
    private const float Min = 1.17549435e-38f, Max = 8.50705917e37f;
    private const int ExponentBits = 0x7F800000;

    /// <summary>1 / 2ⁿ, where 2ⁿ is the largest power that is not above a magnitude; finite even for infinity and NaN.</summary>
    public static float Reciprocal(float magnitude) =>
        1 / Math.Clamp(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(magnitude) & ExponentBits), Min, Max);

    /// <summary>The same of each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Reciprocal<TVector>(TVector magnitude) where TVector : struct, ISimdVector<TVector>
    {
        TVector power = TVector.BitAnd(magnitude, TVector.Broadcast(BitConverter.Int32BitsToSingle(ExponentBits)));
        return TVector.One / TVector.Min(TVector.Max(power, TVector.Broadcast(Min)), TVector.Broadcast(Max));
    }
}
