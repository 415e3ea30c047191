using System.Runtime.CompilerServices;

namespace NeuralNet.CSharp.Pieces;

/// <content>Activations of one number.</content>
internal static partial class Parts
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Relu(float z) => z <= 0 ? 0 : z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LeakyRelu(float z, float slope) => z <= 0 ? slope * z : z;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Relu6(float z) => z <= 0 ? 0 : z > 6 ? 6 : z;

    public static float Elu(float z, float alpha) => z > 0 ? z : alpha * Expm1(z);

    public static float Celu(float z, float alpha) => z > 0 ? z : alpha * Expm1(z * (1 / alpha));

    public static float Selu(float z) => z > 0 ? 1.0507009873554805f * z : 1.7580993408473768f * Expm1(z);

    // z Φ(z)
    public static float Gelu(float z) => ScaledNormalCdf(z, z);

    // ½ z (1 + tanh(√(2/π) (z + 0.044715 z³))), as z / (1 + e^−w) with w in two parts.
    public static float GeluTanh(float z)
    {
        const float K = 1.5957692f, KLow = -4.534068e-8f, C = 4.4715e-2f, CLow = 1.5461444e-9f;
        float x = Smaller(Magnitude(z), 20);
        float square = x * x, squareLow = MultiplyAdd(x, x, -square);
        float m = C * square, mLow = MultiplyAdd(C, square, -m) + MultiplyAdd(C, squareLow, CLow * square);
        float p = 1 + m, back = p - 1, pLow = ((1 - (p - back)) + (m - back)) + mLow;
        float kx = K * x, kxLow = MultiplyAdd(K, x, -kx) + (KLow * x), w = kx * p;
        float low = MultiplyAdd(kx, p, -w) + MultiplyAdd(kx, pLow, kxLow * p);
        float quotient = z / (1 + ScaledExp(-w, -low, 1));
        return z < 0 ? ScaledExp(-w, -low, quotient) : quotient;
    }

    // z σ(z)
    public static float Silu(float z)
    {
        float minus = -Magnitude(z), quotient = z / (1 + ScaledExp(minus, 0, 1));
        return z < 0 ? ScaledExp(minus, 0, quotient) : quotient;
    }

    // z tanh(ln(1 + eᶻ))
    public static float Mish(float z)
    {
        float minus = -Magnitude(z), e = ScaledExp(minus, 0, 1);
        return z < 0
            ? ScaledExp(minus, 0, z * ((e + 2) / MultiplyAdd(e, e + 2, 2)))
            : z * (1 - ((2 * e * e) / MultiplyAdd(2 * e, e + 1, 1)));
    }

    // ln(1 + eᶻ)
    public static float Softplus(float z) => (z < 0 ? 0 : z) + Log1p(Exp(-Magnitude(z)));

    // −ln(1 + e⁻ᶻ)
    public static float LogSigmoid(float z) => (z > 0 ? 0 : z) - Log1p(Exp(-Magnitude(z)));

    public static float Softsign(float z)
    {
        float finite = Larger(Smaller(z, float.MaxValue), -float.MaxValue);
        return finite / (1 + Magnitude(finite));
    }

    public static float HardSigmoid(float z) => z <= -3 ? 0 : z >= 3 ? 1 : (z + 3) * (1f / 6);

    public static float HardSwish(float z) => z <= -3 ? 0 : z >= 3 ? z : z * ((z + 3) * (1f / 6));

    public static float HardTanh(float z, float least, float most) => z < least ? least : z > most ? most : z;
}
