using System.Runtime.CompilerServices;

namespace NeuralNet.Kernels;

/// <summary>Powers of 2 to scale by: products with them are exact, and of scaled numbers squares neither overflow nor vanish.</summary>
internal static class PowerOfTwo
{
    // So that the reciprocal is no denormal number either.
    private const float Least = 1.17549435e-38f, Most = 8.50705917e37f;
    private const int ExponentBits = 0x7F800000;

    /// <summary>1 / 2ⁿ, where 2ⁿ is the largest power that is not above a magnitude; finite even for infinity and NaN.</summary>
    public static float Reciprocal(float magnitude) =>
        1 / Math.Clamp(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(magnitude) & ExponentBits), Least, Most);

    /// <summary>The same of each element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Reciprocal<TVector>(TVector magnitude)
        where TVector : struct, ISimdVector<TVector>
    {
        TVector power = TVector.BitAnd(magnitude, TVector.Broadcast(BitConverter.Int32BitsToSingle(ExponentBits)));
        return TVector.One / TVector.Min(TVector.Max(power, TVector.Broadcast(Least)), TVector.Broadcast(Most));
    }
}
